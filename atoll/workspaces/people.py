"""The members of a workspace. An owner is made, changed or removed by an owner only, and one always remains."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict, Forbidden
from atoll.kit.ids import new_id
from atoll.workspaces import repository
from atoll.workspaces.access import Actor, Role
from atoll.workspaces.errors import name_taken, not_found
from atoll.workspaces.names import folded
from atoll.workspaces.passwords import Passwords
from atoll.workspaces.schemas import Language, User


class People:
    def __init__(self, db: Database, passwords: Passwords, changed: Callable[[], None]) -> None:
        self._db, self._passwords, self._changed = db, passwords, changed

    async def all(self, actor: Actor) -> list[User]:
        async with self._db.read() as tx:
            return [_user(row) for row in await repository.list_users(tx, actor.workspace_id)]

    async def new_row(self, username: str, password: str, role: Role, language: Language) -> dict[str, Any]:
        """A row of `users` but for its workspace. Raises UserError `name_invalid`, `password_weak`."""
        now, login = now_ms(), folded(username)
        password_hash = await self._passwords.hash(password)
        return {
            "id": new_id("user"),
            "username": username,
            "login": login,
            "password_hash": password_hash,
            "role": role,
            "language": language,
            "disabled": False,
            "created_at": now,
            "updated_at": now,
        }

    async def add(self, actor: Actor, username: str, password: str, role: Role, language: Language = "en") -> User:
        """Raises Conflict `name_taken`, Forbidden `owner_only`."""
        _may_touch(actor, role)
        row = await self.new_row(username, password, role, language) | {"workspace_id": actor.workspace_id}
        try:
            async with self._db.begin() as tx:
                await repository.add_user(tx, row)
        except IntegrityError:
            raise name_taken("/username") from None
        return User(**{name: row[name] for name in User.model_fields})

    async def change(
        self,
        actor: Actor,
        user_id: str,
        *,
        role: Role | None = None,
        disabled: bool | None = None,
        password: str | None = None,
    ) -> User:
        """Any of the three; each ends the user's sessions. Raises NotFound, Forbidden, Conflict `last_owner`."""
        values: dict[str, Any] = {"updated_at": now_ms()}
        if role is not None:
            values["role"] = role
        if disabled is not None:
            values["disabled"] = disabled
        if password is not None:
            values["password_hash"] = await self._passwords.hash(password)
        async with self._db.begin() as tx:
            before = await repository.user(tx, actor.workspace_id, user_id)
            if before is None:
                raise not_found("user", "该用户")
            _may_touch(actor, before.role)
            if role is not None:
                _may_touch(actor, role)
            await repository.change_user(tx, actor.workspace_id, user_id, values)
            if not await repository.owners(tx, actor.workspace_id):
                raise Conflict(
                    "last_owner",
                    "This is the workspace's last owner. Make someone else an owner first.",
                    "这是工作空间的最后一位所有者，请先指定另一位所有者。",
                )
            await repository.end_sessions_of(tx, user_id)
            after = await repository.user(tx, actor.workspace_id, user_id)
        self._changed()
        assert after is not None
        return _user(after)


def _may_touch(actor: Actor, role: str) -> None:
    if role == "owner" and actor.role != "owner":
        raise Forbidden("owner_only", "Only an owner may do this to an owner.", "只有所有者可以对所有者执行此操作。")


def _user(row: Row[Any]) -> User:
    return User(id=row.id, username=row.username, role=row.role, disabled=row.disabled, created_at=row.created_at)
