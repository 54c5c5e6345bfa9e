"""PostgreSQL alone: writers that take no turn meet those that do, and none of them is sent away."""

import asyncio

from sqlalchemy import insert

from atoll.db.database import Database
from atoll.db.tables.identity import workspaces
from atoll.db.tables.knowledge import chunks, datasets, documents
from atoll.knowledge import repository


async def one_document(db: Database) -> int:
    """A document whose one chunk is being embedded: its number."""
    stamp = {"created_at": 1, "updated_at": 1}
    async with db.begin() as tx:
        await tx.execute(insert(workspaces).values(id="w", name="w", language="en", created_at=1))
        dataset = {"id": "d", "workspace_id": "w", "name": "d", "zone": "local", "label": {}, "embedding_model": "m"}
        await tx.execute(insert(datasets).values(**dataset, **stamp))
        row = {"id": "doc", "workspace_id": "w", "dataset_id": "d", "name": "n", "size": 1, "digest": "a" * 64}
        await tx.execute(insert(documents).values(**row, **stamp, status="embedding", epoch=1))
        chunk = {"id": "c", "dataset_id": "d", "document_id": "doc", "position": 0, "start": 0, "end": 1, "text": "t"}
        return int((await tx.execute(insert(chunks).values(chunk).returning(chunks.c.number))).scalar_one())


async def test_a_document_is_deleted_while_its_vectors_are_stored(database_url: str) -> None:
    db = Database(database_url)
    number = await one_document(db)
    advanced, deleting = asyncio.Event(), asyncio.Event()

    async def embed() -> None:
        async with db.begin(fenced=True) as tx:
            assert await repository.advance(tx, "doc", 1, {"embedded": 1})
            advanced.set()
            await deleting.wait()
            await asyncio.sleep(0.3)  # in which the other comes to the row that it has to wait for
            await repository.set_vectors(tx, "doc", [(number, b"\0\0\0\0")])

    async def delete() -> None:
        await advanced.wait()
        async with db.begin() as tx:
            deleting.set()
            await repository.delete_document(tx, "doc")

    async with asyncio.timeout(20):
        await asyncio.gather(embed(), delete())
    async with db.read() as tx:
        assert await repository.document(tx, "w", "doc") is None
    await db.close()
