"""The index of words made again from the rows, while the one that is there answers; and where the two differ.

Batch by batch, a transaction each, so that others write between. One that was broken off is begun anew, and what it had
put is not put twice.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.database import Database
from atoll.db.tables.knowledge import chunks, datasets, documents
from atoll.knowledge import words_postgresql, words_sqlite

BATCH = 200  # chunks: a transaction of about 50 ms
BREATH = 0.005  # seconds between two, in which another process may begin to write

_READY = "chunks c JOIN documents d ON d.id = c.document_id WHERE d.status = 'ready'"


@dataclass(frozen=True, slots=True)
class Difference:
    """Chunks of one dataset that should be found by words and are not in the index; `stray` ones, of no dataset."""

    missing: dict[str, int]
    stray: int

    @property
    def found(self) -> bool:
        return bool(self.missing or self.stray)


async def difference(tx: AsyncConnection) -> Difference:
    """What the index of words lacks, by dataset, and what it has besides."""
    table, column = _words(tx.dialect.name).NUMBERS
    lacks = text(
        f"SELECT c.dataset_id, count(*) AS lacks FROM {_READY} "
        f"AND NOT EXISTS (SELECT 1 FROM {table} i WHERE i.{column} = c.number) GROUP BY c.dataset_id"
    )
    besides = text(
        f"SELECT count(*) FROM {table} i WHERE NOT EXISTS (SELECT 1 FROM {_READY} AND c.number = i.{column})"
    )
    missing = {row.dataset_id: row.lacks for row in await tx.execute(lacks)}
    return Difference(missing, (await tx.execute(besides)).scalar_one())


async def list_datasets(db: Database) -> "Sequence[Row[str, str]]":
    """(id, name) of those of all workspaces."""
    async with db.read() as tx:
        return (await tx.execute(select(datasets.c.id, datasets.c.name).order_by(datasets.c.id))).all()


async def rebuild_words(db: Database, progress: Callable[[int, int], None]) -> int:
    """Make the index of words of all datasets again, or help another process that does. `progress`: chunks done, of
    how many. Returns how many it has."""
    words = _words(db.dialect)
    ready = select(func.count()).select_from(chunks.join(documents)).where(documents.c.status == "ready")
    async with db.begin() as tx:
        await words.begin_again(tx)
        total = (await tx.execute(ready)).scalar_one()
    after, done = -1, 0
    while True:
        async with db.begin() as tx:
            if not await words.is_next(tx):
                return total
            query = (
                select(chunks.c.number, chunks.c.dataset_id, chunks.c.heading, chunks.c.text)
                .join(documents, documents.c.id == chunks.c.document_id)
                .where(documents.c.status == "ready", chunks.c.number > after)
                .order_by(chunks.c.number)
                .limit(BATCH)
            )
            rows = (await tx.execute(query)).all()
            if not rows:
                await words.finish_again(tx)
                await tx.execute(update(datasets).values(index_version=datasets.c.index_version + 1))
                return done
            for dataset_id, of_one in groupby(rows, lambda row: row.dataset_id):
                await words.put_again(tx, dataset_id, [(row.number, f"{row.heading}\n{row.text}") for row in of_one])
        after, done = rows[-1].number, done + len(rows)
        progress(done, max(done, total))
        await asyncio.sleep(BREATH)


def _words(dialect: str) -> Any:
    return words_postgresql if dialect == "postgresql" else words_sqlite
