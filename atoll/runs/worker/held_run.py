"""One run that this process holds: loaded, executed, written under its lease; set aside or given up where that can't be.

While the database is away the run waits in memory, and goes on when it is back if nobody took it meanwhile.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.incidents import report
from atoll.db.patience import patiently
from atoll.engine.events import Event
from atoll.engine.fold import UnknownEvent
from atoll.engine.graph import Graph
from atoll.engine.plan import Plan
from atoll.kit import meter, trace
from atoll.kit.clock import now_ms
from atoll.runs import store
from atoll.runs.execution.attempt import describe
from atoll.runs.execution.context import Ports
from atoll.runs.execution.loop import Execution, Limits
from atoll.runs.labels import crossings
from atoll.runs.labels.run_labels import RunLabels
from atoll.runs.store import Claim, LeaseLost, Wishes
from atoll.runs.tail.tail import Tail
from atoll.runs.worker.leases import Leases
from atoll.runs.worker.plans import Plans
from atoll.sdk import NodeError

log = structlog.get_logger("atoll.runs")
T = TypeVar("T")
Also = Callable[[AsyncConnection], Awaitable[None]]


class Host(Protocol):
    """What the composition root provides for the runs of a workspace."""

    def ports(self, workspace_id: str) -> Ports: ...

    def labels(self, workspace_id: str) -> Awaitable[RunLabels]: ...


@dataclass(frozen=True, slots=True)
class Means:
    """What all runs of a worker are executed with."""

    db: Database
    host: Host
    leases: Leases
    plans: Plans
    tail: Tail
    threads: Executor
    limits: Limits


class HeldRun:
    def __init__(self, held: Claim, means: Means) -> None:
        self.held, self._means = held, means
        self.execution: Execution | None = None
        self.task: asyncio.Task[None] | None = None
        """That of the worker, which carries it."""

    async def load_and_execute(self) -> None:
        held = self.held
        loaded = await self._patiently(self._load)
        if loaded is None:
            return
        row, history, graph = loaded
        if held.claims > store.POISON_CLAIMS:
            meter.count("atoll_runs_poisoned_total")
            poison = NodeError(
                "run_poison",
                f"The run was started {held.claims - 1} times without any progress and was given up.",
                f"运行已启动 {held.claims - 1} 次但没有任何进展，已放弃。",
            )
            await self._give_up(poison, told=row["app_name"])
            return
        try:
            plan = self._means.plans.of(row["content"], Graph.model_validate(graph))
        except Exception as error:  # a node type that is gone: the run ends and says so
            await self._give_up(error)
            return
        stop = (row["cancel_by"] or "user") if row["cancel_requested"] else None
        try:
            await self.execute(plan, history, stop)
        except UnknownEvent as unknown:
            await self._park(unknown.kind)

    async def execute(self, plan: Plan, history: list[Event], stop: str | None = None) -> None:
        """`stop`: who asked for one already."""
        held, means = self.held, self._means
        told: crossings.Told = frozenset()

        async def write(group: list[Event], readings: dict[str, Any]) -> Wishes:
            nonlocal told
            ways = labels.take()
            releases = [event for event in group if "release" in event.data]

            async def count(tx: AsyncConnection) -> None:
                await crossings.add(tx, held.workspace_id, held.app_id, held.run_id, ways, told)
                crossings.tell_releases(tx, held.workspace_id, held.app_id, held.run_id, releases)

            also = count if ways or releases else None
            asked = await self._write(group, {"status": "running", **readings}, also)
            told |= crossings.pairs(ways)
            _note(span, group)
            return asked

        trace.enter(history[0].data.get("trace") or "")
        if under := trace.current():
            structlog.contextvars.bind_contextvars(trace_id=trace.trace_id(under))
        labels = await self._patiently(lambda: means.host.labels(held.workspace_id))
        ports = means.host.ports(held.workspace_id)
        self.execution = Execution(
            held.run_id, plan, history, write, means.tail, ports, labels, means.threads, means.limits
        )
        if stop:
            self.execution.cancel(stop)
        about = {"atoll.run.id": held.run_id, "atoll.app.id": held.app_id, "atoll.workspace.id": held.workspace_id}
        span = trace.begin("run", "internal", {**about, "atoll.run.epoch": held.epoch})
        try:
            with trace.within(span):
                await self.execution.run()
        finally:
            span.end()

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Again until the database takes it. A person, a stop of the worker or a lost lease end it."""

        def told(away: Unavailable) -> None:
            meter.count("atoll_database_unavailable_total")
            log.warning("run.waits", run_id=self.held.run_id, code=away.code)

        return await patiently(work, told)

    async def _load(self) -> tuple[RowMapping, list[Event], dict[str, Any]] | None:
        held = self.held
        async with self._means.db.read() as tx:
            row = await store.get(tx, held.workspace_id, held.run_id)
            if row is None:  # deleted between claim and here
                return None
            history = await store.read_events(tx, held.run_id)
            return row, history, await store.get_graph(tx, held.workspace_id, row["content"])

    async def _park(self, kind: str) -> None:
        """The log was written by a newer version: its run waits for one, and says so."""
        unknown = NodeError(
            "event_unknown",
            f"A newer version of Atoll wrote this run's log (“{kind}”). Update this instance, then let the run go on.",
            f"该运行的日志由更新版本的 Atoll 写入（“{kind}”）。请升级本实例后继续运行。",
        )
        readings = {"pause": {"reason": unknown.code, "node": ""}, "error": {**describe(unknown), "node": None}}

        async def park() -> None:
            async with self._means.db.begin(fenced=True) as tx:
                await store.park(tx, self.held, readings)

        await self._patiently(park)
        log.warning("run.parked", run_id=self.held.run_id, unknown=kind)

    async def _give_up(self, error: Exception, told: str | None = None) -> None:
        """The run fails. `told`: operations hear of it, under this name."""
        held, why, at = self.held, describe(error), now_ms()
        event = Event("run.failed", None, {"error": why}, held.seq + 1, at)
        readings = {"status": "failed", "ended_at": at, "error": {**why, "node": None}, "owner": None}

        async def tell(tx: AsyncConnection) -> None:
            if told is not None:
                whose = {"workspace_id": held.workspace_id, "subject_id": held.run_id}
                await report(tx, "given_up", "run", **whose, title=told, code=why["code"])

        await self._write([event], readings, tell)
        self._means.tail.publish(held.run_id, [event])

    async def _write(self, group: list[Event], readings: dict[str, Any], also: Also | None = None) -> Wishes:
        """Append, with what `also` writes. Where a commit broke off nobody knows whether it was kept, so a second try
        looks first. Who was frozen meanwhile for longer than the lease asks whether it still has it, before an effect
        follows on the write.
        """
        held, leases = self.held, self._means.leases
        unheard, began = False, 0.0

        async def append() -> Wishes:
            nonlocal unheard, began
            async with self._means.db.begin(fenced=True) as tx:
                began = time.monotonic()
                if unheard and await store.is_kept(tx, held, group[-1]):
                    return Wishes()
                unheard = True
                asked = await store.append(tx, held, group, leases.until(), readings)
                if also is not None:
                    await also(tx)
                return asked

        asked = await self._patiently(append)
        held.seq += len(group)
        _count(held, group)
        if time.monotonic() - began > leases.seconds:
            await self._patiently(lambda: self._demand_lease(readings))
        return asked

    async def _demand_lease(self, readings: dict[str, Any]) -> None:
        if readings.get("status", "running") != "running":
            return  # it was handed back with the write
        if self.held.run_id not in await self._means.leases.renew([self.held.run_id]):
            raise LeaseLost(self.held.run_id)


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
