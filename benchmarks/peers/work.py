"""The work that every engine does, the control beside it, and how they are measured. Needs nothing but Python.

The chain: `size` nodes one after the other, each adds 1 to a number. The graph is built once, before the clock runs.
The calls: nodes side by side that wait 50 ms each, as calls of a model do.
"""

import asyncio
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIZES = (10, 100, 1000)
CALLS, SECONDS = 20, 0.05
LEAST, MOST, LONG = 3, 40, 2.0  # repeats of one figure: at least, at most, and seconds after which no more are begun

Once = Callable[[], Awaitable[int]]
"""Runs a graph that is ready and gives its number: how many nodes added to it."""


@dataclass(frozen=True, slots=True)
class Peer:
    """`keeps`: what of a run is on disk when it has ended. `chain` and `calls` build a graph of so many nodes."""

    name: str
    keeps: str
    chain: Callable[[int], Awaitable[Once]]
    calls: Callable[[int], Awaitable[Once]] | None = None


async def add(value: int) -> int:
    return value + 1


async def wait() -> int:
    await asyncio.sleep(SECONDS)
    return 1


async def bare_chain(size: int) -> Once:
    """The control: a task for each node that waits for the one before it."""

    async def step(before: "asyncio.Task[int] | None") -> int:
        return await add(await before if before else 0)

    async def once() -> int:
        last = None
        for _ in range(size):
            last = asyncio.create_task(step(last))
        assert last is not None
        return await last

    return once


async def bare_calls(count: int) -> Once:
    async def once() -> int:
        return sum(await asyncio.gather(*(wait() for _ in range(count))))

    return once


BARE = Peer("bare asyncio", "nothing", bare_chain, bare_calls)


async def figures(peer: Peer) -> dict[str, Any]:
    """{name, keeps, cpu_us: {size: microseconds of CPU a node}, calls_ms: wall, or None}"""
    cpu = {}
    for size in SIZES:
        once = await peer.chain(size)
        cpu[str(size)] = await median(once, size, time.process_time) / size * 1e6
    calls = None
    if peer.calls is not None:
        calls = await median(await peer.calls(CALLS), CALLS, time.perf_counter) * 1e3
    return {"name": peer.name, "keeps": peer.keeps, "cpu_us": cpu, "calls_ms": calls}


async def median(once: Once, expected: int, clock: Callable[[], float]) -> float:
    """Median seconds of one call by a clock. An engine that did not do the work is an error, not a figure."""
    taken = []
    begun = time.monotonic()
    for number in range(MOST + 1):
        before = clock()
        found = await once()
        spent = clock() - before
        if found != expected:
            raise AssertionError(f"{found} nodes did their work, not {expected}")
        if number:  # the first one warms up
            taken.append(spent)
        if number >= LEAST and time.monotonic() - begun > LONG:
            break
    return statistics.median(taken)


def resident() -> float:
    """MB that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6
