"""The engine with its event log on SQLite, against the barest asyncio that runs the same graph."""

import asyncio
import tempfile
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel
from sqlalchemy import insert

from atoll.db.database import Database
from atoll.db.tables.identity import workspaces
from atoll.engine.graph import Graph
from atoll.nodes.builtin.iteration import IterationNode
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


class CountConfig(BaseModel):
    most: int = 10


class Count(Node):
    """Gives a list of numbers."""

    name = "count"
    outputs = (Output("items", "list"),)
    instant = True
    Config = CountConfig

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return {"items": list(range(self.config.most))}


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
        rows += await growth(Path(folder))
    return rows


def iteration(items: int) -> Graph:
    """One node for each of many items, 16 at once."""
    inner = {"nodes": [{"id": "p", "type": PassLater.name}]}
    nodes = [
        {"id": "items", "type": Count.name, "config": {"most": items}},
        {"id": "each", "type": IterationNode.name, "config": {"graph": inner, "parallel": 16}},
    ]
    return Graph.model_validate({"nodes": nodes, "edges": [{"source": "items", "target": "each"}]})


async def growth(folder: Path) -> list[Row]:
    """An item among 10,000 against one among 1,000: the time for it, and the memory that the run holds at most."""
    db = Database(f"sqlite+aiosqlite:///{folder / 'growth.db'}")
    await db.migrate()
    async with db.begin() as tx:
        await tx.execute(insert(workspaces).values(id="ws", name="bench", language="en", created_at=0))
    worker = Worker(db, {kind.name: kind for kind in (PassLater, Count, IterationNode)}, Alone())
    service = RunService(db, worker)
    worker.start()

    async def run(items: int) -> None:
        made = await service.create("ws", NewRun(graph=iteration(items), inputs={}, created_by="bench"))
        await worker.settled(made.id)
        assert (await service.get("ws", made.id)).status == "succeeded"

    few, many = 1_000, 10_000
    times = {n: await cpu_seconds(lambda n=n: run(n), 3) / n * 1e6 for n in (few, many)}  # type: ignore[misc]
    peaks: dict[int, float] = {}
    for n in (few, many):
        tracemalloc.start()
        await run(n)
        peaks[n] = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    await worker.stop()
    await db.close()
    return [
        Row("engine, an iteration of 10,000 items", times[many], "us CPU an item", times[few], "1,000 items",
            times[few] * 1.3),
        Row("engine, memory of that iteration", peaks[many], "MB at most", peaks[few], "1,000 items", peaks[few] + 10),
    ]  # fmt: skip
