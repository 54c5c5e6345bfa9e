"""Who may reach which app and dataset: an open one by role, a limited one by grant too. And what all that is for a person."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import note
from atoll.db.database import Database
from atoll.db.statements import ALL, Within
from atoll.kit.errors import Conflict, Forbidden, UserError
from atoll.workspaces.people import store as people_store
from atoll.workspaces.people.access import Actor
from atoll.workspaces.people.roles import permissions_of
from atoll.workspaces.schemas import Access, Grant

Kind = Literal["app", "dataset"]
MOST = 2_000  # limited objects of a workspace: their ids go into the statements of lists
SEES_ALL = "grant.write"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may do now, by their role, their groups and what is granted to them."""

    permissions: frozenset[str]
    apps: Within = ALL
    datasets: Within = ALL
    used: frozenset[str] = frozenset()
    through: frozenset[str] = frozenset()


async def standing(tx: AsyncConnection, workspace_id: str, user_id: str, role: str) -> Standing:
    groups = await people_store.groups_of(tx, workspace_id, user_id)
    given = {row.role for row in groups if row.role}
    through = frozenset({row.id for row in groups} | given)
    permissions = frozenset[str]().union(*(await permissions_of(tx, workspace_id, {role, *given})).values())
    if SEES_ALL in permissions:
        return Standing(permissions, through=through)
    hidden: dict[str, set[str]] = {"app": set(), "dataset": set()}
    levels: dict[str, set[str]] = {}
    for row in await people_store.limits_for(tx, workspace_id, user_id, [row.id for row in groups]):
        if row.level is None:
            hidden[row.kind].add(row.object_id)
        levels.setdefault(row.object_id, set()).add(row.level)
    return Standing(
        permissions,
        Within(hidden=frozenset(hidden["app"])),
        Within(hidden=frozenset(hidden["dataset"])),
        frozenset(object_id for object_id, granted in levels.items() if granted == {"use"}),
        through,
    )


def demand_opens(actor: Actor, may: Standing) -> None:
    """That somebody whose password the actor sets reaches nothing that the actor does not. Raises Forbidden."""
    closed = may.apps.hidden | may.datasets.hidden
    beyond = (actor.apps.hidden | actor.datasets.hidden) - closed
    if beyond or actor.used - may.used - closed:
        raise _opens_more()


async def demand_joins(tx: AsyncConnection, actor: Actor, group_ids: Collection[str]) -> None:
    """That what is granted to these groups, whom the actor puts somebody into, is theirs too. Raises Forbidden."""
    if actor.limited():
        for row in await people_store.limits_for(tx, actor.workspace_id, "", group_ids):
            given = row.level is not None
            if given and (
                not actor.reaches(row.kind, row.object_id) or (row.level, row.object_id in actor.used) == ("edit", True)
            ):
                raise _opens_more()


def _opens_more() -> Forbidden:
    return Forbidden(
        "opens_more",
        "This opens apps or datasets that you don't reach yourself. Ask an administrator.",
        "此操作会开放您自己无权访问的应用或知识库，请联系管理员。",
    )


class Grants:
    def __init__(self, db: Database, changed: Callable[[], None]) -> None:
        self._db, self._changed = db, changed

    async def get(self, actor: Actor, object_id: str) -> Access:
        async with self._db.read() as tx:
            return await self._read(tx, actor.workspace_id, object_id)

    async def set(self, actor: Actor, kind: Kind, object_id: str, is_open: bool, given: Sequence[Grant]) -> Access:
        """The whole of it anew; an open object has no grants. Raises UserError `grant_unknown`, Conflict `limited_too_many`."""
        workspace_id = actor.workspace_id
        rows = {
            (one.kind, one.id): {"subject_kind": one.kind, "subject_id": one.id, "level": one.level} for one in given
        }
        async with self._db.begin() as tx:
            if is_open:
                await people_store.open_object(tx, workspace_id, object_id)
            else:
                known = await self._known(tx, workspace_id, list(rows))
                if known.keys() != rows.keys():
                    raise UserError(
                        "grant_unknown",
                        "There is no such person or group here.",
                        "该成员或用户组不存在。",
                        pointer="/grants",
                    )
                if await people_store.limited_count(tx, workspace_id) >= MOST:
                    raise Conflict(
                        "limited_too_many",
                        f"A workspace has at most {MOST} limited apps and datasets. Open some.",
                        f"一个工作空间最多限制 {MOST} 个应用与知识库，请先开放一部分。",
                    )
                await people_store.limit_object(tx, workspace_id, kind, object_id, list(rows.values()))
            shown = [f"{one.kind}:{one.id}:{one.level}" for one in given][:100]
            note(tx, f"set_{kind}_access", kind, object_id, open=is_open, grants=[] if is_open else shown)
            access = await self._read(tx, workspace_id, object_id)
        self._changed()
        return access

    async def _read(self, tx: AsyncConnection, workspace_id: str, object_id: str) -> Access:
        rows = await people_store.grants_of(tx, workspace_id, object_id)
        if rows is None:
            return Access(open=True, grants=[])
        names = await self._known(tx, workspace_id, [(row.subject_kind, row.subject_id) for row in rows])
        return Access(
            open=False,
            grants=[
                Grant(
                    kind=row.subject_kind,
                    id=row.subject_id,
                    name=names.get((row.subject_kind, row.subject_id)),
                    level=row.level,
                )
                for row in rows
            ],
        )

    async def _known(
        self, tx: AsyncConnection, workspace_id: str, subjects: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], str]:
        """Names of those that there are."""
        people = await people_store.known_users(tx, workspace_id, [id_ for kind, id_ in subjects if kind == "user"])
        groups = await people_store.known_groups(tx, workspace_id, [id_ for kind, id_ in subjects if kind == "group"])
        return {("user", id_): name for id_, name in people.items()} | {
            ("group", id_): name for id_, name in groups.items()
        }
