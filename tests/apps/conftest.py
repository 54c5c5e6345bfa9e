"""A database with two workspaces, and the service over the real node types."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import insert

from atoll.apps.dataflow import Places
from atoll.apps.service import AppService
from atoll.db.database import Database
from atoll.db.tables.identity import workspaces
from atoll.nodes.registry import Registry
from atoll.policy import Label, Policy


@dataclass
class World:
    """What a test may change about the workspace that its apps live in."""

    policy: Policy = field(default_factory=Policy)
    models: dict[str, str] = field(default_factory=dict)
    datasets: dict[str, tuple[str, Label]] = field(default_factory=lambda: {"reports": ("local", Label("internal"))})
    stand_in: bool = True

    async def places(self, _workspace_id: str) -> Places:
        return Places(self.policy, "local", self.models, self.datasets, self.stand_in)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.migrate()
    async with database.begin() as tx:
        rows = [{"id": name, "name": name, "language": "en", "created_at": 0} for name in ("ws_1", "ws_2")]
        await tx.execute(insert(workspaces), rows)
    yield database
    await database.close()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def apps(db: Database, world: World) -> AppService:
    return AppService(db, Registry(), world.places)
