"""A database and the service on it, as a server has them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from atoll.db.database import Database
from atoll.workspaces.secrets.box import SecretBox
from atoll.workspaces.service import Workspaces


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
async def workspaces(db: Database, tmp_path: Path) -> Workspaces:
    service = Workspaces(db, SecretBox(tmp_path))
    await service.start()
    return service
