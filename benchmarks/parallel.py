"""Twenty calls of 50 ms side by side: 50 ms is ideal. The engine alone, a stored run, and a run over HTTP."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks import model
from benchmarks.embedded import EngineOnly, Wait, abreast, stored
from benchmarks.measure import Row
from benchmarks.streaming import Line, directly, prepare
from tests.product import serving

CALLS, REPEATS = 20, 25
AIM = 60
MODELS = {
    "nodes": [
        {"id": "input_1", "type": "input", "config": {"variable": "prompt"}},
        *(
            {"id": f"llm_{i}", "type": "llm", "config": {"model": model.NAME, "prompt_template": "{{ prompt }}"}}
            for i in range(CALLS)
        ),
    ],
    "edges": [{"source": "input_1", "target": f"llm_{i}"} for i in range(CALLS)],
}


async def wall_ms(once: Callable[[], Awaitable[object]]) -> float:
    """Median milliseconds of the wall clock for one call."""
    taken = []
    for number in range(REPEATS + 2):
        begun = time.perf_counter()
        await once()
        if number >= 2:  # the first ones warm up
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


async def bare() -> None:
    await asyncio.gather(*(asyncio.sleep(Wait.seconds) for _ in range(CALLS)))


async def alone() -> float:
    engine = EngineOnly([Wait])
    plan = engine.plan(abreast(Wait, CALLS))
    return await wall_ms(lambda: engine.run(plan))


async def kept() -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with stored(Path(folder) / "bench.db", [Wait]) as runs:
            graph = abreast(Wait, CALLS)
            return await wall_ms(lambda: runs.run(graph))


async def over_http() -> tuple[float, float]:
    """A run of twenty nodes that ask a model, from the request to the last event; the same calls of the model alone."""
    prompt = model.script(Wait.seconds, 1, 0)
    with (
        model.serving() as base,
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "data", ATOLL_SAMPLE="false", LOG_LEVEL="WARNING") as product,
    ):
        app = prepare(product, base, MODELS)
        line = app.line()

        async def run() -> None:
            made = await line.json("POST", app.path, {"inputs": {"prompt": prompt}, "version": "draft"})
            events = await line.ask("GET", f"/runs/{made['id']}/events", accept="text/event-stream")
            assert len((await line.hear(events, 0)).late) == CALLS

        lines = [Line(base) for _ in range(CALLS)]

        async def calls() -> None:
            await asyncio.gather(*(directly(one, prompt) for one in lines))

        found = await wall_ms(run), await wall_ms(calls)
        for one in (line, *lines):
            one.close()
        return found


async def measure() -> list[Row]:
    control = await wall_ms(bare)
    http, direct = await over_http()
    what = f"{CALLS} calls of 50 ms"
    return [
        Row(f"{what}, engine alone", await alone(), "ms", control, "bare asyncio", AIM),
        Row(f"{what}, stored run", await kept(), "ms", control, "bare asyncio", AIM),
        Row(f"{what} of a model, over HTTP", http, "ms", direct, "the model directly"),
    ]
