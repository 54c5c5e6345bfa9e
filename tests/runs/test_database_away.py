"""The database goes away under runs that are at work: they wait in memory and go on when it is back, each node once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.database import Database
from atoll.db.errors import Unavailable, disk_full
from atoll.engine.events import Event
from atoll.kit.clock import now_ms
from atoll.runs import store
from atoll.runs.service import RunService
from tests.db.outages import OUTAGES, WORDS
from tests.runs import invariants
from tests.runs.dying import MANY
from tests.runs.world import WS, World, chain, edge, finished, graph, kinds, new, node, soon

STEPS = graph(node("a"), node("pay", "pay"), node("b"), node("c"), edge("a", "pay"), edge("pay", "b"), edge("a", "c"))
FILLER = graph(node("t", "template", template="x" * 90_000))  # a graph that needs new pages to be kept


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atoll.db.database.BUSY_SECONDS", 0.1)
    monkeypatch.setattr("atoll.db.patience.RETRY", (0.02, 0.05))
    monkeypatch.setattr("atoll.runs.worker.worker.SWEEP", 0.1)
    monkeypatch.setattr("atoll.runs.following.POLL", 0.05)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # where a disk takes nothing, a capture neither


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it does not come to that")


async def whole(service: RunService, run_id: str) -> list[Event]:
    """The log, examined."""
    world_log = await service.events(WS, run_id)
    invariants.check(service.plan_of(STEPS), world_log)
    return world_log


@pytest.mark.parametrize("outage", OUTAGES)
async def test_runs_at_work_wait_and_go_on_in_the_same_hands(world: World, outage: str) -> None:
    worker = world.worker(lease_seconds=0.3)  # it runs out in the outage
    service = world.service(worker)
    world.stage.parts["a"] = [world.stage.hold]
    runs = [await service.create(WS, new(STEPS)) for _ in range(3)]
    await until(lambda: world.stage.count("a") == 3)
    async with OUTAGES[outage](world.db):
        world.stage.opened["a"].set()
        waiting = [asyncio.create_task(service.wait(WS, run.id)) for run in runs]
        await asyncio.sleep(0.5)
        assert world.stage.count("pay") == 0 or outage == "full", "nothing begins before its beginning is stored"
        with pytest.raises(Unavailable) as refused:
            await service.create(WS, new(FILLER))
        assert (refused.value.code, refused.value.status) == WORDS[outage]
        assert all(worker.carries(run.id) for run in runs) or outage == "full"
    ended = await soon(asyncio.gather(*waiting))
    assert {run.status for run in ended} == {"succeeded"}
    for run in runs:
        events = await whole(service, run.id)
        assert [event.type for event in events].count("node.started") == 4, "no node began twice"
        assert (await world.row(run.id))["epoch"] == 1, "it never left the hands of its worker"
    assert {name: world.stage.count(name) for name in ("a", "pay", "b", "c")} == dict.fromkeys("abc", 3) | {"pay": 3}
    assert (await finished(service, FILLER)).status == "succeeded"


@pytest.mark.parametrize("outage", OUTAGES)
async def test_a_run_that_nobody_carries_is_taken_when_the_database_is_back(world: World, outage: str) -> None:
    run = await world.service(world.worker(start=False)).create(WS, new(STEPS))
    async with OUTAGES[outage](world.db):
        service = world.service()
        await asyncio.sleep(0.4)
    assert (await soon(service.wait(WS, run.id))).status == "succeeded"
    assert (await world.row(run.id))["claims"] == 0
    await whole(service, run.id)


@pytest.mark.parametrize("outage", ["moved away", "unwritable"])
async def test_a_reader_hears_the_whole_log_through_an_outage(world: World, outage: str) -> None:
    worker = world.worker()
    service = world.service(worker)
    world.stage.parts["a"] = [world.stage.hold]
    run = await service.create(WS, new(STEPS))
    await soon(world.stage.reached["a"].wait())
    elsewhere = world.service(world.worker(start=False))  # reads the store, as a process does that does not carry it
    heard: list[int] = []
    silences = 0

    async def listen() -> None:
        nonlocal silences
        async with aclosing(elsewhere.stream(WS, run.id)) as stream:
            async for event in stream:
                silences += event is None
                if event is not None:
                    heard.append(event.seq)

    listening = asyncio.create_task(listen())
    await until(lambda: len(heard) == 2)
    async with OUTAGES[outage](world.db):
        world.stage.opened["a"].set()
        await asyncio.sleep(0.3)
        assert not listening.done() and silences > 1, "its connection is kept alive"
    await soon(listening)
    assert heard == list(range(1, len(await whole(service, run.id)) + 1))


async def test_a_worker_that_is_stopped_in_an_outage_leaves_its_runs_to_the_next(world: World) -> None:
    worker = world.worker(lease_seconds=0.3)
    world.stage.parts["a"] = [world.stage.hold, "again"]
    run = await world.service(worker).create(WS, new(STEPS))
    await soon(world.stage.reached["a"].wait())
    async with OUTAGES["locked"](world.db):
        await soon(worker.stop())
    service = world.service()
    assert (await soon(service.wait(WS, run.id))).status == "succeeded"
    assert world.stage.count("a") == 2
    await whole(service, run.id)


async def test_a_run_is_not_given_up_for_an_outage_however_long(world: World) -> None:
    """Claims go through on a full disk where appends do not: they must not count up to the poison cap."""
    worker = world.worker(lease_seconds=0.05)
    service = world.service(worker)
    world.stage.parts["a"] = [world.stage.hold]
    run = await service.create(WS, new(chain(node("a"), node("b"))))
    await soon(world.stage.reached["a"].wait())
    world.stage.parts["a"] = ["x" * 1_000_000]
    async with OUTAGES["full"](world.db):
        big = "y" * 1_000_000
        world.stage.parts["b"] = [big]
        world.stage.opened["a"].set()
        await asyncio.sleep(0.8)
        row = await world.row(run.id)
        assert (row["status"], row["claims"] <= 1, row["epoch"]) == ("running", True, 1)
    done = await soon(service.wait(WS, run.id))
    assert (done.status, done.outputs) == ("succeeded", {"value": big})
    assert (world.stage.count("a"), world.stage.count("b")) == (1, 1)


# A commit whose answer is lost


class Unheard(Database):
    """The `at`-th transaction that writes is committed, and the connection breaks before it says so."""

    def __init__(self, url: str, at: int) -> None:
        super().__init__(url)
        self.at, self.count = at, 0

    @asynccontextmanager
    async def begin(self, *, fenced: bool = False) -> AsyncIterator[AsyncConnection]:
        async with super().begin(fenced=fenced) as tx:
            yield tx
        self.count += 1
        if self.count == self.at:
            raise disk_full()


async def test_a_write_whose_answer_was_lost_is_not_written_twice_and_costs_no_lease(world: World) -> None:
    for at in range(2, MANY):
        db = Unheard(world.db.url, at)
        service = RunService(db, world.worker(db))
        before = world.stage.count("pay")
        run = await service.create(WS, new(STEPS))
        ended = await soon(service.wait(WS, run.id))
        assert ended.status == "succeeded", at
        events = await whole(service, run.id)
        assert [event.type for event in events].count("node.started") == 4 and world.stage.count("pay") == before + 1
        assert (await world.row(run.id))["epoch"] == 1
        await world.workers.pop().stop()
        await db.close()
        if db.count < at:
            assert at > 5
            return
    raise AssertionError("the run needs more writes than that")


async def test_a_write_of_somebody_else_is_not_taken_for_ones_own(world: World) -> None:
    """The fence holds on a second try too: the number is there, but another worker wrote it."""
    run = await world.service(world.worker(start=False)).create(WS, new(STEPS))
    at = now_ms()
    event = Event("node.started", "a", {"attempt": 1}, 2, at)
    async with world.db.begin() as tx:
        first = await store.claim(tx, "one", at, 0)
    async with world.db.begin() as tx:
        second = await store.claim(tx, "two", at + 1, 10_000)
        assert first is not None and second is not None
        await store.append(tx, second, [event], at + 10_000, {})
    async with world.db.read() as tx:
        assert await store.is_kept(tx, second, event)
        assert not await store.is_kept(tx, first, event)
    assert kinds(await world.service(world.worker(start=False)).events(WS, run.id))[-1] == ("node.started", "a")


async def test_a_connection_that_dies_is_replaced(world: World) -> None:
    service = world.service()
    world.stage.parts["a"] = [world.stage.hold]
    run = await service.create(WS, new(STEPS))
    await soon(world.stage.reached["a"].wait())
    for engine in (world.db._writer, world.db._reader):
        async with engine.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
        raw.close()
    world.stage.opened["a"].set()
    ended = await soon(service.wait(WS, run.id))
    assert ended.status == "succeeded"
    assert {name: world.stage.count(name) for name in ("a", "pay", "b", "c")} == dict.fromkeys(
        ("a", "pay", "b", "c"), 1
    )
    await whole(service, run.id)
