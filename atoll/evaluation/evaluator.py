"""Carrying evaluations: each has a lease, so a dead process's go on in another one, or here after a restart.

Every change demands the lease's epoch. A cell's runs have keys of their own, so whoever goes on gets the runs that were made
already. While all that is left waits for a person, nobody carries the evaluation; it is taken again when one has answered.
"""

import asyncio

import structlog
from sqlalchemy import RowMapping

from atoll.db.database import Database
from atoll.evaluation import repository
from atoll.evaluation.job import Gone, Job
from atoll.evaluation.trial import Trials
from atoll.kit.clock import now_ms

log = structlog.get_logger("atoll.evaluation")
SWEEP = 3.0  # seconds between looks for evaluations that nobody holds
AT_ONCE = 3  # evaluations that a process carries
CELLS = 4  # of an evaluation that run at once: other runs have the rest of the room


class Evaluator:
    """`carried`: the evaluations in this process's hands, by id."""

    def __init__(self, db: Database, trials: Trials, *, lease_seconds: float = 10.0) -> None:
        self._db, self._trials = db, trials
        self._lease_ms = int(lease_seconds * 1000)
        self._bell = asyncio.Event()
        self.carried: dict[str, Job] = {}
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._loops = [asyncio.create_task(self._working(), name="evaluation") for _ in range(AT_ONCE)]

    async def stop(self) -> None:
        """Leave everything where it is: the next start goes on."""
        for task in self._loops:
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    def ring(self) -> None:
        """An evaluation may be waiting."""
        self._bell.set()

    def look(self) -> None:
        """Somebody may have asked for a stop."""
        for job in self.carried.values():
            job.look.set()
        self._bell.set()

    async def _working(self) -> None:
        while True:
            self._bell.clear()  # before the look: what comes during it is seen by the next
            try:
                if await self.run_once():
                    continue
            except Exception:  # the border of a task: a database that is away comes back
                log.exception("evaluation.failed")
            try:
                async with asyncio.timeout(SWEEP):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def run_once(self) -> bool:
        """Carry one evaluation as far as it goes. False if none was waiting."""
        async with self._db.begin() as tx:
            row = await repository.claim(tx, now_ms(), self._lease_ms, list(self.carried))
        if row is None:
            return False
        self._bell.set()  # there may be another one for another loop
        job = await self._job(row)
        self.carried[row["id"]] = job
        work = asyncio.create_task(job.run(), name=row["id"])
        keep = asyncio.create_task(self._keep(job), name=f"{row['id']}.lease")
        try:
            await asyncio.wait({work, keep}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        except asyncio.CancelledError:
            await self._end(work, keep)
            await job.let_go()
            raise
        except Gone:
            log.info("evaluation.dropped", evaluation=row["id"])
        finally:
            self.carried.pop(row["id"], None)
            await self._end(work, keep)
        return True

    async def _end(self, *tasks: asyncio.Task[None]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _job(self, row: RowMapping) -> Job:
        async with self._db.read() as tx:
            cells = await repository.cells_of(tx, [row["id"]])
            graphs = [await repository.graph(tx, row["workspace_id"], one["content"]) for one in row["variants"]]
        return Job(self._db, self._trials, row, cells, graphs, CELLS)

    async def _keep(self, job: Job) -> None:
        """Renews the lease, and tells the job of a wish to stop; ends when the lease is lost."""
        while True:
            try:
                await job.renew(now_ms() + self._lease_ms)
            except Gone:
                return
            except Exception:  # the border of a task: the lease may run out meanwhile, and the fence holds
                log.exception("evaluation.renew_failed")
            try:
                async with asyncio.timeout(self._lease_ms / 3000):
                    await job.look.wait()
            except TimeoutError:
                continue
            job.look.clear()
