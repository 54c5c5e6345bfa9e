"""API keys: for programs. Shown once, kept by their hash, never stronger and never further than whoever made them."""

import hashlib
import secrets
from collections.abc import Callable, Sequence

from atoll.db.audit import note
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Forbidden, UserError
from atoll.kit.ids import new_id
from atoll.workspaces import repository
from atoll.workspaces.errors import not_found
from atoll.workspaces.people.access import Actor
from atoll.workspaces.people.objects import demand_objects
from atoll.workspaces.people.roles import names_of, permissions_of_one, role_columns, role_of
from atoll.workspaces.schemas import ApiKey, NewApiKey

SHOWN = 12  # characters of a key that lists show


class Keys:
    def __init__(self, db: Database, changed: Callable[[], None]) -> None:
        self._db, self._changed = db, changed

    async def all(self, actor: Actor) -> list[ApiKey]:
        async with self._db.read() as tx:
            rows = await repository.list_keys(tx, actor.workspace_id)
            names = await names_of(tx, actor.workspace_id)
        plain = [name for name in ApiKey.model_fields if name not in ("role", "role_name")]
        return [
            ApiKey(
                role=role_of(row),
                role_name=names.get(role_of(row), role_of(row)),
                **{name: getattr(row, name) for name in plain},
            )
            for row in rows
        ]

    async def add(
        self,
        actor: Actor,
        name: str,
        role: str,
        expires_at: int | None = None,
        *,
        apps: Sequence[str] | None = None,
        datasets: Sequence[str] | None = None,
    ) -> NewApiKey:
        """`apps`, `datasets`: ids of the only ones that it reaches.

        Raises Forbidden `key_too_strong`, `person_only`, UserError `expiry_past`, `role_unknown`, `object_unknown`.
        """
        now = now_ms()
        if actor.via == "key":
            raise Forbidden("person_only", "A key can't make keys. Sign in.", "密钥不能创建密钥，请登录后操作。")
        if expires_at is not None and expires_at <= now:
            raise UserError(
                "expiry_past", "The key would have expired already.", "到期时间已过。", pointer="/expires_at"
            )
        key, key_id = f"atoll_{secrets.token_urlsafe(32)}", new_id("key")
        scope = {
            name: None if ids is None else sorted(set(ids)) for name, ids in (("apps", apps), ("datasets", datasets))
        }
        row = {
            "id": key_id,
            "workspace_id": actor.workspace_id,
            "name": name,
            "prefix": key[:SHOWN],
            "key_hash": hashlib.sha256(key.encode()).hexdigest(),
            **role_columns(role),
            **scope,
            "created_by": actor.user_id,
            "created_at": now,
            "expires_at": expires_at,
        }
        async with self._db.begin() as tx:
            found = await permissions_of_one(tx, actor.workspace_id, role)
            if not found <= actor.permissions or (role == "owner" and actor.role != "owner"):
                raise Forbidden(
                    "key_too_strong",
                    "A key can't do more than you. Choose a role up to your own.",
                    "密钥的权限不能超过您自己的权限，请选择不高于您的角色。",
                    pointer="/role",
                )
            await demand_objects(tx, actor, "app", scope["apps"] or (), "/apps")
            await demand_objects(tx, actor, "dataset", scope["datasets"] or (), "/datasets")
            await repository.add_key(tx, row)
            note(
                tx, "add_api_key", "key", key_id, name=name, role=role, expires_at=expires_at,
                apps=scope["apps"], datasets=scope["datasets"],
            )  # fmt: skip
            names = await names_of(tx, actor.workspace_id)
        return NewApiKey(
            id=key_id,
            name=name,
            prefix=key[:SHOWN],
            role=role,
            role_name=names[role],
            apps=scope["apps"],
            datasets=scope["datasets"],
            created_by_name=actor.name,
            created_at=now,
            expires_at=expires_at,
            last_used_at=None,
            key=key,
        )

    async def delete(self, actor: Actor, key_id: str) -> None:
        async with self._db.begin() as tx:
            found = await repository.delete_key(tx, actor.workspace_id, key_id)
        self._changed()
        if not found:
            raise not_found("API key", "该 API 密钥")
