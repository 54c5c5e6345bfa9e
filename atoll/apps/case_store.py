"""The SQL of test cases. Every function takes the workspace and the app."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.tables.apps import test_cases

Values = Mapping[str, Any]
_c = test_cases.c


def _of(workspace_id: str, app_id: str) -> tuple[Any, ...]:
    return (_c.workspace_id == workspace_id, _c.app_id == app_id)


async def listing(tx: AsyncConnection, workspace_id: str, app_id: str) -> Sequence[RowMapping]:
    """In their order."""
    query = select(test_cases).where(*_of(workspace_id, app_id)).order_by(_c.position, _c.id)
    return (await tx.execute(query)).mappings().all()


async def get(tx: AsyncConnection, workspace_id: str, app_id: str, case_id: str) -> RowMapping | None:
    query = select(test_cases).where(*_of(workspace_id, app_id), _c.id == case_id)
    return (await tx.execute(query)).mappings().first()


async def totals(tx: AsyncConnection, workspace_id: str, app_id: str) -> tuple[int, int, int]:
    """(how many, bytes together, the next position)."""
    query = select(func.count(), func.coalesce(func.sum(_c.size), 0), func.coalesce(func.max(_c.position) + 1, 0))
    row = (await tx.execute(query.where(*_of(workspace_id, app_id)))).one()
    return int(row[0]), int(row[1]), int(row[2])


async def add(tx: AsyncConnection, rows: Sequence[Values]) -> None:
    if rows:
        await tx.execute(insert(test_cases), [dict(row) for row in rows])


async def change(tx: AsyncConnection, workspace_id: str, app_id: str, case_id: str, values: Values) -> bool:
    query = update(test_cases).where(*_of(workspace_id, app_id), _c.id == case_id).values(values)
    return (await tx.execute(query)).rowcount > 0


async def remove(tx: AsyncConnection, workspace_id: str, app_id: str, case_id: str) -> None:
    await tx.execute(delete(test_cases).where(*_of(workspace_id, app_id), _c.id == case_id))


async def arrange(tx: AsyncConnection, workspace_id: str, app_id: str, ids: Sequence[str]) -> None:
    """Give these cases the positions 0, 1, ..."""
    query = update(test_cases).where(*_of(workspace_id, app_id), _c.id == bindparam("case"))
    await tx.execute(query.values(position=bindparam("at")), [{"case": one, "at": at} for at, one in enumerate(ids)])
