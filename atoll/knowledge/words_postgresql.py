"""The words of chunks in PostgreSQL: `chunk_words`, found by a GIN index and ranked by BM25 as FTS5 does it.

PostgreSQL's own analysers are not asked: the words are folded by the same FTS5 that the embedded database has, in
memory, so both databases know the same words. What counts as rare is counted in the dataset, not in the whole table.
"""

import asyncio
import sqlite3
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.tenancy import held_by
from atoll.kit.text import tokens

Chunk = tuple[int, str]  # its number, its heading and text
_LONGEST = 500  # characters of a lexeme: PostgreSQL takes 2,046 bytes

NUMBERS = ("chunk_words", "number")  # the table that lists the chunks in the index, and its column
_INSERT = text(
    "INSERT INTO chunk_words (number, dataset_id, length, words) "
    "VALUES (:number, :dataset, :length, CAST(CAST(:words AS text) AS tsvector)) "
    "ON CONFLICT (number) DO UPDATE SET dataset_id = excluded.dataset_id, length = excluded.length, words = excluded.words"
)
_STRAY = text(
    "DELETE FROM chunk_words w WHERE NOT EXISTS (SELECT 1 FROM chunks c JOIN documents d ON d.id = c.document_id "
    "WHERE c.number = w.number AND d.status = 'ready')"
)
_DELETE = text("DELETE FROM chunk_words WHERE number = :number AND dataset_id = :dataset")
_COUNT = text("SELECT count(*) FROM chunk_words WHERE dataset_id = :dataset")
# `asked`: the folded words of each word that was asked for, in their order: they must follow one another in the chunk.
# k1 = 1.2 and b = 0.75 are FTS5's; so are the one word more of each chunk (its dataset) and the least weight of a word.
_FIND = text("""
WITH asked AS (
  SELECT * FROM unnest(CAST(:phrases AS int[]), CAST(:places AS int[]), CAST(:terms AS text[]))
    AS a(phrase, place, term)
), sizes AS (SELECT phrase, count(*) AS size FROM asked GROUP BY phrase),
dataset AS (SELECT count(*) AS chunks, avg(length + 1) AS length FROM chunk_words WHERE dataset_id = :dataset),
hits AS (
  SELECT w.number, w.length + 1 AS length, w.words FROM chunk_words w
  WHERE w.dataset_id = :dataset AND w.words @@ CAST(CAST(:query AS text) AS tsquery)
), starts AS (
  SELECT h.number, h.length, a.phrase, p.position - a.place AS start
  FROM hits h CROSS JOIN LATERAL unnest(h.words) AS u(lexeme, positions, weights)
  JOIN asked a ON a.term = u.lexeme CROSS JOIN LATERAL unnest(u.positions) AS p(position)
  GROUP BY h.number, h.length, a.phrase, start
  HAVING count(*) = (SELECT size FROM sizes s WHERE s.phrase = a.phrase)
), found AS (SELECT number, length, phrase, count(*) AS times FROM starts GROUP BY number, length, phrase),
rare AS (
  SELECT phrase, greatest(ln((d.chunks - count(*) + 0.5) / (count(*) + 0.5)), 0.000001) AS weight
  FROM found, dataset d GROUP BY phrase, d.chunks
)
SELECT f.number, CAST(sum(r.weight * f.times * 2.2 / (f.times + 1.2 * (0.25 + 0.75 * f.length / d.length))) AS float8)
  AS score
FROM found f JOIN rare r ON r.phrase = f.phrase CROSS JOIN dataset d
GROUP BY f.number ORDER BY score DESC, f.number LIMIT :most
""").execution_options(**held_by("the dataset, which was found in the workspace"))


async def put(tx: AsyncConnection, dataset_id: str, chunks: Sequence[Chunk]) -> None:
    folded = await asyncio.to_thread(_fold, [" ".join(tokens(body, indexing=True)) for _, body in chunks])
    rows = [
        {"number": number, "dataset": dataset_id, "length": len(terms), "words": _vector(terms)}
        for (number, _), terms in zip(chunks, folded, strict=True)
    ]
    await tx.execute(_INSERT, rows)


async def take(tx: AsyncConnection, dataset_id: str, chunks: Sequence[Chunk]) -> None:
    await tx.execute(_DELETE, [{"number": number, "dataset": dataset_id} for number, _ in chunks])


async def begin_again(tx: AsyncConnection) -> None:
    """Nothing: a chunk's words are replaced where they are."""


async def is_next(tx: AsyncConnection) -> bool:
    return True


put_again = put


async def finish_again(tx: AsyncConnection) -> None:
    await tx.execute(_STRAY)


async def count(tx: AsyncConnection, dataset_id: str) -> int:
    return int((await tx.execute(_COUNT, {"dataset": dataset_id})).scalar_one())


async def find(tx: AsyncConnection, dataset_id: str, asked: Sequence[str], most: int) -> list[tuple[int, float]]:
    """The best chunks that have one of these words, with their BM25 (higher is better)."""
    phrases = [terms for terms in _fold(asked) if terms]
    if not phrases:
        return []
    each = [(at, place, term) for at, terms in enumerate(phrases) for place, term in enumerate(terms)]
    numbers, places, terms = zip(*each, strict=True)
    given = {
        "dataset": dataset_id, "phrases": numbers, "places": places, "terms": terms, "most": most,
        "query": " | ".join("(" + " <-> ".join(map(_quoted, terms)) + ")" for terms in phrases),
    }  # fmt: skip
    return [(row.number, row.score) for row in await tx.execute(_FIND, given)]


def _fold(texts: Sequence[str]) -> list[list[str]]:
    """The words of each text as FTS5 keeps them, in order."""
    found: list[list[str]] = [[] for _ in texts]
    memory = sqlite3.connect(":memory:")
    try:
        memory.execute("CREATE VIRTUAL TABLE texts USING fts5(words, tokenize='porter unicode61')")
        memory.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(texts, instance)")
        memory.executemany("INSERT INTO texts(rowid, words) VALUES (?, ?)", enumerate(texts))
        for doc, term in memory.execute('SELECT doc, term FROM terms ORDER BY doc, "offset"'):
            found[doc].append(term[:_LONGEST])
    finally:
        memory.close()
    return found


def _vector(terms: Sequence[str]) -> str:
    """PostgreSQL's notation. It keeps no more than 256 places of a word, and none beyond the 16,383rd."""
    places: dict[str, list[str]] = {}
    for at, term in enumerate(terms, 1):
        places.setdefault(term, []).append(str(at))
    return " ".join(f"{_quoted(term)}:{','.join(at)}" for term, at in places.items())


def _quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"
