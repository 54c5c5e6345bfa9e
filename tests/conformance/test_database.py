"""The database port on PostgreSQL: what both databases promise to those who use it, and what PostgreSQL promises alone."""

import asyncio

import pytest
from sqlalchemy import insert

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.tables.identity import installation
from atoll.kit.errors import UserError
from tests.db.empty import empty
from tests.db.test_database import (
    db,
    facts,
    test_a_cancelled_transaction_frees_the_writer,
    test_a_newer_schema_is_refused,
    test_a_read_connection_refuses_to_write,
    test_a_reader_sees_one_moment,
    test_an_error_rolls_back,
    test_foreign_keys_hold,
    test_new_rows_are_kept_and_old_ones_left_or_changed,
    test_read_modify_write_from_two_processes_loses_nothing,
    test_those_that_start_together_migrate_once,
    test_values_come_back_as_they_were,
)
from tests.postgresql import Server


@pytest.fixture
def url(postgresql: Server) -> str:
    return postgresql.database()


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
    await asyncio.sleep(0.1)  # the loop reads that they have ended
    assert await facts(db) == {"a": "b"}
    with pytest.raises(Unavailable):
        async with db.begin() as tx:
            await asyncio.to_thread(postgresql.cut, db.url)
            await tx.execute(insert(installation).values(name="c", value="d"))
    await asyncio.sleep(0.1)  # the loop reads that the reader's connection has ended
    assert await facts(db) == {"a": "b"}
    await db.close()
