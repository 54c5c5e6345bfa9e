"""Every node type survives a crash at every write of its log, and after every event of it; the table can't fall behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from atoll.kit.jail.profiles import CodeJails
from atoll.nodes.registry import Registry
from atoll.runs.execution.code import RunCode
from atoll.runs.schemas import Run
from tests.chaos.node_types import TYPES, Typed
from tests.runs.dying import Side, after_every_event, at_every_write
from tests.runs.world import World


def test_every_type_has_its_graph() -> None:
    assert set(TYPES) == set(Registry()), "a new node type needs an entry in tests/chaos/node_types.py"
    for name, one in TYPES.items():
        assert name in {step.type for step in one.steps.nodes}


@asynccontextmanager
async def able(world: World, type: str) -> AsyncIterator[None]:
    if type != "code":
        yield
        return
    jail = CodeJails()
    world.code = RunCode(jail, world.http)
    await jail.start()
    assert (await jail.check())["available"]
    try:
        yield
    finally:
        await jail.stop()


async def undisturbed(world: World, type: str) -> tuple[Typed, Run]:
    lives = Typed(world, "undisturbed", type)
    run = await lives.finished()
    assert run.status == "succeeded", run.error
    assert lives.doubts == 0
    return lives, run


def same(run: Run, whole: Run, lives: Typed, done: int) -> None:
    assert (run.status, run.outputs) == ("succeeded", whole.outputs), lives.name
    assert len(lives.effects) == done, "each effect once, and none left out"


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("type", TYPES)
async def test_a_crash_at_every_write(world: World, type: str, side: Side) -> None:
    async with able(world, type):
        first, whole = await undisturbed(world, type)
        crashes, doubts = 0, 0
        async for lives, run in at_every_write(world, side, lambda name: Typed(world, name, type)):
            assert isinstance(lives, Typed)
            same(run, whole, lives, len(first.effects))
            await lives.log(run)
            crashes, doubts = crashes + 1, doubts + lives.doubts
        assert crashes > 3
        assert bool(doubts) == TYPES[type].doubts, "a doubt is asked about, and nothing else is"


@pytest.mark.parametrize("type", TYPES)
async def test_a_log_cut_after_every_event(world: World, type: str) -> None:
    async with able(world, type):
        first, whole = await undisturbed(world, type)
        log = await first.log(whole)
        async for lives, run in after_every_event(world, log, lambda name: Typed(world, name, type)):
            assert isinstance(lives, Typed)
            assert (run.status, run.outputs) == ("succeeded", whole.outputs), lives.name
            await lives.log(run)
