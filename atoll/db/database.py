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
        if self.path is not None:
            self._writer = _sqlite(self.path, size=1, begin="BEGIN IMMEDIATE")
            self._reader = _sqlite(self.path, size=READERS, begin="BEGIN", read_only=True)
            self._slow_reader = _sqlite(self.path, size=READERS, begin="BEGIN", read_only=True, slow=True)
        else:
            self._writer = create_async_engine(url, json_serializer=_dumps, json_deserializer=orjson.loads)
            self._reader = self._slow_reader = self._writer

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction: committed when the block ends, rolled back when it raises.

        On SQLite it is the only one of this process: do nothing slow inside.
        """
        async with self._writer.begin() as tx:
            yield tx

    @asynccontextmanager
    async def read(self, *, slow: bool = False) -> AsyncIterator[AsyncConnection]:
        """A consistent view. On SQLite a write in it fails.

        `slow`: for statements that may take more than a few milliseconds (full-text search, whole tables). On
        SQLite they then run beside the event loop, at about 0.5 ms a transaction.
        """
        async with (self._slow_reader if slow else self._reader).connect() as tx:
            yield tx

    async def migrate(self) -> None:
        """Bring the schema up to this version's. Refuses a database that a newer version has written."""
        from atoll.db.migrate import migrate

        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        async with self._writer.begin() as tx:
            await tx.run_sync(migrate)

    async def close(self) -> None:
        for engine in (self._slow_reader, self._reader, self._writer):
            await engine.dispose()


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _sqlite(path: Path, *, size: int, begin: str, read_only: bool = False, slow: bool = False) -> AsyncEngine:
    from atoll.db.sqlite import QuickConnection, SlowConnection

    engine = create_async_engine(
        f"sqlite+beside_loop:///{path}",
        pool_size=size,
        max_overflow=0,
        pool_timeout=60,
        connect_args={
            "isolation_level": None,  # sqlite3 must not begin by itself: the event below does, in the right mode
            "timeout": BUSY_SECONDS,
            "check_same_thread": False,
            "factory": SlowConnection if slow else QuickConnection,
        },
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
    )
    pragmas = {
        "busy_timeout": BUSY_SECONDS * 1000,
        "journal_mode": "WAL",
        "synchronous": "FULL",
        "foreign_keys": "ON",
        "cache_size": -8000,  # KiB
        "query_only": "ON" if read_only else "OFF",
    }

    @event.listens_for(engine.sync_engine, "connect")
    def _open(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
