"""Differences between rows, files and index: each kind made, found, mended where it can be, and nothing else touched."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, insert, select, text, update

from atoll.backup.reconcile import MENDABLE, Wish, reconcile
from atoll.cli.instance import Instance
from atoll.db.tables.apps import graphs
from atoll.db.tables.knowledge import chunks, documents
from atoll.db.tables.runs import event_values
from atoll.engine.graph import Graph
from atoll.kit.settings import Settings
from atoll.knowledge.index_vectors import Generations
from atoll.knowledge.rebuild import difference, rebuild_words
from atoll.knowledge.schemas import NewDataset
from atoll.runs.service import NewRun

LARGE = {
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "name"}},
        {"id": "long", "type": "template", "config": {"template": "{{ name * 70000 }}"}},
        {"id": "end", "type": "output"},
    ],
    "edges": [{"source": "start", "target": "long"}, {"source": "long", "target": "end"}],
}


class House:
    """An installation at work with three documents and a run that has a large value."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.db, self.files = instance, instance.db, instance.files
        self.workspace = self.dataset = ""

    async def fill(self) -> None:
        self.workspace = await self.instance.workspaces.add_workspace("w")
        self.dataset = (await self.instance.knowledge.create_dataset(self.workspace, NewDataset(name="d"))).id
        for name in ("copper", "silver", "tin"):
            await self.add(name)
        run = await self.instance.runs.create(self.workspace, NewRun(Graph.model_validate(LARGE), {"name": "x"}, "me"))
        assert (await self.instance.runs.wait(self.workspace, run.id)).status == "succeeded"

    async def add(self, name: str) -> str:
        content = f"# {name}\n\nThe price of {name} rose. 价格上涨。".encode()
        made = await self.instance.knowledge.add_document(self.workspace, self.dataset, f"{name}.md", content)
        assert (await self.instance.knowledge.settled(self.workspace, made.id)).status == "ready"
        return made.id

    async def look(self, **wish: Any) -> list[tuple[str, str, bool]]:
        wished = Wish(**{"age_hours": 0.0, **wish})
        vectors = Generations(self.db, None)
        found = await reconcile(self.db, self.files, vectors, wished, lambda done, total: None)
        return [(one.kind, one.what, one.mended) for one in found]

    async def find(self, query: str) -> list[str]:
        found = await self.instance.knowledge.search(self.workspace, self.dataset, query, mode="text")
        return [hit.document_name for hit in found]

    def place(self, digest: str) -> Path:
        return self.instance.settings.data / "files" / digest[:2] / digest


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(data=tmp_path / "data", database_url=database_url, sample=False)
    instance = Instance(settings)
    await instance.start()
    made = House(instance)
    try:
        await made.fill()
        yield made
    finally:
        await instance.stop()


async def test_where_all_agrees_nothing_is_found_and_nothing_changed(house: House) -> None:
    async with house.db.read() as tx:
        assert len((await tx.execute(select(event_values.c.digest))).all()) == 1  # the run's, which is in use
    assert await house.look(mend=True, deep=True) == []
    assert await house.find("copper") == ["copper.md"]


async def test_each_difference_is_found_mended_and_gone(house: House) -> None:
    stray = await house.files.put(b"nobody's")
    async with house.db.begin() as tx:
        rows = {row.name: row for row in await tx.execute(select(documents))}
        await tx.execute(update(chunks).where(chunks.c.document_id == rows["copper.md"].id).values(vector=None))
        await tx.execute(delete(chunks).where(chunks.c.document_id == rows["silver.md"].id))
        inner = orjson.dumps("y" * 70_000).decode()
        outer = orjson.dumps({"$value": hashlib.sha256(inner.encode()).hexdigest()}).decode()
        for value in (inner, outer):
            row = {
                "workspace_id": house.workspace,
                "digest": hashlib.sha256(value.encode()).hexdigest(),
                "value": value,
            }
            await tx.execute(insert(event_values), row)
        unnamed = {"workspace_id": house.workspace, "content": "c" * 64, "digest": "d" * 64, "graph": LARGE}
        await tx.execute(insert(graphs), unnamed)
    kinds = ["words", "chunks", "vectors", "file_stray", "values", "values", "graphs"]
    assert [kind for kind, _, _ in await house.look()] == kinds
    assert await house.files.has(stray)
    mended = await house.look(mend=True)
    assert [kind for kind, _, _ in mended] == kinds and all(done for _, _, done in mended)
    assert {"silver.md", "copper.md", stray, "c" * 64} <= {what for _, what, _ in mended}
    for name in ("copper.md", "silver.md"):
        house.instance.knowledge.ingestor.ring()
        assert (await house.instance.knowledge.settled(house.workspace, rows[name].id)).status == "ready"
    assert await house.look(deep=True) == []
    assert await house.find("silver") == ["silver.md"] and not await house.files.has(stray)


async def test_an_original_that_is_gone_or_altered_is_said_and_left(house: House) -> None:
    async with house.db.read() as tx:
        digests = {row.name: row.digest for row in await tx.execute(select(documents.c.name, documents.c.digest))}
    await house.files.delete(digests["tin.md"])
    content = house.place(digests["copper.md"]).read_bytes()
    house.place(digests["copper.md"]).write_bytes(content[:-1] + b"?")
    assert await house.look(mend=True) == [("file_missing", "tin.md", False)]
    both = [("file_damaged", "copper.md", False), ("file_missing", "tin.md", False)]
    assert await house.look(mend=True, deep=True) == both
    assert not {kind for kind, _, _ in both} & MENDABLE
    assert await house.find("tin") == ["tin.md"]  # it can still be searched


async def test_what_is_on_its_way_is_left_alone(house: House) -> None:
    young = await house.files.put(b"an upload whose row comes in a moment")
    assert await house.look(mend=True, age_hours=1.0) == [] and await house.files.has(young)
    os.utime(house.place(young), (1, 1))
    assert await house.look(mend=True, age_hours=1.0) == [("file_stray", young, True)]
    assert not await house.files.has(young)


async def test_an_index_of_words_that_lost_all_is_made_again_while_others_change_it(house: House) -> None:
    table = "chunks_fts" if house.db.dialect == "sqlite" else "chunk_words"
    async with house.db.begin() as tx:
        if house.db.dialect == "sqlite":
            await tx.execute(text("INSERT INTO chunks_fts(chunks_fts) VALUES ('delete-all')"))
        else:
            await tx.execute(text(f"DELETE FROM {table}"))
    assert await house.find("copper") == []
    async with house.db.read() as tx:
        assert (await difference(tx)).missing == {house.dataset: 3}
    changed: list[str] = []

    def first_batch(done: int, total: int) -> None:
        changed.append(f"{done} of {total}")

    assert await rebuild_words(house.db, first_batch) == 3 and changed == ["3 of 3"]
    assert await house.find("copper") == ["copper.md"]
    assert await rebuild_words(house.db, first_batch) == 3
    async with house.db.read() as tx:
        assert not (await difference(tx)).found


async def test_what_is_published_or_deleted_while_the_index_is_made_again_is_right_in_the_new_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atoll.knowledge.rebuild.BATCH", 1)
    async with house.db.read() as tx:
        ids = {row.name: row.id for row in await tx.execute(select(documents.c.name, documents.c.id))}

    class Broken(Exception):
        pass

    def breaks(done: int, total: int) -> None:
        if done == 2:
            raise Broken

    with pytest.raises(Broken):
        await rebuild_words(house.db, breaks)
    assert await house.find("tin") == ["tin.md"]  # the index that is there answers
    await house.add("zinc")
    await house.instance.knowledge.delete_document(house.workspace, ids["copper.md"])  # which was put already
    await house.instance.knowledge.delete_document(house.workspace, ids["tin.md"])  # which was not
    assert await rebuild_words(house.db, lambda done, total: None) == 2
    async with house.db.read() as tx:
        assert not (await difference(tx)).found
    assert [await house.find(name) for name in ("copper", "silver", "tin", "zinc")] == [
        [],
        ["silver.md"],
        [],
        ["zinc.md"],
    ]


async def test_two_who_make_it_again_at_once_help_each_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atoll.knowledge.rebuild.BATCH", 1)
    done = await asyncio.gather(*(rebuild_words(house.db, lambda done, total: None) for _ in range(3)))
    assert done == [3, 3, 3]
    async with house.db.read() as tx:
        assert not (await difference(tx)).found
    assert await house.find("silver") == ["silver.md"]
