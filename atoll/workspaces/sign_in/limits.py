"""How often somebody may try to sign in: per name and per address, the same for names that exist and names that don't.

Nobody is locked out for longer than the next turn takes. A stranger who uses up a name's turns does not lock its owner
out either: an address from which a name has signed in before has turns of its own.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db import rates
from atoll.db.audit import aside
from atoll.db.database import Database
from atoll.db.rates import Key, Rate
from atoll.kit.clock import now_ms
from atoll.kit.errors import TooMany

NAME, ADDRESS, TRIP = Rate(10, 30_000), Rate(40, 5_000), Rate(100, 1_000)
KNOWN = 180 * 24 * 3600 * 1000  # milliseconds for which an address is known after a sign-in


class LoginLimits:
    """`clock` gives milliseconds."""

    def __init__(self, db: Database, clock: Callable[[], int] = now_ms) -> None:
        self._db, self._clock = db, clock

    async def take(self, name: str, address: str) -> None:
        """One try. Raises TooMany `login_throttled` with seconds to wait. Counted before the password is looked at,
        so that a hundred tries at once are a hundred tries."""
        async with self._counting() as tx:
            for key, rate in (await self._keys(tx, name, address)).items():
                await self._take(tx, key, rate)
            await rates.forget_past(tx, self._clock())

    async def take_trip(self, address: str) -> None:
        """One way to a provider of single sign-on, which costs it and us a few requests. Raises TooMany."""
        async with self._counting() as tx:
            await self._take(tx, ("trip", address), TRIP)

    async def give_back(self, name: str, address: str) -> None:
        """The try was none."""
        async with self._counting() as tx:
            for key, rate in (await self._keys(tx, name, address)).items():
                await rates.give_back(tx, key, rate)

    async def succeeded(self, name: str, address: str) -> None:
        async with self._counting() as tx:
            for key, rate in (await self._keys(tx, name, address)).items():
                await rates.give_back(tx, key, rate)
            await rates.remember(tx, ("at", name, address), self._clock() + KNOWN)

    @asynccontextmanager
    async def _counting(self) -> AsyncIterator[AsyncConnection]:
        """All or nothing: what one key refuses is not counted for another."""
        with aside():
            async with self._db.begin() as tx:
                yield tx

    async def _take(self, tx: AsyncConnection, key: Key, rate: Rate) -> None:
        if wait := await rates.take(tx, key, rate, self._clock()):
            seconds = -(-wait // 1000)
            raise TooMany(
                "login_throttled",
                f"Too many tries. Wait {seconds} seconds and try again.",
                f"尝试次数过多，请等待 {seconds} 秒后重试。",
                retry_after=seconds,
            )

    async def _keys(self, tx: AsyncConnection, name: str, address: str) -> dict[Key, Rate]:
        known = await rates.remembered(tx, ("at", name, address), self._clock())
        by_name = ("known", name, address) if known else ("name", name)
        return {by_name: NAME, ("address", address): ADDRESS}
