"""The second line of isolation: PostgreSQL itself, asked by a role that is no superuser, with our own check out of the way."""

import asyncio
from collections.abc import AsyncIterator

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
from atoll.db.tables.runs import events, runs
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
