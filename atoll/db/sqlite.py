"""SQLite beside an event loop: quick statements run at once, whatever may wait runs in a thread.

A statement by its primary key takes 5 µs; carrying it to another thread and back, as aiosqlite does eight times a
transaction, costs 500. So on a `quick` connection only what can wait for a disk or for another process is carried
there: BEGIN IMMEDIATE, COMMIT, long batches. On a slow one everything is.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import URL
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only

T = TypeVar("T")

LONG_BATCH = 100  # rows

_threads = ThreadPoolExecutor(8, thread_name_prefix="sqlite")


async def _finish(work: Callable[[], T]) -> T:
    """`work` in a thread. A cancelled caller still waits for its end: nobody else may touch the connection before."""
    running = asyncio.get_running_loop().run_in_executor(_threads, work)
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None and running.exception() is None:
        raise cancelled
    return running.result()


async def _at_once() -> None:
    """SQLAlchemy demands that every statement of an asynchronous engine awaits something."""


def _off_loop(work: Callable[[], T]) -> T:
    return await_only(_finish(work))


class _Cursor(sqlite3.Cursor):
    """Fetches all rows while it executes: what reads them later has no way to wait."""

    connection: "QuickConnection"
    _rows: deque[Any] = deque()

    def execute(self, sql: str, parameters: Any = (), /) -> "_Cursor":
        if self.connection.slow or sql == "BEGIN IMMEDIATE":
            self._rows = _off_loop(lambda: self._run(sql, parameters))
        else:
            await_only(_at_once())
            self._rows = self._run(sql, parameters)
        return self

    def executemany(self, sql: str, parameters: Any, /) -> "_Cursor":
        if self.connection.slow or len(parameters) > LONG_BATCH:
            _off_loop(lambda: super(_Cursor, self).executemany(sql, parameters))
        else:
            await_only(_at_once())
            super().executemany(sql, parameters)
        return self

    def _run(self, sql: str, parameters: Any) -> deque[Any]:
        super().execute(sql, parameters)
        return deque(super().fetchall() if self.description else ())

    def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        return [self._rows.popleft() for _ in range(min(size or 1, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        rows, self._rows = list(self._rows), deque()
        return rows

    async def _async_soft_close(self) -> None:
        """SQLAlchemy's hook to let go of the driver's cursor: it holds nothing any more."""


class QuickConnection(sqlite3.Connection):
    slow = False

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def commit(self) -> None:
        if self.in_transaction:
            _off_loop(super().commit)

    def close(self) -> None:
        """A statement that a traceback still holds keeps a closed connection alive, and the lock of its transaction."""
        try:
            if self.in_transaction:
                self.rollback()
        except sqlite3.ProgrammingError:
            pass  # closed already
        super().close()


class SlowConnection(QuickConnection):
    slow = True


class Dialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's own, told that its driver may wait."""

    driver = "beside_loop"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    def get_driver_connection(self, connection: Any) -> Any:
        return connection


registry.register("sqlite.beside_loop", __name__, "Dialect")
