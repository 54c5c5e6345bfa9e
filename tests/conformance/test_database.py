"""The database port: what both databases promise to those who use it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.statements import insert_if_new, upsert
from atoll.db.tables.identity import installation, users, workspaces
from atoll.db.tables.models import policies, providers
from atoll.kit.errors import UserError
from tests.db.empty import empty
from tests.postgresql import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'atoll.db'}"
    server: Server = request.getfixturevalue("postgresql")
    return server.database()


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
        with pytest.raises(DBAPIError):
            await tx.execute(insert(installation).values(name="a", value="b"))
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


# PostgreSQL alone


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("s3cret", "hunter2"), "database_refused"),
        (("atoll:", "nobody:"), "database_refused"),
        (("/t", "/none_t"), "database_refused"),
        (("127.0.0.1", "127.0.0.2"), "database_unreachable"),
        (("127.0.0.1", "no-such-host.invalid"), "database_unreachable"),
    ],
)
async def test_a_server_that_cannot_be_used_is_named_plainly(
    postgresql: Server, change: tuple[str, str], code: str
) -> None:
    db = Database(postgresql.database().replace(*change))
    with pytest.raises(Unavailable) as caught:
        await db.migrate()
    said = f"{caught.value} {caught.value.message} {caught.value!r}"
    assert caught.value.code == code
    assert "s3cret" not in said and "hunter2" not in said and "Traceback" not in said
    await db.close()


async def test_a_text_that_postgresql_cannot_hold_is_the_askers_fault(postgresql: Server) -> None:
    db = Database(postgresql.database())
    await empty(db)
    with pytest.raises(UserError) as caught:
        async with db.begin() as tx:
            await tx.execute(insert(installation).values(name="a", value="a\0b"))
    assert caught.value.code == "text_not_storable"
    assert await facts(db) == {}
    await db.close()


async def test_a_turn_that_does_not_come_is_said_and_passes(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atoll.db.database.BUSY_SECONDS", 0.2)
    url = postgresql.database()
    db, other = Database(url), Database(url)
    await empty(db)
    async with other.begin():
        with pytest.raises(Unavailable) as caught:
            async with db.begin():
                raise AssertionError("two have the turn")
        async with db.begin(fenced=True) as tx:  # needs no turn
            await tx.execute(insert(installation).values(name="a", value="b"))
    assert caught.value.code == "database_busy"
    assert await facts(db) == {"a": "b"}
    await db.close()
    await other.close()


async def test_cut_connections_are_replaced_unseen(postgresql: Server) -> None:
    db = Database(postgresql.database())
    await empty(db)
    assert await facts(db) == {}
    async with db.begin() as tx:
        await tx.execute(insert(installation).values(name="a", value="b"))
    await asyncio.to_thread(postgresql.cut, db.url)
    await asyncio.sleep(0.1)
    assert await facts(db) == {"a": "b"}
    with pytest.raises(Unavailable):
        async with db.begin() as tx:
            await asyncio.to_thread(postgresql.cut, db.url)
            await tx.execute(insert(installation).values(name="c", value="d"))
    assert await facts(db) == {"a": "b"}
    await db.close()
