"""Finding chunks: words by the database's own index, vectors by an exact search over a cached matrix, both fused by rank.

The index is derived from the rows: `publish` puts a whole document in, `withdraw` takes it out, `rebuild.py` makes
it again. What is special to a database is in `words_sqlite` and `words_postgresql`.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import RowMapping, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.tables.knowledge import chunks, datasets, documents
from atoll.kit.errors import UserError
from atoll.kit.text import tokens
from atoll.knowledge import words_postgresql, words_sqlite

if TYPE_CHECKING:
    import numpy as np

CANDIDATES = 50  # of each way, before fusing
RRF = 60  # reciprocal rank fusion's constant, as in the paper
CACHE_BYTES = 256_000_000
ON_THE_LOOP = 2_000  # chunks up to which a search is quicker than the way to a thread
BATCH = 500


@dataclass(slots=True)
class Hit:
    """A chunk's number and its scores: `dense` is a cosine, `text` BM25 (higher is better), `fused` 0 to 1."""

    number: int
    scores: dict[str, float] = field(default_factory=dict)
    score: float = 0.0


@dataclass(slots=True)
class _Matrix:
    version: int
    numbers: "np.ndarray[Any, Any]"
    vectors: "np.ndarray[Any, Any]"


async def publish(tx: AsyncConnection, dataset_id: str, document_id: str) -> None:
    """Make a document findable, in the caller's transaction: all of it or nothing."""
    await _each_batch(tx, document_id, _words(tx).put, dataset_id)
    await _bump(tx, dataset_id)


async def withdraw(tx: AsyncConnection, dataset_id: str, document_id: str) -> None:
    """Take a published document out again. Call it before its chunks are deleted."""
    await _each_batch(tx, document_id, _words(tx).take, dataset_id)
    await _bump(tx, dataset_id)


async def counts(tx: AsyncConnection, dataset_id: str) -> tuple[int, int]:
    """(chunks of ready documents, chunks in the full-text index): equal when the index is whole."""
    query = text(
        "SELECT count(*) FROM chunks c JOIN documents d ON d.id = c.document_id "
        "WHERE c.dataset_id = :dataset AND d.status = 'ready'"
    )
    rows = (await tx.execute(query, {"dataset": dataset_id})).scalar_one()
    return rows, await _words(tx).count(tx, dataset_id)


def _words(tx: AsyncConnection) -> Any:
    return words_postgresql if tx.dialect.name == "postgresql" else words_sqlite


async def _each_batch(
    tx: AsyncConnection, document_id: str, change: Callable[..., Awaitable[None]], dataset_id: str
) -> None:
    last = -1
    while True:
        query = (
            select(chunks.c.number, chunks.c.position, chunks.c.heading, chunks.c.text)
            .where(chunks.c.document_id == document_id, chunks.c.position > last)
            .order_by(chunks.c.position)
            .limit(BATCH)
        )
        rows = (await tx.execute(query)).all()
        if not rows:
            return
        last = rows[-1].position
        await change(tx, dataset_id, [(row.number, f"{row.heading}\n{row.text}") for row in rows])


async def _bump(tx: AsyncConnection, dataset_id: str) -> None:
    await tx.execute(
        update(datasets).where(datasets.c.id == dataset_id).values(index_version=datasets.c.index_version + 1)
    )


class Searcher:
    """Searches, with the matrices of the datasets last asked kept in memory."""

    def __init__(self) -> None:
        self._matrices: OrderedDict[str, _Matrix] = OrderedDict()

    async def search(
        self,
        tx: AsyncConnection,
        dataset: Mapping[str, Any] | RowMapping,
        query: str,
        vector: "np.ndarray[Any, Any] | None",
        top_k: int,
    ) -> list[Hit]:
        """The best chunks of a dataset. `vector` None: by words only; an empty `query`: by the vector only."""
        ways: dict[str, list[tuple[int, float]]] = {}
        if query:
            ways["text"] = await _by_words(tx, dataset["id"], query)
        if vector is not None:
            ways["dense"] = await self._by_vector(tx, dataset, vector)
        return fuse(ways)[:top_k]

    async def _by_vector(
        self, tx: AsyncConnection, dataset: Mapping[str, Any] | RowMapping, vector: "np.ndarray[Any, Any]"
    ) -> list[tuple[int, float]]:
        matrix = await self._matrix(tx, dataset)
        if len(matrix.numbers) and matrix.vectors.shape[1] != len(vector):
            raise UserError(
                "embedding_changed",
                f"{dataset['embedding_model']} gives other vectors than when the documents were taken in. "
                "Choose another embedding model for the dataset, or take its documents in again.",
                f"{dataset['embedding_model']} 返回的向量与导入文档时不同。请为知识库改选嵌入模型，或重新导入文档。",
            )
        if len(matrix.numbers) <= ON_THE_LOOP:
            return _nearest(matrix, vector)
        return await asyncio.to_thread(_nearest, matrix, vector)

    async def _matrix(self, tx: AsyncConnection, dataset: Mapping[str, Any] | RowMapping) -> _Matrix:
        import numpy as np

        found = self._matrices.get(dataset["id"])
        if found is None or found.version != dataset["index_version"]:
            query = (
                select(chunks.c.number, chunks.c.vector)
                .join(documents, documents.c.id == chunks.c.document_id)
                .where(
                    chunks.c.dataset_id == dataset["id"], documents.c.status == "ready", chunks.c.vector.is_not(None)
                )
                .order_by(chunks.c.number)
            )
            rows = (await tx.execute(query)).all()
            length = len(rows[-1].vector) if rows else 0  # a model that was changed at its provider left others
            rows = [row for row in rows if len(row.vector) == length]
            numbers = np.array([row.number for row in rows], dtype=np.int64)
            joined = b"".join(row.vector for row in rows)
            vectors = np.frombuffer(joined, dtype="<f4").reshape(len(rows), -1) if rows else np.zeros((0, 1), "<f4")
            found = self._matrices[dataset["id"]] = _Matrix(dataset["index_version"], numbers, vectors)
            while len(self._matrices) > 1 and sum(m.vectors.nbytes for m in self._matrices.values()) > CACHE_BYTES:
                self._matrices.popitem(last=False)
        self._matrices.move_to_end(dataset["id"])
        return found


def _nearest(matrix: _Matrix, vector: "np.ndarray[Any, Any]") -> list[tuple[int, float]]:
    import numpy as np

    if not len(matrix.numbers):
        return []
    scores = matrix.vectors @ vector.astype(np.float32)
    count = min(CANDIDATES, len(scores))
    best = np.argpartition(scores, -count)[-count:]
    ordered = best[np.argsort(-scores[best], kind="stable")]
    return [(int(matrix.numbers[at]), float(scores[at])) for at in ordered if scores[at] > 0]


async def _by_words(tx: AsyncConnection, dataset_id: str, query: str) -> list[tuple[int, float]]:
    asked = list(dict.fromkeys(tokens(query, indexing=False)))[:64]
    if not asked:
        return []
    found: list[tuple[int, float]] = await _words(tx).find(tx, dataset_id, asked, CANDIDATES)
    return found


def fuse(ways: Mapping[str, Sequence[tuple[int, float]]]) -> list[Hit]:
    """Reciprocal rank fusion, scaled so that the first of every way scores 1. One way alone keeps its order."""
    hits: dict[int, Hit] = {}
    for way, found in ways.items():
        for rank, (number, score) in enumerate(found):
            hit = hits.setdefault(number, Hit(number))
            hit.scores[way] = round(score, 6)
            hit.score += (RRF + 1) / (RRF + 1 + rank) / len(ways)
    for hit in hits.values():
        hit.score = hit.scores["fused"] = round(hit.score, 6)
    return sorted(hits.values(), key=lambda hit: (-hit.score, hit.number))
