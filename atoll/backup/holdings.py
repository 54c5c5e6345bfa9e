"""The SQL of what rows hold on to: originals, chunks with their vectors, graphs, large values. Of all workspaces."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Row, and_, delete, exists, func, select, update
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.tables.apps import app_versions, graphs
from atoll.db.tables.evaluation import evaluations
from atoll.db.tables.knowledge import chunks, documents
from atoll.db.tables.runs import event_values, events, runs
from atoll.knowledge import index, repository
from atoll.runs.values import MARK, REFERRING, referred

Key = tuple[str, str]  # workspace, digest
BATCH = 500

_named_by_a_run = exists().where(runs.c.workspace_id == graphs.c.workspace_id, runs.c.content == graphs.c.content)
_named_by_a_version = exists().where(
    app_versions.c.workspace_id == graphs.c.workspace_id, app_versions.c.content == graphs.c.content
)


async def originals(tx: AsyncConnection) -> dict[bytes, str]:
    """The name of a document by the digest of its original; of those that were taken in or wait for it."""
    query = select(documents.c.digest, func.min(documents.c.name).label("name")).group_by(documents.c.digest)
    return {bytes.fromhex(row.digest): row.name for row in await tx.execute(query)}


async def digest_used(tx: AsyncConnection, digest: str) -> bool:
    return await repository.digest_used(tx, digest)


async def without_vectors(tx: AsyncConnection) -> Sequence[Row[Any]]:
    """Documents that can be searched and have chunks without a vector: (id, dataset_id, name, lacks)."""
    query = (
        select(documents.c.id, documents.c.dataset_id, documents.c.name, func.count().label("lacks"))
        .join(chunks, chunks.c.document_id == documents.c.id)
        .where(documents.c.status == "ready", chunks.c.vector.is_(None))
        .group_by(documents.c.id, documents.c.dataset_id, documents.c.name)
    )
    return (await tx.execute(query.order_by(documents.c.id))).all()


async def without_chunks(tx: AsyncConnection) -> Sequence[Row[Any]]:
    """Documents that can be searched and have other chunks than they count: (id, dataset_id, name, chunks, found)."""
    found = func.count(chunks.c.number)
    query = (
        select(documents.c.id, documents.c.dataset_id, documents.c.name, documents.c.chunks, found.label("found"))
        .outerjoin(chunks, chunks.c.document_id == documents.c.id)
        .where(documents.c.status == "ready")
        .group_by(documents.c.id, documents.c.dataset_id, documents.c.name, documents.c.chunks)
        .having(documents.c.chunks != found)
    )
    return (await tx.execute(query.order_by(documents.c.id))).all()


async def take_in_again(tx: AsyncConnection, document: Row[Any], stage: str, now: int) -> bool:
    """Out of the index, and through the stages of taking in from `stage` on: "queued" or "embedding". False where the
    document is no longer as it was."""
    is_ready = and_(documents.c.id == document.id, documents.c.status == "ready")
    if (await tx.execute(select(documents.c.id).where(is_ready))).first() is None:
        return False
    await index.withdraw(tx, document.dataset_id, document.id)
    values = {"status": stage, "error": None, "attempts": 0, "lease_until": None, "updated_at": now, "embedded": 0,
              "epoch": documents.c.epoch + 1}  # fmt: skip
    await tx.execute(update(documents).where(is_ready).values(values))
    return True


# Graphs and large values


async def hold_still(tx: AsyncConnection) -> None:
    """Until the transaction ends nobody begins to refer to a graph or a value. SQLite has one writer anyway."""
    if tx.dialect.name == "postgresql":
        named = "graphs, app_versions, evaluations, runs, event_values"  # in the order in which others take them
        await tx.execute(sql(f"LOCK TABLE {named} IN SHARE ROW EXCLUSIVE MODE"))


async def stray_graphs(tx: AsyncConnection) -> set[Key]:
    """Graphs that no run, version or evaluation names."""
    query = select(graphs.c.workspace_id, graphs.c.content).where(~_named_by_a_run, ~_named_by_a_version)
    found = {(row.workspace_id, row.content) for row in await tx.execute(query)}
    if found:
        for row in await tx.execute(select(evaluations.c.workspace_id, evaluations.c.variants)):
            found -= {(row.workspace_id, variant.get("content")) for variant in row.variants}
    return found


async def drop_graphs(tx: AsyncConnection, keys: Iterable[Key]) -> None:
    for workspace_id, content in keys:
        where = and_(graphs.c.workspace_id == workspace_id, graphs.c.content == content)
        await tx.execute(delete(graphs).where(where))


async def values(tx: AsyncConnection) -> set[Key]:
    query = select(event_values.c.workspace_id, event_values.c.digest)
    return {(row.workspace_id, row.digest) for row in await tx.execute(query)}


async def values_in_use(tx: AsyncConnection, since: int = 0) -> set[Key]:
    """The values that events refer to, and those that these values refer to. `since`: events of that time on, ms."""
    used: set[Key] = set()
    after: tuple[str, int] = ("", 0)
    while True:
        query = (
            select(events.c.run_id, events.c.seq, runs.c.workspace_id, events.c.data)
            .join(runs, runs.c.id == events.c.run_id)
            .where(events.c.version == REFERRING, events.c.at >= since)
            .where((events.c.run_id > after[0]) | and_(events.c.run_id == after[0], events.c.seq > after[1]))
            .order_by(events.c.run_id, events.c.seq)
            .limit(BATCH)
        )
        rows = (await tx.execute(query)).all()
        for row in rows:
            used |= {(row.workspace_id, digest) for digest in referred(orjson.loads(row.data))}
        if len(rows) < BATCH:
            break
        after = (rows[-1].run_id, rows[-1].seq)
    return await _with_inner(tx, used)


async def _with_inner(tx: AsyncConnection, used: set[Key]) -> set[Key]:
    waiting = list(used)
    while waiting:
        workspace_id, digest = waiting.pop()
        where = (event_values.c.workspace_id == workspace_id, event_values.c.digest == digest)
        query = select(event_values.c.value).where(*where, event_values.c.value.contains(f'"{MARK}"'))
        value = (await tx.execute(query)).scalar_one_or_none()
        if value is not None:
            inner = {(workspace_id, one) for one in referred(orjson.loads(value))} - used
            used |= inner
            waiting += inner
    return used


async def drop_values(tx: AsyncConnection, keys: Iterable[Key]) -> None:
    for workspace_id, digest in keys:
        where = and_(event_values.c.workspace_id == workspace_id, event_values.c.digest == digest)
        await tx.execute(delete(event_values).where(where))
