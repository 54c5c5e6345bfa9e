"""The engine with its event log on SQLite, against the barest asyncio that runs the same graph."""

import asyncio
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from atoll.engine.graph import Graph
from atoll.nodes.builtin.iteration import IterationNode
from atoll.sdk import Node, Output
from benchmarks.embedded import Add, AddLater, Stored, chain, stored
from benchmarks.measure import Row, cpu_seconds

SIZES = (10, 100, 1000)
WIDTH = 10  # nodes abreast: some order, some width


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


async def bare(size: int) -> list[object]:
    """The control: a task for each node that waits for the one before it."""
    done: list[asyncio.Task[object]] = []

    async def step(before: asyncio.Task[object] | None) -> object:
        return {"value": (await before) if before else 0}

    for i in range(size):
        done.append(asyncio.create_task(step(done[i - WIDTH] if i >= WIDTH else None)))
    return await asyncio.gather(*done)


async def measure() -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        async with stored(Path(folder) / "bench.db", (Add, AddLater)) as runs:
            for kind in (Add, AddLater):
                for size in SIZES:
                    rows.append(await node(runs, kind, size))
        async with stored(Path(folder) / "growth.db", (AddLater, Count, IterationNode)) as runs:
            rows += await growth(runs)
    return rows


async def node(runs: Stored, kind: type[Node], size: int) -> Row:
    """One node among `size`."""
    graph, repeats = chain(kind, size, WIDTH), max(5, 600 // size)
    value = await cpu_seconds(lambda: runs.run(graph), repeats) / size * 1e6
    floor = await cpu_seconds(lambda: bare(size), repeats) / size * 1e6
    what = "at once" if kind.instant else "coroutine"
    aim = 40 if size == 1000 else None
    return Row(f"engine, {what}, {size} nodes", value, "us CPU a node", floor, "bare asyncio", aim)


def iteration(items: int) -> Graph:
    """One node for each of many items, 16 at once."""
    inner = {"nodes": [{"id": "p", "type": AddLater.name}]}
    nodes = [
        {"id": "items", "type": Count.name, "config": {"most": items}},
        {"id": "each", "type": IterationNode.name, "config": {"graph": inner, "parallel": 16}},
    ]
    return Graph.model_validate({"nodes": nodes, "edges": [{"source": "items", "target": "each"}]})


async def growth(runs: Stored) -> list[Row]:
    """An item among 10,000 against one among 1,000: the time for it, and the memory that the run holds at most."""
    few, many = 1_000, 10_000
    times = {n: await cpu_seconds(lambda n=n: runs.run(iteration(n)), 3) / n * 1e6 for n in (few, many)}  # type: ignore[misc]
    peaks: dict[int, float] = {}
    for n in (few, many):
        tracemalloc.start()
        await runs.run(iteration(n))
        peaks[n] = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    return [
        Row("engine, an iteration of 10,000 items", times[many], "us CPU an item", times[few], "1,000 items",
            times[few] * 1.3),
        Row("engine, memory of that iteration", peaks[many], "MB at most", peaks[few], "1,000 items", peaks[few] + 10),
    ]  # fmt: skip
