"""The loop that fires schedules when they are due: one in each process, and the rows say who may.

It sleeps until the next is due, at most `SWEEP`: another process may have changed one, or the machine may have slept.
"""

from collections.abc import Callable

from atoll.db.database import Database
from atoll.db.tenancy import everything, within
from atoll.kit.recurring import Recurring
from atoll.triggers import repository
from atoll.triggers.firing import Firing

SWEEP, AGAIN = 15.0, 0.5  # seconds: the longest sleep, and the sleep where something is due still, or just now
BATCH = 100


class Ticker(Recurring):
    area, again = "triggers", SWEEP

    def __init__(self, db: Database, firing: Firing, clock: Callable[[], int]) -> None:
        super().__init__()
        self._db, self._firing, self._clock = db, firing, clock

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

    async def look_once(self) -> float:
        await self.fire_due()
        with everything("triggers.earliest"):
            async with self._db.read() as tx:
                following = await repository.earliest(tx)
        if following is None:
            return SWEEP
        left = (following - self._clock()) / 1000
        return min(SWEEP, left) if left > 0 else AGAIN
