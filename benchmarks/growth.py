"""What an event, a run in the list and a token of an answer cost where there are few of them and where there are many.

A log is read whole by the API as JSON, as a stream from its start, and by one node's trace; a run is folded; the list
of runs is read with more and more runs in it. The control of each line is the line before: what it cost with ten times
less.
"""

import itertools
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from atoll.engine import state as engine
from atoll.engine.events import Event
from atoll.engine.fold import apply
from atoll.engine.graph import Graph
from atoll.engine.plan import compile_plan
from atoll.kit.ids import new_id
from atoll.nodes.registry import Registry
from atoll.runs.tail.tail import Tail
from benchmarks.measure import Row, cpu_seconds, process_cpu
from tests.product import Client, Product, serving

SIZES = (10, 100, 1_000, 10_000)
GROWN = 1.3  # an event among 10,000 may cost so much more than one among 1,000
BUSY, MOST, LONG = 0.4, 400, 8.0  # CPU seconds of a figure; calls and seconds after which it is taken as it is
INNER = {"nodes": [{"id": "t", "type": "template", "config": {"template": "{{ item }}"}}]}
GRAPH = {
    "nodes": [
        {"id": "input_1", "type": "input", "config": {"variables": [{"name": "items", "type": "list"}]}},
        {"id": "each", "type": "iteration", "config": {"graph": INNER, "parallel": 16}},
    ],
    "edges": [{"source": "input_1", "target": "each"}],
}


def rows_of(name: str, unit: str, costs: dict[int, float], what: str) -> list[Row]:
    """A row for each size but the first, beside the size before."""
    found = []
    for few, many in itertools.pairwise(SIZES):
        aim = costs[few] * GROWN if many == SIZES[-1] else None
        found.append(Row(f"{name}, {many:,} {what}", costs[many], unit, costs[few], f"{few:,} {what}", aim))
    return found


def server_ms(pid: int, once: Callable[[], object]) -> float:
    """CPU milliseconds of the server for one call, over calls enough for its clock of 10 ms."""
    once()
    before, begun, calls = process_cpu(pid), time.monotonic(), 0
    while calls < MOST and time.monotonic() - begun < LONG and process_cpu(pid) - before < BUSY:
        once()
        calls += 1
    return (process_cpu(pid) - before) / calls * 1000


def log_of(client: Client, app: str, events: int) -> str:
    """A run whose log has about so many events: one for each item, and a few."""
    items = [str(number) for number in range(events - 5)]
    run = client.run(app, {"items": items})
    assert run["status"] == "succeeded", run
    return str(run["id"])


async def fold_us(client: Client, run: str) -> float:
    plan = compile_plan(Graph.model_validate(GRAPH), Registry())
    log = [
        Event(one["type"], one["node"], one["data"], one["seq"], one["at"])
        for one in client.call("GET", f"/runs/{run}/events")["items"]
    ]

    async def fold() -> None:
        state = engine.initial(plan)
        for event in log:
            apply(state, event)
        assert state.status == "succeeded"

    return await cpu_seconds(fold, max(5, 2_000 // len(log))) / len(log) * 1e6


async def logs(product: Product, client: Client) -> list[Row]:
    app = client.call("POST", "/apps", {"name": "growth", "graph": GRAPH}, expect=201)["id"]
    pid = product.process.pid
    fold: dict[int, float] = {}
    whole: dict[int, float] = {}
    stream: dict[int, float] = {}
    trace: dict[int, float] = {}
    for size in SIZES:
        run = log_of(client, app, size)
        count = len(client.call("GET", f"/runs/{run}/events")["items"])
        assert abs(count - size) <= 5, count

        def streamed(run: str = run, count: int = count) -> None:
            assert sum(1 for _ in client.events(run)) == count

        def traced(run: str = run) -> None:
            assert client.call("GET", f"/runs/{run}/nodes/each")["status"] == "succeeded"

        def read(run: str = run) -> None:
            client.call("GET", f"/runs/{run}/events")

        fold[size] = await fold_us(client, run)
        for costs, once in ((whole, read), (stream, streamed), (trace, traced)):
            costs[size] = server_ms(pid, once) / count * 1000
    return [
        *rows_of("fold", "us CPU an event", fold, "events"),
        *rows_of("log as JSON", "us CPU an event", whole, "events"),
        *rows_of("log as a stream", "us CPU an event", stream, "events"),
        *rows_of("trace of a node", "us CPU an event", trace, "events"),
    ]


def copies(file: Path, run: str, app_of_few: str, count: int) -> None:
    """Have so many runs in all: copies of `run`. The first ten of them are of an app that has no more."""
    with sqlite3.connect(file, timeout=30) as db:
        there = db.execute("SELECT count(*) FROM runs").fetchone()[0]
        names = [line[1] for line in db.execute("PRAGMA table_info(runs)")]
        row: dict[str, Any] = dict(
            zip(names, db.execute("SELECT * FROM runs WHERE id = ?", [run]).fetchone(), strict=True)
        )
        made = []
        for number in range(there, count):
            more = {"id": new_id("run"), "idempotency_key": None} | (
                {"app_id": app_of_few} if number < SIZES[0] else {}
            )
            made.append(list((row | more).values()))
        db.executemany(f"INSERT INTO runs VALUES ({', '.join('?' * len(names))})", made)
    db.close()


def listing(product: Product, client: Client) -> list[Row]:
    """A page of fifty: of all runs, of an app that has ten, of those that failed (there are none)."""
    few = client.call("POST", "/apps", {"name": "few", "graph": GRAPH}, expect=201)["id"]
    app = client.call("POST", "/apps", {"name": "many", "graph": GRAPH}, expect=201)["id"]
    run = client.run(app, {"items": ["one"]})["id"]
    asked: dict[str, dict[str, str]] = {
        "all": {},
        "of an app that has few": {"app_id": few},
        "none failed": {"status": "failed"},
    }
    costs: dict[str, dict[int, float]] = {name: {} for name in asked}
    for size in SIZES:
        copies(product.data / "atoll.db", run, few, size)
        for name, params in asked.items():
            page = client.call("GET", "/runs", params=params)["items"]
            items = max(1, len(page))

            def once(params: dict[str, str] = params) -> None:
                client.call("GET", "/runs", params=params)

            costs[name][size] = server_ms(product.process.pid, once) / items
    return [
        row for name in asked for row in rows_of(f"list of runs, {name}", "ms CPU a run shown", costs[name], "runs")
    ]


async def token_us(tokens: int) -> float:
    """A token that is handed to one reader, in an answer of so many."""

    async def answer() -> None:
        tail = Tail()
        reader = tail.subscribe("run")
        for _ in range(tokens):
            tail.delta("run", "llm", "word ", True)
            await reader.next(1)
        reader.close()

    return await cpu_seconds(answer, max(5, 1_000 // tokens)) / tokens * 1e6


async def measure() -> list[Row]:
    tokens = {size: await token_us(size) for size in SIZES}
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "data", ATOLL_SAMPLE="false", LOG_LEVEL="WARNING") as product,
    ):
        client = product.client()
        client.set_up()
        listed = listing(product, client)
        return [
            *await logs(product, client),
            *listed,
            *rows_of("a token handed on", "us CPU", tokens, "in the answer"),
        ]
