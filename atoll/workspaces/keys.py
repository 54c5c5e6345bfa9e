"""API keys: for programs. Shown once, kept by their hash, never stronger than whoever made them."""

import hashlib
import secrets
from collections.abc import Callable

from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Forbidden, UserError
from atoll.kit.ids import new_id
from atoll.workspaces import repository
from atoll.workspaces.access import ROLE_PERMISSIONS, Actor, Role
from atoll.workspaces.errors import not_found
from atoll.workspaces.schemas import ApiKey, NewApiKey

SHOWN = 12  # characters of a key that lists show


class Keys:
    def __init__(self, db: Database, changed: Callable[[], None]) -> None:
        self._db, self._changed = db, changed

    async def all(self, actor: Actor) -> list[ApiKey]:
        async with self._db.read() as tx:
            rows = await repository.list_keys(tx, actor.workspace_id)
        return [ApiKey(**{name: getattr(row, name) for name in ApiKey.model_fields}) for row in rows]

    async def add(self, actor: Actor, name: str, role: Role, expires_at: int | None = None) -> NewApiKey:
        """Raises Forbidden `key_too_strong`, UserError `expiry_past`."""
        now = now_ms()
        if actor.via == "key":
            raise Forbidden("person_only", "A key can't make keys. Sign in.", "密钥不能创建密钥，请登录后操作。")
        if not ROLE_PERMISSIONS[role] <= actor.permissions or (role == "owner" and actor.role != "owner"):
            raise Forbidden(
                "key_too_strong",
                "A key can't do more than you. Choose a role up to your own.",
                "密钥的权限不能超过您自己的权限，请选择不高于您的角色。",
                pointer="/role",
            )
        if expires_at is not None and expires_at <= now:
            raise UserError(
                "expiry_past", "The key would have expired already.", "到期时间已过。", pointer="/expires_at"
            )
        key = f"atoll_{secrets.token_urlsafe(32)}"
        made = NewApiKey(
            id=new_id("key"),
            name=name,
            prefix=key[:SHOWN],
            role=role,
            created_at=now,
            expires_at=expires_at,
            last_used_at=None,
            key=key,
        )
        row = made.model_dump(exclude={"key"}) | {
            "workspace_id": actor.workspace_id,
            "key_hash": hashlib.sha256(key.encode()).hexdigest(),
            "created_by": actor.user_id,
        }
        async with self._db.begin() as tx:
            await repository.add_key(tx, row)
        return made

    async def delete(self, actor: Actor, key_id: str) -> None:
        async with self._db.begin() as tx:
            found = await repository.delete_key(tx, actor.workspace_id, key_id)
        self._changed()
        if not found:
            raise not_found("API key", "该 API 密钥")
