"""Ours: stored as the product stores it, and the engine alone, as the others are that keep nothing."""

from collections.abc import AsyncGenerator
from pathlib import Path

import atoll
from atoll.sdk import Node
from benchmarks.embedded import Add, AddLater, EngineOnly, Stored, Wait, abreast, stored
from benchmarks.embedded import chain as chained
from benchmarks.peers.work import Once, Peer

VERSION = atoll.__version__
KINDS = (Add, AddLater, Wait)
KEEPS = "every event, SQLite, synced"


def kept(name: str, kind: type[Node], runs: Stored) -> Peer:
    async def chain(size: int) -> Once:
        graph = chained(kind, size)

        async def once() -> int:
            return int(((await runs.run(graph)).outputs or {})["value"])

        return once

    async def calls(count: int) -> Once:
        graph = abreast(Wait, count)

        async def once() -> int:
            return sum(one["value"] for one in ((await runs.run(graph)).outputs or {}).values())

        return once

    return Peer(name, KEEPS, chain, calls)


def forgotten(name: str, kind: type[Node], engine: EngineOnly) -> Peer:
    async def chain(size: int) -> Once:
        plan = engine.plan(chained(kind, size))

        async def once() -> int:
            return int((await engine.run(plan))["value"])

        return once

    async def calls(count: int) -> Once:
        plan = engine.plan(abreast(Wait, count))

        async def once() -> int:
            return sum(one["value"] for one in (await engine.run(plan)).values())

        return once

    return Peer(name, "nothing", chain, calls)


async def peers() -> AsyncGenerator[Peer]:
    async with stored(Path("runs.db"), KINDS) as runs:
        yield kept("Atoll, nodes at once", Add, runs)
        yield kept("Atoll, coroutines", AddLater, runs)
    yield forgotten("Atoll's engine, nodes at once", Add, EngineOnly(KINDS))
    yield forgotten("Atoll's engine, coroutines", AddLater, EngineOnly(KINDS))
