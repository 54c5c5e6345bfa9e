"""The SQL of incidents. What people ask takes the workspace; the watch looks over all, as those who claim work do."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import RowMapping, and_, func, literal, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.statements import ALL, Within
from atoll.db.tables.evaluation import evaluations
from atoll.db.tables.incidents import incidents
from atoll.db.tables.knowledge import documents
from atoll.db.tables.runs import runs

_i = incidents.c


async def listing(
    tx: AsyncConnection, workspace_id: str, since: int, limit: int, inside: Within = ALL
) -> Sequence[RowMapping]:
    """Those that have not ended: all that are stuck, and what was given up since then. Newest first. `within`: the
    document's dataset or the evaluation's app. `inside`: of which apps and datasets."""
    shown = or_(_i.what == "stuck", _i.found_at >= since)
    within = func.coalesce(documents.c.dataset_id, evaluations.c.app_id).label("within")
    query = select(incidents, within).outerjoin(documents, documents.c.id == _i.subject_id)
    query = query.outerjoin(evaluations, evaluations.c.id == _i.subject_id).where(
        _i.workspace_id == workspace_id, _i.ended_at.is_(None), shown
    )
    if inside != ALL:
        query = query.outerjoin(runs, (runs.c.id == _i.subject_id) & (runs.c.workspace_id == workspace_id))
        query = query.where(*inside.conditions(func.coalesce(within.element, runs.c.app_id)))
    return (await tx.execute(query.order_by(_i.found_at.desc(), _i.id.desc()).limit(limit))).mappings().all()


async def waiting(tx: AsyncConnection, now: int, limit: int) -> Sequence[RowMapping]:
    """Work that nobody holds: kind, id, workspace_id, title, epoch. The longest untouched first, so far as a lease says."""
    found: list[RowMapping] = []
    for kind, table, title, open_ in (  # as the partial indexes have it, so that SQLite uses them
        ("run", runs, runs.c.app_name, "status IN ('queued', 'running')"),
        ("document", documents, documents.c.name, "status NOT IN ('ready', 'failed')"),
        ("evaluation", evaluations, evaluations.c.app_name, "status IN ('running', 'paused')"),
    ):
        free = and_(text(open_), or_(table.c.lease_until.is_(None), table.c.lease_until < now))
        if kind == "evaluation":
            free = and_(free, evaluations.c.status == "running")
        query = select(
            literal(kind).label("kind"), table.c.id, table.c.workspace_id, title.label("title"), table.c.epoch
        ).where(free)
        found += (await tx.execute(query.order_by(table.c.id).limit(limit))).mappings().all()
    return found


async def end(tx: AsyncConnection, still: Collection[str], now: int) -> None:
    """Incidents of what was stuck and is not among `still` any more."""
    query = update(incidents).where(_i.what == "stuck", _i.ended_at.is_(None)).values(ended_at=now, next_at=None)
    await tx.execute(query.where(_i.subject_id.not_in(list(still))))


async def stuck(tx: AsyncConnection) -> set[str]:
    query = select(_i.subject_id).where(_i.what == "stuck", _i.ended_at.is_(None))
    return set((await tx.execute(query)).scalars())


# The message


async def take_message(tx: AsyncConnection, now: int, since: int, until: int) -> RowMapping | None:
    """One that is due, for this process alone until then. Older ones than `since` are not sent any more."""
    due = and_(text("next_at IS NOT NULL"), _i.next_at <= now, _i.found_at >= since)
    pick = select(_i.id).where(due).order_by(_i.next_at).limit(1).with_for_update(skip_locked=True)
    query = update(incidents).where(_i.id == pick.scalar_subquery(), due)
    query = query.values(next_at=until, tries=_i.tries + 1)
    return (await tx.execute(query.returning(*incidents.c))).mappings().first()


async def sent(tx: AsyncConnection, incident_id: str, values: dict[str, Any]) -> None:
    await tx.execute(update(incidents).where(_i.id == incident_id).values(values))
