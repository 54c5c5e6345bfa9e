"""The SQL of triggers. Every function takes the workspace, but the three that begin without one: what is due, when the next
is, and whose an address is. Triggers of an app that was deleted are not there any more."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.tables.apps import apps
from atoll.db.tables.triggers import triggers

Values = Mapping[str, Any]
c = triggers.c


def _living() -> Select[*tuple[Any, ...]]:
    """Triggers with whether their app is published."""
    return (
        select(triggers, apps.c.published_version.is_not(None).label("published"))
        .join(apps, apps.c.id == c.app_id)
        .where(apps.c.deleted_at.is_(None))
    )


async def listing(tx: AsyncConnection, workspace_id: str, app_id: str) -> Sequence[RowMapping]:
    """Oldest first."""
    query = _living().where(c.workspace_id == workspace_id, c.app_id == app_id).order_by(c.created_at, c.id)
    return (await tx.execute(query)).mappings().all()


async def get(tx: AsyncConnection, workspace_id: str, trigger_id: str) -> RowMapping | None:
    query = _living().where(c.workspace_id == workspace_id, c.id == trigger_id)
    return (await tx.execute(query)).mappings().first()


async def by_address(tx: AsyncConnection, trigger_id: str) -> RowMapping | None:
    """Whose it is stands in the row: a sender knows no more than the address."""
    return (await tx.execute(_living().where(c.id == trigger_id))).mappings().first()


async def add(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(insert(triggers).values(values))


async def change(tx: AsyncConnection, workspace_id: str, trigger_id: str, values: Values) -> bool:
    query = update(triggers).where(c.workspace_id == workspace_id, c.id == trigger_id).values(values)
    return (await tx.execute(query)).rowcount > 0


async def remove(tx: AsyncConnection, workspace_id: str, trigger_id: str) -> bool:
    query = delete(triggers).where(c.workspace_id == workspace_id, c.id == trigger_id)
    return (await tx.execute(query)).rowcount > 0


async def due(tx: AsyncConnection, now: int, limit: int) -> Sequence[RowMapping]:
    """Schedules of all workspaces whose time has come, the longest waiting first."""
    query = _living().where(c.wake_at <= now).order_by(c.wake_at, c.id).limit(limit)
    return (await tx.execute(query)).mappings().all()


async def earliest(tx: AsyncConnection) -> int | None:
    """When the next schedule of all is due."""
    query = select(func.min(c.wake_at)).join(apps, apps.c.id == c.app_id)
    found: int | None = (await tx.execute(query.where(c.wake_at.is_not(None), apps.c.deleted_at.is_(None)))).scalar()
    return found


async def move_on(tx: AsyncConnection, workspace_id: str, trigger_id: str, tick: int, values: Values) -> bool:
    """False where this tick is somebody else's by now, or the schedule was changed or turned off."""
    mine = (c.workspace_id == workspace_id, c.id == trigger_id, c.wake_at == tick)
    return (await tx.execute(update(triggers).where(*mine).values(values))).rowcount > 0


async def failed(tx: AsyncConnection, workspace_id: str, trigger_id: str, error: Values) -> None:
    query = update(triggers).where(c.workspace_id == workspace_id, c.id == trigger_id)
    await tx.execute(query.values(error=error, failures=c.failures + 1))
