"""Waiting for a database that is away: for whoever has the time, as a run has."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from atoll.db.errors import Unavailable

T = TypeVar("T")
RETRY = (0.05, 2.0)  # seconds between tries: the first, the longest


def _untold(_: Unavailable) -> None: ...


async def patiently(work: Callable[[], Awaitable[T]], told: Callable[[Unavailable], None] = _untold) -> T:
    """`work`, again until the database takes it; each time that it does not, `told` hears of it. A time limit or a
    cancellation ends it."""
    pause, longest = RETRY
    while True:
        try:
            return await work()
        except Unavailable as away:
            told(away)
        await asyncio.sleep(pause)
        pause = min(2 * pause, longest)
