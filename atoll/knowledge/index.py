"""Finding chunks: words by the database's own index, vectors in the rows or in an index outside, both fused by rank.

The index is derived from the rows: `publish` puts a whole document in, `withdraw` takes it out, `rebuild.py` makes
it again. What is special to a database is in `words_sqlite` and `words_postgresql`; vectors are `index_vectors`.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.tables.knowledge import chunks, datasets, documents
from atoll.db.tenancy import ours, owned
from atoll.kit.errors import UserError
from atoll.kit.text import tokens
from atoll.knowledge import words_postgresql, words_sqlite
from atoll.knowledge.index_vectors import Generations
from atoll.knowledge.vectors import MOST, Gone, dimensions_of
from atoll.knowledge.vectors_exact import Exact
from atoll.sdk.context import PER_DOCUMENT

if TYPE_CHECKING:
    from atoll.knowledge.vectors import Vectors

Dataset = Mapping[str, Any] | RowMapping

CANDIDATES = 50  # of each way, before fusing
RRF = 60  # reciprocal rank fusion's constant, as in the paper
BATCH = 500


@dataclass(frozen=True, slots=True)
class Best:
    """Which of what is found: at most `top_k` of at least `threshold`. More than `per_document` of one document only where
    other documents have nothing more to give: a planted document can't fill the answer. 0: however many."""

    top_k: int
    threshold: float = 0.0
    per_document: int = PER_DOCUMENT


@dataclass(slots=True)
class Hit:
    """A chunk's number and its scores: `dense` is a cosine, `text` BM25 (higher is better), `fused` 0 to 1."""

    number: int
    scores: dict[str, float] = field(default_factory=dict)
    score: float = 0.0


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
    query = select(func.count()).select_from(chunks.join(documents, documents.c.id == chunks.c.document_id))
    mine = (owned(documents), chunks.c.dataset_id == dataset_id, documents.c.status == "ready")
    rows = (await tx.execute(query.where(*mine))).scalar_one()
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
            .where(chunks.c.document_id == ours(documents, document_id), chunks.c.position > last)
            .order_by(chunks.c.position)
            .limit(BATCH)
        )
        rows = (await tx.execute(query)).all()
        if not rows:
            return
        last = rows[-1].position
        await change(tx, dataset_id, [(row.number, f"{row.heading}\n{row.text}") for row in rows])


async def _bump(tx: AsyncConnection, dataset_id: str) -> None:
    mine = (owned(datasets), datasets.c.id == dataset_id)
    await tx.execute(update(datasets).where(*mine).values(index_version=datasets.c.index_version + 1))


@dataclass(frozen=True, slots=True)
class Near:
    """What an index outside found for a vector, before the rows were asked: `full` if there may be more."""

    generation: str
    found: list[tuple[int, float]]
    full: bool


class Searcher:
    """Searches by words, and by vectors in the rows or in the index outside that `generations` keeps."""

    def __init__(self, generations: Generations) -> None:
        self._generations, self._exact = generations, Exact()

    async def near(self, dataset: Dataset, vector: "Vectors", most: int) -> Near | None:
        """Ask the index outside, outside of any transaction. None: the rows will be asked.
        Raises UserError `embedding_changed`, Unavailable, Gone."""
        store, name = self._generations.store, self._generations.answering(dataset["vectors"])
        if store is None or name is None:
            return None
        if dimensions_of(name) != len(vector):
            raise _changed(dataset)
        try:
            found = await store.find(name, vector, most)
        except Gone:
            await self._generations.lost(dataset["id"], name)
            raise
        return Near(name, found, MOST > most <= len(found))

    async def search(
        self,
        tx: AsyncConnection,
        dataset: Dataset,
        query: str,
        vector: "Vectors | None",
        best: Best,
        near: Near | None = None,
    ) -> list[Hit] | None:
        """The best chunks of a dataset. `vector` None: by words only; an empty `query`: by the vector only.

        `near` is of the same vector. None, if it does not say enough: another generation answers by now, or too much of
        it is not published or of one document. Then ask again, for more."""
        ways: dict[str, list[tuple[int, float]]] = {}
        of: dict[int, str] = {}
        for most in (CANDIDATES, MOST):
            if query:
                ways["text"] = await _by_words(tx, dataset["id"], query, most)
            if vector is not None:
                found = await self._by_vector(tx, dataset, vector, most, near)
                if found is None:
                    return None
                ways["dense"] = [(number, score) for number, score in found if score > 0]
            of = await _published(tx, dataset["id"], {number for way in ways.values() for number, _ in way})
            flooded = [way for way in ways.values() if len(way) >= CANDIDATES and not _enough(way, of, best)]
            if not flooded or not await _others(tx, dataset["id"], set(of.values())):
                break
            if near is not None and near.full and ways["dense"] in flooded:
                return None
        return chosen(fuse(ways), of, best)

    async def _by_vector(
        self, tx: AsyncConnection, dataset: Dataset, vector: "Vectors", most: int, near: Near | None
    ) -> list[tuple[int, float]] | None:
        if (near.generation if near else None) != self._generations.answering(dataset["vectors"]):
            return None
        if near is not None:
            shown = await _published(tx, dataset["id"], {number for number, _ in near.found})
            found = [(number, score) for number, score in near.found if number in shown]
            return None if len(found) < CANDIDATES and near.full else found[:most]
        dimensions = await self._exact.dimensions(tx, dataset)
        if dimensions is not None and dimensions != len(vector):
            raise _changed(dataset)
        return await self._exact.find(tx, dataset, vector, most)


def _changed(dataset: Dataset) -> UserError:
    return UserError(
        "embedding_changed",
        f"{dataset['embedding_model']} gives other vectors than when the documents were taken in. "
        "Choose another embedding model for the dataset, or take its documents in again.",
        f"{dataset['embedding_model']} 返回的向量与导入文档时不同。请为知识库改选嵌入模型，或重新导入文档。",
    )


async def _published(tx: AsyncConnection, dataset_id: str, numbers: Collection[int]) -> dict[int, str]:
    """Those of these chunks that may be shown, and whose document each is of."""
    query = (
        select(chunks.c.number, chunks.c.document_id)
        .join(documents, documents.c.id == chunks.c.document_id)
        .where(owned(documents), chunks.c.dataset_id == dataset_id)
        .where(chunks.c.number.in_(numbers), documents.c.status == "ready")
    )
    return {row.number: row.document_id for row in await tx.execute(query)}


async def _others(tx: AsyncConnection, dataset_id: str, known: Collection[str]) -> bool:
    """Whether the dataset has documents besides these."""
    mine = (owned(documents), documents.c.dataset_id == dataset_id, documents.c.status == "ready")
    query = select(documents.c.id).where(*mine, documents.c.id.not_in(known)).limit(1)
    return (await tx.execute(query)).first() is not None


async def _by_words(tx: AsyncConnection, dataset_id: str, query: str, most: int) -> list[tuple[int, float]]:
    asked = list(dict.fromkeys(tokens(query, indexing=False)))[:64]
    if not asked:
        return []
    found: list[tuple[int, float]] = await _words(tx).find(tx, dataset_id, asked, most)
    return found


def _enough(way: Sequence[tuple[int, float]], of: Mapping[int, str], best: Best) -> bool:
    """Whether the answer can be filled from it without more of one document than there may be."""
    each = Counter(of[number] for number, _ in way if number in of)
    return not best.per_document or sum(min(best.per_document, count) for count in each.values()) >= best.top_k


def chosen(hits: Sequence[Hit], of: Mapping[int, str], best: Best) -> list[Hit]:
    """The best of `hits`, which come best first. `of`: the document of each that may be shown."""
    first: list[Hit] = []
    beyond: list[Hit] = []
    given: Counter[str] = Counter()
    for hit in hits:
        if hit.number in of and hit.score >= best.threshold:
            given[of[hit.number]] += 1
            full = best.per_document and given[of[hit.number]] > best.per_document
            (beyond if full else first).append(hit)
    return sorted((first + beyond)[: best.top_k], key=_order)


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
    return sorted(hits.values(), key=_order)


def _order(hit: Hit) -> tuple[float, int]:
    return -hit.score, hit.number
