"""A search of 20,000 chunks through the whole service, against numpy's exact search over the same matrix."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from sqlalchemy import insert

from atoll.db.database import Database
from atoll.db.tables.identity import workspaces
from atoll.db.tables.knowledge import chunks, datasets, documents
from atoll.db.tenancy import decide
from atoll.knowledge.index import publish
from atoll.knowledge.service import KnowledgeService
from benchmarks.measure import Row, cpu_seconds

CHUNKS, DIMENSIONS, QUERIES = 20_000, 1024, 40
WORDS = [f"word{i}" for i in range(3000)] + [chr(0x4E00 + i) + chr(0x4E80 + i) for i in range(500)]


async def fill(db: Database, vectors: "np.ndarray[Any, Any]", rng: "np.random.Generator") -> None:
    dataset = {
        "id": "ds_bench",
        "workspace_id": "ws",
        "name": "bench",
        "zone": "local",
        "label": {"level": "public", "tags": []},
        "embedding_model": "bench",
        "created_at": 0,
        "updated_at": 0,
    }
    document = {
        "id": "doc_bench",
        "workspace_id": "ws",
        "dataset_id": "ds_bench",
        "name": "bench.txt",
        "size": 1,
        "digest": "0" * 64,
        "created_at": 0,
        "updated_at": 0,
        "status": "ready",
    }
    rows = [
        {
            "id": f"chk_{i}",
            "dataset_id": "ds_bench",
            "document_id": "doc_bench",
            "position": i,
            "page": 1,
            "start": 0,
            "end": 1,
            "text": " ".join(rng.choice(WORDS, 60)),
            "vector": vectors[i].tobytes(),
        }
        for i in range(CHUNKS)
    ]
    async with db.begin() as tx:
        await tx.execute(insert(workspaces).values(id="ws", name="bench", language="en", created_at=0))
        await tx.execute(insert(datasets).values(dataset))
        await tx.execute(insert(documents).values(document))
        for start in range(0, CHUNKS, 1000):
            await tx.execute(insert(chunks), rows[start : start + 1000])
        await publish(tx, "ds_bench", "doc_bench")


async def measure() -> list[Row]:
    decide("ws")
    rng = np.random.default_rng(7)
    vectors = rng.standard_normal((CHUNKS, DIMENSIONS), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    asked = vectors[rng.integers(0, CHUNKS, QUERIES)] + 0.1 * rng.standard_normal((QUERIES, DIMENSIONS), np.float32)
    questions = [" ".join(rng.choice(WORDS, 6)) for _ in range(QUERIES)]
    turn = 0

    async def embed(workspace_id: str, model: str, texts: Sequence[str]) -> "np.ndarray[Any, Any]":
        return cast("np.ndarray[Any, Any]", asked[turn % QUERIES][None, :])

    async def exact() -> None:
        for vector in asked:
            scores = vectors @ vector
            best = np.argpartition(scores, -5)[-5:]
            best[np.argsort(-scores[best])]

    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}")
        await db.migrate()
        await fill(db, vectors, rng)
        service = KnowledgeService(db, cast(Any, None), cast(Any, None), embed, cast(Any, None))
        found: dict[str, float] = {}
        for mode in ("dense", "text", "hybrid"):

            async def search(mode: str = mode) -> None:
                nonlocal turn
                for turn in range(QUERIES):
                    hits = await service.search("ws", "ds_bench", questions[turn], top_k=5, mode=mode)
                    assert len(hits) == 5

            found[mode] = await cpu_seconds(search, 5) / QUERIES * 1000
        await db.close()
    control = await cpu_seconds(exact, 5) / QUERIES * 1000
    return [
        Row(f"retrieval, {mode}, {CHUNKS:,} chunks", value, "ms CPU", control, "numpy exact search")
        for mode, value in found.items()
    ]
