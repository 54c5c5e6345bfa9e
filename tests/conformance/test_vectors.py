"""An index of vectors outside the rows: what pgvector and Milvus both promise (`tests/milvus` runs these tests too)."""

import asyncio
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text, update

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.tables.knowledge import datasets
from atoll.kit.errors import OperationalError
from atoll.kit.ids import new_id
from atoll.kit.jail import Jail
from atoll.knowledge import index, index_vectors
from atoll.knowledge.schemas import DatasetChange, NewDataset
from atoll.knowledge.vectors import BATCH, Gone, VectorStore, new_generation, open_vectors
from tests.knowledge.conftest import Gate, Shelf, gate, jail, make
from tests.knowledge.test_ingest import LONG
from tests.postgresql import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def database_url(pgvector: Server, pgvector_url: str) -> str:
    return pgvector.database(like=pgvector_url)


@pytest.fixture
def vectors_chosen() -> str:
    return "pgvector"


def generation(store: VectorStore, dimensions: int) -> str:
    return new_generation(store.kind, new_id("ds"), dimensions)


async def opened(shelf: Shelf) -> VectorStore:
    assert shelf.service.vectors.store is not None
    return shelf.service.vectors.store


async def named(shelf: Shelf) -> tuple[str, str]:
    async with shelf.db.read() as tx:
        row = (
            await tx.execute(text("SELECT vectors, vectors_next FROM datasets WHERE id = :id"), {"id": shelf.dataset})
        ).one()
    return row.vectors, row.vectors_next


async def take_in(shelf: Shelf, *names: str) -> None:
    for name in names:
        await shelf.add(name, f"A heron stands in {name}.")
    while await shelf.service.ingestor.run_once():
        pass


async def dense(shelf: Shelf, query: str = "heron") -> list[str]:
    found = await shelf.service.search(shelf.workspace, shelf.dataset, query, top_k=50, mode="dense")
    return sorted(hit.document_name for hit in found)


# The store


async def test_what_is_put_is_found_best_first(jail: Jail, make: Any) -> None:
    store = await opened(await make(jail))
    name = generation(store, 8)
    await store.create(name)
    await store.create(name)
    await store.index(name)
    axes = np.eye(8, dtype="<f4")
    await store.put(name, [7, 5, 2**40], axes[:3])
    await store.put(name, [5], axes[4:5])  # replaces
    await store.put(name, [], axes[:0])
    await store.settle(name)
    found = await store.find(name, axes[4] * 0.8 + axes[0] * 0.6, 2)
    assert [number for number, _ in found] == [5, 7]
    assert [score for _, score in found] == pytest.approx([0.8, 0.6], abs=1e-5)
    assert (await store.count(name), await store.numbers(name, 5, 2**62)) == (3, {7, 2**40})
    assert await store.numbers(name, 4, 5) == {5}
    await store.remove(name, [7, 99])
    await store.remove(name, [])
    assert (await store.count(name), await store.numbers(name, -1, 2**62)) == (2, {5, 2**40})
    assert name in await store.generations()
    await store.drop(name)
    await store.drop(name)
    assert name not in await store.generations()
    for asking in (store.find(name, axes[0], 1), store.put(name, [1], axes[:1]), store.remove(name, [1]),
                   store.count(name), store.numbers(name, 0, 1), store.settle(name)):  # fmt: skip
        if store.kind == "pgvector" and asking.__name__ == "settle":
            await asking
            continue
        with pytest.raises(Gone):
            await asking


@pytest.mark.parametrize(
    "name", ["", "datasets", "x; DROP TABLE users", "pgvector_ds_1_8_0", 'pgvector_ds_"', "a" * 300]
)
async def test_only_generations_are_names(jail: Jail, make: Any, name: str) -> None:
    store = await opened(await make(jail))
    with pytest.raises(ValueError):
        await store.create(name)
    with pytest.raises(ValueError):
        await store.drop(name)


async def test_nothing_that_is_no_number_is_kept(jail: Jail, make: Any) -> None:
    store = await opened(await make(jail))
    name = generation(store, 8)
    await store.create(name)
    with pytest.raises(Exception, match=r"(?i)nan"):
        await store.put(name, [1], np.full((1, 8), np.nan, "<f4"))
    assert await store.count(name) == 0
    await store.drop(name)


async def test_nearly_all_of_the_nearest_are_found(jail: Jail, make: Any) -> None:
    """2,000 vectors in 40 heaps; of the 10 nearest by exact search at least 95 in 100 come back."""
    store = await opened(await make(jail))
    name = generation(store, 64)
    await store.create(name)
    dice = np.random.default_rng(7)
    heaps = dice.standard_normal((40, 64))
    given = (heaps[dice.integers(0, 40, 2_000)] + 0.7 * dice.standard_normal((2_000, 64))).astype("<f4")
    given /= np.linalg.norm(given, axis=1, keepdims=True)
    for at in range(0, len(given), BATCH):
        await store.put(name, range(at, at + BATCH), given[at : at + BATCH])
    await store.index(name)
    await store.index(name)
    await store.settle(name)
    asked = given[dice.integers(0, 2_000, 60)] + (0.3 * dice.standard_normal((60, 64)) / 8).astype("<f4")
    hits = 0
    for one in asked:
        exact = set(np.argsort(-(given @ one))[:10].tolist())
        hits += len(exact & {number for number, _ in await store.find(name, one, 10)})
    assert hits / 600 >= 0.95
    assert len({number for number, _ in await store.find(name, asked[0], 1_000)}) >= 950
    await store.drop(name)


@pytest.mark.parametrize("dimensions", [2_000, 3_072, 4_096])
async def test_long_vectors_are_taken(jail: Jail, make: Any, dimensions: int) -> None:
    store = await opened(await make(jail))
    name = generation(store, dimensions)
    await store.create(name)
    given = np.random.default_rng(1).standard_normal((20, dimensions)).astype("<f4")
    given /= np.linalg.norm(given, axis=1, keepdims=True)
    await store.put(name, range(20), given)
    await store.settle(name)
    await store.index(name)
    (best, score), *_ = await store.find(name, given[3], 5)
    assert best == 3 and score == pytest.approx(1.0, abs=2e-3)
    await store.drop(name)


# What is shown


async def test_another_datasets_vectors_never_come(jail: Jail, make: Any) -> None:
    shelf = await make(jail)
    other = await make(jail)  # of another workspace
    beside = await shelf.service.create_dataset(shelf.workspace, NewDataset(name="beside"))
    neighbour = Shelf(shelf.service, shelf.gate, shelf.db, shelf.workspace, beside.id)
    await take_in(shelf, "mine.txt")
    await take_in(other, "theirs.txt")
    await take_in(neighbour, "beside.txt")
    assert [await dense(one) for one in (shelf, other, neighbour)] == [["mine.txt"], ["theirs.txt"], ["beside.txt"]]
    assert len({(await named(one))[0] for one in (shelf, other, neighbour)}) == 3
    # Even where numbers of another dataset's chunks are in the index of this one:
    async with shelf.db.read() as tx:
        numbers = (await tx.execute(text("SELECT number FROM chunks"))).scalars().all()
    store, (name, _) = await opened(shelf), await named(shelf)
    vector = (await shelf.gate.embed("", "", ["heron"]))[0]
    await store.put(name, numbers, np.stack([vector] * len(numbers)))
    await store.settle(name)
    assert await dense(shelf) == ["mine.txt"]


async def test_a_document_that_is_not_published_is_not_found(
    jail: Jail, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = await make(jail)
    await take_in(shelf, "first.txt")

    async def away(*_: object) -> None:
        raise Unavailable("database_away", "Away.", "不可用。")

    with monkeypatch.context() as patch:
        patch.setattr(index, "publish", away)
        second = await shelf.add("second.txt", "A heron.")
        assert await shelf.service.ingestor.run_once()
    store, (name, _) = await opened(shelf), await named(shelf)
    assert (await store.count(name), await shelf.status(second)) == (2, "indexing")
    assert await dense(shelf) == ["first.txt"]
    async with shelf.db.begin() as tx:
        await tx.execute(text("UPDATE documents SET lease_until = 1 WHERE status = 'indexing'"))
    assert await shelf.service.ingestor.run_once()
    assert await dense(shelf) == ["first.txt", "second.txt"] and await shelf.whole()


async def test_what_the_index_kept_too_long_hides_nothing(jail: Jail, make: Any) -> None:
    """700 vectors of deleted chunks are nearer than all that may be shown."""
    shelf = await make(jail)
    await take_in(shelf, "a.txt", "b.txt")
    store, (name, _) = await opened(shelf), await named(shelf)
    vector = (await shelf.gate.embed("", "", ["heron"]))[0]
    for at in range(10**6, 10**6 + 700, 100):
        await store.put(name, range(at, at + 100), np.stack([vector] * 100))
    await store.settle(name)
    assert await dense(shelf) == ["a.txt", "b.txt"]
    mended = await shelf.service.vectors.mend(shelf.dataset)
    assert (mended.missing, mended.stray) == (0, 700) and await shelf.whole()
    assert await shelf.service.vectors.mend(shelf.dataset) == index_vectors.Mended()


async def test_what_is_deleted_or_taken_in_again_is_in_the_index_once(jail: Jail, make: Any) -> None:
    shelf = await make(jail)
    await take_in(shelf, "a.txt", "b.txt")
    store, (name, _) = await opened(shelf), await named(shelf)
    (first, *_), _ = await shelf.service.list_documents(shelf.workspace, shelf.dataset)
    await shelf.service.retry_document(shelf.workspace, first.id)
    assert await dense(shelf) == ["a.txt"] and await store.count(name) == 1
    await take_in(shelf)
    assert await dense(shelf) == ["a.txt", "b.txt"] and await store.count(name) == 2
    await shelf.service.delete_document(shelf.workspace, first.id)
    assert await dense(shelf) == ["a.txt"] and await store.count(name) == 1 and await shelf.whole()
    await shelf.service.delete_dataset(shelf.workspace, shelf.dataset)
    assert name not in await store.generations()


async def test_another_embedding_model_is_another_generation(jail: Jail, make: Any, gate: Gate) -> None:
    shelf = await make(jail)
    await take_in(shelf, "a.txt", "b.txt")
    store, (old, _) = await opened(shelf), await named(shelf)
    await shelf.service.change_dataset(shelf.workspace, shelf.dataset, DatasetChange(embedding_model="other"))
    assert await dense(shelf) == [] and old not in await store.generations()
    gate.numbers = 64
    await take_in(shelf)
    new, _ = await named(shelf)
    assert "_64_" in new and await dense(shelf) == ["a.txt", "b.txt"] and await shelf.whole()


# Made again


async def test_an_index_chosen_later_is_filled_from_the_rows(jail: Jail, make: Any) -> None:
    before = await make(jail, vectors="")
    await take_in(before, "a.txt", "b.txt")
    shelf = await make(jail, beside=before)
    assert await dense(shelf) == ["a.txt", "b.txt"]  # of the rows
    await take_in(shelf, "c.txt")
    assert await named(shelf) == ("", "") and await dense(shelf) == ["a.txt", "b.txt", "c.txt"]
    seen: list[tuple[int, int]] = []
    assert await shelf.service.vectors.rebuild(shelf.dataset, lambda *at: seen.append(at)) == 3
    assert seen[-1] == (3, 3) and (await named(shelf))[0] in await (await opened(shelf)).generations()
    assert await dense(shelf) == ["a.txt", "b.txt", "c.txt"]
    assert await shelf.vectors() == (3, 3) and await shelf.whole()
    # A process that does not know the index publishes: the rows answer again, with all of it.
    await take_in(before, "d.txt")
    assert await named(shelf) == ("", "")
    assert await dense(shelf) == await dense(before) == ["a.txt", "b.txt", "c.txt", "d.txt"]


async def test_a_rebuild_that_was_broken_off_goes_on(jail: Jail, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_vectors, "PAGE", 3)
    shelf = await make(jail)
    await take_in(shelf, *(f"{n}.txt" for n in range(8)))
    store, (old, _) = await opened(shelf), await named(shelf)

    def power_cut(done: int, total: int) -> None:
        if done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await shelf.service.vectors.rebuild(shelf.dataset, power_cut)
    serving, following = await named(shelf)
    assert serving == old and await store.count(following) == 6
    await take_in(shelf, "new.txt")  # goes into both
    assert (await store.count(old), await store.count(following)) == (9, 7)
    (first, *_), _ = await shelf.service.list_documents(shelf.workspace, shelf.dataset)
    await shelf.service.delete_document(shelf.workspace, first.id)
    assert (await store.count(old), await store.count(following)) == (8, 6)
    assert len(await dense(shelf)) == 8
    assert await shelf.service.vectors.rebuild(shelf.dataset) == 8
    assert await named(shelf) == (following, "") and old not in await store.generations()
    assert len(await dense(shelf)) == 8 and await shelf.whole()


async def test_nothing_is_missed_while_documents_come_and_go(
    jail: Jail, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_vectors, "PAGE", 2)
    shelf = await make(jail, parallel=3)
    await take_in(shelf, *(f"{n}.txt" for n in range(6)))
    (first, *_), _ = await shelf.service.list_documents(shelf.workspace, shelf.dataset)
    shelf.service.ingestor.start()

    async def rebuilt() -> None:
        try:
            await shelf.service.vectors.rebuild(shelf.dataset)
        except Gone:
            pass  # the other one was first

    async def asked() -> None:
        for _ in range(20):
            found = await dense(shelf)
            assert set(found) >= {f"{n}.txt" for n in range(5)}, found

    added = [shelf.add(f"more{n}.md", LONG) for n in range(3)]
    ids = await asyncio.gather(*added)
    await asyncio.gather(
        rebuilt(), rebuilt(), asked(), shelf.service.delete_document(shelf.workspace, first.id),
        *(shelf.service.settled(shelf.workspace, one) for one in ids),
    )  # fmt: skip
    await shelf.service.ingestor.stop()
    await rebuilt()
    assert await shelf.whole()
    assert set(await dense(shelf, "waits for fish")) >= {"more0.md", "more1.md", "more2.md"}


async def test_an_index_that_was_lost_is_not_missed(jail: Jail, make: Any) -> None:
    shelf = await make(jail)
    await take_in(shelf, "a.txt", "b.txt")
    store, (name, _) = await opened(shelf), await named(shelf)
    await store.drop(name)
    assert await dense(shelf) == ["a.txt", "b.txt"] and await named(shelf) == ("", "")
    await shelf.service.vectors.rebuild(shelf.dataset)
    await store.drop((await named(shelf))[0])
    await take_in(shelf, "c.txt")  # the first to see it
    assert await dense(shelf) == ["a.txt", "b.txt", "c.txt"]
    assert await shelf.service.vectors.rebuild(shelf.dataset) == 3 and await shelf.whole()


async def test_half_an_index_is_mended(jail: Jail, make: Any) -> None:
    shelf = await make(jail)
    await take_in(shelf, "a.txt", "b.txt", "c.txt")
    store, (name, _) = await opened(shelf), await named(shelf)
    await store.remove(name, sorted(await store.numbers(name, -1, 2**62))[:2])
    assert not await shelf.whole()
    assert await shelf.service.vectors.mend(shelf.dataset) == index_vectors.Mended(missing=2)
    assert await dense(shelf) == ["a.txt", "b.txt", "c.txt"] and await shelf.whole()


async def test_what_no_dataset_names_is_swept_up(jail: Jail, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_vectors, "SETTLE", 0.01)
    shelf = await make(jail)
    await take_in(shelf, "a.txt")
    store, (name, _) = await opened(shelf), await named(shelf)
    orphan = generation(store, 8)
    await store.create(orphan)
    assert await shelf.service.vectors.sweep() >= 1
    assert orphan not in await store.generations() and await dense(shelf) == ["a.txt"]
    async with shelf.db.begin() as tx:  # an index of another kind
        await tx.execute(update(datasets).values(vectors=name.replace(store.kind, "other")))
    assert await dense(shelf) == ["a.txt"]
