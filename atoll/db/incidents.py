"""Writing an incident down, in the transaction of what gives work up. `atoll.incidents` tells people of it."""

from typing import Literal

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.statements import insert_if_new
from atoll.db.tables.incidents import incidents
from atoll.db.tenancy import owned
from atoll.kit import meter
from atoll.kit.clock import now_ms
from atoll.kit.ids import new_id

log = structlog.get_logger("atoll.incidents")
What = Literal["stuck", "given_up"]
Kind = Literal["run", "document", "evaluation"]


async def over(tx: AsyncConnection, subject_id: str) -> None:
    """What was given up is tried again, or gone."""
    mine = (owned(incidents), incidents.c.subject_id == subject_id, incidents.c.ended_at.is_(None))
    await tx.execute(update(incidents).where(*mine).values(ended_at=now_ms(), next_at=None))


async def report(
    tx: AsyncConnection, what: What, kind: Kind, *, workspace_id: str, subject_id: str, title: str, code: str
) -> None:
    """Once, as long as the same one has not ended."""
    now = now_ms()
    row = {
        "id": new_id("inc"), "workspace_id": workspace_id, "what": what, "kind": kind, "subject_id": subject_id,
        "title": title[:255], "code": code[:64], "found_at": now, "next_at": now, "tries": 0,
    }  # fmt: skip
    if (await tx.execute(insert_if_new(tx, incidents).values(row))).rowcount:
        meter.count("atoll_incidents_total", what=what, kind=kind)
        log.error("incident.found", what=what, kind=kind, id=subject_id, workspace_id=workspace_id, code=code)
