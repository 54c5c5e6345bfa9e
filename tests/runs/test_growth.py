"""What a log, a list and an answer cost grows with what is read and with nothing else: work is counted, not timed."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import insert

from atoll.db.tables.runs import runs
from atoll.engine import state as engine
from atoll.engine.events import Event
from atoll.engine.fold import apply
from atoll.engine.plan import Plan, compile_plan
from atoll.kit.ids import new_id
from atoll.runs import store
from atoll.runs.service import RunService
from atoll.runs.tail.tail import Tail
from atoll.runs.trace import trace
from tests.runs.world import WS, World, chain, finished, node

ITEMS = {"id": "start", "type": "input", "config": {"variables": [{"name": "items", "type": "list"}]}}
INNER = {"nodes": [{"id": "say", "type": "template", "config": {"template": "{{ item }}"}}]}
GRAPH = chain(ITEMS, node("each", "iteration", graph=INNER, parallel=16))
FEW, MANY = 100, 1_000
GROWN = 1.2  # one event among many may take so much more calls than one among few


@dataclass
class Count:
    calls: int = 0


@contextmanager
def counting() -> Iterator[Count]:
    """Calls of functions in this thread, Python's and C's."""
    count = Count()

    def note(_frame: Any, kind: str, _arg: Any) -> None:
        if kind in ("call", "c_call"):
            count.calls += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield count
    finally:
        sys.setprofile(before)


async def log_of(world: World, service: RunService, items: int) -> tuple[str, Plan, list[Event]]:
    run = await finished(service, GRAPH, {"items": [str(number) for number in range(items)]})
    assert run.status == "succeeded"
    log = await service.events(WS, run.id)
    assert len(log) >= items
    return run.id, compile_plan(GRAPH, world.catalogue), log


def fold(plan: Plan, log: list[Event]) -> None:
    state = engine.initial(plan)
    for event in log:
        apply(state, event)
    assert state.status == "succeeded"


def trace_of_the_container(plan: Plan, log: list[Event]) -> None:
    found = trace(plan, plan.steps["each"], "each", log)
    assert found.status == "succeeded" and found.passes is not None


def trace_of_the_last_pass(plan: Plan, log: list[Event]) -> None:
    path = next(event.node for event in reversed(log) if event.node and event.node.startswith("each/"))
    inner = plan.steps["each"].inner
    assert inner is not None and path is not None
    assert trace(plan, inner.steps["say"], path, log).status == "succeeded"


@pytest.mark.parametrize("reading", [fold, trace_of_the_container, trace_of_the_last_pass])
async def test_an_event_among_many_takes_no_more_calls_than_one_among_few(
    world: World, reading: Callable[[Plan, list[Event]], None]
) -> None:
    service, each = world.service(), []
    for items in (FEW, MANY):
        _, plan, log = await log_of(world, service, items)
        with counting() as count:
            reading(plan, log)
        each.append(count.calls / len(log))
    assert each[1] <= each[0] * GROWN


async def test_reading_a_log_takes_calls_by_its_events(world: World) -> None:
    service, each = world.service(), []
    for items in (FEW, MANY):
        run_id, _, log = await log_of(world, service, items)
        with counting() as count:
            again = await service.events(WS, run_id)
        assert len(again) == len(log)
        each.append(count.calls / len(log))
    assert each[1] <= each[0] * GROWN


async def steps(world: World, **asked: Any) -> tuple[int, int]:
    """What a page of the list takes: instructions of SQLite's machine, and the runs that it shows."""
    count = Count()

    def note() -> int:
        count.calls += 1
        return 0

    async with world.db.read() as tx:
        driver: Any = (await tx.get_raw_connection()).driver_connection
        driver.set_progress_handler(note, 1)
        try:
            found = await store.listing(tx, WS, limit=20, **asked)
        finally:
            driver.set_progress_handler(None, 1)
    assert count.calls > 0
    return count.calls, len(found)


ASKED: list[dict[str, Any]] = [
    {},
    {"app_id": "rare"},
    {"app_id": "common"},
    {"status": "failed"},
    {"status": "succeeded"},
    {"app_id": "rare", "status": "failed"},
    {"reader": "somebody"},
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: "-".join(map(str, asked.values())) or "all")
async def test_a_page_of_the_list_takes_no_more_with_many_runs(world: World, asked: dict[str, Any]) -> None:
    """Ten runs of a rare app, one of which failed, and then ever more of a common one."""
    run = await finished(world.service(), GRAPH, {"items": ["one"]}, app_id="common")
    row = dict(await world.row(run.id))

    def copies(count: int, **changed: Any) -> list[dict[str, Any]]:
        return [row | {"id": new_id("run"), **changed} for _ in range(count)]

    async with world.db.begin() as tx:
        rare = copies(9, app_id="rare") + copies(1, app_id="rare", status="failed")
        await tx.execute(insert(runs), rare + copies(FEW, app_id="common"))
    few, shown = await steps(world, **asked)
    async with world.db.begin() as tx:
        await tx.execute(insert(runs), copies(5 * MANY, app_id="common"))
    many, still = await steps(world, **asked)
    assert still == shown > 0
    assert many <= few * GROWN


async def test_a_piece_of_a_long_answer_costs_no_more_than_one_of_a_short_answer() -> None:
    """Timed, for copying makes no calls; were the text copied for each piece, the ratio would be a hundred."""

    async def each(pieces: int) -> float:
        tail = Tail()
        before = time.process_time()
        for _ in range(pieces):
            tail.delta("run", "say", "a word ", True)
        spent = time.process_time() - before
        late = await tail.subscribe("run").next(0)
        assert isinstance(late, Event) and len(late.data["text"]) == 7 * pieces
        return spent / pieces

    assert await each(200_000) < 10 * min([await each(2_000) for _ in range(3)])
