"""Model providers: where they are, what they serve, their keys (sealed, never given back)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from atoll.db.audit import note_act
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import UserError
from atoll.kit.ids import new_id
from atoll.workspaces import repository
from atoll.workspaces.errors import name_taken, not_found
from atoll.workspaces.people.access import Actor
from atoll.workspaces.policies import Policies
from atoll.workspaces.schemas import Provider, ProviderModel
from atoll.workspaces.secrets.box import SecretBox


class Providers:
    def __init__(self, db: Database, box: SecretBox, policies: Policies) -> None:
        self._db, self._box, self._policies = db, box, policies

    async def all(self, actor: Actor) -> list[Provider]:
        async with self._db.read() as tx:
            return [_provider(row) for row in await repository.list_providers(tx, actor.workspace_id)]

    async def with_keys(self, workspace_id: str) -> list[tuple[Provider, str]]:
        """For the gateway only: every provider with its key in clear ("" where it has none)."""
        async with self._db.read() as tx:
            rows = await repository.list_providers(tx, workspace_id)
        return [(_provider(row), await self._key(row)) for row in rows]

    async def with_key(self, actor: Actor, provider_id: str) -> tuple[Provider, str]:
        """For the gateway only. Raises NotFound."""
        async with self._db.read() as tx:
            row = await repository.provider(tx, actor.workspace_id, provider_id)
        if row is None:
            raise not_found("provider", "该模型服务")
        return _provider(row), await self._key(row)

    async def add(
        self,
        actor: Actor,
        *,
        name: str,
        base_url: str,
        zone: str,
        models: Sequence[ProviderModel],
        api_key: str | None = None,
    ) -> Provider:
        """Raises UserError `url_invalid`, `zone_unknown`, Conflict `name_taken`."""
        provider_id, now = new_id("prov"), now_ms()
        row = {
            "id": provider_id,
            "workspace_id": actor.workspace_id,
            "name": name,
            "base_url": _checked_url(base_url),
            "zone": await self._checked_zone(actor, zone),
            "models": [model.model_dump() for model in models],
            "api_key": await self._sealed(actor, provider_id, api_key),
            "created_at": now,
            "updated_at": now,
        }
        try:
            async with self._db.begin() as tx:
                await repository.add_provider(tx, row)
                note_act(tx, "provider", provider_id, name=name, base_url=row["base_url"], zone=row["zone"])
                after = await repository.provider(tx, actor.workspace_id, provider_id)
        except IntegrityError:
            raise name_taken("/name") from None
        assert after is not None
        return _provider(after)

    async def change(self, actor: Actor, provider_id: str, changes: dict[str, Any]) -> Provider:
        """`changes`: any of name, base_url, zone, models, api_key ("" or None removes it).

        A key is bound to its address: another address needs the key again, so that nobody who may edit a provider
        can have its key sent to a host of their own.
        """
        values = dict(changes)
        if "base_url" in values:
            values["base_url"] = _checked_url(values["base_url"])
        if "zone" in values:
            values["zone"] = await self._checked_zone(actor, values["zone"])
        if "models" in values:
            values["models"] = [model.model_dump() for model in values["models"]]
        if "api_key" in values:
            values["api_key"] = await self._sealed(actor, provider_id, values["api_key"])
        try:
            async with self._db.begin() as tx:
                before = await repository.provider(tx, actor.workspace_id, provider_id)
                if before is None:
                    raise not_found("provider", "该模型服务")
                moved = "base_url" in values and _origin(values["base_url"]) != _origin(before.base_url)
                if moved and "api_key" not in values and before.api_key:
                    raise UserError(
                        "key_needed_again",
                        "The address has changed: enter the API key again.",
                        "地址已变更，请重新填写 API 密钥。",
                        pointer="/api_key",
                    )
                await repository.change_provider(tx, actor.workspace_id, provider_id, values | {"updated_at": now_ms()})
                told = {name: values[name] for name in ("name", "base_url", "zone") if name in values}
                note_act(tx, "provider", provider_id, **told, changed=sorted(values))
                after = await repository.provider(tx, actor.workspace_id, provider_id)
        except IntegrityError:
            raise name_taken("/name") from None
        assert after is not None
        return _provider(after)

    async def delete(self, actor: Actor, provider_id: str) -> None:
        async with self._db.begin() as tx:
            if not await repository.delete_provider(tx, actor.workspace_id, provider_id):
                raise not_found("provider", "该模型服务")

    async def _sealed(self, actor: Actor, provider_id: str, api_key: str | None) -> bytes | None:
        return await self._box.seal(api_key, "provider", actor.workspace_id, provider_id) if api_key else None

    async def _key(self, row: Row[Any]) -> str:
        return await self._box.open(row.api_key, "provider", row.workspace_id, row.id) if row.api_key else ""

    async def _checked_zone(self, actor: Actor, zone: str) -> str:
        names = [known.name for known in (await self._policies.get(actor.workspace_id)).zones]
        if zone not in names:
            listed = ", ".join(names)
            raise UserError(
                "zone_unknown",
                f"The policy has no zone “{zone}” (it has: {listed}). Add it to the policy first.",
                f"策略中没有区域“{zone}”（现有：{listed}），请先在策略中添加。",
                pointer="/zone",
            )
        return zone


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        good = False
    if not good or any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        raise UserError(
            "url_invalid",
            "The address must be like https://host/v1, without a user name in it.",
            "地址格式应类似 https://host/v1,且不含用户名。",
            pointer="/base_url",
        )
    return url.rstrip("/")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _provider(row: Row[Any]) -> Provider:
    return Provider(
        id=row.id,
        name=row.name,
        base_url=row.base_url,
        zone=row.zone,
        models=[ProviderModel(**model) for model in row.models],
        has_key=row.api_key is not None,
        created_at=row.created_at,
    )
