"""The members of a workspace. An owner is made, changed or removed by an owner only, and one always remains."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import By, note
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict
from atoll.kit.ids import new_id
from atoll.workspaces import repository
from atoll.workspaces.errors import name_taken, not_found
from atoll.workspaces.people import store as people_store
from atoll.workspaces.people.access import Actor
from atoll.workspaces.people.grants import demand_opens, standing
from atoll.workspaces.people.names import demand_plain, folded
from atoll.workspaces.people.roles import demand_owner, demand_role, demand_up_to, names_of, role_columns, role_of
from atoll.workspaces.schemas import Language, User
from atoll.workspaces.sign_in import store as signin_store
from atoll.workspaces.sign_in.passwords import Passwords
from atoll.workspaces.sign_in.second_factor import NONE, demand_local


class People:
    def __init__(self, db: Database, passwords: Passwords, changed: Callable[[], None]) -> None:
        self._db, self._passwords, self._changed = db, passwords, changed

    async def all(self, actor: Actor) -> list[User]:
        async with self._db.read() as tx:
            rows = await repository.list_users(tx, actor.workspace_id)
            return await self._shown(tx, actor.workspace_id, rows)

    async def new_row(self, username: str, password: str, role: str, language: Language) -> dict[str, Any]:
        """A row of `users` but for its workspace. Raises UserError `name_invalid`, `password_weak`."""
        login = folded(username)
        demand_plain(username)
        return new_user(username, login, await self._passwords.hash(password, username), role, language)

    async def add(self, actor: Actor, username: str, password: str, role: str, language: Language = "en") -> User:
        """Raises Conflict `name_taken`, UserError `role_unknown`, Forbidden `owner_only`, `role_too_strong`."""
        row = await self.new_row(username, password, role, language) | {"workspace_id": actor.workspace_id}
        try:
            async with self._db.begin() as tx:
                await demand_role(tx, actor, role)
                await repository.add_user(tx, row)
                note(tx, "add_user", "user", row["id"], name=username, role=role)
                return await self._one(tx, actor.workspace_id, row["id"])
        except IntegrityError:
            raise name_taken("/username") from None

    async def change(
        self,
        actor: Actor,
        user_id: str,
        *,
        role: str | None = None,
        disabled: bool | None = None,
        password: str | None = None,
        reset_second_factor: bool = False,
    ) -> User:
        """Any of the four; each ends the user's sessions. Who may do more than the actor is not theirs to change.

        Raises NotFound, UserError `role_unknown`, Forbidden `owner_only`, `role_too_strong`, Conflict `last_owner`,
        `sso_account`.
        """
        values: dict[str, Any] = {"updated_at": now_ms()}
        if role is not None:
            values |= role_columns(role)
        if disabled is not None:
            values["disabled"] = disabled
        if reset_second_factor:
            values |= NONE
        new_hash = await self._passwords.hash(password) if password is not None else None
        async with self._db.begin() as tx:
            before = await self._touched(tx, actor, user_id, opens=password is not None or reset_second_factor)
            if role is not None:
                await demand_role(tx, actor, role)
            if new_hash is not None:
                demand_local(before)
                values["password_hash"] = new_hash
                await signin_store.delete_resets(tx, actor.workspace_id, user_id)
            await repository.change_user(tx, actor.workspace_id, user_id, values)
            await demand_an_owner(tx, actor.workspace_id)
            await repository.end_sessions_of(tx, actor.workspace_id, user_id)
            note(
                tx, "change_user", "user", user_id, role=role, role_before=role and role_of(before), disabled=disabled,
                password=new_hash is not None or None, second_factor=False if reset_second_factor else None,
            )  # fmt: skip
            after = await self._one(tx, actor.workspace_id, user_id)
        self._changed()
        return after

    async def delete(self, actor: Actor, user_id: str, by: By | None = None) -> None:
        """With their sessions, keys, links, grants and places in groups. What they made stays, under their name. `by`:
        who the audit says did it, where it is not the request's actor.

        Raises NotFound, Forbidden `owner_only`, `role_too_strong`, Conflict `own_account`, `last_owner`.
        """
        if user_id == actor.user_id:
            raise Conflict(
                "own_account",
                "This is your own account. Ask another administrator to delete it.",
                "不能删除自己的账户，请由其他管理员操作。",
            )
        async with self._db.begin() as tx:
            row = await self._touched(tx, actor, user_id)
            keys = await repository.delete_keys_of(tx, actor.workspace_id, user_id)
            await people_store.delete_traces(tx, actor.workspace_id, user_id)
            await repository.delete_user(tx, actor.workspace_id, user_id)
            await demand_an_owner(tx, actor.workspace_id)
            note(
                tx, "delete_user", "user", user_id, by=by, workspace_id=actor.workspace_id,
                name=row.username, role=role_of(row), keys=keys or None,
            )  # fmt: skip
        self._changed()

    async def end_sessions(self, actor: Actor, user_id: str) -> None:
        """All of a member's. Raises NotFound, Forbidden."""
        async with self._db.begin() as tx:
            await self._touched(tx, actor, user_id)
            await repository.end_sessions_of(tx, actor.workspace_id, user_id)
        self._changed()

    async def named(self, workspace_id: str, username: str) -> User:
        """For the server's command line. Raises NotFound."""
        async with self._db.read() as tx:
            rows = await repository.list_users(tx, workspace_id)
            found = [row for row in rows if row.login == folded(username)]
            if not found:
                raise not_found("user", "该用户")
            return (await self._shown(tx, workspace_id, found))[0]

    async def reset_second_factor(self, workspace_id: str, user_id: str, by: By) -> None:
        """For the server's command line, where nobody can sign in any more."""
        async with self._db.begin() as tx:
            await repository.change_user(tx, workspace_id, user_id, {**NONE, "updated_at": now_ms()})
            await repository.end_sessions_of(tx, workspace_id, user_id)
            note(tx, "reset_second_factor", "user", user_id, by=by, workspace_id=workspace_id)
        self._changed()

    async def _touched(self, tx: AsyncConnection, actor: Actor, user_id: str, *, opens: bool = False) -> Row[Any]:
        """A member whom the actor may change. `opens`: the actor could sign in as them afterwards."""
        row = await repository.user(tx, actor.workspace_id, user_id)
        if row is None:
            raise not_found("user", "该用户")
        demand_owner(actor, role_of(row))
        may = await standing(tx, actor.workspace_id, user_id, role_of(row))
        demand_up_to(actor, may.permissions)
        if opens:
            demand_opens(actor, may)
        return row

    async def _one(self, tx: AsyncConnection, workspace_id: str, user_id: str) -> User:
        row = await repository.user(tx, workspace_id, user_id)
        assert row is not None
        return (await self._shown(tx, workspace_id, [row]))[0]

    async def _shown(self, tx: AsyncConnection, workspace_id: str, rows: Any) -> list[User]:
        names, groups = await names_of(tx, workspace_id), defaultdict(list)
        for member in await people_store.members(tx, workspace_id):
            groups[member.user_id].append(member.group_id)
        return [
            User(
                id=row.id,
                username=row.username,
                email=row.email,
                role=role_of(row),
                role_name=names.get(role_of(row), role_of(row)),
                groups=sorted(groups[row.id]),
                disabled=row.disabled,
                second_factor=row.totp is not None,
                sso=row.sso_subject is not None and not row.password_hash,
                linked=row.sso_subject is not None and bool(row.password_hash),
                created_at=row.created_at,
                last_seen_at=row.last_seen_at,
            )
            for row in rows
        ]


def new_user(username: str, login: str, password_hash: str, role: str, language: str) -> dict[str, Any]:
    """A row of `users` but for its workspace."""
    now = now_ms()
    return {
        "id": new_id("user"),
        "username": username,
        "login": login,
        "password_hash": password_hash,
        **role_columns(role),
        "language": language,
        "disabled": False,
        "created_at": now,
        "updated_at": now,
    }


async def demand_an_owner(tx: AsyncConnection, workspace_id: str) -> None:
    """Raises Conflict `last_owner` where this transaction has left none who can sign in."""
    if not await repository.owners(tx, workspace_id):
        raise Conflict(
            "last_owner",
            "This is the workspace's last owner. Make someone else an owner first.",
            "这是工作空间的最后一位所有者，请先指定另一位所有者。",
        )
