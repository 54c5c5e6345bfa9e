"""Signing in and out with a name, a password and, where there is one, a second factor; one's sessions; one's own settings."""

import hashlib
import secrets
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import By, note
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Forbidden, TooMany, Unauthenticated
from atoll.workspaces import repository
from atoll.workspaces.audit.refusals import Refusals
from atoll.workspaces.errors import login_failed, not_found, second_factor_needed
from atoll.workspaces.people.access import Actor
from atoll.workspaces.people.names import folded
from atoll.workspaces.people.roles import role_of
from atoll.workspaces.schemas import Language, Session, SignedIn
from atoll.workspaces.sign_in.callers import IDLE, Caller, Callers, csrf_of, hash_of
from atoll.workspaces.sign_in.limits import LoginLimits
from atoll.workspaces.sign_in.passwords import Passwords
from atoll.workspaces.sign_in.rules import demand_password_way
from atoll.workspaces.sign_in.second_factor import SecondFactors, demand_local


class SigningIn:
    def __init__(
        self,
        db: Database,
        callers: Callers,
        passwords: Passwords,
        limits: LoginLimits,
        factors: SecondFactors,
        refusals: Refusals,
    ) -> None:
        self._db, self._callers, self._passwords, self._limits = db, callers, passwords, limits
        self._factors, self._refusals = factors, refusals

    async def login(
        self, username: str, password: str, address: str, code: str | None = None, agent: str = ""
    ) -> tuple[str, Session]:
        """(token for the cookie, session). Takes as long and says the same whatever is wrong; only who has the password
        hears that a code is missing, or that passwords are for owners only. Raises Unauthenticated `login_failed`,
        `second_factor_needed`, Forbidden `sso_required`, TooMany."""
        login = folded(username)
        try:
            await self._limits.take(login, address)
            return await self._entered(login, password, address, code, agent)
        except (Unauthenticated, TooMany) as refusal:
            if refusal.code != "second_factor_needed":
                await self._note_failure(login, refusal.code)
            raise

    async def _note_failure(self, login: str, code: str) -> None:
        """Who tried is nobody; whose name was tried says which workspace is told."""
        async with self._db.read() as tx:
            user = await repository.user_by_login(tx, login)
        by = By("nobody", workspace_id=user.workspace_id if user is not None else None)
        tried, named = user.id if user is not None else "", login[:64]
        await self._refusals.note("sign_in", "user", tried, code=code, by=by, outcome="failed", username=named)

    async def _entered(
        self, login: str, password: str, address: str, code: str | None, agent: str
    ) -> tuple[str, Session]:
        async with self._db.read() as tx:
            user = await repository.user_by_login(tx, login)
        good = await self._passwords.verify(user.password_hash if user else None, password)
        if user is None or not good or user.disabled:
            raise login_failed()
        if user.totp is not None and not code:
            await self._limits.give_back(login, address)  # nothing was guessed
            raise second_factor_needed()
        secret = await self._factors.secret(user, user.totp) if user.totp is not None else b""
        token = secrets.token_urlsafe(32)
        by = By("user", user.id, user.username, user.workspace_id)
        async with self._db.begin() as tx:
            if not await repository.signs_in_as_before(tx, user):
                raise login_failed()
            await demand_password_way(tx, user.workspace_id, role_of(user))
            if secret and not await self._factors.takes(tx, user, secret, code or ""):
                raise login_failed()
            await open_session(tx, user, token, address, agent)
            note(tx, "sign_in", "user", user.id, by=by, second_factor=user.totp is not None)
        await self._limits.succeeded(login, address)
        if secret:
            self._callers.forget()  # their other sessions say how many recovery codes are left
        return token, await self.session(token)

    async def session(self, token: str) -> Session:
        session = (await self._callers.by_session_hash(hash_of(token), csrf_of(token))).session
        assert session is not None
        return session

    async def logout(self, caller: Caller) -> None:
        async with self._db.begin() as tx:
            await repository.end_session(tx, caller.actor.workspace_id, caller.token_hash)
            note(tx, "sign_out", "user", caller.actor.user_id)
        self._callers.forget()

    async def change_own(
        self, caller: Caller, *, language: Language | None, old_password: str | None, new_password: str | None
    ) -> Session:
        """A person's own settings. A new password ends their other sessions."""
        actor, user = caller.actor, None
        values: dict[str, Any] = {"updated_at": now_ms()}
        if language is not None:
            values["language"] = language
        if new_password is not None:
            await self._limits.take(folded(actor.name), f"own:{actor.user_id}")
            async with self._db.read() as tx:
                user = await repository.user(tx, actor.workspace_id, actor.user_id)
            if user is not None:
                demand_local(user)
            if user is None or not await self._passwords.verify(user.password_hash, old_password or ""):
                raise _password_wrong()
            values["password_hash"] = await self._passwords.hash(new_password, actor.name, pointer="/new_password")
        async with self._db.begin() as tx:
            if user is not None and not await repository.signs_in_as_before(tx, user):
                raise _password_wrong()
            await repository.change_user(tx, actor.workspace_id, actor.user_id, values)
            if new_password is not None:
                await repository.end_sessions_of(tx, actor.workspace_id, actor.user_id, but=caller.token_hash)
            note(tx, "change_session", "user", actor.user_id, password=new_password is not None, language=language)
        self._callers.forget()
        found = await self._callers.by_session_hash(caller.token_hash, caller.session.csrf if caller.session else "")
        assert found.session is not None
        return found.session

    # Sessions

    async def sessions(self, actor: Actor, user_id: str, here: str = "") -> list[SignedIn]:
        """Of a member, last used first; `here` is the hash of the token that asks. Raises NotFound."""
        async with self._db.read() as tx:
            if await repository.user(tx, actor.workspace_id, user_id) is None:
                raise not_found("user", "该用户")
            rows = await repository.sessions_of(tx, actor.workspace_id, user_id, now_ms())
        return [
            SignedIn(
                id=_session_id(row.token_hash),
                created_at=row.created_at,
                seen_at=row.seen_at,
                expires_at=row.expires_at,
                address=row.address,
                agent=row.agent,
                current=row.token_hash == here,
            )
            for row in rows
        ]

    async def end(self, caller: Caller, session_id: str | None) -> None:
        """One of one's own sessions, or, without an id, all but this one. Raises NotFound."""
        workspace_id, user_id = caller.actor.workspace_id, caller.actor.user_id
        async with self._db.begin() as tx:
            if session_id is None:
                await repository.end_sessions_of(tx, workspace_id, user_id, but=caller.token_hash)
            else:
                rows = await repository.sessions_of(tx, workspace_id, user_id, now_ms())
                found = [row.token_hash for row in rows if _session_id(row.token_hash) == session_id]
                if not found:
                    raise not_found("session", "该会话")
                await repository.end_session(tx, workspace_id, found[0])
        self._callers.forget()


async def open_session(tx: AsyncConnection, user: Row[Any], token: str, address: str, agent: str) -> None:
    now = now_ms()
    row = {
        "token_hash": hash_of(token),
        "user_id": user.id,
        "workspace_id": user.workspace_id,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + IDLE,
        "address": address[:64],
        "agent": "".join(c for c in agent if c.isprintable())[:200],
    }
    await repository.add_session(tx, row, now)
    await repository.change_user(tx, user.workspace_id, user.id, {"last_seen_at": now})


def _password_wrong() -> Forbidden:
    return Forbidden("password_wrong", "The present password is wrong.", "当前密码错误。", pointer="/old_password")


def _session_id(token_hash: str) -> str:
    """A name for a session that is no way into it."""
    return "ses_" + hashlib.sha256(token_hash.encode()).hexdigest()[:26]
