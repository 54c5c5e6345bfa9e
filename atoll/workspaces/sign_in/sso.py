"""Signing in through a provider: out with a state that only this browser has, back with a code, and an account that follows
what the provider says. An account is who the issuer's subject is; a name or an e-mail address links nothing.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import By, note
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Forbidden, UserError
from atoll.workspaces import repository
from atoll.workspaces.errors import login_failed
from atoll.workspaces.people import store as people_store
from atoll.workspaces.people.members import new_user
from atoll.workspaces.people.names import folded
from atoll.workspaces.people.roles import permissions_of, role_columns, role_of
from atoll.workspaces.sign_in import oidc
from atoll.workspaces.sign_in import store as signin_store
from atoll.workspaces.sign_in.callers import hash_of
from atoll.workspaces.sign_in.limits import LoginLimits
from atoll.workspaces.sign_in.sessions import open_session
from atoll.workspaces.sign_in.sso_providers import Provider, SsoProviders

MINUTES = 10  # between going out and coming back
MOST_NAMES = 1000


@dataclass(frozen=True, slots=True)
class Trip:
    """What a browser that went to a provider comes back with, in a signed cookie."""

    provider_id: str
    state: str
    nonce: str
    verifier: str
    next: str
    until: int
    link: str = ""  # the id of the person who links their account; else somebody signs in

    def written(self) -> bytes:
        return orjson.dumps(asdict(self))

    @classmethod
    def read(cls, written: bytes) -> "Trip":
        """Raises UserError `sso_state_wrong`."""
        try:
            trip = cls(**orjson.loads(written))
        except (ValueError, TypeError):
            raise state_wrong() from None
        return trip


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider's redirect says. `issuer`: where it says who it is."""

    code: str
    state: str
    issuer: str = ""


class SingleSignOn:
    def __init__(self, db: Database, providers: SsoProviders, limits: LoginLimits, changed: Callable[[], None]) -> None:
        self._db, self._providers, self._limits, self._changed = db, providers, limits, changed

    async def start(
        self, provider_id: str, redirect_uri: str, next_path: str, address: str, link: str = ""
    ) -> tuple[str, Trip]:
        """(where to send the browser, what it is to bring back). Raises NotFound, TooMany, and what discovery raises."""
        await self._limits.take_trip(address)
        provider = await self._providers.opened(provider_id, redirect_uri)
        async with oidc.asking(provider.client.issuer) as http:
            doors = await oidc.discover(http, provider.client.issuer)
        trip = Trip(
            provider_id,
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            oidc.new_verifier(),
            own_path(next_path),
            now_ms() + MINUTES * 60_000,
            link,
        )
        url = oidc.authorization_url(doors, provider.client, provider.scopes, trip.state, trip.nonce, trip.verifier)
        return url, trip

    async def finish(self, trip: Trip, answer: Answer, redirect_uri: str, address: str, agent: str) -> str:
        """The token for the cookie. Raises UserError `sso_state_wrong`, `sso_declined`, `sso_code_refused`,
        `sso_token_refused`, Forbidden `sso_no_access`, Unauthenticated `login_failed` for an account that is turned off."""
        if trip.link:
            raise state_wrong()
        provider, claims = await self.redeemed(trip, answer, redirect_uri)
        token = secrets.token_urlsafe(32)
        async with self._db.begin() as tx:
            await self.demand_same(tx, provider)
            user = await signin_store.user_of(tx, provider.workspace_id, provider.client.issuer, claims["sub"])
            role = await self._role(tx, provider, claims, user)
            if role is None:
                await self._shut_out(tx, provider, user)
            else:
                before = role_of(user) if user is not None else role
                user = await self._account(tx, provider, claims, user, role)
                if not user.disabled:
                    await open_session(tx, user, token, address, agent)
                    by = By("user", user.id, user.username, provider.workspace_id)
                    note(
                        tx, "finish_sso", "user", user.id, by=by, provider=provider.name, role=role, role_before=before
                    )
        self._changed()
        if role is None:
            raise _no_access()
        if user is None or user.disabled:
            raise login_failed()
        return token

    async def redeemed(self, trip: Trip, answer: Answer, redirect_uri: str) -> tuple[Provider, dict[str, Any]]:
        """Who came back, by the provider's word: `sub` and what else it says. Once for a trip. Raises UserError
        `sso_state_wrong`, `sso_declined`, `sso_code_refused`, `sso_token_refused`."""
        if not secrets.compare_digest(trip.state.encode(), answer.state.encode()) or trip.until < now_ms():
            raise state_wrong()
        if not answer.code:
            raise UserError(
                "sso_declined",
                "The provider did not sign you in: you cancelled there, or it does not permit you this. Try again.",
                "身份提供方未完成登录：您已取消，或其不允许您登录。请重试。",
            )
        async with self._db.begin() as tx:
            if not await signin_store.spend(tx, hash_of(trip.state), now_ms(), trip.until):
                raise state_wrong()
        provider = await self._providers.opened(trip.provider_id, redirect_uri)
        if answer.issuer and answer.issuer != provider.client.issuer:
            raise state_wrong()  # RFC 9207: another provider's answer
        return provider, await self._claims(provider, answer.code, trip)

    async def demand_same(self, tx: AsyncConnection, provider: Provider) -> None:
        """That nobody changed, turned off or deleted it while it was asked: its rules would be those of before."""
        row = await signin_store.enabled_provider(tx, provider.id)
        if row is None or row.updated_at != provider.updated_at:
            raise state_wrong()

    async def _claims(self, provider: Provider, code: str, trip: Trip) -> dict[str, Any]:
        async with oidc.asking(provider.client.issuer) as http:
            doors = await oidc.discover(http, provider.client.issuer)
            answer = await oidc.redeem(http, doors, provider.client, code, trip.verifier)
            claims = await oidc.claims_of(http, doors, provider.client, answer["id_token"], trip.nonce)
            if provider.group_claim not in claims and doors.userinfo and isinstance(answer.get("access_token"), str):
                more = await oidc.userinfo(http, doors, answer["access_token"], claims["sub"])
                claims = {**more, **claims}
        return claims

    async def _role(
        self, tx: AsyncConnection, provider: Provider, claims: dict[str, Any], user: Row[Any] | None
    ) -> str | None:
        """Of the first rule that fits and gives one that there is still, else the default. Some keep their own: who has
        linked an account of the workspace; an owner, but where the provider may make owners, which only owners can say of
        it; and the last one, so that somebody can set things right."""
        if user is not None and user.password_hash:
            return role_of(user)
        if user is not None and role_of(user) == "owner":
            makes_owners = "owner" in (provider.default_role, *(one.role for one in provider.mappings))
            if not makes_owners or len(await repository.owners(tx, provider.workspace_id)) == 1:
                return "owner"
        values = group_values(claims, provider.group_claim)
        wanted = [one.role for one in provider.mappings if one.value in values and one.role]
        wanted += [provider.default_role] if provider.default_role else []
        known = await permissions_of(tx, provider.workspace_id, set(wanted))
        return next((role for role in wanted if role in known), None)

    async def _account(
        self, tx: AsyncConnection, provider: Provider, claims: dict[str, Any], user: Row[Any] | None, role: str
    ) -> Row[Any]:
        """The one of this subject as the provider has it now; a linked one as it is. A new one where there was none."""
        workspace_id = provider.workspace_id
        if user is not None and user.password_hash:
            return user
        if user is None:
            user = await self._new(tx, provider, claims, role)
        elif role_of(user) != role or user.shut_out:
            values = {**role_columns(role), "shut_out": False, "updated_at": now_ms()}
            await repository.change_user(tx, workspace_id, user.id, values)
        await self._follow_groups(tx, provider, claims, user.id)
        after = await repository.user(tx, workspace_id, user.id)
        assert after is not None
        return after

    async def _new(self, tx: AsyncConnection, provider: Provider, claims: dict[str, Any], role: str) -> Row[Any]:
        wish = username_from(claims)
        for number in range(1, MOST_NAMES):
            name = wish if number == 1 else f"{wish}-{number}"
            if await repository.user_by_login(tx, folded(name)) is None:
                break
        else:
            raise login_failed()
        email = claims.get("email") if claims.get("email_verified") is True else None
        row = new_user(name, folded(name), "", role, "en") | {
            "workspace_id": provider.workspace_id,
            "sso_issuer": provider.client.issuer,
            "sso_subject": claims["sub"],
            "email": email[:254] if isinstance(email, str) else None,
        }
        await repository.add_user(tx, row)
        user = await repository.user(tx, provider.workspace_id, row["id"])
        assert user is not None
        return user

    async def _follow_groups(
        self, tx: AsyncConnection, provider: Provider, claims: dict[str, Any], user_id: str
    ) -> None:
        """Of the groups that rules name: in those that fit, out of the others. Other groups stay as they are."""
        values, workspace_id = group_values(claims, provider.group_claim), provider.workspace_id
        named = {one.group_id for one in provider.mappings if one.group_id}
        fitting = {one.group_id for one in provider.mappings if one.group_id and one.value in values}
        now_in = {row.id for row in await people_store.groups_of(tx, workspace_id, user_id)}
        for group_id in await people_store.known_groups(tx, workspace_id, named):
            if group_id in fitting - now_in:
                await people_store.join(tx, workspace_id, group_id, user_id)
            if group_id in now_in - fitting:
                await people_store.leave(tx, workspace_id, group_id, user_id)

    async def _shut_out(self, tx: AsyncConnection, provider: Provider, user: Row[Any] | None) -> None:
        """Who came in before and gets nothing any more is signed out everywhere, and their keys are refused until they
        are let in again."""
        workspace_id = provider.workspace_id
        by = By("user", user.id if user else "", user.username if user else "", workspace_id)
        note(tx, "finish_sso", "user", by.id, by=by, outcome="refused", provider=provider.name)
        if user is not None:
            await repository.change_user(tx, workspace_id, user.id, {"shut_out": True, "updated_at": now_ms()})
            await repository.end_sessions_of(tx, workspace_id, user.id)


def group_values(claims: dict[str, Any], claim: str) -> set[str]:
    found = claims.get(claim)
    listed = found if isinstance(found, list) else [found]
    return {one for one in listed if isinstance(one, str)}


def own_path(path: str) -> str:
    """A path of this site, else its start: nothing that a browser reads as another site's address."""
    good = re.fullmatch(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,999}", path)
    return path if good else "/"


def username_from(claims: dict[str, Any]) -> str:
    """A name that can be one here, from what the provider calls them."""
    for name in ("preferred_username", "email", "name", "sub"):
        given = claims.get(name)
        if isinstance(given, str) and given.strip():
            plain = unicodedata.normalize("NFKC", given.strip())
            made = "".join(c if c.isalnum() or c in "._-@" else "_" for c in plain)[:50]
            if made.strip("_"):
                return made
    return "user"


def _no_access() -> Forbidden:
    return Forbidden(
        "sso_no_access",
        "Your organisation knows you, but nothing gives you access here. Ask an administrator of the workspace.",
        "身份验证成功，但您没有访问权限，请联系工作空间管理员。",
    )


def state_wrong() -> UserError:
    return UserError(
        "sso_state_wrong",
        "This sign-in was not begun in this browser, or is over. Begin again.",
        "此次登录并非由当前浏览器发起或已过期，请重新开始。",
    )
