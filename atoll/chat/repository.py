"""The SQL of conversations and of the runs that are their turns. Every function takes the workspace."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.statements import upsert
from atoll.db.tables.chat import conversations, feedback
from atoll.db.tables.runs import runs

Values = Mapping[str, Any]


def _one(workspace_id: str, conversation_id: str) -> tuple[Any, ...]:
    c = conversations.c
    return (c.workspace_id == workspace_id, c.id == conversation_id, c.deleted_at.is_(None))


async def add(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(insert(conversations).values(values))


async def get(tx: AsyncConnection, workspace_id: str, conversation_id: str) -> RowMapping | None:
    return (await tx.execute(select(conversations).where(*_one(workspace_id, conversation_id)))).mappings().first()


async def owner_of(tx: AsyncConnection, workspace_id: str, conversation_id: str) -> str | None:
    """Whose it is, or was: one that was deleted too."""
    c = conversations.c
    query = select(c.user_id).where(c.workspace_id == workspace_id, c.id == conversation_id)
    found: str | None = (await tx.execute(query)).scalar_one_or_none()
    return found


async def listing(
    tx: AsyncConnection, workspace_id: str, app_id: str, user_id: str | None, before: tuple[int, str] | None, limit: int
) -> Sequence[RowMapping]:
    """Last used first; `user_id` None: everybody's."""
    c = conversations.c
    query = select(conversations).where(c.workspace_id == workspace_id, c.app_id == app_id, c.deleted_at.is_(None))
    if user_id is not None:
        query = query.where(c.user_id == user_id)
    if before is not None:
        query = query.where(or_(c.updated_at < before[0], and_(c.updated_at == before[0], c.id < before[1])))
    return (await tx.execute(query.order_by(c.updated_at.desc(), c.id.desc()).limit(limit))).mappings().all()


async def change(tx: AsyncConnection, workspace_id: str, conversation_id: str, values: Values) -> bool:
    query = update(conversations).where(*_one(workspace_id, conversation_id)).values(values)
    return (await tx.execute(query)).rowcount > 0


async def advance(
    tx: AsyncConnection, workspace_id: str, conversation_id: str, last: str | None, values: Values
) -> bool:
    """A new turn; False where `last` is no longer the last one."""
    query = update(conversations).where(
        *_one(workspace_id, conversation_id), conversations.c.last_turn.is_not_distinct_from(last)
    )
    return (await tx.execute(query.values(values))).rowcount > 0


async def replace(tx: AsyncConnection, workspace_id: str, run_id: str, by: str) -> None:
    await tx.execute(
        update(runs).where(runs.c.workspace_id == workspace_id, runs.c.id == run_id).values(replaced_by=by)
    )


async def turns(
    tx: AsyncConnection, workspace_id: str, conversation_id: str, before: str | None, limit: int
) -> Sequence[RowMapping]:
    """Newest first, without those that were answered again."""
    query = select(runs).where(
        runs.c.workspace_id == workspace_id,
        runs.c.conversation_id == conversation_id,
        runs.c.kind == "run",
        runs.c.replaced_by.is_(None),
    )
    if before is not None:
        query = query.where(runs.c.id < before)
    return (await tx.execute(query.order_by(runs.c.id.desc()).limit(limit))).mappings().all()


async def feedback_of(tx: AsyncConnection, workspace_id: str, user_id: str, run_ids: Sequence[str]) -> dict[str, Any]:
    """What a person said of turns, by run."""
    f = feedback.c
    query = select(feedback).where(f.workspace_id == workspace_id, f.user_id == user_id, f.run_id.in_(run_ids))
    return {row["run_id"]: row for row in (await tx.execute(query)).mappings()}


async def set_feedback(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(upsert(tx, feedback, values, ["run_id", "user_id"], ["vote", "comment", "at"]))


async def clear_feedback(tx: AsyncConnection, workspace_id: str, user_id: str, run_id: str) -> None:
    f = feedback.c
    await tx.execute(delete(feedback).where(f.workspace_id == workspace_id, f.user_id == user_id, f.run_id == run_id))
