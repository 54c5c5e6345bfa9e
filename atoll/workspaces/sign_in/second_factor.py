"""A second factor: six digits from an authenticator (RFC 6238), or one of ten recovery codes. Each opens once."""

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import note
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict, Forbidden, UserError
from atoll.workspaces import repository
from atoll.workspaces.people.access import Actor
from atoll.workspaces.people.names import folded
from atoll.workspaces.schemas import SecondFactorBegun
from atoll.workspaces.secrets.box import SecretBox
from atoll.workspaces.sign_in import store as signin_store
from atoll.workspaces.sign_in.limits import LoginLimits
from atoll.workspaces.sign_in.passwords import Passwords

STEP, DIGITS, DRIFT = 30, 6, 1  # seconds; a clock may be one step off
CODES = 10


def code_at(secret: bytes, step: int) -> str:
    """RFC 4226 over the number of the time step."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: bytes, code: str, now: int) -> int | None:
    """Which time step near `now` (ms) this is the code of. Takes the same time for every code."""
    given, found = code.replace(" ", "").encode(), None
    middle = now // 1000 // STEP
    for step in range(middle - DRIFT, middle + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given):
            found = step
    return found


class SecondFactors:
    def __init__(
        self, db: Database, box: SecretBox, passwords: Passwords, limits: LoginLimits, changed: Callable[[], None]
    ) -> None:
        self._db, self._box, self._passwords, self._limits, self._changed = db, box, passwords, limits, changed

    async def begin(self, actor: Actor) -> SecondFactorBegun:
        """A new secret, in force once a code of it has come. Raises Conflict `second_factor_there`, `sso_account`."""
        secret = secrets.token_bytes(20)
        sealed = await self._box.seal(secret.hex(), "totp", actor.workspace_id, actor.user_id)
        async with self._db.begin() as tx:
            row = await repository.user(tx, actor.workspace_id, actor.user_id)
            assert row is not None
            demand_local(row)
            if row.totp is not None:
                raise Conflict(
                    "second_factor_there",
                    "Two-step sign-in is set up already. Turn it off first.",
                    "已启用两步验证，请先停用。",
                )
            await repository.change_user(tx, actor.workspace_id, actor.user_id, {"totp_begun": sealed})
        import segno  # a tenth of a second that a start does without

        word = base64.b32encode(secret).decode()
        uri = f"otpauth://totp/Atoll:{quote(actor.name)}?secret={word}&issuer=Atoll"
        matrix = ["".join("1" if dark else "0" for dark in line) for line in segno.make(uri, error="m").matrix]
        return SecondFactorBegun(secret=word, uri=uri, matrix=matrix)

    async def confirm(self, actor: Actor, code: str) -> list[str]:
        """The recovery codes. Raises UserError `code_wrong`, Conflict `second_factor_not_begun`."""
        await self._limits.take(folded(actor.name), f"own:{actor.user_id}")
        made = [_spoken(secrets.token_bytes(10)) for _ in range(CODES)]
        async with self._db.read() as tx:
            begun = await repository.user(tx, actor.workspace_id, actor.user_id)
        if begun is None or begun.totp_begun is None:
            raise _not_begun()
        secret = await self.secret(begun, begun.totp_begun)
        async with self._db.begin() as tx:
            row = await repository.user(tx, actor.workspace_id, actor.user_id)
            if row is None or row.totp_begun != begun.totp_begun:
                raise _not_begun()
            step = step_of(secret, code, now_ms())
            if step is None:
                raise UserError(
                    "code_wrong",
                    "This is not the code of this moment. Check the clock of your device.",
                    "验证码不正确，请检查设备时间。",
                    pointer="/code",
                )
            values = {"totp": row.totp_begun, "totp_begun": None, "totp_step": step}
            values["recovery_codes"] = [_hash(row.id, one) for one in made]
            await repository.change_user(tx, actor.workspace_id, actor.user_id, values)
            note(tx, "confirm_second_factor", "user", actor.user_id)
        await self._limits.give_back(folded(actor.name), f"own:{actor.user_id}")
        self._changed()
        return made

    async def remove(self, actor: Actor, password: str, code: str) -> None:
        """One's own. Raises Forbidden `second_factor_wrong` whichever of the two is wrong."""
        async with self._proven(actor, password, code, needs_code=True) as tx:
            await repository.change_user(tx, actor.workspace_id, actor.user_id, NONE)
            note(tx, "remove_second_factor", "user", actor.user_id)
        self._changed()

    async def prove(self, actor: Actor, password: str, code: str) -> None:
        """That it is really the one whose session it is: by their password and, where they have a second factor, a code.
        Raises Forbidden `second_factor_wrong`."""
        async with self._proven(actor, password, code, needs_code=False):
            pass

    @asynccontextmanager
    async def _proven(
        self, actor: Actor, password: str, code: str, *, needs_code: bool
    ) -> AsyncIterator[AsyncConnection]:
        """The transaction in which the code is used."""
        await self._limits.take(folded(actor.name), f"own:{actor.user_id}")
        async with self._db.read() as tx:
            row = await repository.user(tx, actor.workspace_id, actor.user_id)
        good = await self._passwords.verify(row.password_hash if row else None, password)
        secret = await self.secret(row, row.totp) if row is not None and row.totp is not None else b""
        async with self._db.begin() as tx:
            good = good and row is not None and await repository.signs_in_as_before(tx, row)
            if secret:
                good = good and row is not None and await self.takes(tx, row, secret, code)
            if not good or (needs_code and not secret):
                raise Forbidden("second_factor_wrong", "The password or the code is wrong.", "密码或验证码错误。")
            yield tx
        await self._limits.give_back(folded(actor.name), f"own:{actor.user_id}")

    async def takes(self, tx: AsyncConnection, row: Row[Any], secret: bytes, code: str) -> bool:
        """Whether this is a code of theirs that was not used yet. It is used now."""
        step = step_of(secret, code, now_ms())
        if step is not None:
            return await signin_store.take_step(tx, row.workspace_id, row.id, step)
        fresh = await repository.user(tx, row.workspace_id, row.id)
        left, given = (fresh.recovery_codes or [] if fresh else []), _hash(row.id, code)
        if given not in left:
            return False
        rest = [one for one in left if one != given]
        await repository.change_user(tx, row.workspace_id, row.id, {"recovery_codes": rest})
        note(tx, "use_recovery_code", "user", row.id, workspace_id=row.workspace_id, left=len(rest))
        return True

    async def secret(self, row: Row[Any], sealed: bytes) -> bytes:
        return bytes.fromhex(await self._box.open(sealed, "totp", row.workspace_id, row.id))


NONE: dict[str, Any] = {"totp": None, "totp_begun": None, "totp_step": None, "recovery_codes": None}


def _not_begun() -> Conflict:
    return Conflict("second_factor_not_begun", "Begin setting it up again.", "请重新开始设置。")


def demand_local(row: Row[Any]) -> None:
    """Raises Conflict `sso_account` for an account that a provider keeps."""
    if row.sso_subject is not None and not row.password_hash:
        raise Conflict(
            "sso_account",
            "This account signs in through your organisation, which keeps its password and its two-step sign-in.",
            "该账户通过单点登录，密码与两步验证由身份提供方管理。",
        )


def _spoken(random: bytes) -> str:
    word = base64.b32encode(random).decode().lower()
    return "-".join(word[at : at + 4] for at in range(0, 16, 4))


def _hash(user_id: str, code: str) -> str:
    plain = "".join(c for c in code.lower() if c.isalnum())
    return hashlib.sha256(f"{user_id} {plain}".encode()).hexdigest()
