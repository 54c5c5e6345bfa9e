"""From every schema that a version wrote, forwards, with data."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from atoll.db.database import Database
from atoll.db.metadata import all_tables
from tests.db import written
from tests.db.test_migrations import difference
from tests.runs.verify import verify


@pytest.mark.parametrize("revision", written.SQLITE)
async def test_an_old_database_becomes_one_of_today_and_loses_no_row(tmp_path: Path, revision: str) -> None:
    path = written.unpack(revision, tmp_path)
    db = Database(f"sqlite:///{path}")
    tables = ("users", "apps", "drafts", "graphs", "runs", "events", "documents", "pages", "chunks")
    counted = [select(func.count()).select_from(all_tables().tables[name]) for name in tables]
    async with db.read() as tx:
        before = [(await tx.execute(query)).scalar_one() for query in counted]
    await db.migrate()
    async with db.begin() as tx:
        assert await tx.run_sync(difference) == []
        assert [(await tx.execute(query)).scalar_one() for query in counted] == before
    assert min(before) >= 1 and await db.is_current()
    await db.close()
    verdict = await verify(path)
    assert verdict.faults == [] and verdict.runs == {"succeeded": 1, "paused": 1}


@pytest.mark.parametrize("revision", [written.SQLITE[0], written.SQLITE[-1]])
def test_a_server_goes_on_with_an_old_database(tmp_path: Path, revision: str) -> None:
    written.unpack(revision, tmp_path / "data")
    written.use(tmp_path / "data")
