"""The SQL of datasets, documents, pages and chunks. What finds chunks is in `index`."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, and_, bindparam, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.incidents import over
from atoll.db.statements import ALL, Within
from atoll.db.tables.knowledge import WORKING, chunks, datasets, documents, pages
from atoll.db.tenancy import ours, owned

Values = Mapping[str, Any]


def _counted() -> Any:
    ready = case((documents.c.status == "ready", 1), else_=0)
    failed = case((documents.c.status == "failed", 1), else_=0)
    return (
        select(
            datasets,
            func.count(documents.c.id).label("documents"),
            func.coalesce(func.sum(ready), 0).label("ready"),
            func.coalesce(func.sum(failed), 0).label("failed"),
            func.coalesce(func.sum(documents.c.chunks), 0).label("chunks"),
        )
        .outerjoin(documents, documents.c.dataset_id == datasets.c.id)
        .group_by(datasets.c.id)
    )


async def list_datasets(tx: AsyncConnection, workspace_id: str, within: Within = ALL) -> Sequence[RowMapping]:
    query = _counted().where(datasets.c.workspace_id == workspace_id, *within.conditions(datasets.c.id))
    query = query.order_by(datasets.c.name)
    return (await tx.execute(query)).mappings().all()


async def dataset(tx: AsyncConnection, workspace_id: str, ref: str) -> RowMapping | None:
    """By id or by name, with its counts."""
    query = _counted().where(datasets.c.workspace_id == workspace_id, or_(datasets.c.id == ref, datasets.c.name == ref))
    return (await tx.execute(query)).mappings().first()


async def add_dataset(tx: AsyncConnection, row: Values) -> None:
    await tx.execute(insert(datasets).values(row))


async def change_dataset(tx: AsyncConnection, workspace_id: str, dataset_id: str, values: Values) -> bool:
    where = and_(datasets.c.workspace_id == workspace_id, datasets.c.id == dataset_id)
    return bool((await tx.execute(update(datasets).where(where).values(values))).rowcount)


async def delete_dataset(tx: AsyncConnection, workspace_id: str, dataset_id: str) -> bool:
    where = and_(datasets.c.workspace_id == workspace_id, datasets.c.id == dataset_id)
    return bool((await tx.execute(delete(datasets).where(where))).rowcount)


async def add_document(tx: AsyncConnection, row: Values) -> None:
    await tx.execute(insert(documents).values(row))


async def document(tx: AsyncConnection, workspace_id: str, document_id: str) -> RowMapping | None:
    query = select(documents).where(documents.c.workspace_id == workspace_id, documents.c.id == document_id)
    return (await tx.execute(query)).mappings().first()


async def document_of(tx: AsyncConnection, dataset_id: str, ref: str) -> RowMapping | None:
    """A document of one dataset, by id, else the newest one of that name."""
    named = or_(documents.c.id == ref, documents.c.name == ref)
    query = select(documents).where(owned(documents), documents.c.dataset_id == dataset_id, named)
    order = ((documents.c.id == ref).desc(), documents.c.created_at.desc(), documents.c.id.desc())
    return (await tx.execute(query.order_by(*order).limit(1))).mappings().first()


async def same_document(tx: AsyncConnection, dataset_id: str, name: str, digest: str) -> RowMapping | None:
    """The document of this name and content, if it is there and did not fail."""
    query = select(documents).where(
        owned(documents),
        documents.c.dataset_id == dataset_id,
        documents.c.name == name,
        documents.c.digest == digest,
        documents.c.status != "failed",
    )
    return (await tx.execute(query)).mappings().first()


async def list_documents(
    tx: AsyncConnection, workspace_id: str, dataset_id: str, before: str | None, limit: int
) -> Sequence[RowMapping]:
    """Newest first; ids sort by time, so `before` is an id."""
    query = select(documents).where(documents.c.workspace_id == workspace_id, documents.c.dataset_id == dataset_id)
    if before:
        query = query.where(documents.c.id < before)
    return (await tx.execute(query.order_by(documents.c.id.desc()).limit(limit))).mappings().all()


async def delete_document(tx: AsyncConnection, document_id: str) -> None:
    """The row and its chunks and pages. Take it out of the index first."""
    # Its job takes the document's row before those of chunks: in the other order each would wait for the other.
    mine = (owned(documents), documents.c.id == document_id)
    await tx.execute(select(documents.c.id).where(*mine).with_for_update())
    await tx.execute(delete(chunks).where(chunks.c.document_id == ours(documents, document_id)))
    await tx.execute(delete(documents).where(*mine))
    await over(tx, document_id)


async def indexed(tx: AsyncConnection, document_id: str) -> tuple[set[str], Sequence[int]]:
    """(the generations of vectors that its dataset names, the numbers of its chunks)."""
    query = select(datasets.c.vectors, datasets.c.vectors_next).join(documents, documents.c.dataset_id == datasets.c.id)
    names = (await tx.execute(query.where(owned(documents), documents.c.id == document_id))).one()
    numbers = select(chunks.c.number).where(chunks.c.document_id == ours(documents, document_id))
    return set(names), (await tx.execute(numbers)).scalars().all()


async def digest_used(tx: AsyncConnection, digest: str) -> bool:
    """By a document of any workspace: content that is the same is kept once."""
    return (await tx.execute(select(documents.c.id).where(documents.c.digest == digest).limit(1))).first() is not None


async def requeue(tx: AsyncConnection, document_id: str, now: int) -> None:
    """From the beginning, with fresh tries."""
    values = {"status": "queued", "error": None, "attempts": 0, "lease_until": None, "updated_at": now, "embedded": 0}
    await tx.execute(update(documents).where(owned(documents), documents.c.id == document_id).values(values))
    await over(tx, document_id)


# The job of a document


async def claim(tx: AsyncConnection, now: int, lease_ms: int) -> RowMapping | None:
    """Take the document that was tried least and has waited longest, of those that nobody works on."""
    free = and_(documents.c.status.in_(WORKING), or_(documents.c.lease_until.is_(None), documents.c.lease_until < now))
    pick = select(documents.c.id).where(free)
    pick = pick.order_by(documents.c.attempts, documents.c.created_at, documents.c.id).limit(1)
    pick = pick.with_for_update(skip_locked=True)  # SQLite has one writer and leaves this out
    query = (
        update(documents)
        .where(documents.c.id == pick.scalar_subquery(), free)
        .values(epoch=documents.c.epoch + 1, attempts=documents.c.attempts + 1, lease_until=now + lease_ms)
        .returning(documents)
    )
    row: RowMapping | None = (await tx.execute(query)).mappings().first()
    return row


async def advance(tx: AsyncConnection, document_id: str, epoch: int, values: Values) -> bool:
    """Change a document's job, if it is still ours."""
    mine = (owned(documents), documents.c.id == document_id)
    where = and_(*mine, documents.c.epoch == epoch, documents.c.status.in_(WORKING))
    return bool((await tx.execute(update(documents).where(where).values(values))).rowcount)


async def next_wake(tx: AsyncConnection) -> int | None:
    """When the next document that waits may be taken."""
    query = select(func.min(func.coalesce(documents.c.lease_until, 0))).where(documents.c.status.in_(WORKING))
    found: int | None = (await tx.execute(query)).scalar_one_or_none()
    return found


async def replace_pages(tx: AsyncConnection, document_id: str, rows: Sequence[Values]) -> None:
    await tx.execute(delete(pages).where(pages.c.document_id == ours(documents, document_id)))
    if rows:
        await tx.execute(insert(pages), rows)


async def read_pages(tx: AsyncConnection, document_id: str) -> Sequence[RowMapping]:
    query = select(pages).where(pages.c.document_id == ours(documents, document_id)).order_by(pages.c.number)
    return (await tx.execute(query)).mappings().all()


async def page(tx: AsyncConnection, document_id: str, number: int) -> RowMapping | None:
    query = select(pages).where(pages.c.document_id == ours(documents, document_id), pages.c.number == number)
    return (await tx.execute(query)).mappings().first()


async def replace_chunks(tx: AsyncConnection, document_id: str, rows: Sequence[Values]) -> None:
    await tx.execute(delete(chunks).where(chunks.c.document_id == ours(documents, document_id)))
    if rows:
        await tx.execute(insert(chunks), rows)


async def chunks_without_vector(tx: AsyncConnection, document_id: str, limit: int) -> Sequence[RowMapping]:
    query = select(chunks.c.number, chunks.c.heading, chunks.c.text).where(
        chunks.c.document_id == ours(documents, document_id), chunks.c.vector.is_(None)
    )
    return (await tx.execute(query.order_by(chunks.c.position).limit(limit))).mappings().all()


async def set_vectors(tx: AsyncConnection, document_id: str, vectors: Sequence[tuple[int, bytes]]) -> None:
    mine = (chunks.c.document_id == ours(documents, document_id), chunks.c.number == bindparam("of"))
    query = update(chunks).where(*mine).values(vector=bindparam("given"))
    await tx.execute(query, [{"of": number, "given": vector} for number, vector in vectors])


async def drop_vectors(tx: AsyncConnection, dataset_id: str) -> None:
    mine = (owned(datasets), datasets.c.id == dataset_id)
    await tx.execute(update(datasets).where(*mine).values(vectors="", vectors_next=""))
    await tx.execute(update(chunks).where(chunks.c.dataset_id == ours(datasets, dataset_id)).values(vector=None))


async def list_chunks(tx: AsyncConnection, document_id: str, after: int, limit: int) -> Sequence[RowMapping]:
    query = select(chunks).where(chunks.c.document_id == ours(documents, document_id), chunks.c.position >= after)
    return (await tx.execute(query.order_by(chunks.c.position).limit(limit))).mappings().all()
