"""From a question to passages: the index is asked, and only what the rows say is published is shown."""

from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.database import Database
from atoll.db.tables.knowledge import chunks, documents
from atoll.db.tenancy import owned
from atoll.knowledge import repository
from atoll.knowledge.errors import no_dataset
from atoll.knowledge.index import CANDIDATES, Best, Hit, Near, Searcher
from atoll.knowledge.index_vectors import Generations
from atoll.knowledge.ingest import Embed
from atoll.knowledge.vectors import MOST, Gone, unavailable
from atoll.sdk import Passage

if TYPE_CHECKING:
    from atoll.knowledge.vectors import Vectors

QUESTION = 20_000  # characters of a question that are looked for; what comes after them changes nothing any more
LOOKS = 5  # at an index that changes under the question


class Retrieval:
    def __init__(self, db: Database, embed: Embed, generations: Generations) -> None:
        self._db, self._embed = db, embed
        self._searcher = Searcher(generations)

    async def search(self, workspace_id: str, dataset_ref: str, query: str, mode: str, best: Best) -> list[Passage]:
        """As `KnowledgeService.search`. Raises NotFound, UserError, Unavailable: never an answer from half an index."""
        query = query[:QUESTION]
        words = "" if mode == "dense" else query
        vector: Vectors | None = None
        near: Near | None = None
        model, most = "", 2 * CANDIDATES
        for _ in range(LOOKS):
            async with self._db.read() as tx:
                dataset = await named_dataset(tx, workspace_id, dataset_ref)
            if mode != "text":
                if vector is None or model != dataset["embedding_model"]:
                    model = dataset["embedding_model"]
                    vector = (await self._embed(workspace_id, model, [query]))[0]
                try:
                    near = await self._searcher.near(dataset, vector, most)
                except Gone:
                    continue
            async with self._db.read() as tx:
                dataset = await named_dataset(tx, workspace_id, dataset_ref)
                if vector is not None and model != dataset["embedding_model"]:
                    continue
                hits = await self._searcher.search(tx, dataset, words, vector, best, near)
                if hits is not None:
                    return await _passages(tx, dataset, hits)
            most = min(MOST, 4 * most)
        raise unavailable("it is being made again")


async def named_dataset(tx: AsyncConnection, workspace_id: str, ref: str) -> RowMapping:
    """By id or name. Raises NotFound."""
    row = await repository.dataset(tx, workspace_id, ref)
    if row is None:
        raise no_dataset(ref)
    return row


async def _passages(tx: AsyncConnection, dataset: RowMapping, hits: list[Hit]) -> list[Passage]:
    found = (
        select(chunks, documents.c.name.label("document_name"))
        .join(documents, documents.c.id == chunks.c.document_id)
        .where(
            chunks.c.number.in_([hit.number for hit in hits]),
            owned(documents),
            chunks.c.dataset_id == dataset["id"],
            documents.c.status == "ready",
        )
    )
    rows = {row["number"]: row for row in (await tx.execute(found)).mappings()}
    return [
        Passage(
            chunk_id=row["id"], document_id=row["document_id"], document_name=row["document_name"],
            dataset=dataset["name"], text=row["text"], score=hit.score, page=row["page"], start=row["start"],
            end=row["end"], heading=row["heading"], scores=hit.scores,
        )
        for hit in hits
        if (row := rows.get(hit.number)) is not None
    ]  # fmt: skip
