"""Who carries a run: leases, fences, handing on, and the cap on what kills its workers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.database import Database
from atoll.db.tables.runs import runs
from atoll.engine.events import Event
from atoll.kit.clock import now_ms
from atoll.runs import store
from atoll.runs.debugging import Going
from atoll.runs.service import RunService
from atoll.runs.store import POISON_CLAIMS, Claim, LeaseLost, Wishes
from tests.runs.world import WS, World, chain, collect, debugging, finished, kinds, new, node, soon

ONE = chain(node("a"))


async def queued(world: World, what: Any = ONE) -> str:
    """A run that no worker has room for."""
    service = world.service(world.worker(start=False))
    return (await service.create(WS, new(what))).id


async def take(world: World, owner: str, run_id: str | None = None, lease_ms: int = 10_000) -> Claim | None:
    async with world.db.begin() as tx:
        return await store.claim(tx, owner, now_ms(), lease_ms, run_id)


async def write(world: World, held: Claim, *events: Event, **readings: Any) -> Wishes:
    async with world.db.begin() as tx:
        return await store.append(tx, held, events, now_ms() + 10_000, readings)


def started(seq: int) -> Event:
    return Event("node.started", "a", {"attempt": 1}, seq, now_ms())


async def history(world: World, run_id: str) -> list[Event]:
    async with world.db.read() as tx:
        return await store.read_events(tx, run_id)


# The store


async def test_a_run_is_claimed_by_one_until_its_lease_ends(world: World) -> None:
    run_id = await queued(world)
    first = await take(world, "one")
    assert first == Claim(run_id, WS, 1, "one", 1, 1)
    assert await take(world, "two") is None
    await world.lapse(run_id)
    second = await take(world, "two")
    assert second == Claim(run_id, WS, 2, "two", 1, 2)


async def test_who_waits_longest_is_claimed_first(world: World) -> None:
    ids = [await queued(world) for _ in range(3)]
    async with world.db.begin() as tx:
        for age, run_id in enumerate(ids):
            await tx.execute(update(runs).where(runs.c.id == run_id).values(created_at=1000 - age))
    claimed = [await take(world, "one") for _ in ids]
    assert [held.run_id for held in claimed if held] == ids[::-1]


@pytest.mark.parametrize("change", [{"epoch": 2}, {"owner": "two"}, {"seq": 5}, {"status": "succeeded"}])
async def test_who_lost_the_lease_writes_nothing(world: World, change: dict[str, Any]) -> None:
    run_id = await queued(world)
    held = await take(world, "one")
    assert held is not None
    async with world.db.begin() as tx:
        await tx.execute(update(runs).where(runs.c.id == run_id).values(change))
    before = await world.row(run_id)
    with pytest.raises(LeaseLost):
        await write(world, held, started(2), status="failed", outputs={"x": 1})
    assert await world.row(run_id) == before
    assert [event.seq for event in await history(world, run_id)] == [1]


async def test_an_append_takes_the_next_number_renews_the_lease_and_hears_of_a_stop(world: World) -> None:
    run_id = await queued(world)
    held = await take(world, "one", lease_ms=1)
    assert held is not None
    assert await write(world, held, started(2)) == Wishes()
    row = await world.row(run_id)
    assert row["seq"] == 2 and row["lease_until"] > now_ms() + 5_000
    async with world.db.begin() as tx:
        await store.request_cancel(tx, WS, run_id, "ann")
    held.seq = 2
    assert await write(world, held, started(3), started(4)) == Wishes("ann")
    assert [event.seq for event in await history(world, run_id)] == [1, 2, 3, 4]


async def test_a_run_has_one_end_whatever_is_written(world: World) -> None:
    run_id = await queued(world)
    held = await take(world, "one")
    assert held is not None
    await write(world, held, Event("run.succeeded", None, {}, 2, now_ms()), status="succeeded")
    held.seq = 2
    with pytest.raises(LeaseLost):
        await write(world, held, Event("run.failed", None, {}, 3, now_ms()), status="failed")
    assert (await world.row(run_id))["status"] == "succeeded"


# Workers


async def test_a_run_without_an_owner_is_found_and_finished(world: World) -> None:
    run_id = await queued(world)
    assert (await world.row(run_id))["status"] == "queued"
    run = await soon(world.service().wait(WS, run_id))
    assert (run.status, world.stage.count("a")) == ("succeeded", 1)


async def test_many_workers_execute_each_run_once(world: World) -> None:
    ids = [await queued(world) for _ in range(12)]
    services = [world.service() for _ in range(3)]
    ended = [await soon(services[0].wait(WS, run_id)) for run_id in ids]
    assert {run.status for run in ended} == {"succeeded"}
    assert world.stage.count("a") == len(ids)
    assert {key for _, _, key in world.stage.calls} == {f"{run_id}:a" for run_id in ids}


async def test_more_runs_than_there_is_room_for_wait_their_turn(world: World) -> None:
    world.stage.parts["a"] = [world.stage.hold, "second", "third"]
    service = world.service(parallel=1)
    ids = [(await service.create(WS, new(ONE))).id for _ in range(3)]
    await soon(world.stage.reached["a"].wait())
    assert [(await service.get(WS, run_id)).status for run_id in ids] == ["running", "queued", "queued"]
    world.stage.opened["a"].set()
    ended = [await soon(service.wait(WS, run_id)) for run_id in ids]
    assert [run.outputs for run in ended] == [{"value": "a held"}, {"value": "second"}, {"value": "third"}]


async def test_a_worker_that_lost_its_run_drops_it_and_writes_nothing(world: World) -> None:
    """Its lease ended, another took the run: what the first one still does is not told to anyone."""
    first = world.worker()
    world.stage.parts["a"] = [world.stage.hold, "by the second"]
    run = await world.service(first).create(WS, new(ONE))
    await soon(world.stage.reached["a"].wait())
    await world.lapse(run.id)
    service = world.service()
    done = await soon(service.wait(WS, run.id))
    world.stage.opened["a"].set()
    await soon(first.settled(run.id))
    assert done.outputs == {"value": "by the second"}
    assert kinds(await service.events(WS, run.id)) == [
        ("run.started", None), ("node.started", "a"), ("node.started", "a"), ("node.succeeded", "a"),
        ("run.succeeded", None)]  # fmt: skip


async def test_a_worker_notices_without_writing_that_its_run_is_gone(world: World) -> None:
    first = world.worker(lease_seconds=0.15)  # looks every 50 ms
    world.stage.parts["a"] = [world.stage.hold]
    run = await world.service(first).create(WS, new(ONE))
    await soon(world.stage.reached["a"].wait())
    async with world.db.begin() as tx:
        await tx.execute(update(runs).where(runs.c.id == run.id).values(owner="another", epoch=9))
    await soon(world.stage.stopped["a"].wait())
    await soon(first.settled(run.id))
    assert len(await history(world, run.id)) == 2


async def test_a_lease_that_ran_out_is_renewed_by_who_still_carries_the_run(world: World) -> None:
    """A loop that was blocked for too long must not claim its own run a second time beside itself."""
    worker = world.worker()
    world.stage.parts["a"] = [world.stage.hold]
    service = world.service(worker)
    run = await service.create(WS, new(ONE))
    await soon(world.stage.reached["a"].wait())
    await world.lapse(run.id)
    worker.ring()
    other = await finished(service, chain(node("b")))  # by then it has looked for runs
    assert other.status == "succeeded"
    assert (await world.row(run.id))["epoch"] == 1
    world.stage.opened["a"].set()
    assert (await soon(service.wait(WS, run.id))).status == "succeeded"
    assert world.stage.count("a") == 1


async def test_a_worker_that_is_stopped_hands_its_runs_on_at_once(world: World) -> None:
    first = world.worker()
    world.stage.parts["b"] = [world.stage.hold, "done"]
    run = await world.service(first).create(WS, new(chain(node("a"), node("b"))))
    await soon(world.stage.reached["b"].wait())
    await soon(first.stop())
    assert world.stage.stopped["b"].is_set() and not first.has_room()
    done = await soon(world.service().wait(WS, run.id))
    assert (done.status, world.stage.count("a"), world.stage.count("b")) == ("succeeded", 1, 2)
    keys = {key for name, _, key in world.stage.calls if name == "b"}
    assert keys == {f"{run.id}:b"}


@pytest.mark.parametrize("reached", [False, True], ids=["before its first event", "when a node starts"])
async def test_a_run_that_kills_its_workers_is_given_up(world: World, reached: bool) -> None:
    run_id = await queued(world)
    for _ in range(POISON_CLAIMS):
        held = await take(world, "killed")
        assert held is not None
        if reached:
            await write(world, held, started(held.seq + 1))
        await world.lapse(run_id)
    run = await soon(world.service().wait(WS, run_id))
    assert run.error is not None and run.error.code == "run_poison"
    assert world.stage.count("a") == 0
    assert (await history(world, run_id))[-1].type == "run.failed"


async def test_progress_and_orderly_stops_do_not_count_towards_giving_up(world: World) -> None:
    run_id = await queued(world)
    for _ in range(POISON_CLAIMS + 2):
        held = await take(world, "restarted")
        assert held is not None
        async with world.db.begin() as tx:
            await store.release(tx, "restarted")
    held = await take(world, "killed")
    assert held is not None and held.claims == 1
    await write(world, held, Event("node.skipped", "b", {}, 2, now_ms()))
    assert (await world.row(run_id))["claims"] == 0


async def test_a_run_whose_node_type_is_gone_ends_and_says_so(world: World) -> None:
    run_id = await queued(world)
    gone = world.catalogue.pop("work")
    run = await soon(world.service().wait(WS, run_id))
    assert run.error is not None and run.error.code == "graph_not_runnable" and "work" in run.error.message["en"]
    assert gone.name == "work"


async def test_a_fault_of_the_shell_leaves_the_run_to_be_claimed_again(world: World) -> None:
    """A database that was away for a moment costs a lease, not the run."""
    worker = world.worker()
    service = world.service(worker)
    labels, failed = world.labels, asyncio.Event()

    async def once(workspace_id: str) -> Any:
        world.labels = labels  # type: ignore[method-assign]
        failed.set()
        raise OSError("the disk is gone")

    world.labels = once  # type: ignore[method-assign]
    run = await service.create(WS, new(ONE))
    await soon(failed.wait())
    await soon(worker.settled(run.id))
    assert (await service.get(WS, run.id)).status == "running"
    await world.lapse(run.id)
    worker.ring()
    assert (await soon(service.wait(WS, run.id))).status == "succeeded"
    assert [event.seq for event in await collect(service, run.id)] == [1, 2, 3, 4]


class Freezing(Database):
    """A process that is frozen just after a commit, before it hears of it."""

    def __init__(self, url: str, when: str) -> None:
        super().__init__(url)
        self.when, self.frozen, self.thawed = when, asyncio.Event(), asyncio.Event()
        event.listen(self._writer.sync_engine, "before_cursor_execute", self._see)
        self.writer: Any = None  # the connection of that commit: a lease is renewed beside it, on another

    def _see(self, connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if self.writer is None and statement.startswith("INSERT INTO events") and self.when in str(parameters):
            self.writer = connection

    @asynccontextmanager
    async def begin(self, *, fenced: bool = False) -> AsyncIterator[AsyncConnection]:
        async with super().begin(fenced=fenced) as tx:
            mine = tx.sync_connection
            yield tx
        if self.writer is mine and not self.frozen.is_set():
            self.frozen.set()
            await self.thawed.wait()


async def test_who_was_frozen_between_a_write_and_its_effect_asks_before_the_effect(world: World) -> None:
    db = Freezing(world.db.url, ":pay")  # the key in the beginning of `pay`
    first = world.worker(db, lease_seconds=0.2)
    run = await RunService(db, first).create(WS, new(chain(node("a"), node("pay", "pay"))))
    await soon(db.frozen.wait())
    for loop in first._loops:  # all of it is frozen, the renewing too
        loop.cancel()
    await asyncio.sleep(0.3)
    service = world.service()
    asked = await soon(service.wait(WS, run.id))
    assert asked.pause is not None and asked.pause.reason == "effect_unknown"
    db.thawed.set()
    await soon(first.settled(run.id))
    assert world.stage.count("pay") == 0
    await debugging(service).resume(WS, run.id, Going("pay", "repeat"), "ann")
    assert (await soon(service.wait(WS, run.id))).status == "succeeded"
    assert world.stage.count("pay") == 1
    world.workers.remove(first)
    await first.stop()
    await db.close()


async def test_a_ring_during_a_look_is_not_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is made just after the look has begun is found by the next, at once and not with the next sweep."""
    monkeypatch.setattr("atoll.runs.worker.worker.SWEEP", 60.0)
    worker = world.worker(start=False)
    looks = 0
    again = asyncio.Event()

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            worker.ring()
        else:
            again.set()

    monkeypatch.setattr(worker, "_claim", look)
    worker.start()
    async with asyncio.timeout(10):
        await again.wait()
