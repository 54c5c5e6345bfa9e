"""The SQL of evaluations and their cells. What people ask takes the workspace; what the carrier writes demands its epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, and_, case, delete, exists, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.tables.apps import graphs
from atoll.db.tables.evaluation import evaluation_cells as cells
from atoll.db.tables.evaluation import evaluations
from atoll.db.tables.runs import runs
from atoll.db.tenancy import owned
from atoll.evaluation.schemas import FINAL

Values = Mapping[str, Any]
_e, _c = evaluations.c, cells.c
_LISTED = [column for column in _e if column.name not in ("cases", "label")]
OPEN = ("running", "paused")


async def add(tx: AsyncConnection, row: Values, cell_rows: Sequence[Values]) -> None:
    await tx.execute(insert(evaluations).values(row))
    await tx.execute(insert(cells), [dict(one) for one in cell_rows])


async def keep_newest(tx: AsyncConnection, workspace_id: str, app_id: str, most: int) -> None:
    """Forget an app's oldest evaluations beyond `most`, of those that are not under way. Their runs stay."""
    mine = (_e.workspace_id == workspace_id, _e.app_id == app_id)
    newest = select(_e.id).where(*mine).order_by(_e.id.desc()).limit(most)
    await tx.execute(delete(evaluations).where(*mine, _e.status != "running", _e.id.not_in(newest)))


async def count_running(tx: AsyncConnection, workspace_id: str, app_id: str) -> int:
    mine = (_e.workspace_id == workspace_id, _e.app_id == app_id, _e.status == "running")
    return int((await tx.execute(select(func.count()).where(*mine))).scalar_one())


async def get(tx: AsyncConnection, workspace_id: str, evaluation_id: str) -> RowMapping | None:
    query = select(evaluations).where(_e.workspace_id == workspace_id, _e.id == evaluation_id)
    return (await tx.execute(query)).mappings().first()


async def listing(
    tx: AsyncConnection, workspace_id: str, app_id: str, before: str | None, limit: int
) -> Sequence[RowMapping]:
    """Newest first, without the cases. Ids sort by time."""
    query = select(*_LISTED).where(_e.workspace_id == workspace_id, _e.app_id == app_id)
    if before is not None:
        query = query.where(_e.id < before)
    return (await tx.execute(query.order_by(_e.id.desc()).limit(limit))).mappings().all()


async def cells_of(tx: AsyncConnection, evaluation_ids: Sequence[str]) -> Sequence[RowMapping]:
    """In the order of cases, then of variants. The caller has found the evaluations in a workspace."""
    query = select(cells).where(owned(cells), _c.evaluation_id.in_(evaluation_ids))
    return (await tx.execute(query.order_by(_c.evaluation_id, _c.position, _c.variant))).mappings().all()


async def graph(tx: AsyncConnection, workspace_id: str, content: str) -> dict[str, Any]:
    query = select(graphs.c.graph).where(graphs.c.workspace_id == workspace_id, graphs.c.content == content)
    found: dict[str, Any] = (await tx.execute(query)).scalar_one()
    return found


async def request_stop(tx: AsyncConnection, workspace_id: str, evaluation_id: str) -> bool:
    """Ask for a stop. False where it has ended."""
    mine = (_e.workspace_id == workspace_id, _e.id == evaluation_id, _e.status.in_(OPEN))
    return (await tx.execute(update(evaluations).where(*mine).values(stop_requested=True))).rowcount > 0


# What the carrier does.


async def claim(tx: AsyncConnection, now: int, lease_ms: int, carried: Sequence[str]) -> RowMapping | None:
    """Take the evaluation that has waited longest: one that nobody holds, or one of whose paused runs has gone on."""
    moved = exists().where(
        _c.evaluation_id == _e.id, _c.state == "paused", runs.c.id == _c.run_id, runs.c.status != "paused"
    )
    free = and_(
        text("status IN ('running', 'paused')"),  # as the index has it, so that it is used
        or_(_e.status == "running", _e.stop_requested, moved),
        or_(_e.lease_until.is_(None), _e.lease_until < now),
    )
    pick = select(_e.id).where(free, _e.id.not_in(carried)).order_by(_e.id).limit(1)
    pick = pick.with_for_update(skip_locked=True)  # SQLite has one writer and leaves this out
    query = (
        update(evaluations)
        .where(_e.id == pick.scalar_subquery(), free)
        .values(status="running", epoch=_e.epoch + 1, lease_until=now + lease_ms, claims=_e.claims + 1)
        .returning(*evaluations.c)
    )
    return (await tx.execute(query)).mappings().first()


async def hold(tx: AsyncConnection, evaluation_id: str, epoch: int, values: Values) -> bool | None:
    """Change the evaluation while it is held: whether somebody asked for a stop, None where it is held by another."""
    mine = (owned(evaluations), _e.id == evaluation_id, _e.epoch == epoch, _e.status == "running")
    query = update(evaluations).where(*mine).values(values).returning(_e.stop_requested)
    found: bool | None = (await tx.execute(query)).scalar_one_or_none()
    return found


async def set_cell(tx: AsyncConnection, evaluation_id: str, case_id: str, variant: int, values: Values) -> None:
    where = (owned(cells), _c.evaluation_id == evaluation_id, _c.case_id == case_id, _c.variant == variant)
    await tx.execute(update(cells).where(*where).values(values))


async def count_done(tx: AsyncConnection, evaluation_id: str) -> tuple[int, int]:
    """(cells that have ended, cells that wait for a person)."""
    ended = func.coalesce(func.sum(case((_c.state.in_(FINAL), 1), else_=0)), 0)
    paused = func.coalesce(func.sum(case((_c.state == "paused", 1), else_=0)), 0)
    row = (await tx.execute(select(ended, paused).where(owned(cells), _c.evaluation_id == evaluation_id))).one()
    return int(row[0]), int(row[1])
