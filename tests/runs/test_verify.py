"""The program that looks over a whole database finds what it is for, and nothing in a good one."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from atoll.runs.debugging import Going
from tests.runs.verify import main, verify
from tests.runs.world import WS, World, chain, debugging, finished, graph, new, node, soon


async def lived(world: World) -> Path:
    """A database with runs that succeeded, failed, were stopped, wait for a person and wait for a worker."""
    service = world.service()
    world.stage.parts["bad"] = [OSError("broken")]
    await finished(service, chain(node("a"), node("t", "template", template="{{ 'x' * 99999 }}"), node("b")))
    await finished(service, chain(node("a"), node("bad"), node("b")))
    for decision in ("approve", None):
        asked = await finished(service, graph(node("ok", "approval")))
        if decision:
            await debugging(service).resume(WS, asked.id, Going("ok", answer={"choice": decision}), "ann")
            await soon(service.wait(WS, asked.id))
    stopped = await finished(service, graph(node("ok", "approval")))
    await service.cancel(WS, stopped.id, "ann")
    await soon(service.wait(WS, stopped.id))
    await world.service(world.worker(start=False)).create(WS, new(chain(node("a"))))
    await world.close()
    assert world.db.path is not None
    return world.db.path


async def test_a_good_database_has_no_faults(world: World) -> None:
    verdict = await verify(await lived(world), world.catalogue)
    assert verdict.faults == []
    assert verdict.runs == {"succeeded": 2, "failed": 1, "paused": 1, "cancelled": 1, "queued": 1}
    assert (verdict.unread, verdict.values) == (0, 2)


async def test_the_command_looks_at_all_workspaces(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await lived(world)
    monkeypatch.setattr("sys.argv", ["verify", str(path)])
    monkeypatch.setattr("atoll.db.tenancy.unnamed", None)  # as outside of the tests
    assert await asyncio.to_thread(main) == 0


async def test_runs_of_unknown_types_are_counted_all_the_same(world: World) -> None:
    verdict = await verify(await lived(world))
    assert (verdict.faults, verdict.unread) == ([], 3)


DAMAGE = {
    "a hole in a log": ("DELETE FROM events WHERE seq = 2 AND type != 'run.failed'", "a hole"),
    "no end": ("DELETE FROM events WHERE type = 'run.succeeded'", "not one outcome"),
    "another status": ("UPDATE runs SET status = 'failed' WHERE status = 'succeeded'", "its row says failed"),
    "another result": ("UPDATE runs SET outputs = '{}' WHERE status = 'succeeded'", "another result"),
    "another error": ("UPDATE runs SET error = '{}' WHERE status = 'failed'", "another error"),
    "an owner after the end": ("UPDATE runs SET owner = 'x' WHERE status = 'succeeded'", "that has ended"),
    "an event too few": ("UPDATE runs SET seq = seq + 1 WHERE status = 'queued'", "its row counts 2"),
    "a pause that is none": ("UPDATE runs SET status = 'running', pause = NULL WHERE status = 'paused'", "paused"),
    "another pause": ("UPDATE runs SET pause = '{\"reason\": \"step\"}' WHERE status = 'paused'", "another pause"),
    "another value": ("UPDATE event_values SET value = '\"y\"'", "another content"),
    "events of nobody": ("DELETE FROM runs WHERE status = 'queued'", "foreign_key_check"),
}


@pytest.mark.parametrize(("damage", "words"), DAMAGE.values(), ids=DAMAGE)
async def test_damage_is_found(world: World, damage: str, words: str) -> None:
    path = await lived(world)
    async with world.db._writer.connect() as connection:
        await connection.rollback()
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys = OFF")
        await connection.execute(text(damage))
        await connection.commit()
    faults = (await verify(path, world.catalogue)).faults
    assert faults and any(words in fault for _, fault in faults), faults
