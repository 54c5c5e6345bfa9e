"""Haystack: a pipeline of components; its asynchronous run for the calls, with room for all of them at once."""

from collections.abc import AsyncGenerator
from importlib.metadata import version

from haystack import Pipeline, component

from benchmarks.peers import work
from benchmarks.peers.work import Once, Peer

VERSION = version("haystack-ai")


@component
class Step:
    @component.output_types(value=int)
    def run(self, value: int) -> dict[str, int]:
        return {"value": value + 1}


@component
class Call:
    @component.output_types(value=int)
    def run(self, value: int) -> dict[str, int]:
        raise NotImplementedError("only the asynchronous run is measured")

    @component.output_types(value=int)
    async def run_async(self, value: int) -> dict[str, int]:
        return {"value": await work.wait()}


async def chain(size: int) -> Once:
    pipeline = Pipeline(max_runs_per_component=2)
    for i in range(size):
        pipeline.add_component(f"n{i}", Step())
    for i in range(1, size):
        pipeline.connect(f"n{i - 1}.value", f"n{i}.value")

    async def once() -> int:
        found = pipeline.run({"n0": {"value": 0}})
        return int(found[f"n{size - 1}"]["value"])

    return once


async def calls(count: int) -> Once:
    pipeline = Pipeline()
    for i in range(count):
        pipeline.add_component(f"n{i}", Call())

    async def once() -> int:
        found = await pipeline.run_async({f"n{i}": {"value": 0} for i in range(count)}, concurrency_limit=count)
        return sum(int(one["value"]) for one in found.values())

    return once


async def peers() -> AsyncGenerator[Peer]:
    yield Peer("Haystack", "nothing", chain, calls)
