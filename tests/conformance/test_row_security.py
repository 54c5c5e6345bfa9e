"""The second line of isolation: PostgreSQL itself, asked by a role that is no superuser, with our own check out of the way."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import DBAPIError

from atoll.db import row_security, tenancy
from atoll.db.audit import By, note
from atoll.db.database import Database
from atoll.db.row_security import is_bypassed, tenants
from atoll.db.tables.apps import apps
from atoll.db.tables.audit import audit_records
from atoll.db.tables.identity import workspaces
from atoll.db.tables.knowledge import datasets
from atoll.db.tables.runs import events, runs
from atoll.kit.ids import new_id
from atoll.knowledge.vectors import new_generation
from atoll.knowledge.vectors_pgvector import PgVectors
from tests.postgresql import Server

MINE, THEIRS = "ws_mine", "ws_theirs"


def run_row(workspace_id: str) -> dict[str, object]:
    return {"id": f"run_{workspace_id}", "workspace_id": workspace_id, "content": "c", "digest": "d", "created_at": 1,
            "status": "queued", "inputs": {}}  # fmt: skip


@pytest.fixture
async def db(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """Of a plain role that owns its database; with an app, a run and an event in each of two workspaces."""
    monkeypatch.setattr(tenancy, "unnamed", None)
    made = Database(postgresql.database(plain=True))
    await made.migrate()
    for workspace_id in (MINE, THEIRS):
        with tenancy.everything("a test"):
            async with made.begin() as tx:
                await tx.execute(insert(workspaces).values(id=workspace_id, name="w", language="en", created_at=1))
        with tenancy.within(workspace_id):
            async with made.begin() as tx:
                await tx.execute(insert(apps).values(id=f"app_{workspace_id}", workspace_id=workspace_id, name="a",
                                                     mode="workflow", created_at=1, updated_at=1))  # fmt: skip
                await tx.execute(insert(runs), run_row(workspace_id))
                await tx.execute(insert(events), [{"run_id": f"run_{workspace_id}", "seq": 1, "type": "run.created",
                                                   "at": 1, "version": 1, "data": "{}"}])  # fmt: skip
                note(tx, "start_run", "run", "run_1", by=By("user", "u", "Ann", workspace_id))
    for engine in {made._writer, made._reader}:
        event.remove(engine.sync_engine, "before_cursor_execute", tenancy._check)
    yield made
    await made.close()


@pytest.mark.attack("S-25")
async def test_without_our_own_check_the_database_still_gives_no_foreign_row(db: Database) -> None:
    async with db.read() as tx:
        assert not await is_bypassed(tx)
    with tenancy.within(MINE):
        async with db.read() as tx:
            for table in (apps, runs, audit_records, workspaces):
                owner = "id" if table is workspaces else "workspace_id"
                assert (await tx.execute(select(table.c[owner]))).scalars().all() == [MINE], table.name
            assert (await tx.execute(select(events.c.run_id))).scalars().all() == [f"run_{MINE}"]
        async with db.begin() as tx:
            for statement in (
                "UPDATE apps SET name = 'stolen'",
                "DELETE FROM runs WHERE id = 'run_ws_theirs'",
                "DELETE FROM events WHERE run_id = 'run_ws_theirs'",
            ):
                changed = await tx.execute(text(statement))
                assert changed.rowcount == (1 if statement.startswith("UPDATE") else 0)
        foreign = {"run_id": "run_ws_theirs", "seq": 2, "type": "x", "at": 1, "version": 1, "data": "{}"}
        for change in (
            insert(runs).values(run_row(THEIRS) | {"id": "run_x"}),
            text("UPDATE apps SET workspace_id = 'ws_theirs'"),
            insert(events).values(foreign),
        ):
            with pytest.raises(DBAPIError, match="row-level security"):
                async with db.begin() as tx:
                    await tx.execute(change)


async def test_work_that_says_nothing_sees_nothing_and_work_over_all_sees_all(db: Database) -> None:
    async with db.read() as tx:
        for table in (apps, runs, events, audit_records, workspaces):
            assert (await tx.execute(select(table))).all() == [], table.name
    with tenancy.everything("a test"):
        async with db.read() as tx:
            assert len((await tx.execute(select(events))).all()) == 2
            assert (await tx.execute(select(audit_records.c.seq).order_by(audit_records.c.seq))).scalars().all() == [
                1,
                2,
            ]


async def test_a_connection_keeps_no_scope_for_the_next(db: Database) -> None:
    async def look(workspace_id: str | None) -> list[str]:
        async def read() -> list[str]:
            async with db.read() as tx:
                return list((await tx.execute(select(apps.c.id))).scalars())

        if workspace_id is None:
            return await read()
        with tenancy.within(workspace_id):
            return await read()

    asked = [MINE, None, THEIRS] * 20
    found = await asyncio.gather(*(look(one) for one in asked))
    assert found == [[f"app_{one}"] if one else [] for one in asked]


# What is nobody's: facts of the installation, seals of the one chain, sign-ins that have no workspace yet.
OPEN = {
    "installation", "alembic_version", "audit_checkpoints", "sso_spent", "rates",
    "chunk_words",  # under a policy its index of words could not be used (decision 26); it leads to numbers of chunks alone
}  # fmt: skip
_TABLES = text(
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'm', 'f') "
    "AND relnamespace = CAST(current_schema() AS regnamespace)"
)
DATASETS = {workspace_id: new_id("ds") for workspace_id in (MINE, THEIRS)}


@pytest.fixture
async def indexed(pgvector: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Database, dict[str, str]]]:
    """Of a plain role; in each of two workspaces a dataset, three chunks' words and vectors. (database, generations)."""
    monkeypatch.setattr(tenancy, "unnamed", None)
    url = pgvector.database(plain=True)
    pgvector.load(url, b"CREATE EXTENSION vector")
    made = Database(url)
    await made.migrate()
    vectors = PgVectors(made)
    generations = {one: new_generation("pgvector", DATASETS[one], 2) for one in (MINE, THEIRS)}
    for workspace_id in (MINE, THEIRS):
        with tenancy.everything("a test"):
            async with made.begin() as tx:
                await tx.execute(insert(workspaces).values(id=workspace_id, name="w", language="en", created_at=1))
        with tenancy.within(workspace_id):
            async with made.begin() as tx:
                await tx.execute(insert(datasets).values(id=DATASETS[workspace_id], workspace_id=workspace_id, name="d",
                                                         zone="local", label={}, embedding_model="m", created_at=1,
                                                         updated_at=1))  # fmt: skip
            await vectors.create(generations[workspace_id])
            await vectors.put(generations[workspace_id], [1, 2, 3], np.eye(3, 2, dtype=np.float32))
    yield made, generations
    await made.close()


@pytest.mark.attack("S-25")
async def test_vectors_of_another_workspace_are_as_if_they_were_not(
    indexed: tuple[Database, dict[str, str]],
) -> None:
    db, generations = indexed
    vectors, here = PgVectors(db), np.array([1, 0], dtype=np.float32)
    for asks, mine, theirs in ((MINE, 3, 0), (THEIRS, 0, 3)):
        with tenancy.within(asks):
            for workspace_id, expected in ((MINE, mine), (THEIRS, theirs)):
                generation = generations[workspace_id]
                assert len(await vectors.find(generation, here, 10)) == expected
                assert len(await vectors.numbers(generation, 0, 100)) == await vectors.count(generation) == expected
    with tenancy.within(MINE):
        await vectors.remove(generations[THEIRS], [1, 2, 3])
        with pytest.raises(DBAPIError, match="row-level security"):
            await vectors.put(generations[THEIRS], [4], np.eye(1, 2, dtype=np.float32))
    with tenancy.everything("a test"):
        assert await vectors.count(generations[THEIRS]) == 3


async def test_no_table_is_without_a_policy_but_those_that_are_nobodys(
    indexed: tuple[Database, dict[str, str]],
) -> None:
    db, generations = indexed
    async with db.read() as tx:
        there = set((await tx.execute(_TABLES)).scalars())
        held = set((await tx.execute(row_security._FORCED)).scalars())
    assert there - held == OPEN, "a new table needs a policy (atoll.db.row_security), or a reason here"
    assert set(generations.values()) <= held


async def test_indexes_of_before_are_held_from_the_next_start_on(indexed: tuple[Database, dict[str, str]]) -> None:
    db, generations = indexed
    with tenancy.everything("a test"):
        async with db.begin() as tx:
            await tx.execute(text(f"ALTER TABLE {generations[THEIRS]} DISABLE ROW LEVEL SECURITY"))
        await PgVectors(db).open()
    with tenancy.within(MINE):
        assert await PgVectors(db).count(generations[THEIRS]) == 0


async def test_every_tenants_table_has_a_policy_that_its_owner_is_held_to_too(db: Database) -> None:
    async with db.read() as tx:
        forced = set((await tx.execute(row_security._FORCED)).scalars())
        assert {table.name for table in tenants()} == forced
        plan = "\n".join((await tx.execute(text("EXPLAIN SELECT * FROM runs WHERE id = 'run_1'"))).scalars())
    assert "runs_pkey" in plan or "pk_runs" in plan, plan


async def test_records_of_the_audit_stay_as_they_are(db: Database) -> None:
    with tenancy.everything("a test"):
        for statement in ("UPDATE audit_records SET actor_name = 'Bob'", "DELETE FROM audit_records"):
            with pytest.raises(DBAPIError, match="neither changed nor deleted"):
                async with db.begin() as tx:
                    await tx.execute(text(statement))


async def test_a_superuser_is_found(postgresql: Server) -> None:
    db = Database(postgresql.database())
    async with db.read() as tx:
        assert await is_bypassed(tx)
    await db.close()
