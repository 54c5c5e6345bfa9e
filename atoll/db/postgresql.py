"""How PostgreSQL is opened: the pools, the time limits, the isolation levels, and the turn that writers take."""

import re
from functools import lru_cache
from typing import Any

import orjson
from pydantic import SecretStr
from sqlalchemy import event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from atoll.db.tenancy import SETTING, setting
from atoll.kit.errors import OperationalError

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 60
TURN = 0x41746F6C6C  # the key of the advisory lock under which writers take turns: "Atoll"
_SESSION = {
    "application_name": "atoll",
    "idle_in_transaction_session_timeout": "120s",
    "jit": "off",  # its start costs more than these statements take
    "timezone": "UTC",
    "client_encoding": "utf8",
}


def open_pool(
    url: str, size: int, *, wait_seconds: float, lock_seconds: float | None = None, read_only: bool = False
) -> AsyncEngine:
    """At most `size` connections; `url` as people write it, with whatever libpq knows (`sslmode`, several hosts).
    Statements have limits of time, but where `lock_seconds` is None: a migration takes as long as it takes.

    Writing is READ COMMITTED: each statement sees what the transaction before it in the turn has written. Reading is
    REPEATABLE READ, one moment for the whole block, as a transaction of SQLite is.
    """
    driver, address = _driver(), SecretStr(url)

    async def connect() -> Any:
        limits, answer = dict(_SESSION), None
        if lock_seconds is not None:
            limits |= {"statement_timeout": f"{STATEMENT_SECONDS}s", "lock_timeout": f"{int(lock_seconds * 1000)}ms"}
            answer = STATEMENT_SECONDS + 10
        given = {"timeout": CONNECT_SECONDS, "command_timeout": answer, "server_settings": limits,
                 "connection_class": _scoped(driver.Connection)}  # fmt: skip
        try:
            return await driver.connect(address.get_secret_value(), **given)
        except (OSError, ValueError, driver.PostgresError, driver.InterfaceError) as error:
            raise error.with_traceback(None) from None  # the driver's frames hold the password, and logs may draw them

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=size,
        max_overflow=0,
        pool_timeout=wait_seconds,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        isolation_level="REPEATABLE READ" if read_only else "READ COMMITTED",
    )
    if read_only:
        engine = engine.execution_options(postgresql_readonly=True)

    @event.listens_for(engine.sync_engine, "checkout")
    def _alive(connection: Any, _entry: Any, _proxy: Any) -> None:
        if connection.driver_connection.is_closed():  # known without asking: the server's farewell has arrived
            raise DisconnectionError

    return engine


async def take_turn(tx: AsyncConnection) -> None:
    """Wait until no other writer, of any process, is between its begin and its end."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TURN})


@lru_cache(maxsize=1)
def _scoped(connection: type[Any]) -> type[Any]:
    """A connection whose transactions begin with their scope, so that it costs no way to the server of its own."""

    class Scoped(connection):  # type: ignore[misc]
        __slots__ = ()

        async def execute(self, query: str, *args: Any, timeout: float | None = None) -> Any:
            if query.startswith("BEGIN"):
                query = f"{query} SET LOCAL {SETTING} = '{_plain(setting())}';"
            return await super().execute(query, *args, timeout=timeout)

    return Scoped


def _plain(scope: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,40}|\*", scope):
        raise ValueError("no id of a workspace")
    return scope


def _driver() -> Any:
    try:
        import asyncpg
    except ImportError:
        raise OperationalError(
            "driver_missing",
            "DATABASE_URL names PostgreSQL, whose driver is not installed. Install it: pip install 'atoll[postgresql]'.",
            "DATABASE_URL 指向 PostgreSQL，但未安装其驱动。请执行：pip install 'atoll[postgresql]'。",
        ) from None
    return asyncpg
