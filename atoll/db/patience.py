"""Waiting for a database that is away: for whoever reads and has the time, as a run has."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from atoll.db.errors import Unavailable

T = TypeVar("T")
RETRY = (0.05, 2.0)  # seconds between tries: the first, the longest


async def patiently(read: Callable[[], Awaitable[T]]) -> T:
    """`read`, again until the database answers. A time limit around it ends it."""
    pause, longest = RETRY
    while True:
        try:
            return await read()
        except Unavailable:
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)
