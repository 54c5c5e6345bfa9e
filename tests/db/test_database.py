"""The database port: what both databases promise to those who use it, here held by SQLite, and what SQLite promises alone.

tests/conformance/test_database.py takes the shared ones for PostgreSQL.
"""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from atoll.db.database import Database
from atoll.db.sqlite import LONG_BATCH
from atoll.db.statements import insert_if_new, upsert
from atoll.db.tables.identity import installation, users, workspaces
from atoll.db.tables.models import policies, providers
from atoll.kit.errors import UserError
from tests.db.empty import empty


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'deep' / 'atoll.db'}"


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await empty(database)
    yield database
    await database.close()


async def facts(db: Database) -> dict[str, str]:
    async with db.read() as tx:
        return {row.name: row.value for row in await tx.execute(select(installation))}


async def test_an_error_rolls_back(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.begin() as tx:
            await tx.execute(insert(installation).values(name="a", value="b"))
            raise ZeroDivisionError
    assert await facts(db) == {}


async def test_a_read_connection_refuses_to_write(db: Database) -> None:
    async with db.read() as tx:
        with pytest.raises(DBAPIError) as refused:
            await tx.execute(insert(installation).values(name="a", value="b"))
    assert db.dialect != "sqlite" or isinstance(refused.value, OperationalError)
    assert await facts(db) == {}


async def test_foreign_keys_hold(db: Database) -> None:
    row = {"id": "u", "workspace_id": "none", "username": "u", "login": "u", "password_hash": "", "role": "owner"}
    with pytest.raises(IntegrityError):
        async with db.begin() as tx:
            await tx.execute(insert(users).values(**row, language="en", created_at=0, updated_at=0))


async def test_a_reader_sees_one_moment(db: Database) -> None:
    async with db.read() as tx:
        before = (await tx.execute(select(installation))).all()
        async with db.begin() as writing:
            await writing.execute(insert(installation).values(name="a", value="b"))
        assert (await tx.execute(select(installation))).all() == before == []
    assert await facts(db) == {"a": "b"}


async def test_read_modify_write_from_two_processes_loses_nothing(db: Database) -> None:
    """Two `Database`s stand for two processes: writers take turns."""
    other = Database(db.url)
    async with db.begin() as tx:
        await tx.execute(insert(installation).values(name="n", value="0"))

    async def add(database: Database) -> None:
        async with database.begin() as tx:
            found = (await tx.execute(select(installation.c.value))).scalar_one()
            await tx.execute(update(installation).values(value=str(int(found) + 1)))

    await asyncio.gather(*(add(database) for database in [db, other] * 20))
    await other.close()
    assert await facts(db) == {"n": "40"}


async def test_a_cancelled_transaction_frees_the_writer(db: Database) -> None:
    async def hold(entered: asyncio.Event) -> None:
        async with db.begin() as tx:
            await tx.execute(insert(installation).values(name="x", value="y"))
            entered.set()
            await asyncio.Event().wait()

    for _ in range(5):
        entered = asyncio.Event()
        task = asyncio.create_task(hold(entered))
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(5), db.begin() as tx:
        assert (await tx.execute(select(installation))).all() == []


async def test_new_rows_are_kept_and_old_ones_left_or_changed(db: Database) -> None:
    async with db.begin() as tx:
        for value in ("first", "second"):
            await tx.execute(insert_if_new(tx, installation), {"name": "once", "value": value})
            row = {"name": "last", "value": value}
            await tx.execute(upsert(tx, installation, row, ["name"], ["value"]))
    assert await facts(db) == {"once": "first", "last": "second"}


async def test_values_come_back_as_they_were(db: Database) -> None:
    document = {"字": "研报 🌊", "n": 1.5, "big": 2**53, "none": None, "list": [True, {}], "nul": "a\0b"}
    key = bytes(range(256))
    async with db.begin() as tx:
        await tx.execute(insert(workspaces).values(id="ws", name="名" * 200, language="zh", created_at=2**41))
        row = {"id": "p", "workspace_id": "ws", "name": "p", "base_url": "u", "zone": "z"}
        await tx.execute(insert(providers).values(**row, models=document, api_key=key, created_at=0, updated_at=0))
        await tx.execute(insert(policies).values(workspace_id="ws", document=[], updated_at=0))
    async with db.read() as tx:
        found = (await tx.execute(select(providers.c.models, providers.c.api_key))).one()
        assert (found.models, bytes(found.api_key)) == (document, key)
        assert (await tx.execute(select(workspaces.c.created_at))).scalar_one() == 2**41
        assert (await tx.execute(select(policies.c.document))).scalar_one() == []


async def test_a_newer_schema_is_refused(db: Database) -> None:
    await db.migrate()
    async with db.begin() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UserError) as caught:
        await db.migrate()
    assert caught.value.code == "database_newer"


async def test_those_that_start_together_migrate_once(url: str) -> None:
    started = [Database(url) for _ in range(4)]
    await asyncio.gather(*(one.migrate() for one in started))
    async with started[0].read() as tx:
        assert len((await tx.execute(text("SELECT version_num FROM alembic_version"))).all()) == 1
    for one in started:
        await one.close()


# SQLite alone


async def test_pragmas(db: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    async with db.begin() as tx:
        writer = {name: (await tx.execute(text(f"PRAGMA {name}"))).scalar() for name in wanted}
    async with db.read() as tx:
        reader = {name: (await tx.execute(text(f"PRAGMA {name}"))).scalar() for name in wanted}
    assert writer == reader == wanted


async def test_cancelled_while_a_thread_works_for_it_it_frees_the_lock_too(db: Database) -> None:
    """Also while a traceback, which the caller keeps, holds the statement that was under way."""

    async def write(at: int) -> None:
        rows = [{"name": f"{at}.{n}", "value": "y" * 50} for n in range(2 * LONG_BATCH)]
        async with db.begin() as tx:
            await tx.execute(insert(installation), rows)

    kept = []
    for at in range(40):
        task = asyncio.create_task(write(at))
        await asyncio.sleep(at / 20_000)  # from the beginning of the transaction to its end
        task.cancel()
        kept += await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(5), db.begin() as tx:
            await tx.execute(delete(installation))
    assert any(isinstance(one, asyncio.CancelledError) for one in kept)


@pytest.mark.attack("S-102")
async def test_no_other_account_of_the_machine_reads_it(url: str, tmp_path: Path) -> None:
    """Whatever the umask: password hashes and documents are in it, and in the log beside it."""
    before = os.umask(0)
    try:
        database = Database(url)
        await database.migrate()
        found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "deep").iterdir()}
        await database.close()
    finally:
        os.umask(before)
    assert {"atoll.db", "atoll.db-wal"} <= found.keys() and set(found.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o700
