"""Connections and transactions. Owns how a database is opened; knows no table.

SQLite: one connection writes (so writers queue here, in order, instead of fighting for the file's lock) and a few
read beside it, which WAL allows. A write transaction begins with BEGIN IMMEDIATE: it can't fail half way because
another process wrote since its first read. PostgreSQL (`atoll.db.postgresql`): writers of all processes take turns
too, but those that are fenced by what they write. A fault of the disk, the file or the server leaves as
`errors.Unavailable`.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from atoll.db import audit, postgresql, row_security, tenancy
from atoll.db.errors import database_away, said_plainly

BUSY_SECONDS = 10  # for another process's write
QUEUE_SECONDS = 60  # for a connection of this process
READERS = 4
CONNECTIONS = 16  # of one process to PostgreSQL


class Database:
    """`async with db.begin() as tx` to write, `async with db.read() as tx` to read. One of each per request or task."""

    def __init__(self, url: str, *, connections: int = CONNECTIONS) -> None:
        self.url = url
        self.dialect = "sqlite" if url.startswith("sqlite") else "postgresql"
        path = make_url(url).database if self.dialect == "sqlite" else None
        self.path = Path(path) if path else None
        self._opened: tuple[int, int] | None = None
        if self.path is not None:
            self._writer = _sqlite(self.path, size=1, begin="BEGIN IMMEDIATE")
            self._reader = _sqlite(self.path, size=READERS, begin="BEGIN", read_only=True)
            self._slow_reader = _sqlite(self.path, size=READERS, begin="BEGIN", read_only=True, slow=True)
        else:
            pool = partial(
                postgresql.open_pool,
                url,
                max(1, connections // 2),
                wait_seconds=QUEUE_SECONDS,
                lock_seconds=BUSY_SECONDS,
            )
            self._writer = pool()
            self._reader = self._slow_reader = pool(read_only=True)
        for engine in {self._writer, self._reader, self._slow_reader}:
            tenancy.hold(engine)

    @asynccontextmanager
    async def begin(self, *, fenced: bool = False) -> AsyncIterator[AsyncConnection]:
        """A write transaction: committed when the block ends, rolled back when it raises. Raises Unavailable.

        It is the only one of all processes, so that what it reads stays so until its end: do nothing slow inside.
        `fenced`: each statement in it demands by itself what it relies on (an epoch, an owner, a unique key, a row
        that it locks), so on PostgreSQL it waits for no turn.
        What it noted for the audit is appended at its end (`atoll.db.audit`).
        """
        self._demand_file()
        with said_plainly():
            async with self._writer.begin() as tx:
                if self.dialect == "postgresql" and not fenced:
                    await postgresql.take_turn(tx)
                audit.begun(tx)
                act = audit.current()
                yield tx
                recorded = await audit.append(tx)
            if recorded and act is not None:
                act.recorded = True

    @asynccontextmanager
    async def read(self, *, slow: bool = False) -> AsyncIterator[AsyncConnection]:
        """A consistent view. On SQLite a write in it fails.

        `slow`: for statements that may take more than a few milliseconds (full-text search, whole tables). On
        SQLite they then run beside the event loop, at about 0.5 ms a transaction. Raises Unavailable.
        """
        self._demand_file()
        with said_plainly():
            async with (self._slow_reader if slow else self._reader).connect() as tx:
                yield tx

    async def migrate(self) -> None:
        """Bring the schema up to this version's. Refuses a database that a newer version has written."""
        with tenancy.everything("migrate"):
            await self._migrate()

    async def _migrate(self) -> None:
        from atoll.db.migrate import migrate

        if self.path is not None:
            self.path.parent.mkdir(0o700, parents=True, exist_ok=True)
            self.path.touch(0o600)  # SQLite gives the same to its log beside it
            async with self.begin() as tx:
                _note_migrated(tx, await tx.run_sync(migrate))
            return
        patient = postgresql.open_pool(self.url, 1, wait_seconds=QUEUE_SECONDS)
        try:
            with said_plainly():
                async with patient.begin() as tx:
                    await postgresql.take_turn(tx)  # who starts at the same moment waits here for the first one
                    _note_migrated(tx, await tx.run_sync(migrate))
                    await audit.append(tx)
        finally:
            await patient.dispose()

    async def holds_rows(self) -> bool:
        """Whether PostgreSQL holds transactions to the rows of their scope; True for SQLite, which never does."""
        if self.dialect == "sqlite":
            return True
        async with self.read() as tx:
            return not await row_security.is_bypassed(tx)

    async def is_current(self) -> bool:
        """Whether the schema is this version's. Changes nothing. Raises Unavailable, and UserError `database_newer`."""
        from atoll.db.migrate import is_current

        if self.path is not None and not self.path.exists():
            return False
        async with self.read() as tx:
            return await tx.run_sync(is_current)

    def _demand_file(self) -> None:
        """SQLite goes on writing to a file that was moved away, and makes a new one for the next connection: neither
        would be found again. So the file must be there, and be the one that was opened first."""
        if self.path is None:
            return
        try:
            found = os.stat(self.path)
        except OSError as error:
            raise database_away(f"{self.path.name}: {error.strerror}") from None
        self._opened = self._opened or (found.st_dev, found.st_ino)
        if self._opened != (found.st_dev, found.st_ino):
            raise database_away(f"{self.path.name} was replaced under the running server: start it again")

    def pools(self) -> dict[str, dict[str, int]]:
        """By pool: how many connections are in use, are open, and may be."""
        engines = {"write": self._writer, "read": self._reader}
        if self._slow_reader is not self._reader:
            engines["read_slow"] = self._slow_reader
        found = {}
        for name, engine in engines.items():
            pool: Any = engine.pool
            open_ = pool.checkedin() + pool.checkedout()
            found[name] = {"in_use": pool.checkedout(), "open": open_, "limit": pool.size()}
        return found

    async def close(self) -> None:
        for engine in (self._slow_reader, self._reader, self._writer):
            await engine.dispose()


def _note_migrated(tx: AsyncConnection, before: str | None) -> None:
    if before is not None:
        audit.note(tx, "migrate", "installation", "schema", by=audit.SYSTEM, before=before)


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _sqlite(path: Path, *, size: int, begin: str, read_only: bool = False, slow: bool = False) -> AsyncEngine:
    from atoll.db.sqlite import QuickConnection, SlowConnection

    engine = create_async_engine(
        f"sqlite+beside_loop:///{path}",
        pool_size=size,
        max_overflow=0,
        pool_timeout=QUEUE_SECONDS,
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
        "busy_timeout": int(BUSY_SECONDS * 1000),
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
