"""Ways in which a database is away for a while, each as real as a test without privileges can make it."""

import asyncio
import os
import resource
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

from atoll.db.database import Database

_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def locked(db: Database) -> AsyncIterator[None]:
    """Another process holds the lock for writing."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLD, str(db.path), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdin is not None and holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        holder.stdin.close()
        await holder.wait()


@asynccontextmanager
async def full(db: Database) -> AsyncIterator[None]:
    """SQLite finds no room for another page. Writes that need none go through, as on a full disk."""
    before = await _pragma(db, "max_page_count")
    await _pragma(db, f"max_page_count = {await _pragma(db, 'page_count')}")
    try:
        yield
    finally:
        await _pragma(db, f"max_page_count = {before}")


@asynccontextmanager
async def moved_away(db: Database) -> AsyncIterator[None]:
    """The file and those beside it are moved to another name, and back."""
    assert db.path is not None
    ends = [end for end in ("", "-wal", "-shm") if os.path.exists(f"{db.path}{end}")]
    for end in ends:
        os.rename(f"{db.path}{end}", f"{db.path}.away{end}")
    try:
        yield
    finally:
        for end in ends:
            os.rename(f"{db.path}.away{end}", f"{db.path}{end}")


@asynccontextmanager
async def unwritable(db: Database) -> AsyncIterator[None]:
    """The kernel refuses every write to a file, as a disk does that was mounted anew as read-only."""
    with no_file_over(1):
        yield


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """In this process no file may grow past `size` bytes: a real refusal by the kernel, for whoever runs the tests."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def _pragma(db: Database, words: str) -> Any:
    async with db._writer.connect() as connection:
        return (await connection.exec_driver_sql(f"PRAGMA {words}")).scalar_one()


OUTAGES: dict[str, Callable[[Database], AbstractAsyncContextManager[None]]] = {
    "locked": locked, "full": full, "moved away": moved_away, "unwritable": unwritable,
}  # fmt: skip
WORDS = {
    "locked": ("database_busy", 503), "full": ("disk_full", 507), "moved away": ("database_away", 503),
    "unwritable": ("database_away", 503),
}  # fmt: skip
