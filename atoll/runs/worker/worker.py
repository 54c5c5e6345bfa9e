"""The worker: claims runs, carries many of them on one loop, renews their leases, and sweeps for those nobody holds.

The rows are the truth; `ring` is only a doorbell. A worker that is told to stop hands its runs on at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.tenancy import within
from atoll.engine.events import Event
from atoll.engine.plan import Plan
from atoll.engine.step import Catalogue
from atoll.kit import meter
from atoll.kit.bell import rung
from atoll.kit.dispatcher import Dispatcher, alone
from atoll.runs.execution.loop import Execution, Limits
from atoll.runs.labels.run_labels import RunLabels
from atoll.runs.store import Claim, LeaseLost
from atoll.runs.tail.tail import Tail
from atoll.runs.worker.held_run import HeldRun, Host, Means
from atoll.runs.worker.leases import Leases
from atoll.runs.worker.plans import Plans

log = structlog.get_logger("atoll.runs")
SWEEP = 3.0  # seconds between looks for runs that nobody holds


class Worker:
    def __init__(
        self,
        db: Database,
        catalogue: Catalogue,
        host: Host,
        *,
        lease_seconds: float = 10.0,
        parallel: int = 64,
        limits: Limits | None = None,
        dispatcher: Dispatcher | None = None,
        tail: Tail | None = None,
    ) -> None:
        """Without a `dispatcher` this process is alone, and without a `tail` it is read alone."""
        self.tail = tail or Tail()
        self.leases = Leases(db, lease_seconds)
        self.plans = Plans(catalogue)
        self._host, self._parallel = host, parallel
        self._threads = ThreadPoolExecutor(32, thread_name_prefix="node")
        self._means = Means(db, host, self.leases, self.plans, self.tail, self._threads, limits or Limits())
        self._carried: dict[str, HeldRun] = {}
        self._bell = asyncio.Event()
        self.dispatcher = dispatcher or alone("runs", self.ring)
        self._loops: list[asyncio.Task[None]] = []
        self._stopping = False

    def start(self) -> None:
        self._loops = [
            asyncio.create_task(self._claiming(), name="runs.claiming"),
            asyncio.create_task(self._renewing(), name="runs.renewing"),
        ]

    async def stop(self) -> None:
        """Let go of everything: runs go on elsewhere, or here after the next start."""
        self._stopping = True
        carried = len(self._carried)
        tasks = [*self._loops, *(run.task for run in self._carried.values() if run.task)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self.leases.release()
        except Unavailable as away:
            log.warning("run.release_failed", code=away.code)  # their leases run out instead
        if carried:
            self.dispatcher.pass_on("runs")
            log.info("run.handed_on", runs=carried)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def leave(self) -> None:
        """Take nothing on any more; streams end. What is carried goes on until `stop`."""
        self._stopping = True

    @property
    def leaving(self) -> bool:
        return self._stopping

    def ring(self) -> None:
        """A run may be waiting."""
        self._bell.set()

    def has_room(self) -> bool:
        return bool(self._loops) and not self._stopping and len(self._carried) < self._parallel

    def adopt(self, held: Claim, history: list[Event], plan: Plan) -> None:
        """Carry a run that this process has just created and claimed in one transaction."""
        run = HeldRun(held, self._means)
        self._carry(run, lambda: run.execute(plan, history))

    def cancel(self, run_id: str, by: str) -> bool:
        """Stop a run if it is carried here."""
        execution = self._execution(run_id)
        if execution is not None:
            execution.cancel(by)
        return execution is not None

    def pause(self, run_id: str, by: str) -> None:
        """Pause a run if it is carried here."""
        if execution := self._execution(run_id):
            execution.pause(by)

    async def labels(self, workspace_id: str) -> RunLabels:
        """The labels of runs of a workspace."""
        return await self._host.labels(workspace_id)

    def carries(self, run_id: str) -> bool:
        return run_id in self._carried

    async def settled(self, run_id: str) -> None:
        """Wait until this process no longer carries the run."""
        run = self._carried.get(run_id)
        if run is not None and run.task is not None:
            await asyncio.wait([run.task])

    def _execution(self, run_id: str) -> Execution | None:
        run = self._carried.get(run_id)
        return run.execution if run else None

    async def _claiming(self) -> None:
        while True:
            self._bell.clear()  # before the look: what comes during it is seen by the next
            while self.has_room() and (held := await self._claim()):
                meter.count("atoll_run_claims_total")
                run = HeldRun(held, self._means)
                self._carry(run, run.load_and_execute)
            if not self.has_room():
                self.dispatcher.pass_on("runs")
            await rung(self._bell, SWEEP)

    async def _claim(self) -> Claim | None:
        try:
            return await self.leases.claim(list(self._carried))
        except Unavailable as away:
            log.warning("run.claim_failed", code=away.code)
        except Exception:  # the border of a task: the loop goes on
            log.exception("run.claim_failed")
        return None

    async def _renewing(self) -> None:
        while True:
            await asyncio.sleep(min(self.leases.seconds / 3, 2.0))
            held = list(self._carried)
            if not held:
                continue
            try:
                kept = await self.leases.renew(held)
            except Unavailable as away:  # leases may run out meanwhile, and the fence holds
                log.warning("run.renew_failed", code=away.code)
                continue
            except Exception:  # the border of a task: the loop goes on
                log.exception("run.renew_failed")
                continue
            for run_id in held:
                run = self._carried.get(run_id)
                if run is None or run.execution is None:
                    continue
                wishes = kept.get(run_id)
                if wishes is None:
                    if run.task is not None and not run.task.done():
                        meter.count("atoll_run_leases_lost_total")
                        log.warning("run.lease_lost", run_id=run_id)
                        run.task.cancel()
                elif wishes.stop:
                    run.execution.cancel(wishes.stop)
                elif wishes.pause:
                    run.execution.pause("user")

    def _carry(self, run: HeldRun, work: Callable[[], Awaitable[None]]) -> None:
        held = run.held
        self.tail.carry(held.run_id, held.epoch)
        self._carried[held.run_id] = run
        run.task = asyncio.create_task(self._carried_out(held, work), name=held.run_id)

    async def _carried_out(self, held: Claim, work: Callable[[], Awaitable[None]]) -> None:
        structlog.contextvars.bind_contextvars(run_id=held.run_id, workspace_id=held.workspace_id)
        try:
            with within(held.workspace_id):
                await work()
        except LeaseLost:
            meter.count("atoll_run_leases_lost_total")
            log.warning("run.lease_lost", run_id=held.run_id)
        except Exception as error:  # the border of a task: the run stays claimable, up to the poison cap
            log.exception("run.execution_failed", run_id=held.run_id, error=str(error))
        finally:
            crowded = len(self._carried) >= self._parallel
            self._carried.pop(held.run_id, None)
            self.tail.forget(held.run_id)
            if crowded:  # else nothing waits for this place
                self._bell.set()
