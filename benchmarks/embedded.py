"""Runs without a server: the store on SQLite, one worker, nodes that do next to nothing. For measuring the engine."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import structlog
from sqlalchemy import insert

from atoll.apps.dataflow import Places
from atoll.db.database import Database
from atoll.db.tables.identity import workspaces
from atoll.db.tenancy import within
from atoll.engine.events import Event
from atoll.engine.graph import Graph
from atoll.engine.outcome import result
from atoll.engine.plan import Plan, compile_plan
from atoll.kit.clock import now_ms
from atoll.policy import Policy
from atoll.runs.execution.context import Ports
from atoll.runs.execution.loop import Execution, Limits
from atoll.runs.labels.run_labels import RunLabels
from atoll.runs.schemas import Run
from atoll.runs.service import NewRun, RunService
from atoll.runs.store import Wishes
from atoll.runs.tail.tail import Tail
from atoll.runs.worker.worker import Worker
from atoll.sdk import Input, Node, Output

WORKSPACE = "ws"
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # a server has it off too


class Add(Node):
    """Gives what it takes and one more, at once."""

    name = "add"
    inputs = (Input("value"),)
    outputs = (Output("value"),)
    instant = True

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return {"value": inputs.get("value", 0) + 1}


class AddLater(Add):
    """The same as a coroutine: a task of its own, and its own write to the log."""

    name = "add_later"
    instant = False

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:  # type: ignore[override]
        return {"value": inputs.get("value", 0) + 1}


class Wait(AddLater):
    """As a call of a model does: waits for 50 ms."""

    name = "wait"
    seconds = 0.05

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:  # type: ignore[override]
        await asyncio.sleep(self.seconds)
        return {"value": 1}


_PLACES = Places(Policy.default(), "local")


class Alone:
    """A host that offers nothing: the nodes ask for nothing."""

    def ports(self, workspace_id: str) -> Ports:
        return Ports(*cast("tuple[Any, Any, Any, Any]", (None,) * 4))

    async def labels(self, workspace_id: str) -> RunLabels:
        return RunLabels(_PLACES.policy, _PLACES.here, _PLACES.place)


@dataclass
class Stored:
    """Runs as the product does them: a row, a lease, every event on disk."""

    service: RunService
    worker: Worker

    async def run(self, graph: Graph) -> Run:
        made = await self.service.create(WORKSPACE, NewRun(graph=graph, inputs={}, created_by="bench"))
        await self.worker.settled(made.id)
        done = await self.service.get(WORKSPACE, made.id)
        assert done.status == "succeeded", done.error
        return done


@asynccontextmanager
async def stored(file: Path, kinds: Sequence[type[Node]]) -> AsyncIterator[Stored]:
    """A database in `file`, with one workspace, and a worker that knows these kinds of nodes."""
    db = Database(f"sqlite+aiosqlite:///{file}")
    await db.migrate()
    with within(WORKSPACE):
        async with db.begin() as tx:
            await tx.execute(insert(workspaces).values(id=WORKSPACE, name="bench", language="en", created_at=0))
        worker = Worker(db, {kind.name: kind for kind in kinds}, Alone())
        worker.start()
        try:
            yield Stored(RunService(db, worker), worker)
        finally:
            await worker.stop()
            await db.close()


@dataclass
class EngineOnly:
    """The engine and its shell, with a store that forgets."""

    kinds: Sequence[type[Node]]
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    tail: Tail = field(default_factory=Tail)

    def plan(self, graph: Graph) -> Plan:
        return compile_plan(graph, {kind.name: kind for kind in self.kinds})

    async def run(self, plan: Plan) -> dict[str, Any]:
        """The run's outputs."""

        async def write(group: list[Event], readings: dict[str, Any]) -> Wishes:
            return Wishes()

        host = Alone()
        first = Event("run.started", None, {"inputs": {}, "digest": plan.digest, "sys": {}}, 1, now_ms())
        labels = await host.labels(WORKSPACE)
        ports = host.ports(WORKSPACE)
        execution = Execution("run", plan, [first], write, self.tail, ports, labels, self.threads, Limits())
        await execution.run()
        assert execution.state.status == "succeeded", execution.state.status
        return result(execution.state)


def chain(kind: type[Node], size: int, width: int = 1) -> Graph:
    """`width` nodes abreast, each row after the one before."""
    nodes = [{"id": f"n{i}", "type": kind.name} for i in range(size)]
    edges = [{"source": f"n{i - width}", "target": f"n{i}"} for i in range(width, size)]
    return Graph.model_validate({"nodes": nodes, "edges": edges})


def abreast(kind: type[Node], count: int) -> Graph:
    return chain(kind, count, count)
