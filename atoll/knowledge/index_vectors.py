"""The vectors' side of the index: documents into the generation that answers, out of it, and a generation made again.

Rows are the truth. A dataset's row names the generation that answers (`vectors`) and the one that is being filled
(`vectors_next`). Who publishes a document has put its vectors into both before, and says so in the publishing
transaction; so a generation that is filled from the rows is whole when its scan ends, whatever was published meanwhile.
What is deleted goes from the rows first; what an index keeps too long is never shown and is swept up by `mend`.
Where no generation answers, the rows themselves are searched.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.tables.knowledge import chunks, datasets, documents
from atoll.db.tenancy import ours, owned
from atoll.knowledge.vectors import BATCH, Gone, VectorStore, dimensions_of, is_generation, new_generation

if TYPE_CHECKING:
    from atoll.knowledge.vectors import Vectors

log = structlog.get_logger("atoll.knowledge")
PAGE = 1000  # chunks compared at a time
END = 2**62  # above every number
SETTLE = 2.0  # seconds

Progress = Callable[[int, int], None]
"""(chunks done, of how many)"""


@dataclass(frozen=True, slots=True)
class Mended:
    """Chunks that the index lacked, and numbers in it that no row has."""

    missing: int = 0
    stray: int = 0


class Generations:
    """Without a store it only sees to it that no generation answers which is not kept up."""

    def __init__(self, db: Database, store: VectorStore | None) -> None:
        self._db, self.store = db, store

    def answering(self, name: str) -> str | None:
        """A name in a dataset's row, if it is a generation of this store."""
        return name if self.store is not None and is_generation(name, self.store.kind) else None

    # A document

    async def put(self, dataset_id: str, document_id: str) -> frozenset[str] | None:
        """Put a document's vectors into the generations that its dataset's row names. Returns them, None where it has no
        vectors. Raises Gone where one was replaced meanwhile, Unavailable."""
        async with self._db.read() as tx:
            length = (await tx.execute(_longest(document_id))).scalar_one_or_none()
        if length is None:
            return None
        if self.store is None:
            return frozenset()
        names = await self._targets(
            dataset_id, length // 4
        )  # before the vectors are read, so that old ones never go into a new generation
        try:
            async for numbers, vectors in self._of_document(document_id, length):
                for name in names:
                    await self.store.put(name, numbers, vectors)
            for name in names:
                await self.store.settle(name)
        except Gone as gone:
            await self.lost(dataset_id, gone.params["generation"])
            raise
        return frozenset(names)

    async def demand(self, tx: AsyncConnection, dataset_id: str, written: frozenset[str] | None) -> bool:
        """Whether a document may be published: what its dataset names has its vectors. Names of an index that is not
        this process's are taken away, for that index does not get them: the rows answer then."""
        if written is None:
            return True
        row = (await tx.execute(_named(dataset_id))).one_or_none()
        if row is None:
            return True  # deleted, and the document with it
        for column, name in (("vectors", row.vectors), ("vectors_next", row.vectors_next)):
            if not name or name in written:
                continue
            if self.answering(name):
                return False
            await tx.execute(update(datasets).where(_is(dataset_id)).values({column: ""}))
            log.warning("vectors.not_kept_up", dataset=dataset_id, generation=name)
        return True

    async def forget(self, names: Collection[str], numbers: Sequence[int]) -> None:
        """After their rows are gone. What does not answer keeps them until it is mended: they are never shown."""
        for name in filter(self.answering, names):
            assert self.store is not None
            try:
                for at in range(0, len(numbers), BATCH):
                    await self.store.remove(name, numbers[at : at + BATCH])
            except Gone:
                continue
            except Unavailable as away:
                log.warning("vectors.left_behind", generation=name, chunks=len(numbers), code=away.code)

    async def drop(self, names: Collection[str]) -> None:
        """After no row names them any more. What does not answer keeps them until they are swept up."""
        for name in filter(self.answering, names):
            assert self.store is not None
            try:
                await self.store.drop(name)
            except Unavailable as away:
                log.warning("vectors.left_behind", generation=name, code=away.code)

    async def lost(self, dataset_id: str, name: str) -> None:
        """The index no longer has this generation: if the dataset's row still names it, the rows answer from now on."""
        async with self._db.begin(fenced=True) as tx:
            for column in (datasets.c.vectors, datasets.c.vectors_next):
                where = and_(_is(dataset_id), column == name)
                if (await tx.execute(update(datasets).where(where).values({column.name: ""}))).rowcount:
                    log.error("vectors.lost", dataset=dataset_id, generation=name)

    # A whole dataset

    async def rebuild(self, dataset_id: str, progress: Progress = lambda done, total: None) -> int:
        """Make the generation of a dataset again from the rows, then let it answer. Returns how many vectors it has.

        One that was broken off is gone on with. Until the new one is whole, what answered before answers. Without a
        store, and for a dataset without vectors, there is nothing to do. Raises Gone where another process finished the
        same first, Unavailable."""
        if self.store is None:
            return 0
        name = await self._next(dataset_id)
        if name is None:
            return 0
        try:
            done = await self._compare(dataset_id, name, progress)
            await self.store.index(name)
        except Gone:
            await self.lost(dataset_id, name)
            raise
        where = and_(_is(dataset_id), datasets.c.vectors_next == name)
        async with self._db.begin() as tx:
            row = (await tx.execute(_named(dataset_id))).one_or_none()
            switched = await tx.execute(update(datasets).where(where).values(vectors=name, vectors_next=""))
        if row is None or not switched.rowcount:
            await self.drop([name])
            raise Gone(name)
        await self.drop([row.vectors] if row.vectors else [])
        log.info("vectors.rebuilt", dataset=dataset_id, generation=name, missing=done.missing)
        return await self.store.count(name)

    async def mend(self, dataset_id: str) -> Mended:
        """Find and mend where the generation that answers and the rows differ."""
        async with self._db.read() as tx:
            row = (await tx.execute(_named(dataset_id))).one_or_none()
        if row is None or self.store is None or not (name := self.answering(row.vectors)):
            return Mended()
        return await self._compare(dataset_id, name, lambda done, total: None)

    async def sweep(self) -> int:
        """Drop the generations that no dataset's row names. The index's database must be this installation's own."""
        if self.store is None:
            return 0
        held = await self.store.generations()
        await asyncio.sleep(SETTLE)  # in which one that was made just now is named by a row
        async with self._db.read() as tx:
            rows = (await tx.execute(select(datasets.c.vectors, datasets.c.vectors_next))).all()
        stray = sorted(set(held) - {name for row in rows for name in row})
        for name in stray:
            await self.store.drop(name)
        return len(stray)

    async def counts(self, dataset_id: str) -> tuple[int, int] | None:
        """(vectors that should be found, vectors in the generation that answers); None where the rows answer."""
        async with self._db.read() as tx:
            row = (await tx.execute(_named(dataset_id))).one()
            if self.store is None or not (name := self.answering(row.vectors)):
                return None
            should = (await tx.execute(_countable(dataset_id, dimensions_of(name)))).scalar_one()
        return should, await self.store.count(name)

    # Inside

    async def _targets(self, dataset_id: str, dimensions: int) -> list[str]:
        """The generations that a document with vectors of this length goes into.

        A first one is begun if nothing is published that it would lack; another, if the model gives other vectors by now:
        those of before answer no question any more. It is made before a row names it, so what is named and not there is
        lost. Raises Gone where another process changed the same meanwhile."""
        assert self.store is not None
        async with self._db.read() as tx:
            row = (await tx.execute(_named(dataset_id))).one_or_none()
            if row is None:
                return []  # deleted meanwhile; publishing will see it
            serving, following = self.answering(row.vectors), self.answering(row.vectors_next)
            first = not serving and (await tx.execute(_any(dataset_id, dimensions))).first() is None
        if following and dimensions_of(following) != dimensions:
            following = None
        begun = None
        if first or (serving and dimensions_of(serving) != dimensions):
            serving = begun = new_generation(self.store.kind, dataset_id, dimensions)
            await self.store.create(begun)
            await self.store.index(begun)
        named = (serving or "", following or "")
        if named != (row.vectors, row.vectors_next):
            where = and_(
                _is(dataset_id), datasets.c.vectors == row.vectors, datasets.c.vectors_next == row.vectors_next
            )
            change = update(datasets).where(where).values(vectors=named[0], vectors_next=named[1])
            async with self._db.begin() as tx:
                same = not first or (await tx.execute(_any(dataset_id, dimensions))).first() is None
                changed = same and (await tx.execute(change)).rowcount
            if not changed:
                await self.drop([begun] if begun else [])
                raise Gone(begun or row.vectors)
            await self.drop({row.vectors, row.vectors_next} - {*named, ""})
        return [name for name in (serving, following) if name]

    async def _next(self, dataset_id: str) -> str | None:
        """The generation to fill: the one that was begun, else a new one. None where nothing is to be found."""
        assert self.store is not None
        async with self._db.read() as tx:
            row = (await tx.execute(_named(dataset_id))).one_or_none()
            length = (await tx.execute(_newest(dataset_id))).scalar_one_or_none()
        if row is None or length is None:
            return None
        name = self.answering(row.vectors_next)
        if name and length == 4 * dimensions_of(name):
            return name
        made = new_generation(self.store.kind, dataset_id, length // 4)
        await self.store.create(made)
        where = and_(_is(dataset_id), datasets.c.vectors_next == row.vectors_next)
        async with self._db.begin() as tx:
            changed = await tx.execute(update(datasets).where(where).values(vectors_next=made))
        if not changed.rowcount:
            await self.drop([made])
            raise Gone(made)
        await self.drop([name] if name else [])
        return made

    async def _compare(self, dataset_id: str, name: str, progress: Progress) -> Mended:
        """Put what the generation lacks and remove what no row has, in the order of the numbers."""
        assert self.store is not None
        length = 4 * dimensions_of(name)
        async with self._db.read() as tx:
            total = (await tx.execute(_countable(dataset_id, length // 4))).scalar_one()
        above, missing, stray, done = -1, 0, 0, 0
        while above < END:
            async with self._db.read() as tx:
                upto = (await tx.execute(_page_end(dataset_id, above))).scalar_one_or_none() or END
            # First the index: what is in it has had its row before, and numbers are never used again.
            held = await self.store.numbers(name, above, upto)
            async with self._db.read(slow=True) as tx:
                rows = (await tx.execute(_numbers(dataset_id, above, upto))).all()
            lacks = [row.number for row in rows if row.ready and row.length == length and row.number not in held]
            for at in range(0, len(lacks), BATCH):
                await self._put_numbers(name, lacks[at : at + BATCH], length)
            besides = sorted(held - {row.number for row in rows})
            for at in range(0, len(besides), BATCH):
                await self.store.remove(name, besides[at : at + BATCH])
            missing, stray, above = missing + len(lacks), stray + len(besides), upto
            done += sum(1 for row in rows if row.ready and row.length == length)
            progress(done, max(done, total))
        await self.store.settle(name)
        return Mended(missing, stray)

    async def _put_numbers(self, name: str, numbers: list[int], length: int) -> None:
        assert self.store is not None
        query = select(chunks.c.number, chunks.c.vector).where(chunks.c.number.in_(numbers))
        async with self._db.read(slow=True) as tx:
            rows = [row for row in await tx.execute(query) if row.vector is not None and len(row.vector) == length]
        if rows:
            await self.store.put(name, [row.number for row in rows], _unpacked(rows))

    async def _of_document(self, document_id: str, length: int) -> AsyncIterator[tuple[list[int], "Vectors"]]:
        last = -1
        while True:
            query = (
                select(chunks.c.number, chunks.c.vector)
                .where(chunks.c.document_id == ours(documents, document_id), chunks.c.number > last)
                .where(chunks.c.vector.is_not(None), func.length(chunks.c.vector) == length)
                .order_by(chunks.c.number)
                .limit(BATCH)
            )
            async with self._db.read(slow=True) as tx:
                rows = (await tx.execute(query)).all()
            if not rows:
                return
            last = rows[-1].number
            yield [row.number for row in rows], _unpacked(rows)


def _unpacked(rows: Sequence[Any]) -> "Vectors":
    import numpy as np

    return np.frombuffer(b"".join(row.vector for row in rows), dtype="<f4").reshape(len(rows), -1)


def _is(dataset_id: str) -> Any:
    return and_(owned(datasets), datasets.c.id == dataset_id)


def _named(dataset_id: str) -> Any:
    return select(datasets.c.vectors, datasets.c.vectors_next).where(_is(dataset_id))


def _longest(document_id: str) -> Any:
    """The bytes of a document's last vector."""
    query = select(func.length(chunks.c.vector)).where(
        chunks.c.document_id == ours(documents, document_id), chunks.c.vector.is_not(None)
    )
    return query.order_by(chunks.c.position.desc()).limit(1)


def _published(dataset_id: str) -> Any:
    ready = chunks.join(documents, documents.c.id == chunks.c.document_id)
    where = and_(
        owned(documents), chunks.c.dataset_id == dataset_id, documents.c.status == "ready", chunks.c.vector.is_not(None)
    )
    return ready, where


def _newest(dataset_id: str) -> Any:
    """The bytes of the newest vector that is published."""
    ready, where = _published(dataset_id)
    query = select(func.length(chunks.c.vector)).select_from(ready).where(where)
    return query.order_by(chunks.c.number.desc()).limit(1)


def _countable(dataset_id: str, dimensions: int) -> Any:
    ready, where = _published(dataset_id)
    return select(func.count()).select_from(ready).where(where, func.length(chunks.c.vector) == 4 * dimensions)


def _any(dataset_id: str, dimensions: int) -> Any:
    """A row, if a vector of this length is published."""
    ready, where = _published(dataset_id)
    query = select(chunks.c.number).select_from(ready).where(where, func.length(chunks.c.vector) == 4 * dimensions)
    return query.limit(1)


def _page_end(dataset_id: str, above: int) -> Any:
    query = select(chunks.c.number).where(chunks.c.dataset_id == ours(datasets, dataset_id), chunks.c.number > above)
    return query.order_by(chunks.c.number).offset(PAGE - 1).limit(1)


def _numbers(dataset_id: str, above: int, upto: int) -> Any:
    return (
        select(
            chunks.c.number,
            (documents.c.status == "ready").label("ready"),
            func.length(chunks.c.vector).label("length"),
        )
        .join(documents, documents.c.id == chunks.c.document_id)
        .where(owned(documents), chunks.c.dataset_id == dataset_id)
        .where(chunks.c.number > above, chunks.c.number <= upto)
    )
