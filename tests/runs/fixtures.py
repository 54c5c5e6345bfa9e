"""Fixtures: a world for each test, with logs that stay short. A folder takes them into its conftest."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.runs.world import World, make_database, world_in


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Unconfigured, structlog draws an exception with all local variables: seconds of work for each."""
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as a new instance has it, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "atoll.db"
    asyncio.run(make_database(path))
    return path


@pytest.fixture
async def world(tmp_path: Path, migrated: Path) -> AsyncIterator[World]:
    async with world_in(shutil.copy(migrated, tmp_path / "atoll.db")) as made:
        yield made
