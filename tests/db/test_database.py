"""The database: durability settings, one writer, readers that can't write, cancelled transactions."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from atoll.db.database import Database
from atoll.db.sqlite import LONG_BATCH
from atoll.db.tables.identity import installation, users
from tests.db.empty import empty


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'deep' / 'atoll.db'}")
    await empty(database)
    yield database
    await database.close()


async def test_pragmas(db: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    async with db.begin() as tx:
        writer = {name: (await tx.execute(text(f"PRAGMA {name}"))).scalar() for name in wanted}
    async with db.read() as tx:
        reader = {name: (await tx.execute(text(f"PRAGMA {name}"))).scalar() for name in wanted}
    assert writer == reader == wanted


async def test_a_read_connection_refuses_to_write(db: Database) -> None:
    async with db.read() as tx:
        with pytest.raises(OperationalError):
            await tx.execute(insert(installation).values(name="a", value="b"))


async def test_foreign_keys_hold(db: Database) -> None:
    row = {"id": "u", "workspace_id": "none", "username": "u", "login": "u", "password_hash": "", "role": "owner"}
    with pytest.raises(IntegrityError):
        async with db.begin() as tx:
            await tx.execute(insert(users).values(**row, language="en", created_at=0, updated_at=0))


async def test_an_error_rolls_back(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.begin() as tx:
            await tx.execute(insert(installation).values(name="a", value="b"))
            raise ZeroDivisionError
    async with db.read() as tx:
        assert (await tx.execute(select(installation))).all() == []


async def test_a_reader_sees_one_moment(db: Database) -> None:
    async with db.read() as tx:
        before = (await tx.execute(select(installation))).all()
        async with db.begin() as writing:
            await writing.execute(insert(installation).values(name="a", value="b"))
        assert (await tx.execute(select(installation))).all() == before
    async with db.read() as tx:
        assert len((await tx.execute(select(installation))).all()) == 1


async def test_read_modify_write_from_two_processes_loses_nothing(db: Database) -> None:
    """Two `Database`s on one file stand for two processes: IMMEDIATE makes them take turns."""
    other = Database(db.url)
    async with db.begin() as tx:
        await tx.execute(insert(installation).values(name="n", value="0"))

    async def add(database: Database) -> None:
        async with database.begin() as tx:
            found = (await tx.execute(select(installation.c.value))).scalar_one()
            await tx.execute(installation.update().values(value=str(int(found) + 1)))

    await asyncio.gather(*(add(database) for database in [db, other] * 20))
    async with other.read() as tx:
        assert (await tx.execute(select(installation.c.value))).scalar_one() == "40"
    await other.close()


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
