"""Groups of people: what their members may do in addition, and whom an app or a dataset can be opened to."""

from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import note
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict, Forbidden, UserError
from atoll.kit.ids import new_id
from atoll.workspaces.errors import name_taken, not_found
from atoll.workspaces.people import store as people_store
from atoll.workspaces.people.access import Actor
from atoll.workspaces.people.grants import demand_joins
from atoll.workspaces.people.roles import demand_role
from atoll.workspaces.schemas import Group
from atoll.workspaces.sign_in import store as signin_store

MOST = 500


class Groups:
    def __init__(self, db: Database, changed: Callable[[], None]) -> None:
        self._db, self._changed = db, changed

    async def all(self, actor: Actor) -> list[Group]:
        async with self._db.read() as tx:
            rows = await people_store.list_groups(tx, actor.workspace_id)
            members = await by_group(tx, actor.workspace_id)
        return [_group(row, members[row.id]) for row in rows]

    async def add(self, actor: Actor, name: str, role: str | None, members: Collection[str]) -> Group:
        """Raises UserError `role_unknown`, `member_unknown`, Forbidden `role_too_strong`, Conflict `name_taken`."""
        group_id, now = new_id("group"), now_ms()
        row = {"id": group_id, "workspace_id": actor.workspace_id, "name": name, "role": role, "created_at": now}
        try:
            async with self._db.begin() as tx:
                if len(await people_store.list_groups(tx, actor.workspace_id)) >= MOST:
                    raise Conflict(
                        "groups_too_many",
                        f"A workspace has at most {MOST} groups.",
                        f"一个工作空间最多 {MOST} 个用户组。",
                    )
                await self._demand(tx, actor, role, members)
                await people_store.add_group(tx, {**row, "updated_at": now})
                await people_store.set_members(tx, actor.workspace_id, group_id, members)
                note(tx, "add_group", "group", group_id, name=name, role=role, members=sorted(set(members)))
                made = await people_store.group(tx, actor.workspace_id, group_id)
        except IntegrityError:
            raise name_taken("/name") from None
        self._changed()
        assert made is not None
        return _group(made, members)

    async def change(self, actor: Actor, group_id: str, changes: dict[str, Any]) -> Group:
        """`changes`: any of name, role (None: none), members. What a group gives already must not exceed the actor."""
        values = {name: value for name, value in changes.items() if name != "members"}
        try:
            async with self._db.begin() as tx:
                row = await people_store.group(tx, actor.workspace_id, group_id)
                if row is None:
                    raise not_found("group", "该用户组")
                before = (await by_group(tx, actor.workspace_id))[group_id]
                members = changes.get("members", before)
                if "members" in changes or "role" in changes:
                    await self._demand(tx, actor, row.role, ())
                    await self._demand(tx, actor, changes.get("role", row.role), members)
                if set(members) - set(before):
                    await demand_joins(tx, actor, [group_id])
                await people_store.change_group(tx, actor.workspace_id, group_id, {**values, "updated_at": now_ms()})
                if "members" in changes:
                    await people_store.set_members(tx, actor.workspace_id, group_id, members)
                after = await people_store.group(tx, actor.workspace_id, group_id)
                assert after is not None
                came, went = sorted(set(members) - set(before)), sorted(set(before) - set(members))
                role = {"role": after.role, "role_before": row.role} if after.role != row.role else {}
                note(tx, "change_group", "group", group_id, name=after.name, came=came, went=went, **role)
        except IntegrityError:
            raise name_taken("/name") from None
        self._changed()
        return _group(after, members)

    async def delete(self, actor: Actor, group_id: str) -> None:
        """With what was granted to it. Raises Conflict `group_in_use`."""
        async with self._db.begin() as tx:
            row = await people_store.group(tx, actor.workspace_id, group_id)
            if row is None:
                raise not_found("group", "该用户组")
            await self._demand(tx, actor, row.role, ())
            if group_id in await signin_store.groups_named(tx, actor.workspace_id):
                raise Conflict(
                    "group_in_use",
                    "A rule of single sign-on puts people into this group. Change that first.",
                    "单点登录规则仍引用此用户组，请先修改规则。",
                )
            await people_store.delete_group(tx, actor.workspace_id, group_id)
            note(tx, "delete_group", "group", group_id, name=row.name)
        self._changed()

    async def _demand(self, tx: AsyncConnection, actor: Actor, role: str | None, members: Collection[str]) -> None:
        if role == "owner":
            raise Forbidden(
                "owner_only", "An owner is made one by one, not by a group.", "所有者只能逐个指定，不能通过用户组。"
            )
        if role is not None:
            await demand_role(tx, actor, role)
        await demand_members(tx, actor.workspace_id, members)


async def demand_members(tx: AsyncConnection, workspace_id: str, members: Collection[str]) -> None:
    """Raises UserError `member_unknown`."""
    if set(members) - set(await people_store.known_users(tx, workspace_id, set(members))):
        raise UserError(
            "member_unknown", "One of them is no member here.", "其中有人不是此工作空间的成员。", pointer="/members"
        )


async def demand_groups(tx: AsyncConnection, actor: Actor, groups: Collection[str]) -> None:
    """That there are these, and the actor may put somebody into them. Raises UserError `group_unknown`, Forbidden."""
    for group_id in set(groups):
        row = await people_store.group(tx, actor.workspace_id, group_id)
        if row is None:
            raise UserError("group_unknown", "There is no such group.", "该用户组不存在。", pointer="/groups")
        if row.role is not None:
            await demand_role(tx, actor, row.role, "/groups")
    await demand_joins(tx, actor, groups)


async def by_group(tx: AsyncConnection, workspace_id: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in await people_store.members(tx, workspace_id):
        found[row.group_id].append(row.user_id)
    return found


def _group(row: Row[Any], members: Collection[str]) -> Group:
    return Group(id=row.id, name=row.name, role=row.role, members=sorted(set(members)), created_at=row.created_at)
