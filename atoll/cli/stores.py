"""What the settings say of files, vectors and the secrets' key, looked at before a server starts: what keeps them from
being used is a sentence, not a traceback."""

from atoll.db.database import Database
from atoll.db.files import open_files
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


async def look_at_stores(settings: Settings) -> None:
    """Raises AtollError."""
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
    finally:
        await db.close()
