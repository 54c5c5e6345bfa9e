"""What it means to a caller that the database or the disk doesn't do its work: nothing was stored, and what to do."""

import errno
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from atoll.kit.errors import AtollError, OperationalError, UserError

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Unavailable(OperationalError):
    """The database or the disk can't be used now. What was asked is not stored; later it may be."""


class DiskFull(Unavailable):
    status = 507


@contextmanager
def said_plainly() -> Iterator[None]:
    """Faults of the driver that are the installation's leave as Unavailable; all others as they are."""
    try:
        yield
    except (DBAPIError, NoConnection, sqlite3.Error, ConnectionError, TimeoutError, socket.gaierror) as error:
        if (meant := _meaning(error)) is None:
            raise
        raise meant from error


def _meaning(error: Exception) -> AtollError | None:
    if isinstance(error, NoConnection):
        return _busy()
    if isinstance(error, OSError):
        return server_away(error.strerror or "no answer in time")
    cause = error.orig if isinstance(error, DBAPIError) else error
    if state := getattr(cause, "sqlstate", None):
        return _of_state(state) if "row-level security" not in str(cause) else None  # a statement left its scope: ours
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
    if isinstance(error, DBAPIError) and (error.connection_invalidated or "connection is closed" in str(cause)):
        return server_away("the connection was closed")
    return None


def _of_state(state: str) -> AtollError | None:
    """What PostgreSQL's SQLSTATE means. None: a fault of a statement, which is ours."""
    match state:
        case "53100":
            return DiskFull(
                "database_disk_full",
                "PostgreSQL's disk is full, so nothing can be stored. Make room on it; Atoll then goes on by itself.",
                "PostgreSQL 所在的磁盘已满，无法保存。请清理该磁盘，之后 Atoll 会自动继续。",
            )
        case "40001" | "40P01" | "55P03" | "57014":  # a conflict, a deadlock, a lock or a statement out of time
            return _busy()
        case "22021" | "22P05":
            return UserError(
                "text_not_storable",
                "The text has a character that the database can't keep (U+0000). Remove it and try again.",
                "文本中含有数据库无法保存的字符（U+0000）。请删除后重试。",
            )
        case "3D000" | "42501":
            return _refused(state)
        case "XX001" | "XX002":
            return Unavailable(
                "database_corrupt",
                "PostgreSQL reports damaged data. Stop Atoll, keep a copy of the database, and restore a backup.",
                "PostgreSQL 报告数据已损坏。请停止 Atoll，保留数据库副本，然后恢复备份。",
            )
    match state[:2]:
        case "28":
            return _refused(state)
        case "08" | "53" | "57" | "58":
            return server_away(f"PostgreSQL says {state}")
    return None


def server_away(why: str) -> Unavailable:
    return Unavailable(
        "database_unreachable",
        f"PostgreSQL can't be used ({why}). Check that it runs and that DATABASE_URL names its host and port; "
        "Atoll goes on by itself when it is back.",
        f"PostgreSQL 无法使用（{why}）。请检查其是否运行，以及 DATABASE_URL 中的主机与端口；恢复后 Atoll 会自动继续。",
    )


def _refused(state: str) -> Unavailable:
    return Unavailable(
        "database_refused",
        f"PostgreSQL refuses this user or database (SQLSTATE {state}). "
        "Check user, password and database name in DATABASE_URL, and what the user is granted.",
        f"PostgreSQL 拒绝了该用户或数据库（SQLSTATE {state}）。请检查 DATABASE_URL 中的用户名、密码和数据库名，以及该用户的权限。",
    )


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
    if error.errno in NO_ROOM:
        return disk_full()
    return Unavailable(
        "files_away",
        f"The file can't be stored ({error.strerror}). Check the data folder and its disk, then try again.",
        f"文件无法保存（{error.strerror}）。请检查数据目录及其磁盘，然后重试。",
    )
