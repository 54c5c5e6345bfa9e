"""What it means to a caller that the database or the disk doesn't do its work: nothing was stored, and what to do."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from atoll.kit.errors import OperationalError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Unavailable(OperationalError):
    """The database or the disk can't be used now. What was asked is not stored; later it may be."""


class DiskFull(Unavailable):
    status = 507


@contextmanager
def said_plainly() -> Iterator[None]:
    """Faults of the driver that are the installation's leave as Unavailable; all others as they are."""
    try:
        yield
    except (DBAPIError, NoConnection, sqlite3.Error) as error:
        if (meant := _meaning(error)) is None:
            raise
        raise meant from error


def _meaning(error: Exception) -> Unavailable | None:
    if isinstance(error, NoConnection):
        return _busy()
    cause = error.orig if isinstance(error, DBAPIError) else error
    match getattr(cause, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return disk_full()
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            return _busy()
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY:
            return database_away(str(cause))
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return Unavailable(
                "database_damaged",
                "The database file is damaged. Stop Atoll, keep a copy of the data folder, and restore a backup.",
                "数据库文件已损坏。请停止 Atoll，保留数据目录的副本，然后恢复备份。",
            )
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return database_away("the connection was closed")
    return None


def disk_full() -> DiskFull:
    return DiskFull(
        "disk_full",
        "The disk is full, so nothing can be stored. Make room on the disk of the data folder; Atoll then goes on by itself.",
        "磁盘已满，无法保存。请清理数据目录所在的磁盘，之后 Atoll 会自动继续。",
    )


def database_away(why: str) -> Unavailable:
    return Unavailable(
        "database_away",
        f"The database can't be read or written ({why}). Check the data folder and its disk; "
        "Atoll goes on by itself when the database is back.",
        f"数据库无法读写（{why}）。请检查数据目录及其磁盘，恢复后 Atoll 会自动继续。",
    )


def _busy() -> Unavailable:
    return Unavailable(
        "database_busy",
        "Another program keeps the database locked. Try again in a moment; if it stays so, end that program.",
        "数据库被其他程序锁定。请稍后重试；如持续如此，请结束该程序。",
    )


def unwritable(error: OSError) -> Unavailable:
    """A file that can't be written."""
    if error.errno in _FULL:
        return disk_full()
    return Unavailable(
        "files_away",
        f"The file can't be stored ({error.strerror}). Check the data folder and its disk, then try again.",
        f"文件无法保存（{error.strerror}）。请检查数据目录及其磁盘，然后重试。",
    )
