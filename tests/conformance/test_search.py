"""Search: both databases find the same chunks in the same order, with the same scores."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import insert

from atoll.db.database import Database
from atoll.db.tables.identity import workspaces
from atoll.db.tables.knowledge import chunks, datasets, documents
from atoll.knowledge import index
from atoll.knowledge.index_vectors import Generations
from tests.postgresql import Server
from tests.product import ROOT

TEXTS = [
    "XJ-2000B etches 3.5 nm wafers; the XJ-2000B is sold out.",
    "A wafer is etched. Etching wafers again, and again.",
    "净息差 下降，四家银行的净息差全部下降。",
    "Naïve café owners' growth: 1,200 of them grew.",
    "it's a 'quoted' \\ back\\slash & | ! <-> :* ( ) word",
    "", "。。。", "the the the the the growth", "growth of the backlog: order backlog", "银行",
    "2000b xj stands the other way round", "xj 2000b stands apart",
    *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "samples").rglob("*.md"))),
]  # fmt: skip
ASKED = [
    "XJ-2000B", "etching wafers", "净息差", "净", "银行 下降", "cafe", "growth", "order backlog", "the", "3.5", "1200", "it's",
    "quoted \\ slash & | ! <-> :*", "nothing of this", "' ; DROP TABLE chunk_words; --", "\U0001f30a", "",
    *(one["question"] for one in json.loads((ROOT / "samples" / "questions.json").read_text(encoding="utf-8"))),
]  # fmt: skip


async def found(db: Database) -> list[list[tuple[int, float]]]:
    """(number, BM25) of the hits of each question."""
    await db.migrate()
    at = {"created_at": 0, "updated_at": 0}
    async with db.begin() as tx:
        await tx.execute(insert(workspaces).values(id="ws", name="w", language="en", created_at=0))
        base = {"workspace_id": "ws", "zone": "local", "label": {}, "embedding_model": "", **at}
        await tx.execute(insert(datasets).values(id="ds_1", name="d", **base))
        doc = {"workspace_id": "ws", "dataset_id": "ds_1", "size": 1, "digest": "", "status": "ready", **at}
        await tx.execute(insert(documents).values(id="doc_1", name="a", **doc))
        of = {"dataset_id": "ds_1", "document_id": "doc_1", "start": 0, "end": 1}
        rows = [{"id": f"c{at}", "position": at, "text": body, **of} for at, body in enumerate(TEXTS)]
        await tx.execute(insert(chunks), rows)
        await index.publish(tx, "ds_1", "doc_1")
        assert await index.counts(tx, "ds_1") == (len(TEXTS), len(TEXTS))
    hits = []
    async with db.read() as tx:
        for question in ASKED:
            one = await index.Searcher(Generations(db, None)).search(tx, {"id": "ds_1"}, question, None, index.Best(50))
            hits.append([(hit.number, hit.scores["text"]) for hit in one])
    async with db.begin() as tx:
        await index.withdraw(tx, "ds_1", "doc_1")
        assert (await index.counts(tx, "ds_1"))[1] == 0
    await db.close()
    return hits


async def test_the_same_hits_in_the_same_order(postgresql: Server, tmp_path: Path) -> None:
    ours, theirs = await asyncio.gather(
        found(Database(f"sqlite:///{tmp_path / 'atoll.db'}")), found(Database(postgresql.database()))
    )
    assert sum(bool(hits) for hits in ours) > 15
    for question, left, right in zip(ASKED, ours, theirs, strict=True):
        scores = dict(left)
        assert dict(right) == pytest.approx(scores, rel=1e-4, abs=2e-6), question
        assert [scores[number] for number, _ in right] == sorted(scores.values(), reverse=True), question
