"""A local account that also comes in by a provider: linked and unlinked by its owner, who proves it by password and code.

What is linked stays an account of the workspace: its role and groups are given here, and the provider says who comes.
"""

import secrets
from collections.abc import Callable
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import By, note
from atoll.db.database import Database
from atoll.db.tenancy import everything
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict
from atoll.workspaces import repository
from atoll.workspaces.errors import not_found, unauthenticated
from atoll.workspaces.people.access import Actor
from atoll.workspaces.schemas import SsoChoice, SsoLink
from atoll.workspaces.sign_in import store as signin_store
from atoll.workspaces.sign_in.callers import Caller
from atoll.workspaces.sign_in.second_factor import SecondFactors, demand_local
from atoll.workspaces.sign_in.sso import Answer, SingleSignOn, Trip, state_wrong

ACCOUNT = "/account"  # where the browser comes back to


class Linking:
    def __init__(self, db: Database, sso: SingleSignOn, factors: SecondFactors, changed: Callable[[], None]) -> None:
        self._db, self._sso, self._factors, self._changed = db, sso, factors, changed

    async def get(self, actor: Actor) -> SsoLink:
        """With what one's own account is linked, and could be."""
        async with self._db.read() as tx:
            row = await _own(tx, actor)
            found = await signin_store.list_providers(tx, actor.workspace_id)
        issuer = row.sso_issuer
        names = [one.name for one in found if one.issuer == issuer]
        choices = [SsoChoice(id=one.id, name=one.name) for one in found if one.enabled]
        return SsoLink(linked=issuer is not None, provider=(names or [issuer])[0], choices=choices)

    async def begin(
        self, actor: Actor, provider_id: str, password: str, code: str, redirect_uri: str, address: str
    ) -> tuple[str, Trip]:
        """(where to send the browser, what it is to bring back). Raises Forbidden `second_factor_wrong`, Conflict
        `sso_linked`, `sso_account`, NotFound, and what discovery raises."""
        async with self._db.read() as tx:
            _demand_free(await _own(tx, actor))
            if await signin_store.provider(tx, actor.workspace_id, provider_id) is None:
                raise not_found("sign-in provider", "该身份提供方")
        await self._factors.prove(actor, password, code)
        with everything("a way to a provider"):  # it is looked up as for who is in no workspace yet
            return await self._sso.start(provider_id, redirect_uri, ACCOUNT, address, link=actor.user_id)

    async def finish(self, caller: Caller, trip: Trip, answer: Answer, redirect_uri: str) -> None:
        """Raises UserError `sso_state_wrong` in another person's session, Conflict `sso_subject_taken`, `sso_linked`."""
        actor = caller.actor
        if caller.session is None or not secrets.compare_digest(actor.user_id.encode(), trip.link.encode()):
            raise state_wrong()
        provider, claims = await self._sso.redeemed(trip, answer, redirect_uri)
        if provider.workspace_id != actor.workspace_id:
            raise state_wrong()
        issuer, subject = provider.client.issuer, claims["sub"]
        async with self._db.begin() as tx:
            await self._sso.demand_same(tx, provider)
            if await repository.session(tx, caller.token_hash, now_ms()) is None:
                raise unauthenticated()  # signed out, or a new password, while the provider was asked
            _demand_free(await _own(tx, actor))
            if await signin_store.user_of(tx, actor.workspace_id, issuer, subject) is not None:
                raise Conflict(
                    "sso_subject_taken",
                    "Somebody else here signs in as this person of the provider. Choose another, or have that account deleted.",
                    "此工作空间中已有其他账户使用该身份登录。请换一个身份，或先删除那个账户。",
                )
            values = {"sso_issuer": issuer, "sso_subject": subject, "updated_at": now_ms()}
            await repository.change_user(tx, actor.workspace_id, actor.user_id, values)
            by = By("user", actor.user_id, actor.name, actor.workspace_id)  # the route is open to anybody
            note(tx, "link_sso", "user", actor.user_id, by=by, provider=provider.name, issuer=issuer)
        self._changed()

    async def unlink(self, caller: Caller, password: str, code: str) -> None:
        """Ends one's other sessions. Raises Forbidden `second_factor_wrong`, Conflict `sso_not_linked`, `sso_account`."""
        actor = caller.actor
        async with self._db.read() as tx:
            _demand_linked(await _own(tx, actor))
        await self._factors.prove(actor, password, code)
        async with self._db.begin() as tx:
            _demand_linked(await _own(tx, actor))
            values = {"sso_issuer": None, "sso_subject": None, "updated_at": now_ms()}
            await repository.change_user(tx, actor.workspace_id, actor.user_id, values)
            await repository.end_sessions_of(tx, actor.workspace_id, actor.user_id, but=caller.token_hash)
            note(tx, "unlink_sso", "user", actor.user_id)
        self._changed()


async def _own(tx: AsyncConnection, actor: Actor) -> Row[Any]:
    row = await repository.user(tx, actor.workspace_id, actor.user_id)
    if row is None:
        raise not_found("user", "该用户")
    return row


def _demand_free(row: Row[Any]) -> None:
    demand_local(row)
    if row.sso_subject is not None:
        raise Conflict(
            "sso_linked",
            "Your account is linked already. Unlink it first.",
            "您的账户已关联单点登录，请先解除关联。",
        )


def _demand_linked(row: Row[Any]) -> None:
    demand_local(row)
    if row.sso_subject is None:
        raise Conflict("sso_not_linked", "Your account is not linked.", "您的账户未关联单点登录。")
