"""Passwords: argon2id, off the event loop, few at a time so that a flood of logins can't take the memory."""

import asyncio
import secrets
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from atoll.kit.errors import TooMany, UserError
from atoll.workspaces.sign_in.common_passwords import is_common

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")

SHORTEST, LONGEST = 10, 256  # characters
PARALLEL, WAITING = 2, 32


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)


@cache
def _nobody() -> str:
    """The hash that an unknown name is compared with, so that it takes as long as a known one."""
    return _hasher().hash(secrets.token_hex())


class Passwords:
    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(PARALLEL)
        self._waiting = 0

    async def hash(self, password: str, username: str = "", pointer: str = "/password") -> str:
        """Raises UserError `password_weak`, `password_common`."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise UserError(
                "password_weak",
                f"A password has {SHORTEST} to {LONGEST} characters. A few words are easier to keep than symbols.",
                f"密码长度应为 {SHORTEST} 到 {LONGEST} 个字符。",
                pointer=pointer,
            )
        if is_common(password, username):
            raise UserError(
                "password_common",
                "This is one of the passwords that are tried first. Take a few words that don't belong together.",
                "该密码过于常见，容易被猜到，请换一组不相关的词语。",
                pointer=pointer,
            )
        return await self._work(lambda: _hasher().hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Is it the password? None (an unknown name) or "" (an account without one) takes the same time and is never."""

        def work() -> bool:
            from argon2.exceptions import InvalidHashError, VerificationError

            try:
                return _hasher().verify(password_hash or _nobody(), password[: LONGEST + 1]) and bool(password_hash)
            except (VerificationError, InvalidHashError):
                return False

        return await self._work(work)

    async def _work(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING:
            raise TooMany(
                "login_busy",
                "Too many people are signing in at this moment. Try again in a few seconds.",
                "当前登录人数过多，请几秒后重试。",
                retry_after=5,
            )
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1
