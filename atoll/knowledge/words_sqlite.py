"""The words of chunks in SQLite's FTS5: `chunks_fts`, contentless.

It can't be mended row by row, for what a row once held is needed to take it out. So it is made again beside itself, as
`chunks_fts_next`, which takes part in every change meanwhile, and then takes its place.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.kit.text import tokens

Chunk = tuple[int, str]  # its number, its heading and text

NUMBERS = ("chunks_fts_docsize", "id")  # a table that lists the chunks in the index, and its column
_NOW, _NEXT = "chunks_fts", "chunks_fts_next"
_INSERT, _DELETE = (
    {table: text(statement.format(table)) for table in (_NOW, _NEXT)}
    for statement in (
        "INSERT INTO {0}(rowid, dataset, words) VALUES (:number, :dataset, :words)",
        "INSERT INTO {0}({0}, rowid, dataset, words) VALUES ('delete', :number, :dataset, :words)",
    )
)
_IS_NEXT = text("SELECT 1 FROM sqlite_master WHERE name = 'chunks_fts_next'")
_IN_NEXT = text("SELECT id FROM chunks_fts_next_docsize WHERE id IN :numbers").bindparams(
    bindparam("numbers", expanding=True)
)
_COUNT = text("SELECT count(*) FROM chunks_fts WHERE chunks_fts MATCH :match")
_FIND = text(
    "SELECT rowid, bm25(chunks_fts, 0.0, 1.0) AS score FROM chunks_fts WHERE chunks_fts MATCH :match "
    "ORDER BY score LIMIT :most"
)


async def put(tx: AsyncConnection, dataset_id: str, chunks: Sequence[Chunk]) -> None:
    rows = _rows(dataset_id, chunks)
    await tx.execute(_INSERT[_NOW], rows)
    if await is_next(tx):
        await tx.execute(_INSERT[_NEXT], rows)


async def take(tx: AsyncConnection, dataset_id: str, chunks: Sequence[Chunk]) -> None:
    rows = _rows(dataset_id, chunks)
    await tx.execute(_DELETE[_NOW], rows)
    if await is_next(tx):
        there = await _in_next(tx, [number for number, _ in chunks])
        if held := [row for row in rows if row["number"] in there]:
            await tx.execute(_DELETE[_NEXT], held)


async def begin_again(tx: AsyncConnection) -> None:
    """From now on the next index is made. One that was begun and not finished is gone on with."""
    made = "CREATE VIRTUAL TABLE IF NOT EXISTS chunks_fts_next USING fts5(dataset, words, content='', tokenize='porter unicode61')"
    await tx.execute(text(made))


async def put_again(tx: AsyncConnection, dataset_id: str, chunks: Sequence[Chunk]) -> None:
    """Published chunks into the next index, those that are not there yet."""
    there = await _in_next(tx, [number for number, _ in chunks])
    if rows := _rows(dataset_id, [chunk for chunk in chunks if chunk[0] not in there]):
        await tx.execute(_INSERT[_NEXT], rows)


async def finish_again(tx: AsyncConnection) -> None:
    """The next index, which is whole, takes the place of the one that answers."""
    await tx.execute(text("DROP TABLE chunks_fts"))
    await tx.execute(text("ALTER TABLE chunks_fts_next RENAME TO chunks_fts"))


async def is_next(tx: AsyncConnection) -> bool:
    """Whether the next index is being made; another process may have finished it."""
    return (await tx.execute(_IS_NEXT)).first() is not None


async def _in_next(tx: AsyncConnection, numbers: Sequence[int]) -> set[int]:
    return {row.id for row in await tx.execute(_IN_NEXT, {"numbers": list(numbers)})}


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
