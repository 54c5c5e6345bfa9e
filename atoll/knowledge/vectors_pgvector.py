"""Vectors in the same PostgreSQL, by the extension pgvector: a table per generation with an HNSW index.

A table of its own, because an index over all datasets would be searched first and filtered afterwards: a small dataset
beside a large one would find nothing.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db import postgresql
from atoll.db.database import Database
from atoll.db.errors import said_plainly
from atoll.db.row_security import hold_index
from atoll.kit.errors import OperationalError, UserError
from atoll.knowledge.vectors import BATCH, MOST, Gone, checked_name, dataset_of, dimensions_of, is_generation

if TYPE_CHECKING:
    from atoll.knowledge.vectors import Vectors

OLDEST = (0, 7)  # halfvec
# What pgvector indexes: dimensions up to which, by type of column. Longer ones are compared one by one.
_TYPES = ((2_000, "vector"), (4_000, "halfvec"))
LONGEST = 16_000
WAIT_SECONDS = 60  # for a connection
_UNDEFINED_TABLE = "42P01"


class PgVectors:
    kind = "pgvector"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def open(self) -> None:
        query = text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        async with self._db.read() as tx:
            found = (await tx.execute(query)).scalar_one_or_none()
        if found is None:
            async with self._db.begin() as tx:
                try:
                    async with tx.begin_nested():
                        await tx.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
                except DBAPIError as error:
                    raise _no_extension(str(error.orig).splitlines()[0].rpartition(": ")[2]) from None
                found = (await tx.execute(query)).scalar_one()
        if tuple(int(part) for part in found.split(".")[:2]) < OLDEST:
            raise OperationalError(
                "vectors_extension_old",
                f"PostgreSQL's extension pgvector is {found}; Atoll needs 0.7 or newer. Update it: "
                "ALTER EXTENSION vector UPDATE.",
                f"PostgreSQL 的 pgvector 扩展版本为 {found}，需要 0.7 或更高版本。请升级：ALTER EXTENSION vector UPDATE。",
            )
        for generation in await self.generations():  # those of a version that did not hold them
            async with self._db.begin() as tx:
                await hold_index(tx, generation, dataset_of(generation))

    async def close(self) -> None:
        """The connections are the database's."""

    async def create(self, generation: str) -> None:
        table, dimensions = checked_name(generation), dimensions_of(generation)
        if dimensions > LONGEST:
            raise UserError(
                "vectors_too_long",
                f"pgvector keeps vectors of up to {LONGEST} numbers; this model gives {dimensions}. Choose another model.",
                f"pgvector 最多支持 {LONGEST} 维向量，该模型为 {dimensions} 维。请选择其他模型。",
            )
        kind = _type(dimensions)
        async with self._db.begin() as tx:  # in turn: two that create one table at once fail both
            await tx.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS {table} "
                    f"(number bigint PRIMARY KEY, vector {kind}({dimensions}) NOT NULL)"
                )
            )
            await hold_index(tx, table, dataset_of(table))

    async def index(self, generation: str) -> None:
        table, dimensions = checked_name(generation), dimensions_of(generation)
        if dimensions > _TYPES[-1][0]:
            return
        statement = f"CREATE INDEX IF NOT EXISTS {table}_near ON {table} USING hnsw (vector {_type(dimensions)}_ip_ops)"
        # Not from the pools: a large one takes longer than a statement there may. Who writes to it meanwhile waits.
        patient = postgresql.open_pool(self._db.url, 1, wait_seconds=WAIT_SECONDS)
        try:
            with said_plainly():
                async with patient.begin() as tx:
                    await tx.execute(text(statement))
        except DBAPIError as error:
            raise _meant(error, generation) from None
        finally:
            await patient.dispose()

    async def put(self, generation: str, numbers: Sequence[int], vectors: "Vectors") -> None:
        if not len(numbers):
            return
        kind = _type(dimensions_of(generation))
        query = text(
            f"INSERT INTO {checked_name(generation)} (number, vector) "
            f"VALUES (:number, CAST(CAST(:vector AS text) AS {kind})) "
            "ON CONFLICT (number) DO UPDATE SET vector = excluded.vector"
        )
        pairs = sorted(zip(map(int, numbers), vectors, strict=True), key=lambda pair: pair[0])
        rows = [{"number": number, "vector": _written(vector)} for number, vector in pairs]  # locked in their order
        assert len(rows) <= BATCH
        async with self._in(generation) as tx:
            await tx.execute(query, rows)

    async def settle(self, generation: str) -> None:
        """At once: what is committed is found."""

    async def remove(self, generation: str, numbers: Sequence[int]) -> None:
        query = text(f"DELETE FROM {checked_name(generation)} WHERE number = ANY(CAST(:numbers AS bigint[]))")
        async with self._in(generation) as tx:
            await tx.execute(query, {"numbers": sorted(int(number) for number in numbers)})

    async def find(self, generation: str, vector: "Vectors", most: int) -> list[tuple[int, float]]:
        kind = _type(dimensions_of(generation))
        asked = f"CAST(CAST(:vector AS text) AS {kind})"
        query = text(
            f"SELECT number, -(vector <#> {asked}) AS score FROM {checked_name(generation)} "
            f"ORDER BY vector <#> {asked} LIMIT :most"
        )
        width = text("SELECT set_config('hnsw.ef_search', :width, true)")
        async with self._in(generation, write=False) as tx:
            await tx.execute(width, {"width": str(min(MOST, max(100, 2 * most)))})
            rows = await tx.execute(query, {"vector": _written(vector), "most": min(MOST, most)})
            return [(row.number, row.score) for row in rows]

    async def numbers(self, generation: str, above: int, upto: int) -> set[int]:
        query = text(
            f"SELECT number FROM {checked_name(generation)} WHERE number > :above AND number <= :upto "
            "ORDER BY number LIMIT 10000"
        )
        async with self._in(generation, write=False) as tx:
            return set((await tx.execute(query, {"above": above, "upto": upto})).scalars())

    async def count(self, generation: str) -> int:
        async with self._in(generation, write=False) as tx:
            return int((await tx.execute(text(f"SELECT count(*) FROM {checked_name(generation)}"))).scalar_one())

    async def drop(self, generation: str) -> None:
        async with self._db.begin(fenced=True) as tx:
            await tx.execute(text(f"DROP TABLE IF EXISTS {checked_name(generation)}"))

    async def generations(self) -> list[str]:
        query = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
        async with self._db.read() as tx:
            return [name for name in (await tx.execute(query)).scalars() if is_generation(name, self.kind)]

    @asynccontextmanager
    async def _in(self, generation: str, *, write: bool = True) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._db.begin(fenced=True) if write else self._db.read(slow=True) as tx:
                yield tx
        except DBAPIError as error:
            raise _meant(error, generation) from None


def _meant(error: DBAPIError, generation: str) -> Exception:
    return Gone(generation) if getattr(error.orig, "sqlstate", "") == _UNDEFINED_TABLE else error


def _type(dimensions: int) -> str:
    return next((kind for most, kind in _TYPES if dimensions <= most), "vector")


def _written(vector: Any) -> str:
    return "[" + ",".join(map(repr, vector.tolist())) + "]"


def _no_extension(why: str) -> OperationalError:
    return OperationalError(
        "vectors_extension_missing",
        f"ATOLL_VECTORS is pgvector, and PostgreSQL's extension can't be made ({why}). Install pgvector on the server, then "
        "as its administrator, in this database: CREATE EXTENSION vector.",
        f"ATOLL_VECTORS 为 pgvector，但无法创建 PostgreSQL 扩展（{why}）。请在服务器上安装 pgvector，"
        "并由管理员在该数据库中执行：CREATE EXTENSION vector。",
    )
