"""The loop that finds what nobody takes, and sends what operations must know.

It remembers what it has seen waiting, so no clock but its own counts: what waits after an outage of everything gets the same
time as what has just come. Several processes may watch: a row is written once and sent by one.
"""

import time

from atoll.db.database import Database
from atoll.db.incidents import report
from atoll.db.tenancy import everything
from atoll.incidents import repository
from atoll.incidents.alert import Alert
from atoll.kit.clock import now_ms
from atoll.kit.recurring import Recurring

LOOK = 5.0  # seconds between looks
MOST = 1000  # of each kind that one look reads


class Watch(Recurring):
    """`stuck_seconds`: how long something waits that nobody takes before it is reported."""

    area, again = "incidents", LOOK

    def __init__(self, db: Database, alert: Alert, *, stuck_seconds: float) -> None:
        super().__init__()
        self._db, self._alert, self._stuck_seconds = db, alert, stuck_seconds
        self._seen: dict[tuple[str, int], float] = {}  # (id, epoch) -> since when

    async def look(self) -> None:
        """Report what has waited for too long, and end the incidents of what has not."""
        now = time.monotonic()
        async with self._db.read(slow=True) as tx:
            rows = await repository.waiting(tx, now_ms(), MOST)
            reported = await repository.stuck(tx)
        self._seen = {key: self._seen.get(key, now) for key in ((row["id"], row["epoch"]) for row in rows)}
        stuck = [row for row in rows if now - self._seen[row["id"], row["epoch"]] >= self._stuck_seconds]
        waits = {row["id"] for row in rows}
        new = [row for row in stuck if row["id"] not in reported]
        if not new and reported <= waits:
            return
        async with self._db.begin() as tx:
            await repository.end(tx, waits, now_ms())
            for row in new:
                await report(
                    tx,
                    "stuck",
                    row["kind"],
                    workspace_id=row["workspace_id"],
                    subject_id=row["id"],
                    title=row["title"],
                    code="nobody_takes_it",
                )

    async def look_once(self) -> float:
        with everything("incidents.watch"):
            await self.look()
            await self._alert.send_due()
        return LOOK
