"""pydantic-graph: steps of its graph builder, joined by a sum for the calls."""

import itertools
from collections.abc import AsyncGenerator
from importlib.metadata import version
from typing import Any

from pydantic_graph import GraphBuilder, StepContext, reduce_sum

from benchmarks.peers import work
from benchmarks.peers.work import Once, Peer

VERSION = version("pydantic-graph")


async def step(context: StepContext[None, None, int]) -> int:
    return await work.add(context.inputs)


async def call(context: StepContext[None, None, int]) -> int:
    return await work.wait()


async def chain(size: int) -> Once:
    builder: Any = GraphBuilder(input_type=int, output_type=int)
    steps = [builder.step(step, node_id=f"n{i}") for i in range(size)]
    places = [builder.start_node, *steps, builder.end_node]
    builder.add(*(builder.edge_from(before).to(after) for before, after in itertools.pairwise(places)))
    return ready(builder)


async def calls(count: int) -> Once:
    builder: Any = GraphBuilder(input_type=int, output_type=int)
    steps = [builder.step(call, node_id=f"n{i}") for i in range(count)]
    joined = builder.join(reduce_sum, initial=0)
    builder.add(
        builder.edge_from(builder.start_node).to(*steps),
        builder.edge_from(*steps).to(joined),
        builder.edge_from(joined).to(builder.end_node),
    )
    return ready(builder)


def ready(builder: Any) -> Once:
    graph = builder.build()

    async def once() -> int:
        return int(await graph.run(inputs=0))

    return once


async def peers() -> AsyncGenerator[Peer]:
    yield Peer("pydantic-graph", "nothing", chain, calls)
