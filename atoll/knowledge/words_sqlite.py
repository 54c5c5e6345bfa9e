"""The words of chunks in SQLite's FTS5: `chunks_fts`, contentless."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.kit.text import tokens

Chunk = tuple[int, str]  # its number, its heading and text

_INSERT = text("INSERT INTO chunks_fts(rowid, dataset, words) VALUES (:number, :dataset, :words)")
_DELETE = text("INSERT INTO chunks_fts(chunks_fts, rowid, dataset, words) VALUES ('delete', :number, :dataset, :words)")
_COUNT = text("SELECT count(*) FROM chunks_fts WHERE chunks_fts MATCH :match")
_FIND = text(
    "SELECT rowid, bm25(chunks_fts, 0.0, 1.0) AS score FROM chunks_fts WHERE chunks_fts MATCH :match "
    "ORDER BY score LIMIT :most"
)


async def put(tx: AsyncConnection, dataset_id: str, chunks: Sequence[Chunk]) -> None:
    await tx.execute(_INSERT, _rows(dataset_id, chunks))


async def take(tx: AsyncConnection, dataset_id: str, chunks: Sequence[Chunk]) -> None:
    await tx.execute(_DELETE, _rows(dataset_id, chunks))


async def count(tx: AsyncConnection, dataset_id: str) -> int:
    return int((await tx.execute(_COUNT, {"match": f"dataset:{_word(dataset_id)}"})).scalar_one())


async def find(tx: AsyncConnection, dataset_id: str, asked: Sequence[str], most: int) -> list[tuple[int, float]]:
    """The best chunks that have one of these words, with their BM25 (higher is better)."""
    words = " OR ".join('"' + token.replace('"', '""') + '"' for token in asked)
    rows = await tx.execute(_FIND, {"match": f"dataset:{_word(dataset_id)} AND words:({words})", "most": most})
    return [(row.rowid, -float(row.score)) for row in rows]


def _rows(dataset_id: str, chunks: Sequence[Chunk]) -> list[dict[str, object]]:
    return [
        {"number": number, "dataset": _word(dataset_id), "words": " ".join(tokens(body, indexing=True))}
        for number, body in chunks
    ]


def _word(dataset_id: str) -> str:
    return dataset_id.rpartition("_")[2]  # unicode61 would split at the underscore
