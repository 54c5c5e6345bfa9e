"""Carrying evaluations: each has a lease, so a dead process's go on in another one, or here after a restart.

Every change demands the lease's epoch. A cell's runs have keys of their own, so whoever goes on gets the runs that were made
already. While all that is left waits for a person, nobody carries the evaluation; it is taken again when one has answered.
"""

import asyncio

import structlog

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.tenancy import everything, within
from atoll.evaluation import repository
from atoll.evaluation.job import Gone, Job
from atoll.evaluation.trial import Trials
from atoll.kit.bell import rung
from atoll.kit.clock import now_ms
from atoll.kit.dispatcher import Dispatcher, alone

log = structlog.get_logger("atoll.evaluation")
SWEEP = 3.0  # seconds between looks for evaluations that nobody holds
AT_ONCE = 3  # evaluations that a process carries
CELLS = 4  # of an evaluation that run at once: other runs have the rest of the room


class Evaluator:
    """`carried`: the evaluations in this process's hands, by id."""

    def __init__(
        self, db: Database, trials: Trials, *, lease_seconds: float = 10.0, dispatcher: Dispatcher | None = None
    ) -> None:
        self._db, self._trials = db, trials
        self._lease_ms = int(lease_seconds * 1000)
        self._bell = asyncio.Event()
        self.dispatcher = dispatcher or alone("housekeeping", self.ring)
        self.carried: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._loop = asyncio.create_task(self._claiming(), name="evaluation.claiming")

    async def stop(self) -> None:
        """Leave everything where it is: another process goes on, or the next start."""
        carried = len(self.carried)
        tasks = [*self._tasks, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if carried:
            self.dispatcher.pass_on("housekeeping")

    def ring(self) -> None:
        """An evaluation may be waiting."""
        self._bell.set()

    def look(self) -> None:
        """Somebody may have asked for a stop."""
        for job in self.carried.values():
            job.look.set()
        self.dispatcher.ring("housekeeping")

    async def _claiming(self) -> None:
        while True:
            self._bell.clear()  # before the look: what comes during it is seen by the next
            try:
                while len(self.carried) < AT_ONCE and (job := await self._claim()):
                    self.carried[job.id] = job
                    with within(job.workspace_id):
                        task = asyncio.create_task(self._carry(job), name=job.id)
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                if len(self.carried) >= AT_ONCE:
                    self.dispatcher.pass_on("housekeeping")
            except Unavailable as away:
                log.warning("evaluation.claim_failed", code=away.code)
            except Exception:  # the border of a task: the loop goes on
                log.exception("evaluation.claim_failed")
            await rung(self._bell, SWEEP)

    async def _claim(self) -> Job | None:
        with everything("evaluations.claim"):
            return await self._taken()

    async def _taken(self) -> Job | None:
        async with self._db.begin() as tx:
            row = await repository.claim(tx, now_ms(), self._lease_ms, list(self.carried))
            if row is None:
                return None
            cells = await repository.cells_of(tx, [row["id"]])
            graphs = [await repository.graph(tx, row["workspace_id"], one["content"]) for one in row["variants"]]
        return Job(self._db, self._trials, row, cells, graphs, CELLS)

    async def _carry(self, job: Job) -> None:
        """As far as it goes: to its end, to a question that a person must answer, or to the loss of the lease."""
        work = asyncio.create_task(job.run(), name=f"{job.id}.cells")
        keep = asyncio.create_task(self._keep(job), name=f"{job.id}.lease")
        try:
            await asyncio.wait({work, keep}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        except asyncio.CancelledError:
            await _end(work, keep)
            await job.let_go()
            raise
        except Gone:
            log.info("evaluation.dropped", evaluation=job.id)
        except Exception:  # the border of a task: it goes on when the lease has run out
            log.exception("evaluation.failed", evaluation=job.id)
        finally:
            await _end(work, keep)
            self.carried.pop(job.id, None)
            self._bell.set()  # another one may have waited for this place

    async def _keep(self, job: Job) -> None:
        """Renews the lease, and tells the job of a wish to stop; ends when the lease is lost."""
        while True:
            try:
                await job.renew(now_ms() + self._lease_ms)
            except Gone:
                return
            except Unavailable as away:  # the lease may run out meanwhile, and the fence holds
                log.warning("evaluation.renew_failed", code=away.code)
            except Exception:  # the border of a task: the loop goes on
                log.exception("evaluation.renew_failed")
            if await rung(job.look, self._lease_ms / 3000):
                job.look.clear()


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
