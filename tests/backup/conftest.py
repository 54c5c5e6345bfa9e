"""Databases to save and to restore into, made once and copied for each test."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from atoll.db.database import Database
from tests.backup.installation import fill


def _made(path: Path, prepare: Callable[[Database], Awaitable[None]]) -> Path:
    async def make() -> None:
        db = Database(f"sqlite:///{path}")
        await prepare(db)
        await db.close()

    asyncio.run(make())
    return path


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _made(tmp_path_factory.mktemp("filled") / "atoll.db", fill)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _made(tmp_path_factory.mktemp("migrated") / "atoll.db", Database.migrate)


@pytest.fixture
def source_url(filled: Path, tmp_path: Path) -> str:
    """A filled database."""
    return f"sqlite:///{shutil.copy(filled, tmp_path / 'source.db')}"


@pytest.fixture
def target_url(migrated: Path, tmp_path: Path) -> str:
    """An empty one."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'target.db')}"
