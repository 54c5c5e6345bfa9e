"""The worker: claims runs, carries many of them on one loop, renews their leases, and sweeps for those nobody holds.

The rows are the truth; `ring` is only a doorbell. A worker that is told to stop hands its runs on at once. While the
database is away its runs wait in memory, and go on when it is back if nobody took them meanwhile.
"""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.incidents import report
from atoll.db.patience import patiently
from atoll.db.tenancy import everything, within
from atoll.engine.events import Event
from atoll.engine.fold import UnknownEvent
from atoll.engine.graph import Graph
from atoll.engine.plan import Catalogue, Plan, compile_plan
from atoll.kit import meter, trace
from atoll.kit.bell import rung
from atoll.kit.clock import now_ms
from atoll.kit.dispatcher import Dispatcher, alone
from atoll.kit.i18n import text
from atoll.kit.ids import new_id
from atoll.runs import crossings, store
from atoll.runs.attempt import describe
from atoll.runs.context import Ports
from atoll.runs.execution import Execution, Limits
from atoll.runs.labels import RunLabels
from atoll.runs.log import Wishes
from atoll.runs.store import Claim, LeaseLost
from atoll.runs.tail import Tail

log = structlog.get_logger("atoll.runs")
T = TypeVar("T")
Also = Callable[[AsyncConnection], Awaitable[None]]
SWEEP = 3.0  # seconds between looks for runs that nobody holds
PLANS = 256  # compiled plans kept


class Host(Protocol):
    """What the composition root provides for the runs of a workspace."""

    def ports(self, workspace_id: str) -> Ports: ...

    def labels(self, workspace_id: str) -> Awaitable[RunLabels]: ...


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
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{new_id('w')}"[-64:]
        self.tail = tail or Tail()
        self._db, self._catalogue, self._host = db, catalogue, host
        self._lease_ms = int(lease_seconds * 1000)
        self._parallel = parallel
        self._limits = limits or Limits()
        self._threads = ThreadPoolExecutor(32, thread_name_prefix="node")
        self._carried: dict[str, tuple[asyncio.Task[None], Execution | None]] = {}
        self._bell = asyncio.Event()
        self.dispatcher = dispatcher or alone("runs", self.ring)
        self._loops: list[asyncio.Task[None]] = []
        self._plans: dict[tuple[str, str], Plan] = {}
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
        tasks = [*self._loops, *(task for task, _ in self._carried.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            with everything("runs.release"):
                async with self._db.begin(fenced=True) as tx:
                    await store.release(tx, self.owner)
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

    def lease_until(self) -> int:
        return now_ms() + self._lease_ms

    def adopt(self, held: Claim, history: list[Event], plan: Plan) -> None:
        """Carry a run that this process has just created and claimed in one transaction."""
        self._carry(held, lambda: self._execute(held, plan, history))

    def cancel(self, run_id: str, by: str) -> bool:
        """Stop a run if it is carried here."""
        _, execution = self._carried.get(run_id, (None, None))
        if execution is not None:
            execution.cancel(by)
        return execution is not None

    def pause(self, run_id: str, by: str) -> None:
        """Pause a run if it is carried here."""
        _, execution = self._carried.get(run_id, (None, None))
        if execution is not None:
            execution.pause(by)

    async def labels(self, workspace_id: str) -> RunLabels:
        """The labels of runs of a workspace."""
        return await self._host.labels(workspace_id)

    def carries(self, run_id: str) -> bool:
        return run_id in self._carried

    async def settled(self, run_id: str) -> None:
        """Wait until this process no longer carries the run."""
        task, _ = self._carried.get(run_id, (None, None))
        if task is not None:
            await asyncio.wait([task])

    async def _claiming(self) -> None:
        while True:
            self._bell.clear()  # before the look: what comes during it is seen by the next
            while self.has_room() and (held := await self._claim()):
                meter.count("atoll_run_claims_total")
                self._carry(held, lambda held=held: self._load_and_execute(held))  # type: ignore[misc]
            if not self.has_room():
                self.dispatcher.pass_on("runs")
            await rung(self._bell, SWEEP)

    async def _claim(self) -> Claim | None:
        try:
            with everything("runs.claim"):
                async with self._db.begin(fenced=True) as tx:
                    await store.wake_unanswered(tx, now_ms())
                    return await store.claim(tx, self.owner, now_ms(), self._lease_ms, carried=list(self._carried))
        except Unavailable as away:
            log.warning("run.claim_failed", code=away.code)
            return None
        except Exception:  # the border of a task: the loop goes on
            log.exception("run.claim_failed")
            return None

    async def _renewing(self) -> None:
        while True:
            await asyncio.sleep(min(self._lease_ms / 3000, 2.0))
            held = list(self._carried)
            if not held:
                continue
            try:
                kept = await self._renew(held)
            except Unavailable as away:  # leases may run out meanwhile, and the fence holds
                log.warning("run.renew_failed", code=away.code)
                continue
            except Exception:  # the border of a task: the loop goes on
                log.exception("run.renew_failed")
                continue
            for run_id in held:
                task, execution = self._carried.get(run_id, (None, None))
                if run_id not in kept and execution is not None and task is not None and not task.done():
                    meter.count("atoll_run_leases_lost_total")
                    log.warning("run.lease_lost", run_id=run_id)
                    task.cancel()
                elif execution is not None:
                    stop, pause = kept.get(run_id, (None, False))
                    if stop:
                        execution.cancel(stop)
                    elif pause:
                        execution.pause("user")

    async def _renew(self, run_ids: list[str]) -> dict[str, tuple[str | None, bool]]:
        """Runs of all workspaces: what holds them is that this worker owns them."""
        with everything("runs.renew"):
            async with self._db.begin(fenced=True) as tx:
                return await store.renew(tx, self.owner, run_ids, self.lease_until())

    def _carry(self, held: Claim, work: Callable[[], Awaitable[None]]) -> None:
        async def carried() -> None:
            with within(held.workspace_id):
                await carry()

        async def carry() -> None:
            structlog.contextvars.bind_contextvars(run_id=held.run_id, workspace_id=held.workspace_id)
            try:
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

        self.tail.carry(held.run_id, held.epoch)
        self._carried[held.run_id] = (asyncio.create_task(carried(), name=held.run_id), None)

    async def _patiently(self, run_id: str, work: Callable[[], Awaitable[T]]) -> T:
        """`work` for a run, again until the database takes it. A person, a stop of the worker or a lost lease end it."""

        def told(away: Unavailable) -> None:
            meter.count("atoll_database_unavailable_total")
            log.warning("run.waits", run_id=run_id, code=away.code)

        return await patiently(work, told)

    async def _load(self, held: Claim) -> tuple[RowMapping, list[Event], dict[str, Any]] | None:
        async with self._db.read() as tx:
            row = await store.get(tx, held.workspace_id, held.run_id)
            if row is None:  # deleted between claim and here
                return None
            history = await store.read_events(tx, held.run_id)
            return row, history, await store.get_graph(tx, held.workspace_id, row["content"])

    async def _load_and_execute(self, held: Claim) -> None:
        loaded = await self._patiently(held.run_id, lambda: self._load(held))
        if loaded is None:
            return
        row, history, graph = loaded
        if held.claims > store.POISON_CLAIMS:
            meter.count("atoll_runs_poisoned_total")
            message = text(
                f"The run was started {held.claims - 1} times without any progress and was given up.",
                f"运行已启动 {held.claims - 1} 次但没有任何进展，已放弃。",
            )
            error = {"code": "run_poison", "message": message, "detail": "", "retryable": False}
            await self._give_up(held, error, told=row["app_name"])
            return
        try:
            plan = self.plan(held.workspace_id, row["content"], Graph.model_validate(graph))
        except Exception as error:  # a node type that is gone: the run ends and says so
            await self._give_up(held, describe(error))
            return
        stop = (row["cancel_by"] or "user") if row["cancel_requested"] else None
        try:
            await self._execute(held, plan, history, stop)
        except UnknownEvent as unknown:
            await self._park(held, unknown.kind)

    async def _park(self, held: Claim, kind: str) -> None:
        """The log was written by a newer version: its run waits for one, and says so."""
        message = text(
            f"A newer version of Atoll wrote this run's log (“{kind}”). Update this instance, then let the run go on.",
            f"该运行的日志由更新版本的 Atoll 写入（“{kind}”）。请升级本实例后继续运行。",
        )
        error = {"code": "event_unknown", "message": message, "detail": "", "retryable": False, "node": None}

        async def park() -> None:
            async with self._db.begin(fenced=True) as tx:
                await store.park(tx, held, {"pause": {"reason": "event_unknown", "node": ""}, "error": error})

        await self._patiently(held.run_id, park)
        log.warning("run.parked", run_id=held.run_id, unknown=kind)

    async def _give_up(self, held: Claim, error: dict[str, Any], told: str | None = None) -> None:
        """The run fails. `told`: operations hear of it, under this name."""
        at = now_ms()
        event = Event("run.failed", None, {"error": error}, held.seq + 1, at)
        readings = {"status": "failed", "ended_at": at, "error": {**error, "node": None}, "owner": None}

        async def tell(tx: AsyncConnection) -> None:
            if told is not None:
                whose = {"workspace_id": held.workspace_id, "subject_id": held.run_id}
                await report(tx, "given_up", "run", **whose, title=told, code=error["code"])

        await self._write(held, [event], readings, tell)
        self.tail.publish(held.run_id, [event])

    async def _write(
        self, held: Claim, group: list[Event], readings: dict[str, Any], also: Also | None = None
    ) -> tuple[str | None, bool]:
        """Append, with what `also` writes. Where a commit broke off nobody knows whether it was kept, so a second try
        looks first. Who was frozen meanwhile for longer than the lease asks whether it still has it, before an effect
        follows on the write.
        """
        unheard, began = False, 0.0

        async def append() -> tuple[str | None, bool]:
            nonlocal unheard, began
            async with self._db.begin(fenced=True) as tx:
                began = time.monotonic()
                if unheard and await store.is_kept(tx, held, group[-1]):
                    return None, False
                unheard = True
                asked = await store.append(tx, held, group, self.lease_until(), readings)
                if also is not None:
                    await also(tx)
                return asked

        asked = await self._patiently(held.run_id, append)
        held.seq += len(group)
        _count(held, group)
        if time.monotonic() - began > self._lease_ms / 1000:
            await self._patiently(held.run_id, lambda: self._demand_lease(held, readings))
        return asked

    async def _demand_lease(self, held: Claim, readings: dict[str, Any]) -> None:
        if readings.get("status", "running") != "running":
            return  # it was handed back with the write
        if held.run_id not in await self._renew([held.run_id]):
            raise LeaseLost(held.run_id)

    async def _execute(self, held: Claim, plan: Plan, history: list[Event], stop: str | None = None) -> None:
        told: crossings.Told = frozenset()

        async def write(group: list[Event], readings: dict[str, Any]) -> Wishes:
            nonlocal told
            ways = labels.take()
            releases = [event for event in group if "release" in event.data]

            async def count(tx: AsyncConnection) -> None:
                await crossings.add(tx, held.workspace_id, held.app_id, held.run_id, ways, told)
                crossings.tell_releases(tx, held.workspace_id, held.app_id, held.run_id, releases)

            also = count if ways or releases else None
            asked = await self._write(held, group, {"status": "running", **readings}, also)
            told |= crossings.pairs(ways)
            _note(span, group)
            return Wishes(*asked)

        trace.enter(history[0].data.get("trace") or "")
        if under := trace.current():
            structlog.contextvars.bind_contextvars(trace_id=trace.trace_id(under))
        labels = await self._patiently(held.run_id, lambda: self._host.labels(held.workspace_id))
        execution = Execution(
            held.run_id,
            plan,
            history,
            write,
            self.tail,
            self._host.ports(held.workspace_id),
            labels,
            self._threads,
            self._limits,
        )
        task, _ = self._carried[held.run_id]
        self._carried[held.run_id] = (task, execution)
        if stop:
            execution.cancel(stop)
        about = {"atoll.run.id": held.run_id, "atoll.app.id": held.app_id, "atoll.workspace.id": held.workspace_id}
        span = trace.begin("run", "internal", {**about, "atoll.run.epoch": held.epoch})
        try:
            with trace.within(span):
                await execution.run()
        finally:
            span.end()

    def plan(self, workspace_id: str, content: str, graph: Graph) -> Plan:
        """The compiled plan of a graph; kept, as an app is run more often than it is changed."""
        key = (content, getattr(self._catalogue, "digest", ""))
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) >= PLANS:
                self._plans.clear()
            found = self._plans[key] = compile_plan(graph, self._catalogue)
        return found


_STATES = {f"run.{status}": status for status in ("succeeded", "failed", "cancelled", "paused")}


def _note(span: trace.Span, group: list[Event]) -> None:
    """What the run came to; without it, another process goes on with it."""
    for event in group:
        if status := _STATES.get(event.type):
            span.note({"atoll.run.status": status})
            if status == "failed":
                span.fail(event.data["error"]["code"])


def _count(held: Claim, group: list[Event]) -> None:
    for event in group:
        if status := _STATES.get(event.type):
            meter.count("atoll_runs_total", app=held.app_id, status=status)
            log.info("run.paused" if status == "paused" else "run.ended", status=status, app_id=held.app_id)
        elif event.type == "node.retrying":
            meter.count("atoll_node_retries_total")
