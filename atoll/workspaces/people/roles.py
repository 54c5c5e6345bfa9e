"""The roles of a workspace: built in, and its own made of the same permissions. Nobody gives more than they have."""

from collections.abc import Callable, Collection

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import note
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict, Forbidden, UserError
from atoll.kit.ids import new_id
from atoll.workspaces.errors import name_taken, not_found
from atoll.workspaces.people import store as people_store
from atoll.workspaces.people.access import ROLE_NAMES, ROLE_PERMISSIONS, ROLES, Actor
from atoll.workspaces.people.permissions import TABLE
from atoll.workspaces.schemas import Role
from atoll.workspaces.sign_in import store as signin_store

WEAKEST = "analyst"  # what stands beside a custom role, for a version that knows none
MOST = 200
BUILT_IN = {role: name["en"] for role, name in ROLE_NAMES.items()}  # what they are called


class Roles:
    def __init__(self, db: Database, changed: Callable[[], None]) -> None:
        self._db, self._changed = db, changed

    async def all(self, actor: Actor) -> list[Role]:
        """The built-in ones first."""
        async with self._db.read() as tx:
            held = await people_store.members_by_role(tx, actor.workspace_id)
            own = await people_store.list_roles(tx, actor.workspace_id)
        listed = [(name, ROLE_NAMES[name]["en"], True, ROLE_PERMISSIONS[name]) for name in ROLES]
        listed += [(row.id, row.name, False, frozenset(row.permissions)) for row in own]
        return [
            Role(id=role, name=name, builtin=builtin, permissions=sorted(permissions), members=held.get(role, 0))
            for role, name, builtin, permissions in listed
        ]

    async def add(self, actor: Actor, name: str, permissions: Collection[str]) -> Role:
        """Raises UserError `permission_unknown`, Forbidden `role_too_strong`, Conflict `name_taken`, `roles_too_many`."""
        held, now = self._checked(actor, permissions), now_ms()
        row = {"id": new_id("role"), "workspace_id": actor.workspace_id, "name": name, "permissions": held}
        try:
            async with self._db.begin() as tx:
                if len(await people_store.list_roles(tx, actor.workspace_id)) >= MOST:
                    raise Conflict(
                        "roles_too_many", f"A workspace has at most {MOST} roles.", f"一个工作空间最多 {MOST} 个角色。"
                    )
                await people_store.add_role(tx, {**row, "created_at": now, "updated_at": now})
                note(tx, "add_role", "role", str(row["id"]), name=name, permissions=held)
        except IntegrityError:
            raise name_taken("/name") from None
        return Role(id=str(row["id"]), name=name, builtin=False, permissions=held, members=0)

    async def change(self, actor: Actor, role_id: str, name: str | None, permissions: Collection[str] | None) -> Role:
        """Whoever has it may do the new from their next request on (other processes: within 2 s)."""
        held = None if permissions is None else self._checked(actor, permissions)
        try:
            async with self._db.begin() as tx:
                row = await people_store.role(tx, actor.workspace_id, role_id)
                if row is None:
                    raise _no_role(role_id)
                demand_up_to(actor, frozenset(row.permissions))
                values = {"name": name or row.name, "permissions": row.permissions if held is None else held}
                await people_store.change_role(tx, actor.workspace_id, role_id, {**values, "updated_at": now_ms()})
                note(
                    tx, "change_role", "role", role_id,
                    name=values["name"], permissions=values["permissions"], before=row.permissions,
                )  # fmt: skip
                members = await people_store.members_by_role(tx, actor.workspace_id)
        except IntegrityError:
            raise name_taken("/name") from None
        self._changed()
        return Role(id=role_id, builtin=False, members=members.get(role_id, 0), **values)

    async def delete(self, actor: Actor, role_id: str) -> None:
        """Raises Conflict `role_in_use`."""
        async with self._db.begin() as tx:
            row = await people_store.role(tx, actor.workspace_id, role_id)
            if row is None:
                raise _no_role(role_id)
            named = await signin_store.roles_named(tx, actor.workspace_id)
            if role_id in named or await people_store.role_is_held(tx, actor.workspace_id, role_id):
                raise Conflict(
                    "role_in_use",
                    "Somebody has this role: a person, a group, a key, an invitation or a rule of single sign-on. "
                    "Give them another first.",
                    "仍有成员、用户组、密钥、邀请或单点登录规则使用此角色，请先更换。",
                )
            await people_store.delete_role(tx, actor.workspace_id, role_id)
            note(tx, "delete_role", "role", role_id, name=row.name)
        self._changed()

    def _checked(self, actor: Actor, permissions: Collection[str]) -> list[str]:
        unknown = sorted(set(permissions) - set(TABLE))
        if unknown:
            raise UserError(
                "permission_unknown",
                f"There is no such permission: {unknown[0]}.",
                f"不存在权限 {unknown[0]}。",
                pointer="/permissions",
            )
        demand_up_to(actor, frozenset(permissions), "/permissions")
        return sorted(set(permissions))


def role_of(row: object) -> str:
    """A person's or a key's, by its row."""
    return str(getattr(row, "custom_role", None) or row.role)  # type: ignore[attr-defined]


def role_columns(role_id: str) -> dict[str, str | None]:
    built_in = role_id in ROLE_PERMISSIONS
    return {"role": role_id if built_in else WEAKEST, "custom_role": None if built_in else role_id}


async def permissions_of(tx: AsyncConnection, workspace_id: str, ids: Collection[str]) -> dict[str, frozenset[str]]:
    """By role; those that there are not are left out."""
    found = {role: ROLE_PERMISSIONS[role] for role in ids if role in ROLE_PERMISSIONS}
    if own := set(ids) - set(found):
        found |= await people_store.role_permissions(tx, workspace_id, own)
    return found


async def permissions_of_one(
    tx: AsyncConnection, workspace_id: str, role_id: str, pointer: str = "/role"
) -> frozenset[str]:
    """Raises UserError `role_unknown`."""
    found = (await permissions_of(tx, workspace_id, [role_id])).get(role_id)
    if found is None:
        raise UserError("role_unknown", "There is no such role.", "该角色不存在。", pointer=pointer)
    return found


async def names_of(tx: AsyncConnection, workspace_id: str) -> dict[str, str]:
    """What each role of the workspace is called."""
    own = {row.id: row.name for row in await people_store.list_roles(tx, workspace_id)}
    return BUILT_IN | own


async def demand_role(tx: AsyncConnection, actor: Actor, role_id: str, pointer: str = "/role") -> None:
    """That there is this role, and the actor may give it. Raises UserError `role_unknown`, Forbidden."""
    found = await permissions_of_one(tx, actor.workspace_id, role_id, pointer)
    demand_owner(actor, role_id)
    demand_up_to(actor, found, pointer)


def demand_owner(actor: Actor, role_id: str) -> None:
    """What concerns owners is for owners. Raises Forbidden `owner_only`."""
    if role_id == "owner" and actor.role != "owner":
        raise Forbidden("owner_only", "Only an owner may do this to an owner.", "只有所有者可以对所有者执行此操作。")


def demand_up_to(actor: Actor, permissions: frozenset[str], pointer: str | None = None) -> None:
    """Raises Forbidden `role_too_strong`."""
    if beyond := sorted(permissions - actor.permissions):
        raise Forbidden(
            "role_too_strong",
            f"This permits more than you may yourself ({beyond[0]}). Ask an administrator.",
            f"这超出了您自己的权限（{beyond[0]}），请联系管理员。",
            pointer=pointer,
            permission=beyond[0],
        )


def _no_role(role_id: str) -> UserError:
    if role_id in ROLE_PERMISSIONS:
        return Conflict(
            "role_built_in",
            "This role is built in. Make one of your own and change that.",
            "内置角色不能修改，请新建角色。",
        )
    return not_found("role", "该角色")
