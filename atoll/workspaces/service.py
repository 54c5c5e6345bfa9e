"""Setting up, signing in, finding out who asks. People, keys, providers and the policy are in the files beside.

Tokens are random, kept by their sha256 only. What was found for a token is kept for two seconds, so that a busy
program costs no look-up a request; every change made by this process forgets all of it at once.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict, Forbidden
from atoll.kit.ids import new_id
from atoll.workspaces import repository
from atoll.workspaces.access import ROLE_PERMISSIONS, Actor
from atoll.workspaces.errors import login_failed, unauthenticated
from atoll.workspaces.keys import Keys
from atoll.workspaces.limits import LoginLimits
from atoll.workspaces.names import folded
from atoll.workspaces.passwords import Passwords
from atoll.workspaces.people import People
from atoll.workspaces.policies import Policies
from atoll.workspaces.providers import Providers
from atoll.workspaces.schemas import Language, Session, SessionUser, SessionWorkspace
from atoll.workspaces.secrets import SecretBox

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


class Workspaces:
    """`people`, `keys`, `providers` and `policies` are the other doors of this package."""

    def __init__(self, db: Database, box: SecretBox, zone: str = "local", currency: str = "USD") -> None:
        self._db, self.box, self._currency = db, box, currency
        self._passwords = Passwords()
        self._limits = LoginLimits()
        self._remembered: dict[str, tuple[Caller, float]] = {}
        self._changes = 0
        self.people = People(db, self._passwords, self.forget)
        self.keys = Keys(db, self.forget)
        self.policies = Policies(db, zone)
        self.providers = Providers(db, box, self.policies)

    async def start(self) -> None:
        """Check that the secrets' key is the one that this database was written with. Raises OperationalError
        `secrets_key_wrong`."""
        await self.box.start(self._db)

    @property
    def setup_token(self) -> str:
        return self.box.derived("setup token")

    # Setting up

    async def setup_needed(self) -> bool:
        async with self._db.read() as tx:
            return await repository.fact(tx, "setup") is None

    def check_setup_token(self, given: str | None) -> None:
        """Raises Forbidden `setup_token_wrong`."""
        if not hmac.compare_digest((given or "").encode(), self.setup_token.encode()):
            raise Forbidden(
                "setup_token_wrong",
                "Setting up from another machine needs the token that the server printed at its start.",
                "从其他机器进行初始设置需要服务器启动时显示的令牌。",
                pointer="/token",
            )

    async def setup(self, username: str, password: str, language: Language) -> tuple[str, Session]:
        """The first workspace and its owner, signed in. Once only: afterwards raises Conflict `setup_done`."""
        if not await self.setup_needed():
            raise _setup_done()
        name = "工作空间" if language == "zh" else "Workspace"
        token, now = secrets.token_urlsafe(32), now_ms()
        row = await self.people.new_row(username, password, "owner", language)
        try:
            async with self._db.begin() as tx:
                await repository.add_fact(tx, "setup", str(now))
                row["workspace_id"] = await self._add_workspace(tx, name, language, now)
                await repository.add_user(tx, row)
                await repository.add_session(tx, _session_row(token, row["id"], row["workspace_id"], now), now)
        except IntegrityError:
            raise _setup_done() from None
        return token, await self._session(token)

    async def add_workspace(self, name: str, language: Language = "en") -> str:
        """A further, empty workspace: its id."""
        async with self._db.begin() as tx:
            return await self._add_workspace(tx, name, language, now_ms())

    async def list_ids(self) -> Sequence[str]:
        """All workspaces, oldest first."""
        async with self._db.read() as tx:
            return await repository.workspace_ids(tx)

    async def owner(self, workspace_id: str) -> Actor | None:
        """Its first owner, for the command line, which acts in that name."""
        async with self._db.read() as tx:
            for user_id in await repository.owners(tx, workspace_id):
                row = await repository.user(tx, workspace_id, user_id)
                if row is not None:
                    return Actor(row.id, workspace_id, row.role, "cli", row.username)
        return None

    async def _add_workspace(self, tx: Any, name: str, language: str, now: int) -> str:
        workspace_id = new_id("ws")
        await repository.add_workspace(tx, {"id": workspace_id, "name": name, "language": language, "created_at": now})
        return workspace_id

    # Signing in

    async def login(self, username: str, password: str, address: str) -> tuple[str, Session]:
        """(token for the cookie, session). Takes as long and says the same whatever is wrong."""
        login = folded(username)
        self._limits.take(login, address)
        async with self._db.read() as tx:
            user = await repository.user_by_login(tx, login)
        good = await self._passwords.verify(user.password_hash if user else None, password)
        if user is None or not good or user.disabled:
            raise login_failed()
        self._limits.succeeded(login, address)
        token, now = secrets.token_urlsafe(32), now_ms()
        async with self._db.begin() as tx:
            await repository.add_session(tx, _session_row(token, user.id, user.workspace_id, now), now)
        return token, await self._session(token)

    async def logout(self, caller: Caller) -> None:
        async with self._db.begin() as tx:
            await repository.end_session(tx, caller.token_hash)
        self.forget()

    async def change_own(
        self, caller: Caller, *, language: Language | None, old_password: str | None, new_password: str | None
    ) -> Session:
        """A person's own settings. A new password ends their other sessions."""
        actor = caller.actor
        values: dict[str, Any] = {"updated_at": now_ms()}
        if language is not None:
            values["language"] = language
        if new_password is not None:
            self._limits.take(folded(actor.name), f"own:{actor.user_id}")
            async with self._db.read() as tx:
                user = await repository.user(tx, actor.workspace_id, actor.user_id)
            if user is None or not await self._passwords.verify(user.password_hash, old_password or ""):
                raise Forbidden(
                    "password_wrong", "The present password is wrong.", "当前密码错误。", pointer="/old_password"
                )
            values["password_hash"] = await self._passwords.hash(new_password)
        async with self._db.begin() as tx:
            await repository.change_user(tx, actor.workspace_id, actor.user_id, values)
            if new_password is not None:
                await repository.end_sessions_of(tx, actor.user_id, but=caller.token_hash)
        self.forget()
        found = await self.by_session_hash(caller.token_hash, caller.session.csrf if caller.session else "")
        assert found.session is not None
        return found.session

    # Finding out who asks

    async def by_session(self, token: str) -> Caller:
        """Raises Unauthenticated."""
        return await self.by_session_hash(_hash(token), csrf_of(token))

    async def by_session_hash(self, token_hash: str, csrf: str) -> Caller:
        if found := self._recall(token_hash):
            return found
        now, changes = now_ms(), self._changes
        async with self._db.read() as tx:
            row = await repository.session(tx, token_hash, now)
        if row is None:
            raise unauthenticated()
        if now - row.seen_at > SEEN_EVERY:
            with suppress(Unavailable):  # who may only look must not need room on the disk
                async with self._db.begin() as tx:
                    expires = min(now + IDLE, row.created_at + LONGEST)
                    await repository.extend_session(tx, token_hash, now, expires)
        actor = Actor(row.user_id, row.workspace_id, row.role, "session", row.username)
        session = Session(
            user=SessionUser(id=row.user_id, username=row.username, role=row.role),
            workspace=SessionWorkspace(id=row.workspace_id, name=row.workspace_name, currency=self._currency),
            permissions=sorted(actor.permissions),
            csrf=csrf,
            language=row.language,
        )
        return self._remember(token_hash, Caller(actor, session, token_hash), changes)

    async def by_key(self, key: str) -> Caller:
        """Raises Unauthenticated. A key may never do more than whoever made it may do now."""
        key_hash = _hash(key)
        if found := self._recall(key_hash):
            return found
        now, changes = now_ms(), self._changes
        async with self._db.read() as tx:
            row = await repository.key(tx, key_hash, now)
        if row is None:
            raise unauthenticated()
        if now - (row.last_used_at or 0) > SEEN_EVERY:
            with suppress(Unavailable):
                async with self._db.begin() as tx:
                    await repository.touch_key(tx, row.id, now)
        permissions = ROLE_PERMISSIONS[row.role] & ROLE_PERMISSIONS[row.maker_role or row.role]
        actor = Actor(row.id, row.workspace_id, row.role, "key", row.name, permissions)
        return self._remember(key_hash, Caller(actor, None, key_hash), changes)

    def forget(self) -> None:
        """Look up every caller anew: roles, keys or sessions have changed."""
        self._remembered.clear()
        self._changes += 1

    async def _session(self, token: str) -> Session:
        session = (await self.by_session(token)).session
        assert session is not None
        return session

    def _recall(self, token_hash: str) -> Caller | None:
        found = self._remembered.get(token_hash)
        return found[0] if found and found[1] > time.monotonic() else None

    def _remember(self, token_hash: str, caller: Caller, changes: int) -> Caller:
        if changes != self._changes:
            return caller  # read before a change, which it may contradict
        if len(self._remembered) > 10_000:
            self._remembered.clear()
        self._remembered[token_hash] = (caller, time.monotonic() + REMEMBERED_SECONDS)
        return caller


def csrf_of(token: str) -> str:
    """Follows from the session's token, so that it needs no place of its own and says nothing about it."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _session_row(token: str, user_id: str, workspace_id: str, now: int) -> dict[str, Any]:
    return {
        "token_hash": _hash(token),
        "user_id": user_id,
        "workspace_id": workspace_id,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + IDLE,
    }


def _setup_done() -> Conflict:
    return Conflict("setup_done", "Atoll is set up already. Sign in.", "初始设置已完成，请直接登录。")
