"""A database with today's tables and not one row, for tests that count rows of `installation`."""

from sqlalchemy import delete

from atoll.db.database import Database
from atoll.db.tables.identity import installation


async def empty(db: Database) -> None:
    await db.migrate()
    async with db.begin() as tx:
        await tx.execute(delete(installation))  # what migrating leaves there
