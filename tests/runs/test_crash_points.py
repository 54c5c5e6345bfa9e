"""The worker dies at every write of the log, before and after its commit: the next one finishes the run all the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.database import Database
from atoll.engine.events import Event
from atoll.engine.plan import compile_plan
from atoll.runs import store
from atoll.runs.debugging import Going
from atoll.runs.schemas import Run
from atoll.runs.service import RunService
from atoll.sdk import NodeError
from tests.runs import invariants
from tests.runs.world import WS, World, asked_at, debugging, edge, graph, new, node, soon

Side = Literal["before", "after"]
MANY = 100  # writes that the run certainly does not need


class Died(Exception):
    """The process is gone; nothing it does from now on reaches the database."""


class DyingDatabase(Database):
    """The connection of a process that dies at its `at`-th write of events, just before or after it is committed."""

    def __init__(self, url: str, at: int, side: Side) -> None:
        super().__init__(url)
        self.at, self.side, self.writes = at, side, 0
        self.died = asyncio.Event()
        event.listen(self._writer.sync_engine, "before_cursor_execute", self._see)

    def _see(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.writes += statement.startswith("INSERT INTO events")

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        if self.died.is_set():
            raise Died
        async with super().begin() as tx:
            before = self.writes
            yield tx
            last = self.writes > before and self.writes == self.at
            if last and self.side == "before":
                self.died.set()
                raise Died
        if last:
            self.died.set()
            raise Died


YES = {"id": "true", "clauses": [{"variable": "q", "operator": "is", "value": "yes"}]}
STEPS = graph(
    node("ask", "input", variable="q"),
    node("left"),
    node("right", retry={"attempts": 4, "delay": 0}),
    node("broken", on_error="default", default_outputs={"value": "spare"}),
    node("pay", "pay", default_outputs={"value": "paid"}),
    node("if", "condition", cases=[YES]),
    node("then", "llm", model="m", prompt_template="{{ right.value }}"),
    node("else"),
    node("end", "output", template="{{ pay.value }} {{ broken.value }} {{ then.text }}"),
    edge("ask", "left"), edge("ask", "right"), edge("right", "if", None, value="right"), edge("left", "broken"),
    edge("if", "then", "true", case="prompt"), edge("if", "else", "false", case="value"),
    edge("left", "pay"), edge("broken", "pay", None, value="other"), edge("then", "pay", None, text="other"),
    edge("else", "pay", None, value="other"), edge("pay", "end"),
)  # fmt: skip


class Case:
    """One run of `STEPS` and its side effects."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.paid: list[str] = []
        self.failed_once = False
        world.models.answers["m"] = [["well ", "done"]]
        world.stage.parts = {"pay": [self.pay], "right": [self.fail_once], "broken": [NodeError("broken", "Broken.")]}

    async def pay(self, at: Any, _inputs: Any) -> dict[str, Any]:
        self.paid.append(at.context.idempotency_key)
        await asyncio.sleep(0)
        return {"value": "paid"}

    async def fail_once(self, _at: Any, _inputs: Any) -> dict[str, Any]:
        if self.failed_once:
            return {"value": "right"}
        self.failed_once = True
        raise NodeError("busy", "Busy.", retryable=True)

    async def carried_by(self, db: Database) -> Run | None:
        """By a process that begins or goes on with the run. None if it died of it."""
        worker = self.world.worker(db)
        if isinstance(db, DyingDatabase):
            self.world.workers.remove(worker)
        service = RunService(db, worker)
        try:
            run = await service.create(WS, new(STEPS, {"q": "yes"}, idempotency_key=self.name))
            await self.world.lapse(run.id)
            worker.ring()
            return await self.until_it_ends(service, run, db)
        except Died:
            return None
        finally:
            with suppress(Died):
                await worker.stop()
            await self.all_leases_lapse()

    async def until_it_ends(self, service: RunService, run: Run, db: Database) -> Run | None:
        died = db.died if isinstance(db, DyingDatabase) else asyncio.Event()
        death = asyncio.create_task(died.wait())
        while True:
            waiting = asyncio.create_task(service.wait(WS, run.id))
            await soon(asyncio.wait([waiting, death], return_when=asyncio.FIRST_COMPLETED))
            if death.done():
                waiting.cancel()
                await asyncio.wait([waiting])
                return None
            ended = waiting.result()
            if ended.status != "paused":
                death.cancel()
                return ended
            assert asked_at(ended) == "pay"
            decision: Any = "skip" if self.paid else "repeat"  # the person looks at the bank's statement
            await debugging(service).resume(WS, run.id, Going("pay", decision), "ann")

    async def all_leases_lapse(self) -> None:
        async with self.world.db.read() as tx:
            found = await tx.exec_driver_sql("SELECT id FROM runs WHERE idempotency_key = ?", (self.name,))
            ids = [row.id for row in found]
        for run_id in ids:
            await self.world.lapse(run_id)

    async def examine(self, run: Run) -> list[Event]:
        """Whatever happened, the run came to the same end, and its log holds."""
        assert (run.status, run.outputs) == ("succeeded", {"output": "paid spare well done"}), self.name
        async with self.world.db.read() as tx:
            found = await tx.exec_driver_sql("SELECT count(*) FROM runs WHERE idempotency_key = ?", (self.name,))
            assert found.scalar_one() == 1
        events = await self.world.service(self.world.worker(start=False)).events(WS, run.id)
        invariants.check(compile_plan(STEPS, self.world.catalogue), events, self.paid)
        assert len(self.paid) == 1, self.name
        return events


async def finish(case: Case, world: World) -> Run:
    db = Database(world.db.url)
    try:
        run = await case.carried_by(db)
    finally:
        await db.close()
    assert run is not None
    return run


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_run_survives_a_crash_at_any_write(world: World, side: Side) -> None:
    asked = 0
    for at in range(1, MANY):
        case = Case(world, f"{side}-{at}")
        db = DyingDatabase(world.db.url, at, side)
        run = await case.carried_by(db)
        await db.close()
        if run is not None:
            await case.examine(run)
            assert at > 6, "the run has more writes than that"
            assert asked, "some crash left a payment unknown"
            return
        events = await case.examine(await finish(case, world))
        asked += any(one.type == "run.paused" for one in events)
    raise AssertionError("the run does not end")


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_run_survives_the_crash_of_the_worker_that_goes_on(world: World, side: Side) -> None:
    """The second worker dies too, at each of its first writes."""
    for first in (2, 4, 6, 7):
        for second in (2, 4):
            case = Case(world, f"{side}-{first}-{second}")
            run = None
            for at in (first, second):
                db = DyingDatabase(world.db.url, at, side)
                run = run or await case.carried_by(db)
                await db.close()
            await case.examine(run or await finish(case, world))


async def test_a_log_cut_after_any_event_goes_on_to_the_same_end(world: World) -> None:
    """Events are committed in groups, but nothing rests on that: a new run with any prefix of a log ends alike."""
    case = Case(world, "whole")
    whole = await case.examine(await finish(case, world))
    service = world.service()
    content = (await world.row(whole[0].data["sys"]["run_id"]))["content"]
    for cut in range(1, len(whole)):
        run_id = f"run_cut_{cut}"
        kept = [
            Event(e.type, e.node, e.data | ({"key": f"{run_id}:{e.node}"} if "key" in e.data else {}), e.seq, e.at)
            for e in whole[:cut]
        ]
        row = {"id": run_id, "workspace_id": WS, "content": content, "digest": STEPS.digest(), "created_at": 0,
               "status": "queued", "inputs": {"q": "yes"}, "seq": cut}  # fmt: skip
        async with world.db.begin() as tx:
            await store.create(tx, row, kept[:1])
            if kept[1:]:
                await store._insert_events(tx, WS, run_id, kept[1:])
        case.name = f"cut after {cut}"
        service._worker.ring()
        run = await soon(service.wait(WS, run_id))
        if run.status == "paused":
            assert asked_at(run) == "pay" and kept[-1].type == "node.started"
            await debugging(service).resume(WS, run_id, Going("pay", "skip"), "ann")
            run = await soon(service.wait(WS, run_id))
        assert (run.status, run.outputs) == ("succeeded", {"output": "paid spare well done"}), case.name
        invariants.check(compile_plan(STEPS, world.catalogue), await service.events(WS, run_id))


# The invariants themselves notice what they are for


def logged(*events: tuple[str, str | None, dict[str, Any]]) -> list[Event]:
    return [Event(kind, at, data, seq) for seq, (kind, at, data) in enumerate(events, 1)]


GOOD = logged(
    ("run.started", None, {}), ("node.started", "a", {"attempt": 1}), ("node.succeeded", "a", {"outputs": {}}),
    ("node.started", "b", {"attempt": 1}), ("node.succeeded", "b", {"outputs": {}}), ("run.succeeded", None, {}),
)  # fmt: skip
BROKEN = {
    "a hole": [*GOOD[:3], *GOOD[4:]],
    "two outcomes": [*GOOD, Event("run.failed", None, {"error": {}}, 7)],
    "no outcome": GOOD[:-1],
    "a success twice": [*GOOD[:5], Event("node.succeeded", "b", {"outputs": {}}, 6), Event("run.succeeded", None, {}, 7)],
    "a start before its inputs": logged(
        ("run.started", None, {}), ("node.started", "b", {"attempt": 1}), ("run.failed", None, {"error": {}})),
    "a success without its nodes": logged(("run.started", None, {}), ("run.succeeded", None, {})),
    "an attempt twice": logged(
        ("run.started", None, {}), ("node.started", "a", {"attempt": 1}), ("node.started", "a", {"attempt": 1}),
        ("run.cancelled", None, {})),
    "a payment repeated": logged(
        ("run.started", None, {}), ("node.started", "a", {"attempt": 1}), ("node.started", "a", {"attempt": 2}),
        ("run.cancelled", None, {})),
    "a delta in the log": logged(("run.started", None, {}), ("node.delta", "a", {}), ("run.cancelled", None, {})),
}  # fmt: skip


async def test_a_good_log_passes(world: World) -> None:
    plan = compile_plan(graph(node("a", "pay"), node("b"), edge("a", "b")), world.catalogue)
    invariants.check(plan, GOOD, ["a", "b"])
    with pytest.raises(AssertionError, match="more than once"):
        invariants.check(plan, GOOD, ["a", "a"])


@pytest.mark.parametrize("events", BROKEN.values(), ids=BROKEN)
async def test_a_broken_log_does_not(world: World, events: list[Event]) -> None:
    plan = compile_plan(graph(node("a", "pay"), node("b"), edge("a", "b")), world.catalogue)
    with pytest.raises(AssertionError):
        invariants.check(plan, events)
