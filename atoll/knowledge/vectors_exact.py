"""The search in the rows themselves: exact, over the matrices of the datasets last asked, kept in memory."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.tables.knowledge import chunks, documents
from atoll.db.tenancy import owned

if TYPE_CHECKING:
    import numpy as np

CACHE_BYTES = 256_000_000
ON_THE_LOOP = 2_000  # chunks up to which a search is quicker than the way to a thread


@dataclass(slots=True)
class _Matrix:
    version: int
    numbers: "np.ndarray[Any, Any]"
    vectors: "np.ndarray[Any, Any]"


class Exact:
    def __init__(self) -> None:
        self._matrices: OrderedDict[str, _Matrix] = OrderedDict()

    async def dimensions(self, tx: AsyncConnection, dataset: Mapping[str, Any] | RowMapping) -> int | None:
        """Numbers in each vector of a dataset, None where it has none."""
        matrix = await self._matrix(tx, dataset)
        return matrix.vectors.shape[1] if len(matrix.numbers) else None

    async def find(
        self, tx: AsyncConnection, dataset: Mapping[str, Any] | RowMapping, vector: "np.ndarray[Any, Any]", most: int
    ) -> list[tuple[int, float]]:
        """(number, inner product) of the nearest published chunks, best first."""
        matrix = await self._matrix(tx, dataset)
        if len(matrix.numbers) <= ON_THE_LOOP:
            return _nearest(matrix, vector, most)
        return await asyncio.to_thread(_nearest, matrix, vector, most)

    async def _matrix(self, tx: AsyncConnection, dataset: Mapping[str, Any] | RowMapping) -> _Matrix:
        import numpy as np

        found = self._matrices.get(dataset["id"])
        if found is None or found.version != dataset["index_version"]:
            query = (
                select(chunks.c.number, chunks.c.vector)
                .join(documents, documents.c.id == chunks.c.document_id)
                .where(owned(documents))
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


def _nearest(matrix: _Matrix, vector: "np.ndarray[Any, Any]", most: int) -> list[tuple[int, float]]:
    import numpy as np

    if not len(matrix.numbers):
        return []
    scores = matrix.vectors @ vector.astype(np.float32)
    count = min(most, len(scores))
    best = np.argpartition(scores, -count)[-count:]
    ordered = best[np.argsort(-scores[best], kind="stable")]
    return [(int(matrix.numbers[at]), float(scores[at])) for at in ordered]
