"""What KEDA asks PostgreSQL for, by which workers are scaled: unfinished runs and documents."""

from sqlalchemy import insert, text, update

from atoll.db.tables.knowledge import datasets, documents
from atoll.db.tables.runs import runs
from atoll.deploy.workloads import LOAD
from tests.runs.world import WS, World, chain, new, node


async def load(world: World) -> int:
    async with world.db.read() as tx:
        return int((await tx.execute(text(LOAD))).scalar_one())


async def test_the_load_is_what_is_unfinished(world: World) -> None:
    assert await load(world) == 0
    service = world.service(world.worker(start=False))
    one, two, three = [(await service.create(WS, new(chain(node("a"))))).id for _ in range(3)]
    async with world.db.begin() as tx:
        for run, status in ((one, "running"), (two, "paused"), (three, "queued")):
            await tx.execute(update(runs).where(runs.c.id == run).values(status=status))
    assert await load(world) == 2, "who waits for a person needs no worker"
    fixed = {"workspace_id": WS, "created_at": 0, "updated_at": 0}
    async with world.db.begin() as tx:
        await tx.execute(
            insert(datasets).values(id="ds_1", name="d", embedding_model="m", zone="local", label={}, **fixed)
        )
        rows = [("doc_1", "parsing"), ("doc_2", "ready"), ("doc_3", "failed"), ("doc_4", "queued")]
        for name, status in rows:
            row = {"id": name, "dataset_id": "ds_1", "name": name, "size": 1, "digest": "0" * 64, "status": status}
            await tx.execute(insert(documents).values(**row, **fixed))
    assert await load(world) == 4
