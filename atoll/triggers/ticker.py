"""The loop that fires schedules when they are due: one in each process, and the rows say who may.

It sleeps until the next is due, at most `SWEEP`: another process may have changed one, or the machine may have slept.
"""

import asyncio
from collections.abc import Callable

import structlog

from atoll.db.database import Database
from atoll.db.tenancy import everything, within
from atoll.kit.bell import rung
from atoll.kit.errors import OperationalError
from atoll.triggers import repository
from atoll.triggers.firing import Firing

log = structlog.get_logger("atoll.triggers")
SWEEP, AGAIN = 15.0, 0.5  # seconds: the longest sleep, and the sleep where something is due still, or just now
BATCH = 100


class Ticker:
    def __init__(self, db: Database, firing: Firing, clock: Callable[[], int]) -> None:
        self._db, self._firing, self._clock = db, firing, clock
        self._bell = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._loop = asyncio.create_task(self._ticking(), name="triggers.ticking")

    async def stop(self) -> None:
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    def ring(self) -> None:
        """A schedule was changed."""
        self._bell.set()

    async def fire_due(self) -> None:
        """Every schedule whose time has come, once. One that can't be fired now is left for the next look."""
        tried: set[str] = set()
        while True:
            with everything("triggers.due"):
                async with self._db.read() as tx:
                    rows = await repository.due(tx, self._clock(), BATCH)
            waiting = [row for row in rows if row["id"] not in tried]
            if not waiting:
                return
            for row in waiting:
                tried.add(row["id"])
                with within(row["workspace_id"]):
                    await self._firing.tick(row)

    async def _ticking(self) -> None:
        while True:
            self._bell.clear()
            wait = SWEEP
            try:
                await self.fire_due()
                with everything("triggers.earliest"):
                    async with self._db.read() as tx:
                        following = await repository.earliest(tx)
                if following is not None:
                    left = (following - self._clock()) / 1000
                    wait = min(SWEEP, left) if left > 0 else AGAIN
            except OperationalError as error:
                log.warning("triggers.look_failed", code=error.code)
            except Exception:  # the border of a task: the loop goes on
                log.exception("triggers.look_failed")
            await rung(self._bell, wait)
