"""Bringing the schema up to date at start. Alembic is imported only where there is something to do."""

from pathlib import Path

import structlog
from sqlalchemy import Connection, inspect, text

from atoll.db import row_security
from atoll.kit.errors import UserError

VERSIONS = Path(__file__).parent / "migrations" / "versions"
# Programs that know only this revision still work on today's schema. A revision that takes away what they use raises it:
# since 0014 PostgreSQL shows no row to a program that does not say whose work it does.
OLDEST = "0014"
_OLDEST = "schema_oldest"  # the same of the version that wrote the database, in `installation`
log = structlog.get_logger("atoll.db")


def revisions() -> list[str]:
    """The revisions that this version knows, oldest first. A file is called by its number: `0001_first.py`."""
    return sorted(path.name.split("_", 1)[0] for path in VERSIONS.glob("[0-9]*_*.py"))


def current(connection: Connection) -> str | None:
    """The revision of the open database, None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def is_current(connection: Connection) -> bool:
    """Whether this version can work on the database: False where something is missing. Raises UserError
    `database_newer` for what a newer version wrote, unless that version says that this one's programs may go on:
    while an update is rolled out both work side by side."""
    known, found = revisions(), current(connection)
    if found is None or found in known:
        return found == known[-1]
    query = text("SELECT value FROM installation WHERE name = :name")
    oldest = connection.execute(query, {"name": _OLDEST}).scalar_one_or_none()
    if oldest is not None and oldest <= known[-1]:
        log.warning("database.newer", schema=found, known=known[-1], oldest=oldest)
        return True
    raise UserError(
        "database_newer",
        f"The database was written by a newer version of Atoll (schema {found}; this one knows {known[-1]}). "
        "Start that version, or restore a backup made by this one.",
        f"数据库由更新版本的 Atoll 写入（架构 {found}，本版本仅支持到 {known[-1]}）。请启动对应版本，或恢复本版本的备份。",
        found=found,
        known=known[-1],
    )


def migrate(connection: Connection) -> str | None:
    """Apply what is missing, inside the caller's transaction. Returns the revision that was there before, None where there
    was none or nothing was to do. Raises UserError `database_newer`."""
    if is_current(connection):
        return None
    before = current(connection)
    upgrade(connection)
    connection.execute(
        text(
            "INSERT INTO installation (name, value) VALUES (:name, :value) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ),
        {"name": _OLDEST, "value": OLDEST},
    )
    return before


def upgrade(connection: Connection, to: str = "head") -> None:
    """The revisions up to `to` that are missing. A restore makes the tables of its backup so."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    if connection.dialect.name == "postgresql":
        row_security.enable(connection)
