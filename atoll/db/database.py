"""Connections and transactions. Owns how SQLite is opened; knows no table.

SQLite: one connection writes (so writers queue here, in order, instead of fighting for the file's lock) and a few
read beside it, which WAL allows. A write transaction begins with BEGIN IMMEDIATE: it can't fail half way because
another process wrote since its first read.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 10
READERS = 4


class Database:
    """`async with db.begin() as tx` to write, `async with db.read() as tx` to read. One of each per request or task."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.url = url
        self.dialect = parsed.get_backend_name()
        self.path = Path(parsed.database) if self.dialect == "sqlite" and parsed.database else None
        if self.dialect == "sqlite":
            self._writer = _sqlite(url, size=1, begin="BEGIN IMMEDIATE")
            self._reader = _sqlite(url, size=READERS, begin="BEGIN", pragmas=("query_only = ON",))
        else:
            self._writer = create_async_engine(url, json_serializer=_dumps, json_deserializer=orjson.loads)
            self._reader = self._writer

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction: committed when the block ends, rolled back when it raises."""
        async with self._writer.begin() as tx:
            yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent view. On SQLite a write in it fails."""
        async with self._reader.connect() as tx:
            yield tx

    async def migrate(self) -> None:
        """Bring the schema up to this version's. Refuses a database that a newer version has written."""
        from atoll.db.migrate import migrate

        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        async with self._writer.begin() as tx:
            await tx.run_sync(migrate)

    async def close(self) -> None:
        await self._reader.dispose()
        await self._writer.dispose()


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _sqlite(url: str, *, size: int, begin: str, pragmas: tuple[str, ...] = ()) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=60,
        # sqlite3 must not begin transactions by itself: the "begin" event below does, in the right mode.
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _open(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_SECONDS * 1000}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "cache_size = -8000",
            *pragmas,
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
