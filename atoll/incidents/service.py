"""What a workspace is shown of its incidents."""

from atoll.db.database import Database
from atoll.db.statements import ALL, Within
from atoll.incidents import repository
from atoll.incidents.schemas import Incident
from atoll.kit.clock import now_ms

SHOWN_MS = 7 * 24 * 3600 * 1000  # what was given up is shown for so long
MOST = 100


class Incidents:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def listing(self, workspace_id: str, inside: Within = ALL) -> list[Incident]:
        """Newest first, at most `MOST`. `inside`: of which apps and datasets."""
        async with self._db.read() as tx:
            rows = await repository.listing(tx, workspace_id, now_ms() - SHOWN_MS, MOST, inside)
        return [
            Incident(
                id=row["id"],
                what=row["what"],
                kind=row["kind"],
                subject=row["subject_id"],
                within=row["within"],
                title=row["title"],
                code=row["code"],
                found_at=row["found_at"],
            )
            for row in rows
        ]
