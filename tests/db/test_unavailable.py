"""A full disk, a lock that stays, a file that is gone: a code and words that say what to do, and all is well afterwards."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from atoll.db.database import Database
from atoll.db.errors import DiskFull, Unavailable
from atoll.db.files_folder import FolderFiles
from atoll.db.tables.identity import installation
from tests.db.empty import empty
from tests.db.outages import OUTAGES, WORDS, locked, moved_away, no_file_over

MB = "x" * 1_000_000


@pytest.fixture
async def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr("atoll.db.database.BUSY_SECONDS", 0.2)
    database = Database(f"sqlite:///{tmp_path / 'atoll.db'}")
    await empty(database)
    yield database
    await database.close()


async def put(db: Database, name: str) -> None:
    async with db.begin() as tx:
        await tx.execute(insert(installation).values(name=name, value=MB))


async def names(db: Database) -> list[str]:
    async with db.read() as tx:
        return sorted((await tx.execute(select(installation.c.name))).scalars(), reverse=True)


@pytest.mark.parametrize("outage", OUTAGES)
async def test_an_outage_has_its_code_and_leaves_nothing_behind(db: Database, outage: str) -> None:
    await put(db, "before")
    async with OUTAGES[outage](db):
        for _ in range(3):
            with pytest.raises(Unavailable) as failed:
                await put(db, "during")
            assert (failed.value.code, failed.value.status) == WORDS[outage]
            assert failed.value.message["en"] and failed.value.message["zh"]
            assert "sqlite" not in str(failed.value).lower() and "\n" not in str(failed.value)
    await put(db, "after")
    assert await names(db) == ["before", "after"]
    async with db.read() as tx:
        assert (await tx.execute(text("PRAGMA integrity_check"))).scalar_one() == "ok"


async def test_readers_read_and_the_loop_turns_while_another_program_holds_the_lock(db: Database) -> None:
    await put(db, "before")
    async with locked(db):
        waiting = asyncio.create_task(put(db, "during"))
        turns = 0
        while not waiting.done():
            assert await names(db) == ["before"]
            await asyncio.sleep(0.005)
            turns += 1
        assert turns > 10
        with pytest.raises(Unavailable):
            await waiting


async def test_a_file_that_is_away_is_not_made_anew(db: Database) -> None:
    """SQLite would: an empty one, which readers then keep open when the right one is back."""
    assert db.path is not None
    await put(db, "before")
    async with moved_away(db):
        readers = await asyncio.gather(*(names(db) for _ in range(8)), return_exceptions=True)
        assert {getattr(one, "code", one) for one in readers} == {"database_away"}
        assert not db.path.exists()
    assert await asyncio.gather(*(names(db) for _ in range(8))) == [["before"]] * 8


async def test_another_file_in_its_place_is_not_written_to(db: Database, tmp_path: Path) -> None:
    """What is written to the old one would be gone after a restart, and the new one has none of it."""
    assert db.path is not None
    await put(db, "before")
    shutil.copy(db.path, tmp_path / "copy.db")
    os.replace(tmp_path / "copy.db", db.path)
    with pytest.raises(Unavailable) as refused:
        await put(db, "during")
    assert refused.value.code == "database_away" and "start it again" in refused.value.message["en"]


async def test_a_file_that_is_no_database_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "atoll.db").write_bytes(b"not a database" * 100)
    db = Database(f"sqlite:///{tmp_path / 'atoll.db'}")
    with pytest.raises(Unavailable) as damaged:
        await db.migrate()
    assert damaged.value.code == "database_damaged" and "restore a backup" in damaged.value.message["en"]
    await db.close()


async def test_who_waits_too_long_for_the_writer_is_told_that_it_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atoll.db.database.QUEUE_SECONDS", 0.05)
    db = Database(f"sqlite:///{tmp_path / 'atoll.db'}")
    await db.migrate()
    async with db.begin():
        with pytest.raises(Unavailable) as busy:
            await put(db, "late")
    assert busy.value.code == "database_busy"
    await put(db, "in time")
    await db.close()


# Files


@pytest.mark.parametrize("size", [5_000, 3_000_000])
async def test_a_file_that_finds_no_room_leaves_nothing_behind(tmp_path: Path, size: int) -> None:
    store = FolderFiles(tmp_path / "files")
    await store.open()
    content = os.urandom(size)
    with no_file_over(4096), pytest.raises(DiskFull) as full:
        await store.put(content)
    assert (full.value.code, full.value.status) == ("disk_full", 507)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    digest = await store.put(content)
    assert await store.read(digest) == content


async def test_a_folder_that_is_away_says_so(tmp_path: Path) -> None:
    store = FolderFiles(tmp_path / "files")
    await store.open()
    os.rename(tmp_path / "files", tmp_path / "away")
    with pytest.raises(Unavailable) as away:
        await store.put(b"x")
    for asking in (store.has("0" * 64), store.read("0" * 64), anext(store.list())):  # away is not empty
        with pytest.raises(Unavailable):
            await asking
    assert away.value.code == "files_away" and "No such file" in away.value.message["en"]
    os.rename(tmp_path / "away", tmp_path / "files")
    assert await store.has(await store.put(b"x"))
