"""The same tests on PostgreSQL: modules here take them from the folders where SQLite runs them, with another database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from atoll.db.database import Database
from atoll.knowledge.vectors_pgvector import PgVectors
from tests.postgresql import Server, pgvector_programs, server
from tests.runs.fixtures import plain_logs
from tests.runs.world import World, fill

__all__ = ["plain_logs"]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    with server() as running:
        yield running


def prepared(postgresql: Server, prepare: Callable[[Database], Awaitable[None]]) -> str:
    """The address of a database to be copied: quicker than to migrate one for each test."""
    url = postgresql.database()

    async def make() -> None:
        db = Database(url)
        await prepare(db)
        await db.close()

    asyncio.run(make())
    return url


@pytest.fixture(scope="session")
def pgvector() -> Iterator[Server]:
    with pgvector_programs() as programs, server(programs=programs) as running:
        yield running


@pytest.fixture(scope="session")
def pgvector_url(pgvector: Server) -> str:
    async def extended(db: Database) -> None:
        await db.migrate()
        await PgVectors(db).open()

    return prepared(pgvector, extended)


@pytest.fixture(scope="session")
def migrated_url(postgresql: Server) -> str:
    return prepared(postgresql, Database.migrate)


@pytest.fixture(scope="session")
def filled_url(postgresql: Server) -> str:
    """With two workspaces."""
    return prepared(postgresql, fill)


@pytest.fixture
def database_url(postgresql: Server, migrated_url: str) -> str:
    return postgresql.database(like=migrated_url)


@pytest.fixture
async def world(postgresql: Server, filled_url: str) -> AsyncIterator[World]:
    db = Database(postgresql.database(like=filled_url))
    made = World(db)
    yield made
    await made.close()
    await db.close()
