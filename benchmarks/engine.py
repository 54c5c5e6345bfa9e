"""The engine with its event log on SQLite, against the barest asyncio that runs the same graph."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from sqlalchemy import insert

from atoll.db.database import Database
from atoll.db.tables.identity import workspaces
from atoll.engine.graph import Graph
from atoll.policy import Placed, Policy
from atoll.runs.context import Ports
from atoll.runs.labels import RunLabels
from atoll.runs.service import NewRun, RunService
from atoll.runs.worker import Worker
from atoll.sdk import Input, Node, Output, Resource
from benchmarks.measure import Row, cpu_seconds

SIZES = (10, 100, 1000)


class Pass(Node):
    """Gives what it takes, at once."""

    name = "pass"
    inputs = (Input("value"),)
    outputs = (Output("value"),)
    instant = True

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return {"value": inputs.get("value", 0)}


class PassLater(Pass):
    """The same as a coroutine: a task of its own, and its own write to the log."""

    name = "pass_later"
    instant = False

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:  # type: ignore[override]
        return {"value": inputs.get("value", 0)}


class Alone:
    """A host that offers nothing: the nodes ask for nothing."""

    def ports(self, workspace_id: str, run_id: str) -> Ports:
        return Ports(*cast("tuple[Any, Any, Any, Any]", (None,) * 4))

    async def labels(self, workspace_id: str) -> RunLabels:
        def place(resource: Resource) -> Placed:
            raise LookupError(resource.name)

        return RunLabels(Policy(), "local", place)


def chain(kind: str, size: int) -> Graph:
    """Ten nodes abreast, each row after the one before: some order, some width."""
    width = 10
    nodes = [{"id": f"n{i}", "type": kind} for i in range(size)]
    edges = [{"source": f"n{i - width}", "target": f"n{i}"} for i in range(width, size)]
    return Graph.model_validate({"nodes": nodes, "edges": edges})


async def bare(size: int) -> list[object]:
    """The control: a task for each node that waits for the one before it."""
    width = 10
    done: list[asyncio.Task[object]] = []

    async def step(before: asyncio.Task[object] | None) -> object:
        return {"value": (await before) if before else 0}

    for i in range(size):
        done.append(asyncio.create_task(step(done[i - width] if i >= width else None)))
    return await asyncio.gather(*done)


async def measure(kinds: Sequence[type[Node]] = (Pass, PassLater)) -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}")
        await db.migrate()
        async with db.begin() as tx:
            await tx.execute(insert(workspaces).values(id="ws", name="bench", language="en", created_at=0))
        worker = Worker(db, {kind.name: kind for kind in kinds}, Alone())
        service = RunService(db, worker)
        worker.start()
        for kind in kinds:
            for size in SIZES:
                graph, repeats = chain(kind.name, size), max(5, 600 // size)

                async def stored(graph: Graph = graph) -> None:
                    run = await service.create("ws", NewRun(graph=graph, inputs={}, created_by="bench"))
                    await worker.settled(run.id)
                    assert (await service.get("ws", run.id)).status == "succeeded"

                async def control(size: int = size) -> None:
                    await bare(size)

                value = await cpu_seconds(stored, repeats) / size * 1e6
                floor = await cpu_seconds(control, repeats) / size * 1e6
                what = "at once" if kind.instant else "coroutine"
                rows.append(
                    Row(
                        f"engine, {what}, {size} nodes",
                        value,
                        "us CPU a node",
                        floor,
                        "bare asyncio",
                        40 if size == 1000 else None,
                    )
                )
        await worker.stop()
        await db.close()
    return rows
