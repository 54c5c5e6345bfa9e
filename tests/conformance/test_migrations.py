"""The schema on PostgreSQL: the one in code, from nothing and from what earlier versions wrote."""

from pathlib import Path

from atoll.db.database import Database
from tests.db import written
from tests.db.test_migrations import difference
from tests.postgresql import Server


async def test_the_migrated_schema_is_the_one_in_code(database_url: str) -> None:
    db = Database(database_url)
    async with db.begin() as tx:
        assert await tx.run_sync(difference) == []
    await db.close()


def test_a_server_goes_on_with_an_old_database(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.database()
    postgresql.load(url, written.sql("0007"))
    written.use(tmp_path / "data", DATABASE_URL=url)
