"""A run whose processes die, at a chosen write of its log, and whoever goes on with it: the harness of all crash tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.database import Database
from atoll.engine.events import Event
from atoll.engine.graph import Graph
from atoll.engine.plan import compile_plan
from atoll.runs import store
from atoll.runs.debugging import Going
from atoll.runs.schemas import Run
from atoll.runs.service import RunService
from tests.runs import invariants
from tests.runs.world import WS, World, debugging, new, soon

Side = Literal["before", "after"]
MANY = 100  # writes that a test's run certainly does not need


class Died(Exception):
    """The process is gone; nothing it does from now on reaches the database."""


class DyingDatabase(Database):
    """What a process has of a database that dies at its `at`-th write of events, just before or after it is committed.

    The connections are those of `living`: to open others for each death would take most of the time."""

    def __init__(self, living: Database, at: int, side: Side) -> None:
        vars(self).update(vars(living))
        self.at, self.side, self.writes = at, side, 0
        self.died = asyncio.Event()
        event.listen(self._writer.sync_engine, "before_cursor_execute", self._see)

    def _see(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.writes += statement.startswith("INSERT INTO events")

    async def close(self) -> None:
        event.remove(self._writer.sync_engine, "before_cursor_execute", self._see)

    @asynccontextmanager
    async def begin(self, *, fenced: bool = False) -> AsyncIterator[AsyncConnection]:
        if self.died.is_set():
            raise Died
        async with super().begin(fenced=fenced) as tx:
            before = self.writes
            yield tx
            last = self.writes > before and self.writes == self.at
            if last and self.side == "before":
                self.died.set()
                raise Died
        if last:
            self.died.set()
            raise Died


@dataclass
class Lives:
    """One run, by its idempotency key, that one process after the other carries.

    `person` says how a paused run goes on. `effects`: the keys of what happened outside, in any process.
    """

    world: World
    name: str
    steps: Graph
    inputs: Mapping[str, Any]
    person: Callable[[Run], Going]
    effects: list[str] = field(default_factory=list)
    pauses: list[str] = field(default_factory=list)

    async def carried_by(self, db: Database) -> Run | None:
        """By a process that begins or goes on with the run. None if it died of it."""
        worker = self.world.worker(db)
        if isinstance(db, DyingDatabase):
            self.world.workers.remove(worker)
        service = RunService(db, worker)
        try:
            run = await service.create(WS, new(self.steps, self.inputs, idempotency_key=self.name))
            await self.world.lapse(run.id)
            worker.ring()
            return await self._until_it_ends(service, run.id, db)
        except Died:
            return None
        finally:
            with suppress(Died):
                await worker.stop()
            async with self.world.db.read() as tx:
                found = (await tx.exec_driver_sql("SELECT id FROM runs WHERE idempotency_key = ?", (self.name,))).all()
            for row in found:
                await self.world.lapse(row.id)

    async def finished(self) -> Run:
        """By a process that lives."""
        run = await self.carried_by(self.world.db)
        assert run is not None
        return run

    async def _until_it_ends(self, service: RunService, run_id: str, db: Database) -> Run | None:
        died = db.died if isinstance(db, DyingDatabase) else asyncio.Event()
        death = asyncio.create_task(died.wait())
        try:
            while True:
                waiting = asyncio.create_task(service.wait(WS, run_id))
                await soon(asyncio.wait([waiting, death], return_when=asyncio.FIRST_COMPLETED))
                if death.done():
                    waiting.cancel()
                    await asyncio.wait([waiting])
                    return None
                if (ended := waiting.result()).status != "paused":
                    return ended
                await self.answer(service, ended)
        finally:
            death.cancel()

    async def answer(self, service: RunService, paused: Run) -> None:
        assert paused.pause is not None
        self.pauses.append(paused.pause.reason)
        await debugging(service).resume(WS, paused.id, self.person(paused), "ann")

    async def log(self, run: Run) -> list[Event]:
        """The whole log, with every promise kept and each side effect done once."""
        async with self.world.db.read() as tx:
            found = await tx.exec_driver_sql("SELECT count(*) FROM runs WHERE idempotency_key = ?", (self.name,))
            assert found.scalar_one() == 1, self.name
        async with self.world.db.read() as tx:
            events = await store.read_events(tx, run.id)
        invariants.check(compile_plan(self.steps, self.world.catalogue), events, self.effects)
        return events


async def at_every_write(world: World, side: Side, make: Callable[[str], Lives]) -> AsyncIterator[tuple[Lives, Run]]:
    """A run for each write of its log, whose first process dies at that one; the last of them survives."""
    for at in range(1, MANY):
        lives = make(f"{side}-{at}")
        db = DyingDatabase(world.db, at, side)
        try:
            run = await lives.carried_by(db)
        finally:
            await db.close()
        yield lives, run or await lives.finished()
        if run is not None:
            return
    raise AssertionError("the run does not end")


async def after_every_event(
    world: World, whole: Sequence[Event], make: Callable[[str], Lives]
) -> AsyncIterator[tuple[Lives, Run]]:
    """A run for each prefix of a log, which a process goes on with that knows the prefix and nothing else.

    Events are committed in groups, but nothing rests on that."""
    service = world.service()
    first = await world.row(whole[0].data["sys"]["run_id"])
    for cut in range(1, len(whole)):
        if whole[cut - 1].type == "run.paused":
            continue  # the row says so in the same transaction
        lives = make(f"cut-{cut}")
        run_id = f"run_{lives.name}"
        kept = [
            Event(e.type, e.node, e.data | ({"key": f"{run_id}:{e.node}"} if "key" in e.data else {}), e.seq, e.at)
            for e in whole[:cut]
        ]
        row = {"id": run_id, "workspace_id": WS, "content": first["content"], "digest": first["digest"],
               "created_at": 0, "status": "queued", "inputs": first["inputs"], "seq": cut,
               "idempotency_key": lives.name}  # fmt: skip
        async with world.db.begin() as tx:
            await store.create(tx, row, kept[:1])
            if kept[1:]:
                await store._insert_events(tx, WS, run_id, kept[1:])
        service._worker.ring()
        while (run := await soon(service.wait(WS, run_id))).status == "paused":
            await lives.answer(service, run)
        yield lives, run
