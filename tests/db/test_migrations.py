"""Migrations: they lead exactly to the tables in code; a newer schema is refused; alembic stays out of a normal start."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from atoll.db.database import Database
from atoll.db.metadata import all_tables
from atoll.db.migrate import revisions
from atoll.kit.errors import UserError

ROOT = Path(__file__).parents[2]


def _difference(connection: Connection) -> list[object]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "table" and "_fts" in str(name))  # SQLite's own tables behind a full-text index

    context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
    return list(compare_metadata(context, all_tables()))


async def test_the_migrated_schema_is_the_one_in_code(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await db.migrate()
    async with db.begin() as tx:
        assert await tx.run_sync(_difference) == []
    await db.close()


async def test_migrating_twice_changes_nothing_and_a_newer_schema_is_refused(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await db.migrate()
    await db.migrate()
    async with db.begin() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UserError) as caught:
        await db.migrate()
    assert caught.value.code == "database_newer"
    await db.close()


def test_revisions_are_numbered_without_holes() -> None:
    assert revisions() == [f"{number:04}" for number in range(1, len(revisions()) + 1)]


def test_a_start_on_a_current_schema_does_not_import_alembic(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from atoll.db.database import Database
async def start():
    db = Database("sqlite+aiosqlite:///{tmp_path}/a.db")
    await db.migrate()
    await db.close()
asyncio.run(start())
print("alembic" in sys.modules)
"""
    answers = [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.strip()
        for _ in range(2)
    ]
    assert answers == ["True", "False"]
