"""Burr: actions over an immutable state, without a persister; the calls as its own parallel action does them."""

import itertools
from collections.abc import AsyncGenerator
from importlib.metadata import version
from typing import Any

from burr.core import Action, ApplicationBuilder, ApplicationContext, State, action
from burr.core.parallelism import MapStates

from benchmarks.peers import work
from benchmarks.peers.work import Once, Peer

VERSION = version("apache-burr")


@action(reads=["value"], writes=["value"])
def step(state: State) -> State:
    return state.update(value=state["value"] + 1)


@action(reads=[], writes=["value"])
async def call(state: State) -> State:
    return state.update(value=await work.wait())


class Calls(MapStates):
    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def is_async(self) -> bool:
        return True

    def action(self, state: State, inputs: dict[str, Any]) -> Action:
        return call

    async def states(self, state: State, context: ApplicationContext, inputs: dict[str, Any]) -> AsyncGenerator[State]:
        for _ in range(self.count):
            yield state

    async def reduce(self, state: State, states: AsyncGenerator[State]) -> State:
        return state.update(value=sum([one["value"] async for one in states]))

    @property
    def reads(self) -> list[str]:
        return []

    @property
    def writes(self) -> list[str]:
        return ["value"]


async def chain(size: int) -> Once:
    names = [f"n{i}" for i in range(size)]
    graph = ApplicationBuilder().with_actions(**dict.fromkeys(names, step))
    graph = graph.with_transitions(*itertools.pairwise(names))
    app, start = ready(graph, names[0])

    async def once() -> int:
        app.update_state(start)
        _, _, state = app.run(halt_after=names[-1:])
        return int(state["value"])

    return once


async def calls(count: int) -> Once:
    app, start = ready(ApplicationBuilder().with_actions(calls=Calls(count)), "calls")

    async def once() -> int:
        app.update_state(start)
        _, _, state = await app.arun(halt_after=["calls"])
        return int(state["value"])

    return once


def ready(builder: Any, first: str) -> tuple[Any, State]:
    """An application and its state at the start. It holds its state: each run puts that back first."""
    app = builder.with_state(value=0).with_entrypoint(first).build()
    return app, app.state


async def peers() -> AsyncGenerator[Peer]:
    yield Peer("Burr", "nothing", chain, calls)
