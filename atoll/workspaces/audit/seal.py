"""The loop that seals the chain by a signed checkpoint, and lets go of records that need not be kept any longer.

One process of an installation is enough; where several do it, the checkpoint's key decides. Before it signs, it looks that
what it signs goes on from what it signed last: a chain that was changed is told of and not sealed.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog

from atoll.db.audit import SYSTEM, note, take_away
from atoll.db.database import Database
from atoll.db.tenancy import everything
from atoll.kit.clock import now_ms
from atoll.kit.recurring import Recurring
from atoll.workspaces.audit import repository
from atoll.workspaces.audit.chain import RETENTION, Checkpoint, Problem, SigningKey, Verifier

log = structlog.get_logger("atoll.audit")
EVERY = 60.0  # seconds between checkpoints, where there is something new
RECORDS = 1_000  # that are sealed earlier
LOOK = 5.0  # seconds between looks at how many there are
RETAIN_EVERY = 3600.0  # seconds
DAY_MS = 24 * 3600 * 1000


class Sealer(Recurring):
    """`days`: how long records are kept; 0: for ever."""

    area, again = "audit", LOOK

    def __init__(self, db: Database, key: Callable[[], SigningKey], days: int) -> None:
        super().__init__()
        self._db, self._key, self._days = db, key, days
        self._sealed = self._retained = float("-inf")

    async def seal(self) -> Checkpoint | None:
        """Sign the newest record. None where it is signed already, or where what is there must not be."""
        with everything("audit.seal"):
            async with self._db.read() as tx:
                last = await repository.last(tx)
                before = await repository.last_checkpoint(tx)
            if last is None or (before is not None and before["seq"] >= last["seq"]):
                return None
            if problem := await self._problem(before):
                log.error("audit.not_sealed", code=problem.code, seq=problem.seq)
                return None
            made = self._key().seal(last["seq"], last["hash"], now_ms())
            async with self._db.begin(fenced=True) as tx:
                await repository.add_checkpoint(tx, _row(made))
            return made

    async def _problem(self, before: Any) -> Problem | None:
        """What is wrong with what would be sealed: the records since the last checkpoint, and that one."""
        known = [Checkpoint(**before)] if before is not None else []
        verifier = Verifier(known, None)
        after = before["seq"] - 1 if before is not None else 0
        start = True
        async for page in repository.pages(self._db, None, False, None, None, after):
            if start and before is not None and page[0]["seq"] == before["seq"]:  # of a sealed record the hash counts
                if page[0]["hash"] != before["hash"]:
                    return Problem("rewritten", before["seq"])
                page = page[1:]
            start = False
            verifier.take(page)
            if verifier.problems:
                return verifier.problems[0]
        return None

    async def retain(self) -> int:
        """Take away sealed records that are older than they are kept, up to a checkpoint, from which checking goes on.
        Returns how many."""
        if not self._days:
            return 0
        with everything("audit.retain"):
            async with self._db.begin() as tx:
                until = await repository.last_sealed_before(tx, now_ms() - self._days * DAY_MS)
                first = await repository.first_seq(tx)
                if until is None or first is None or until["seq"] < first:
                    return 0
                gone = await take_away(tx, until["seq"])
                await repository.forget_checkpoints(tx, until["seq"])
                note(tx, RETENTION, "audit", str(until["seq"]), by=SYSTEM, first=first, last=until["seq"],
                     hash=until["hash"], days=self._days)  # fmt: skip
        log.info("audit.retained", records=gone, days=self._days)
        return gone

    async def look_once(self) -> float:
        if time.monotonic() - self._sealed >= EVERY or await self._unsealed() >= RECORDS:
            await self.seal()
            self._sealed = time.monotonic()
        if time.monotonic() - self._retained >= RETAIN_EVERY:
            await self.retain()
            self._retained = time.monotonic()
        return LOOK

    async def _unsealed(self) -> int:
        with everything("audit.unsealed"):
            async with self._db.read() as tx:
                last, sealed = await repository.last(tx), await repository.last_checkpoint(tx)
        return (last["seq"] if last else 0) - (sealed["seq"] if sealed else 0)


def _row(made: Checkpoint) -> dict[str, Any]:
    return {"seq": made.seq, "hash": made.hash, "at": made.at, "key_id": made.key_id, "signature": made.signature}
