"""Backups by the commands, of an installation whose files are in a bucket and whose vectors are in pgvector."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog
from sqlalchemy import delete, select

from atoll.cli.backup import Wanted, restore_file, save
from atoll.cli.index import rebuild, reconcile_all
from atoll.cli.instance import Instance
from atoll.db.tables.knowledge import datasets, documents
from atoll.kit import settings as settings_module
from atoll.kit.errors import NotFound
from atoll.knowledge.schemas import NewDataset
from tests.postgresql import Server
from tests.s3 import Bucket, serving

NOTHING = Wanted(as_json=True)


@pytest.fixture(scope="module")
def s3() -> Iterator[Bucket]:
    with serving() as running:
        yield running


@pytest.fixture
def move(s3: Bucket, pgvector: Server, pgvector_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The environment of an installation of that name from now on."""
    made: dict[str, dict[str, str]] = {}

    def move(name: str) -> None:
        if name not in made:
            bucket = s3.new()
            here = {"DATABASE_URL": pgvector.database(like=pgvector_url), "ATOLL_STORAGE": f"s3://{bucket.name}/files"}
            data = {"ATOLL_DATA": str(tmp_path / name), "ATOLL_VECTORS": "pgvector", "ATOLL_SAMPLE": "false"}
            made[name] = {**here, **data, **bucket.variables}
        for key, value in made[name].items():
            monkeypatch.setenv(key, value)

    return move


@pytest.fixture(autouse=True)
def no_log_among_the_output() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command printed."""
    return orjson.loads(capsys.readouterr().out)


@asynccontextmanager
async def running() -> AsyncIterator[Instance]:
    instance = Instance(settings_module.load())
    await instance.start()
    try:
        yield instance
    finally:
        await instance.stop()


async def nearest(instance: Instance, workspace: str) -> list[str]:
    found = await instance.knowledge.search(workspace, "birds", "heron", mode="dense")
    return [hit.document_name for hit in found]


async def test_what_is_in_a_bucket_and_in_pgvector_comes_back_elsewhere(
    move: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    move("there")
    async with running() as instance:
        workspace = await instance.workspaces.add_workspace("w")
        dataset = await instance.knowledge.create_dataset(workspace, NewDataset(name="birds"))
        for name in ("heron", "stork"):
            made = await instance.knowledge.add_document(
                workspace, dataset.id, f"{name}.md", f"A {name} stands.".encode()
            )
            assert (await instance.knowledge.settled(workspace, made.id)).status == "ready"
        expected = await nearest(instance, workspace)
        assert expected[0] == "heron.md"
    archive = tmp_path / "backup.tar.gz"
    assert await save(archive, as_json=True) == 0
    assert said(capsys)["files"] == 2

    move("here")
    assert await restore_file(archive, (), NOTHING) == 0
    assert said(capsys)["key_fits"] is False
    (tmp_path / "here").mkdir(exist_ok=True)
    (tmp_path / "there" / "secrets.key").rename(tmp_path / "here" / "secrets.key")
    async with running() as instance:
        async with instance.db.read() as tx:
            (name,) = (await tx.execute(select(datasets.c.vectors))).scalars()
        assert name.startswith("pgvector")
        assert await nearest(instance, workspace) == expected
        (heron,) = [
            one for one in (await instance.knowledge.list_documents(workspace, "birds"))[0] if one.name == "heron.md"
        ]
        _, size, content = await instance.knowledge.file(workspace, heron.id)
        assert b"".join([piece async for piece in content]) == b"A heron stands." and size == 15
    assert await reconcile_all(deep=True, age_hours=0.0, as_json=True) == 0


async def test_where_the_index_outside_or_the_bucket_differ_it_is_found_and_mended(
    move: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    move("there")
    async with running() as instance:
        workspace = await instance.workspaces.add_workspace("w")
        dataset = await instance.knowledge.create_dataset(workspace, NewDataset(name="birds"))
        for name in ("heron", "stork"):
            made = await instance.knowledge.add_document(
                workspace, dataset.id, f"{name}.md", f"A {name} stands.".encode()
            )
            assert (await instance.knowledge.settled(workspace, made.id)).status == "ready"
        store = instance.knowledge.vectors.store
        assert store is not None
        async with instance.db.begin() as tx:
            (name,) = (await tx.execute(select(datasets.c.vectors))).scalars()
            await tx.execute(delete(documents).where(documents.c.name == "stork.md"))  # past the service
        await store.remove(name, [1])
        await store.create(name[:-8] + "00000000")
    assert await reconcile_all(age_hours=0.0, as_json=True) == 1
    found = {one["kind"] for one in said(capsys)["differences"]}
    assert found == {"words", "file_stray"}  # one vector is missing and one too many: counting does not see it
    assert await reconcile_all(mend=True, age_hours=0.0, as_json=True) == 0
    mended = [(one["kind"], one["what"], one["count"]) for one in said(capsys)["differences"]]
    assert ("index", "birds", 2) in mended and ("index", "-", 1) in mended
    assert await reconcile_all(mend=True, age_hours=0.0, as_json=True) == 0
    assert said(capsys)["differences"] == []
    async with running() as instance:
        assert await nearest(instance, workspace) == ["heron.md"]
    assert await rebuild(["birds"], True) == 0
    assert said(capsys) == {"words": 0, "vectors": 1}
    with pytest.raises(NotFound):
        await rebuild(["bees"], True)
