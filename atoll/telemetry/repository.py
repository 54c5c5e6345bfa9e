"""How long each queue is, and since when its oldest waits. Over all workspaces, as those who claim look."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.tables.evaluation import evaluations
from atoll.db.tables.knowledge import documents
from atoll.db.tables.runs import runs
from atoll.db.tables.triggers import triggers


async def queues(tx: AsyncConnection, now: int) -> dict[str, tuple[int, int]]:
    """By queue: (how many wait, milliseconds that the oldest has waited)."""
    found = {}
    for queue, (since, waits) in _waiting(now).items():
        length, oldest = (await tx.execute(select(func.count(), func.min(since)).where(waits))).one()
        found[queue] = (length, max(0, now - oldest) if oldest is not None else 0)
    return found


def _waiting(now: int) -> dict[str, tuple[Any, ColumnElement[bool]]]:
    """By queue: (since when a row waits, which rows do). What bounds them is written as the partial indexes have it, so
    that SQLite uses these: a database keeps far more runs than wait."""

    def free(lease: Any) -> ColumnElement[bool]:
        return or_(lease.is_(None), lease < now)

    return {
        # A lease that ran out says since when nobody works at it.
        "runs": (
            func.coalesce(runs.c.lease_until, runs.c.created_at),
            and_(text("status IN ('queued', 'running')"), free(runs.c.lease_until)),
        ),
        "documents": (
            func.coalesce(documents.c.lease_until, documents.c.updated_at),
            and_(text("status NOT IN ('ready', 'failed')"), free(documents.c.lease_until)),
        ),
        "evaluations": (
            func.coalesce(evaluations.c.lease_until, evaluations.c.created_at),
            and_(
                text("status IN ('running', 'paused')"),
                evaluations.c.status == "running",
                free(evaluations.c.lease_until),
            ),
        ),
        "schedules": (
            triggers.c.wake_at,
            and_(text("wake_at IS NOT NULL"), triggers.c.wake_at <= now, triggers.c.enabled),
        ),
    }
