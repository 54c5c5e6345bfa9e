"""Providers of single sign-on: who they are, our secret with them (sealed, never given back), and whom they let in as what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import note
from atoll.db.database import Database
from atoll.kit.addresses import parse_url
from atoll.kit.clock import now_ms
from atoll.kit.errors import AtollError, Conflict, NotFound, UserError
from atoll.kit.ids import new_id
from atoll.workspaces.errors import name_taken, not_found
from atoll.workspaces.people.access import Actor
from atoll.workspaces.people.groups import demand_groups
from atoll.workspaces.people.roles import demand_role
from atoll.workspaces.schemas import SsoChoice, SsoMapping, SsoProblem, SsoProvider, SsoTest
from atoll.workspaces.secrets.box import SecretBox
from atoll.workspaces.sign_in import oidc
from atoll.workspaces.sign_in import store as signin_store

MOST = 50


@dataclass(frozen=True, slots=True)
class Provider:
    """One, with its secret, for a sign-in."""

    id: str
    workspace_id: str
    name: str
    client: oidc.Client
    scopes: list[str]
    group_claim: str
    mappings: list[SsoMapping]
    default_role: str | None
    updated_at: int


class SsoProviders:
    def __init__(self, db: Database, box: SecretBox) -> None:
        self._db, self._box = db, box

    async def all(self, actor: Actor, redirect_uri: str) -> list[SsoProvider]:
        async with self._db.read() as tx:
            return [_shown(row, redirect_uri) for row in await signin_store.list_providers(tx, actor.workspace_id)]

    async def choices(self) -> list[SsoChoice]:
        """For whoever has not signed in."""
        async with self._db.read() as tx:
            return [SsoChoice(id=row.id, name=row.name) for row in await signin_store.enabled_providers(tx)]

    async def add(self, actor: Actor, values: dict[str, Any], redirect_uri: str) -> SsoProvider:
        """`values`: as in `SsoProvider`, with `client_secret` in clear. Raises UserError `http_bad_url`, `role_unknown`,
        `group_unknown`, Forbidden `role_too_strong`, `owner_only`, Conflict `name_taken`."""
        provider_id, now = new_id("sso"), now_ms()
        parse_url(values["issuer"])
        secret = await self._sealed(actor, provider_id, values.pop("client_secret", None))
        row = {**values, "id": provider_id, "workspace_id": actor.workspace_id, "client_secret": secret}
        return await self._written(
            actor, provider_id, redirect_uri, "add_sso_provider", values,
            lambda tx: signin_store.add_provider(tx, {**row, "created_at": now, "updated_at": now}),
        )  # fmt: skip

    async def change(self, actor: Actor, provider_id: str, values: dict[str, Any], redirect_uri: str) -> SsoProvider:
        """A secret is bound to its issuer: another issuer needs it again (`key_needed_again`)."""
        if "issuer" in values:
            parse_url(values["issuer"])
        changes = dict(values)
        if "client_secret" in changes:
            changes["client_secret"] = await self._sealed(actor, provider_id, changes["client_secret"])
        noted = {name: value for name, value in values.items() if name != "client_secret"}

        async def write(tx: AsyncConnection) -> None:
            before = await signin_store.provider(tx, actor.workspace_id, provider_id)
            if before is None:
                raise _no_provider()
            moved = values.get("issuer", before.issuer) != before.issuer
            if moved and before.client_secret and "client_secret" not in values:
                raise UserError(
                    "key_needed_again",
                    "The address has changed: enter the secret again.",
                    "地址已变更，请重新填写密钥。",
                    pointer="/client_secret",
                )
            changed = {**changes, "updated_at": now_ms()}
            await signin_store.change_provider(tx, actor.workspace_id, provider_id, changed)

        return await self._written(actor, provider_id, redirect_uri, "change_sso_provider", noted, write)

    async def delete(self, actor: Actor, provider_id: str) -> None:
        """Accounts that came by it stay, and can sign in no more until there is one with the same issuer."""
        async with self._db.begin() as tx:
            await _demand_given(tx, actor, provider_id)
            if not await signin_store.delete_provider(tx, actor.workspace_id, provider_id):
                raise _no_provider()
            note(tx, "delete_sso_provider", "sso_provider", provider_id)

    async def test(self, actor: Actor, provider_id: str) -> SsoTest:
        """Asks it who it is, and for its keys."""
        async with self._db.read() as tx:
            row = await signin_store.provider(tx, actor.workspace_id, provider_id)
        if row is None:
            raise _no_provider()
        problems = []
        try:
            async with oidc.asking(row.issuer) as http:
                await oidc.signing_keys(http, await oidc.discover(http, row.issuer))
        except AtollError as error:
            problems.append(SsoProblem(code=error.code, message=error.message))
        return SsoTest(ok=not problems, issuer=row.issuer, problems=problems)

    async def whose(self, provider_id: str) -> str | None:
        """The workspace that an enabled one signs people in to."""
        async with self._db.read() as tx:
            row = await signin_store.enabled_provider(tx, provider_id)
        return row.workspace_id if row is not None else None

    async def opened(self, provider_id: str, redirect_uri: str) -> Provider:
        """An enabled one. Raises NotFound."""
        async with self._db.read() as tx:
            row = await signin_store.enabled_provider(tx, provider_id)
        if row is None:
            raise _no_provider()
        sealed = row.client_secret
        secret = await self._box.open(sealed, "sso", row.workspace_id, row.id) if sealed else ""
        client = oidc.Client(row.issuer, row.client_id, secret, redirect_uri)
        mappings = [SsoMapping(**one) for one in row.mappings]
        return Provider(
            row.id, row.workspace_id, row.name, client, row.scopes, row.group_claim, mappings, row.default_role,
            row.updated_at,
        )  # fmt: skip

    async def _written(
        self,
        actor: Actor,
        provider_id: str,
        redirect_uri: str,
        action: str,
        values: dict[str, Any],
        write: Callable[[AsyncConnection], Any],
    ) -> SsoProvider:
        try:
            async with self._db.begin() as tx:
                if len(await signin_store.list_providers(tx, actor.workspace_id)) > MOST:
                    raise Conflict(
                        "sso_too_many", f"A workspace has at most {MOST} providers.", f"最多 {MOST} 个身份提供方。"
                    )
                await _demand_given(tx, actor, provider_id)
                await _demand_gives(tx, actor, values)
                await write(tx)
                row = await signin_store.provider(tx, actor.workspace_id, provider_id)
                if row is None:
                    raise _no_provider()
                note(tx, action, "sso_provider", provider_id, **values)
        except IntegrityError:
            raise name_taken("/name") from None
        return _shown(row, redirect_uri)

    async def _sealed(self, actor: Actor, provider_id: str, secret: str | None) -> bytes | None:
        return await self._box.seal(secret, "sso", actor.workspace_id, provider_id) if secret else None


async def _demand_given(tx: AsyncConnection, actor: Actor, provider_id: str) -> None:
    """What its rules give so far, the actor may give: whoever names another issuer or claim says who gets it."""
    if (row := await signin_store.provider(tx, actor.workspace_id, provider_id)) is not None:
        await _demand_gives(tx, actor, {"default_role": row.default_role, "mappings": row.mappings})


async def _demand_gives(tx: AsyncConnection, actor: Actor, values: dict[str, Any]) -> None:
    """What its rules give, the actor may give."""
    if values.get("default_role"):
        await demand_role(tx, actor, values["default_role"], "/default_role")
    for one in values.get("mappings", ()):
        if one["role"]:
            await demand_role(tx, actor, one["role"], "/mappings")
        if one["group_id"]:
            await demand_groups(tx, actor, [one["group_id"]])


def _shown(row: Row[Any], redirect_uri: str) -> SsoProvider:
    plain = [name for name in SsoProvider.model_fields if name not in ("has_secret", "redirect_uri")]
    fields = {name: getattr(row, name) for name in plain}
    return SsoProvider(**fields, has_secret=row.client_secret is not None, redirect_uri=redirect_uri)


def _no_provider() -> NotFound:
    return not_found("provider", "该身份提供方")
