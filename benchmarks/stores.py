"""Vectors in pgvector and Milvus beside the rows themselves, and files in a bucket beside a folder: wall time, for both wait.

Milvus is measured where it is installed: `.cache/milvus/bin/python -m benchmarks.run stores` after `make test-milvus`.
"""

import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
from sqlalchemy import insert, text

from atoll.db.database import Database
from atoll.db.files import FileStore, open_files
from atoll.db.tables.identity import workspaces
from atoll.db.tables.knowledge import chunks, datasets, documents
from atoll.db.tenancy import decide
from atoll.kit.ids import new_id
from atoll.knowledge.service import KnowledgeService
from atoll.knowledge.vectors import open_vectors
from benchmarks.measure import Row, percentile
from tests.postgresql import pgvector_programs, server
from tests.s3 import serving

CHUNKS, DIMENSIONS, QUERIES, NEAREST = 20_000, 384, 100, 10
FILE_MB = 64


async def measure() -> list[Row]:
    decide(None, "a benchmark")
    return [*await _vectors(), *await _files()]


async def _vectors() -> list[Row]:
    given, asked = _heaps()
    exact = [set(np.argsort(-(given @ one))[:NEAREST].tolist()) for one in asked]
    turn = 0

    async def embed(workspace_id: str, model: str, texts: Sequence[str]) -> "np.ndarray[Any, Any]":
        return cast("np.ndarray[Any, Any]", asked[turn][None, :])

    rows: list[Row] = []
    control = 0.0
    with ExitStack() as stack:
        programs = stack.enter_context(pgvector_programs())
        url = stack.enter_context(server(programs=programs)).database()
        db = Database(url)
        await db.migrate()
        dataset = await _filled(db, given)
        for name, chosen in (("rows", ""), ("pgvector", "pgvector"), *_milvus(stack)):
            store = open_vectors(chosen, db)
            none = cast(Any, None)
            service = KnowledgeService(db, none, none, embed, none, vectors=store)
            await service.open()
            began = time.perf_counter()
            await service.vectors.rebuild(dataset)
            filled = time.perf_counter() - began
            taken, hits = [], 0
            for turn in (0, *range(QUERIES)):  # the first one warms
                began = time.perf_counter()
                found = await service.search("ws", dataset, "q", top_k=NEAREST, mode="dense")
                taken.append((time.perf_counter() - began) * 1000)
                hits += len(exact[turn] & {int(hit.text) for hit in found})
            median = percentile(taken[1:], 50)
            control = control or median
            rows.append(Row(f"search of {CHUNKS:,} chunks, {name}", median, "ms, median", control, "in the rows"))
            if store is not None:
                rows.append(Row(f"  recall at {NEAREST}", 100 * hits / (QUERIES + 1) / NEAREST, "%", 100, "exact"))
                rows.append(Row("  index made again", filled, "s"))
            await service.close()
        await db.close()
    return rows


def _milvus(stack: ExitStack) -> Iterator[tuple[str, str]]:
    if find_spec("milvus") is not None:
        from tests.milvus.server import running

        yield "Milvus", stack.enter_context(running()).address


def _heaps() -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]:
    """Vectors in 300 heaps, as texts on 300 matters give them, and questions near some of them."""
    dice = np.random.default_rng(7)
    centres = dice.standard_normal((300, DIMENSIONS), np.float32)
    given = centres[dice.integers(0, 300, CHUNKS)] + 0.8 * dice.standard_normal((CHUNKS, DIMENSIONS), np.float32)
    asked = given[dice.integers(0, CHUNKS, QUERIES)] + 0.3 * dice.standard_normal((QUERIES, DIMENSIONS), np.float32)
    for one in (given, asked):
        one /= np.linalg.norm(one, axis=1, keepdims=True)
    return given, asked


async def _filled(db: Database, given: "np.ndarray[Any, Any]") -> str:
    """A dataset whose chunks are called by their place in `given`."""
    dataset, at = new_id("ds"), {"created_at": 0, "updated_at": 0}
    rows = [
        {"id": f"c{n}", "dataset_id": dataset, "document_id": "doc", "position": n, "start": 0, "end": 1, "text": str(n),
         "vector": vector.tobytes()}
        for n, vector in enumerate(given)
    ]  # fmt: skip
    base = {"workspace_id": "ws", "zone": "local", "label": {}, "embedding_model": "bench", **at}
    document = {"workspace_id": "ws", "dataset_id": dataset, "size": 1, "digest": "", "status": "ready", **at}
    async with db.begin() as tx:
        await tx.execute(insert(workspaces).values(id="ws", name="w", language="en", created_at=0))
        await tx.execute(insert(datasets).values(id=dataset, name="d", **base))
        await tx.execute(insert(documents).values(id="doc", name="a", **document))
        for start in range(0, len(rows), 1000):
            await tx.execute(insert(chunks), rows[start : start + 1000])
        await tx.execute(text("ANALYZE"))  # as PostgreSQL does by itself a minute later
    return dataset


async def _files() -> list[Row]:
    piece = os.urandom(1 << 20)

    async def content() -> AsyncIterator[bytes]:
        for _ in range(FILE_MB):
            yield piece

    async def timed(work: Callable[[], Awaitable[object]]) -> float:
        began = time.perf_counter()
        await work()
        return time.perf_counter() - began

    taken: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder, _bucket() as bucket:
        for name, storage in (("folder", folder), ("bucket", bucket)):
            files: FileStore = open_files(storage, Path(folder))
            await files.open()
            put = await timed(lambda files=files: files.put(content()))  # type: ignore[misc]
            (digest,) = [file.digest async for file in files.list()]
            taken[name] = put, await timed(lambda files=files, digest=digest: files.read(digest))  # type: ignore[misc]
    return [
        Row(
            f"{what} of {FILE_MB} MB, bucket on this machine",
            taken["bucket"][at],
            "s",
            taken["folder"][at],
            "in a folder",
        )
        for at, what in enumerate(("upload", "download"))
    ]


@contextmanager
def _bucket() -> Iterator[str]:
    with serving() as bucket:
        before = {name: os.environ.get(name) for name in bucket.variables}
        os.environ.update(bucket.variables)
        try:
            yield f"s3://{bucket.name}"
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
