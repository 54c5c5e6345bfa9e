"""How many runs somebody may start: by their name over all processes, and by the workspace."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import update

from atoll.db.database import Database
from atoll.db.tables.runs import runs
from atoll.kit.errors import TooMany
from atoll.runs.quota import Quota
from atoll.runs.schemas import RunTrigger
from atoll.runs.service import NewRun, RunService
from tests.runs.world import WS, World, chain, new, node

ONE = new(chain(node("a")))
SCHEDULE = RunTrigger(id="trg_1", kind="schedule", name="each morning")


async def refused(service: RunService, run: NewRun = ONE) -> str:
    try:
        await service.create(WS, run)
    except TooMany as error:
        assert 1 <= error.params["retry_after"] <= 60
        return error.code
    return ""


@pytest.mark.attack("S-100")
async def test_a_person_starts_so_many_runs_a_minute_in_whichever_process(world: World) -> None:
    other = Database(world.db.url)
    quota, worker = Quota(per_minute=10), world.worker(start=False)
    services = [RunService(db, worker, quota) for db in (world.db, other)]
    answers = await asyncio.gather(*(refused(services[n % 2]) for n in range(16)))
    assert sorted(answers) == [""] * 10 + ["runs_too_often"] * 6
    assert await refused(services[1], replace(ONE, created_by="somebody else")) == ""
    assert await refused(services[0], replace(ONE, trigger=SCHEDULE)) == ""  # it has a rate of its own
    assert await refused(services[0], replace(ONE, kind="test")) == ""
    await other.close()


@pytest.mark.attack("S-100")
async def test_a_workspace_has_so_many_runs_at_once(world: World) -> None:
    service = RunService(world.db, world.worker(start=False), Quota(at_once=3))
    made = [await service.create(WS, ONE) for _ in range(3)]
    assert await refused(service) == await refused(service, replace(ONE, trigger=SCHEDULE)) == "runs_too_many"
    async with world.db.begin() as tx:
        await tx.execute(update(runs).where(runs.c.id == made[0].id).values(status="paused"))  # it waits for a person
    assert await refused(service) == ""
    assert await refused(service) == "runs_too_many"


async def test_what_was_refused_has_left_nothing(world: World) -> None:
    service = RunService(world.db, world.worker(start=False), Quota(per_minute=1))
    assert [await refused(service), await refused(service)] == ["", "runs_too_often"]
    assert len((await service.page(WS))[0]) == 1
