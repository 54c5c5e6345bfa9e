"""What the settings say of database, files, vectors and the secrets' key: opened for a command, looked at before a server
starts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from atoll.db.database import Database
from atoll.db.files import FileStore, open_files
from atoll.db.tenancy import everything
from atoll.kit.settings import Settings
from atoll.knowledge.vectors import open_vectors
from atoll.workspaces.secrets.box import SecretBox


def secret_box(settings: Settings) -> SecretBox:
    """Raises OperationalError `secrets_key_invalid`."""
    return SecretBox(
        settings.data,
        settings.secrets_key.get_secret_value(),
        command=settings.secrets_command,
        old_key=settings.secrets_old_key.get_secret_value(),
    )


@asynccontextmanager
async def stores(settings: Settings, *, new: bool = False) -> "AsyncIterator[tuple[Database, FileStore]]":
    """The database and the files. The database must be there, of this version's schema, unless it may be `new`."""
    from atoll.backup import errors, repository

    db = Database(settings.resolved_database_url, connections=2)
    try:
        if not new:
            if db.path is not None and not db.path.exists():
                raise errors.no_database()
            async with db.read() as tx:
                await repository.demand_schema(tx)
        files = open_files(settings.storage, settings.data)
        await files.open()
        with everything("the whole installation"):
            yield db, files
    finally:
        await db.close()


async def look_at_stores(settings: Settings) -> None:
    """What would keep a server from using them, as a sentence and not a traceback. Raises AtollError."""
    await open_files(settings.storage, settings.data).open()
    db = Database(settings.resolved_database_url, connections=2)
    try:
        vectors = open_vectors(settings.vectors.get_secret_value(), db)
        if vectors is not None:
            try:
                with everything("open"):
                    await vectors.open()
            finally:
                await vectors.close()
        with everything("open"):
            await secret_box(settings).start(db)
    finally:
        await db.close()
