"""Finding out who asks, by a session's token or a key, and what they may do now.

Tokens are random, kept by their sha256 only. What was found for a token is kept for two seconds, so that a busy
program costs no look-up a request; every change made by this process forgets all of it at once. Who asks with `anew` is
looked up whatever is kept: another process may have ended the session, or taken the role away, a moment ago.
"""

import hashlib
import hmac
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.statements import Within
from atoll.db.tenancy import everything
from atoll.kit.clock import now_ms
from atoll.workspaces import repository
from atoll.workspaces.errors import unauthenticated
from atoll.workspaces.people.access import ON_OBJECTS, Actor
from atoll.workspaces.people.grants import Standing, standing
from atoll.workspaces.people.roles import BUILT_IN, names_of, permissions_of, role_of
from atoll.workspaces.schemas import Session, SessionUser, SessionWorkspace

DAY = 24 * 3600 * 1000
IDLE, LONGEST = 7 * DAY, 30 * DAY  # a session ends after so long without use, and after so long in any case
SEEN_EVERY = 10 * 60 * 1000
REMEMBERED_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and, for a person in a browser, their session."""

    actor: Actor
    session: Session | None = None
    token_hash: str = ""


class Callers:
    def __init__(self, db: Database, currency: str) -> None:
        self._db, self._currency = db, currency
        self._remembered: dict[str, tuple[Caller, float]] = {}
        self._changes = 0

    async def by_session(self, token: str, *, anew: bool = False) -> Caller:
        """Raises Unauthenticated."""
        return await self.by_session_hash(hash_of(token), csrf_of(token), anew=anew)

    async def by_session_hash(self, token_hash: str, csrf: str, *, anew: bool = False) -> Caller:
        if not anew and (found := self._recall(token_hash)):
            return found
        now, changes = now_ms(), self._changes
        with everything("who asks"):
            return await self._read_session(token_hash, csrf, now, changes)

    async def _read_session(self, token_hash: str, csrf: str, now: int, changes: int) -> Caller:
        async with self._db.read() as tx:
            row = await repository.session(tx, token_hash, now)
            if row is None:
                raise unauthenticated()
            role = role_of(row)
            may = await standing(tx, row.workspace_id, row.user_id, role)
            names = await names_of(tx, row.workspace_id) if row.custom_role else BUILT_IN
        if now - row.seen_at > SEEN_EVERY:
            with suppress(Unavailable):  # who may only look must not need room on the disk
                async with self._db.begin() as tx:
                    expires = min(now + IDLE, row.created_at + LONGEST)
                    await repository.extend_session(tx, row.workspace_id, row.user_id, token_hash, now, expires)
        due = _second_factor_due(row, may.permissions)
        actor = Actor(
            row.user_id,
            row.workspace_id,
            role,
            "session",
            row.username,
            through=may.through,
            held_back=due,
            **_reach(may),
        )
        if due:
            actor = replace(actor, permissions=frozenset())
        session = Session(
            user=SessionUser(id=row.user_id, username=row.username, role=role, role_name=names.get(role, role)),
            workspace=SessionWorkspace(id=row.workspace_id, name=row.workspace_name, currency=self._currency),
            permissions=sorted(actor.permissions),
            csrf=csrf,
            language=row.language,
            second_factor=bool(row.second_factor),
            second_factor_due=due,
            recovery_codes_left=len(row.recovery_codes or ()),
            sso=bool(row.sso and not row.password),
            linked=bool(row.sso and row.password),
        )
        return self._remember(token_hash, Caller(actor, session, token_hash), changes, row.expires_at - now)

    async def by_key(self, key: str, *, anew: bool = False) -> Caller:
        """Raises Unauthenticated. A key may never do more, and reach more, than whoever made it may and does now: of who is
        gone or turned off it is refused, of who owes a second factor it waits with them."""
        key_hash = hash_of(key)
        if not anew and (found := self._recall(key_hash)):
            return found
        now, changes = now_ms(), self._changes
        with everything("who asks"):
            return await self._read_key(key_hash, now, changes)

    async def _read_key(self, key_hash: str, now: int, changes: int) -> Caller:
        async with self._db.read() as tx:
            row = await repository.key(tx, key_hash, now)
            if row is None:
                raise unauthenticated()
            role, maker = role_of(row), str(row.maker_custom_role or row.maker_role)
            may = await standing(tx, row.workspace_id, row.created_by, maker)
            own = (await permissions_of(tx, row.workspace_id, [role])).get(role, frozenset())
        due = _second_factor_due(row, may.permissions)
        if now - (row.last_used_at or 0) > SEEN_EVERY:
            with suppress(Unavailable):
                async with self._db.begin() as tx:
                    await repository.touch_key(tx, row.workspace_id, row.id, now)
        if role == "owner" != maker:
            role = "admin"  # what concerns owners asks for the role, not for a permission
        if not own <= may.permissions:
            role = maker  # a role that its maker has not any more answers for nobody
        scoped = row.apps is not None or row.datasets is not None
        may = replace(
            may,
            permissions=frozenset() if due else may.permissions & own & (ON_OBJECTS if scoped else own),
            apps=_scoped(may.apps, row.apps),
            datasets=_scoped(may.datasets, row.datasets),
        )
        actor = Actor(row.id, row.workspace_id, role, "key", row.name, held_back=due, **_reach(may))
        lasts = row.expires_at - now if row.expires_at else DAY
        return self._remember(key_hash, Caller(actor, None, key_hash), changes, lasts)

    def forget(self) -> None:
        """Look up every caller anew: roles, keys or sessions have changed."""
        self._remembered.clear()
        self._changes += 1

    def _recall(self, token_hash: str) -> Caller | None:
        found = self._remembered.get(token_hash)
        return found[0] if found and found[1] > time.monotonic() else None

    def _remember(self, token_hash: str, caller: Caller, changes: int, lasts: int) -> Caller:
        """`lasts`: for how many milliseconds the token does."""
        if changes != self._changes:
            return caller  # read before a change, which it may contradict
        if len(self._remembered) > 10_000:
            self._remembered.clear()
        self._remembered[token_hash] = (caller, time.monotonic() + min(REMEMBERED_SECONDS, lasts / 1000))
        return caller


def csrf_of(token: str) -> str:
    """Follows from the session's token, so that it needs no place of its own and says nothing about it."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _reach(may: Standing) -> dict[str, Any]:
    return {"permissions": may.permissions, "apps": may.apps, "datasets": may.datasets, "used": may.used}


def _scoped(within: Within, ids: list[str] | None) -> Within:
    return within if ids is None else Within(only=frozenset(ids), hidden=within.hidden)


def _second_factor_due(row: Row[Any], permissions: frozenset[str]) -> bool:
    """A provider sees to that of its own people; who has a password too has one here."""
    if row.second_factor or (row.sso and not row.password) or row.second_factor_rule == "nobody":
        return False
    return row.second_factor_rule == "everybody" or "member.write" in permissions
