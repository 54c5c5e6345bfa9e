"""Taking in, while others delete, upload, stop and take over: what is there is whole, what is gone is gone."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from atoll.incidents.service import Incidents
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict, NotFound, UserError
from atoll.kit.jail import Jail
from atoll.knowledge import ingest, reading, repository
from atoll.knowledge.schemas import DatasetChange, NewDataset
from atoll.sdk import NodeError
from tests.knowledge.conftest import Gate, Shelf

pytestmark = pytest.mark.asyncio(loop_scope="module")
LONG = "\n\n".join(f"# Part {n}\n\nThe heron stands in the water and waits for fish. " * 20 for n in range(40))


async def _count(shelf: Shelf, table: str) -> int:
    async with shelf.db.read() as tx:
        return int((await tx.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_a_document_is_found_when_all_of_it_is(jail: Jail, make: Any, gate: Gate) -> None:
    shelf = await make(jail)
    await shelf.add("first.txt", "A heron here.")
    assert await shelf.service.ingestor.run_once()
    gate.open.clear()
    gate.reached.clear()
    second = await shelf.add("second.md", LONG)
    carrying = asyncio.create_task(shelf.service.ingestor.run_once())
    await gate.reached.wait()
    assert await shelf.status(second) == "embedding"
    asking = asyncio.create_task(shelf.find("heron"))
    gate.open.set()
    assert await asking == ["first.txt"]
    assert await carrying
    assert set(await shelf.find("heron")) == {"first.txt", "second.md"}
    assert await shelf.whole()


@pytest.mark.parametrize("what", ["document", "dataset"])
async def test_deleted_while_it_is_taken_in(jail: Jail, make: Any, gate: Gate, what: str) -> None:
    shelf = await make(jail)
    gate.open.clear()
    document = await shelf.add("a.md", LONG)
    digest = (await shelf.file(document))[1]
    assert digest
    carrying = asyncio.create_task(shelf.service.ingestor.run_once())
    await gate.reached.wait()
    if what == "document":
        await shelf.service.delete_document(shelf.workspace, document)
    else:
        await shelf.service.delete_dataset(shelf.workspace, shelf.dataset)
    gate.open.set()
    assert await carrying
    with pytest.raises(NotFound):
        await shelf.service.document(shelf.workspace, document)
    words = "chunk_words" if shelf.db.dialect == "postgresql" else "chunks_fts"
    assert [await _count(shelf, table) for table in ("documents", "pages", "chunks", words)] == [0, 0, 0, 0]
    assert not await shelf.service.ingestor.run_once()


async def test_deleted_while_it_is_parsed(jail: Jail, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = await make(jail)
    document = await shelf.add("a.txt", "A heron.")
    parse = shelf.service.ingestor.parse

    async def parse_and_delete(name: str, payload: bytes) -> dict[str, Any]:
        found: dict[str, Any] = await parse(name, payload)
        await shelf.service.delete_document(shelf.workspace, document)
        return found

    monkeypatch.setattr(shelf.service.ingestor, "parse", parse_and_delete)
    assert await shelf.service.ingestor.run_once()
    assert [await _count(shelf, table) for table in ("documents", "pages", "chunks")] == [0, 0, 0]


async def test_the_same_file_again_is_the_document_that_is_there(jail: Jail, make: Any) -> None:
    shelf = await make(jail)
    first = await shelf.add("a.txt", "A heron.")
    assert await shelf.add("a.txt", "A heron.") == first  # while it waits
    assert await shelf.service.ingestor.run_once()
    assert await shelf.add("a.txt", "A heron.") == first  # when it is ready
    assert not await shelf.service.ingestor.run_once()
    other = await shelf.add("a.txt", "Another heron.")
    assert other != first
    assert await shelf.service.ingestor.run_once()
    assert await shelf.find("heron") == ["a.txt", "a.txt"]


async def test_a_file_that_failed_may_come_again(jail: Jail, make: Any) -> None:
    shelf = await make(jail)
    first = await shelf.add("a.pdf", b"%PDF-1.7 broken")
    assert await shelf.service.ingestor.run_once()
    assert await shelf.status(first) == "failed"
    assert await shelf.add("a.pdf", b"%PDF-1.7 broken") != first


async def test_uploads_at_once_make_one_document(jail: Jail, make: Any) -> None:
    shelf = await make(jail, parallel=3)
    shelf.service.ingestor.start()
    ids = await asyncio.gather(*(shelf.add("a.md", LONG) for _ in range(8)), *(shelf.add("b.md", LONG) for _ in "12"))
    assert len(set(ids)) == 2
    documents = [await shelf.service.settled(shelf.workspace, document) for document in sorted(set(ids))]
    assert [document.status for document in documents] == ["ready", "ready"]
    assert await _count(shelf, "chunks") == sum(document.counts.chunks for document in documents)
    assert await shelf.whole()


async def test_a_file_that_two_documents_hold_stays_until_the_last_is_gone(jail: Jail, make: Any) -> None:
    shelf = await make(jail)
    one, two = await shelf.add("one.txt", "A heron."), await shelf.add("two.txt", "A heron.")
    await shelf.service.delete_document(shelf.workspace, one)
    assert await shelf.file(two) == ("two.txt", b"A heron.")
    await shelf.service.delete_document(shelf.workspace, two)
    assert not [path for path in shelf.service._files.folder.rglob("*") if path.is_file()]


async def test_a_file_deleted_just_when_it_comes_again_is_asked_for_again(
    jail: Jail, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a document without its file: between storing the file and the row, the other document went."""
    shelf = await make(jail)
    one = await shelf.add("one.txt", "A heron.")
    put = shelf.service._files.put

    async def put_and_lose(content: Any, **limits: Any) -> str:
        digest: str = await put(content, **limits)
        await shelf.service.delete_document(shelf.workspace, one)
        return digest

    monkeypatch.setattr(shelf.service._files, "put", put_and_lose)
    with pytest.raises(UserError) as caught:
        await shelf.add("two.txt", "A heron.")
    assert caught.value.code == "file_missing" and "again" in caught.value.message["en"]
    assert await _count(shelf, "documents") == 0


async def test_a_dead_workers_document_is_taken_over_and_the_dead_write_nothing(
    jail: Jail, make: Any, gate: Gate
) -> None:
    shelf = await make(jail, lease_seconds=60)
    gate.open.clear()
    document = await shelf.add("a.md", LONG)
    slow = asyncio.create_task(shelf.service.ingestor.run_once())
    await gate.reached.wait()
    assert not await shelf.service.ingestor.run_once()  # it has a lease
    async with shelf.db.begin() as tx:
        await tx.execute(text("UPDATE documents SET lease_until = 1"))
    gate.reached.clear()
    other = asyncio.create_task(shelf.service.ingestor.run_once())
    await gate.reached.wait()
    gate.open.set()
    assert await asyncio.gather(slow, other) == [True, True]
    found = await shelf.service.document(shelf.workspace, document)
    assert found.status == "ready" and found.counts.embedded == found.counts.chunks
    assert await _count(shelf, "chunks") == found.counts.chunks
    assert await shelf.whole()


async def test_a_lease_is_renewed_while_a_step_takes_longer_than_it(jail: Jail, make: Any, gate: Gate) -> None:
    shelf = await make(jail, lease_seconds=0.3)
    gate.open.clear()
    await shelf.add("a.txt", "A heron.")
    carrying = asyncio.create_task(shelf.service.ingestor.run_once())
    await gate.reached.wait()
    begun = now_ms()
    while now_ms() - begun < 900:  # three times the lease: nobody else may take it in all this time
        assert not await shelf.service.ingestor.run_once()
    gate.open.set()
    assert await carrying
    (found,), _ = await shelf.service.list_documents(shelf.workspace, shelf.dataset)
    assert found.status == "ready"


async def test_a_stop_in_good_order_is_no_try_and_the_next_start_goes_on_at_once(
    jail: Jail, make: Any, gate: Gate
) -> None:
    shelf = await make(jail)
    document = await shelf.add("a.md", LONG)
    for _ in range(ingest.TRIES + 2):
        gate.open.clear()
        gate.reached.clear()
        shelf.service.ingestor.start()
        await asyncio.wait_for(gate.reached.wait(), 5)
        await shelf.service.ingestor.stop()
    gate.open.set()
    shelf.service.ingestor.start()
    async with asyncio.timeout(5):
        assert (await shelf.service.settled(shelf.workspace, document)).status == "ready"


@pytest.mark.parametrize("retryable", [True, False])
async def test_a_model_that_fails_ends_the_document_after_bounded_tries(
    jail: Jail, make: Any, gate: Gate, retryable: bool
) -> None:
    shelf = await make(jail)
    gate.fault = NodeError("model_unavailable", "Away.", "不可用。", retryable=retryable)
    document = await shelf.add("a.txt", "A heron.")
    other = await shelf.add("b.txt", "A stork.")
    for tries in range(1, 2 * ingest.TRIES + 1):
        assert await shelf.service.ingestor.run_once(), tries
        async with shelf.db.begin() as tx:  # the waits between the tries are over
            await tx.execute(text("UPDATE documents SET lease_until = 1 WHERE lease_until IS NOT NULL"))
        states = {await shelf.status(document), await shelf.status(other)}
        if states == {"failed"}:
            break
    assert tries == (2 * ingest.TRIES if retryable else 2)
    found = await shelf.service.document(shelf.workspace, document)
    assert found.error and found.error.code == "model_unavailable"
    told = [(one.within, one.subject, one.code) for one in await Incidents(shelf.db).listing(shelf.workspace)]
    assert told == [(shelf.dataset, one, "model_unavailable") for one in (other, document)] * retryable
    gate.fault = None
    await shelf.service.retry_document(shelf.workspace, document)
    assert document not in [one.subject for one in await Incidents(shelf.db).listing(shelf.workspace)]
    assert await shelf.service.ingestor.run_once()
    assert await shelf.find("heron") == ["a.txt"]


async def test_who_was_tried_least_comes_first(jail: Jail, make: Any) -> None:
    """A document that fails again and again does not stand before the others at each start."""
    shelf = await make(jail)
    poison, fresh = await shelf.add("poison.txt", "A heron."), await shelf.add("fresh.txt", "A stork.")
    async with shelf.db.begin() as tx:
        await tx.execute(text("UPDATE documents SET attempts = 2 WHERE name = 'poison.txt'"))
        first = await repository.claim(tx, now_ms(), 60_000)
        second = await repository.claim(tx, now_ms(), 60_000)
    assert first and second and (first["id"], second["id"]) == (fresh, poison)


async def test_a_parser_that_takes_too_long_ends_the_document(
    jail: Jail, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = await make(jail)
    monkeypatch.setattr(reading, "PARSE_SECONDS", 0.05)
    slow = await shelf.add("slow.csv", "a,b\n" + "1,2\n" * 200_000)
    assert await shelf.service.ingestor.run_once()
    found = await shelf.service.document(shelf.workspace, slow)
    assert found.status == "failed" and found.error and found.error.code == "doc_timeout"


async def test_another_embedding_model_while_documents_are_under_way(jail: Jail, make: Any, gate: Gate) -> None:
    shelf = await make(jail)
    await shelf.add("a.txt", "A heron.")
    assert await shelf.service.ingestor.run_once()
    gate.open.clear()
    gate.reached.clear()
    await shelf.add("b.md", LONG)
    carrying = asyncio.create_task(shelf.service.ingestor.run_once())
    await gate.reached.wait()
    change = DatasetChange(embedding_model="other")
    await shelf.service.change_dataset(shelf.workspace, shelf.dataset, change)
    gate.numbers = 64
    gate.open.set()
    assert await carrying
    while await shelf.service.ingestor.run_once():
        pass
    assert set(await shelf.find("heron")) == {"a.txt", "b.md"}
    async with shelf.db.read() as tx:
        lengths = (await tx.execute(text("SELECT DISTINCT length(vector) FROM chunks"))).scalars().all()
    assert lengths == [4 * 64]
    assert await shelf.whole()


async def test_a_model_that_changed_at_its_provider_is_said_and_words_still_find(
    jail: Jail, make: Any, gate: Gate
) -> None:
    shelf = await make(jail)
    await shelf.add("a.txt", "A heron.")
    assert await shelf.service.ingestor.run_once()
    gate.numbers = 64
    with pytest.raises(UserError) as caught:
        await shelf.find("heron")
    assert caught.value.code == "embedding_changed" and "take its documents in again" in caught.value.message["en"]
    hits = await shelf.service.search(shelf.workspace, shelf.dataset, "heron", mode="text")
    assert [hit.document_name for hit in hits] == ["a.txt"]
    await shelf.add("b.txt", "A stork and a heron.")
    assert await shelf.service.ingestor.run_once()
    assert await shelf.find("heron") == ["b.txt", "a.txt"]  # of a.txt only its words are known to the new model


async def test_the_whole_text_of_a_document_of_its_own_dataset(jail: Jail, make: Any) -> None:
    shelf = await make(jail)
    document = await shelf.add("a.md", "# One\n\nA heron.")
    with pytest.raises(Conflict) as early:
        await shelf.service.document_text(shelf.workspace, shelf.dataset, document)
    assert early.value.code == "document_not_ready"
    assert await shelf.service.ingestor.run_once()
    by_id = await shelf.service.document_text(shelf.workspace, shelf.dataset, document)
    assert by_id == await shelf.service.document_text(shelf.workspace, shelf.dataset, "a.md")
    assert "A heron." in by_id.text and (by_id.document_id, by_id.name) == (document, "a.md")
    other = await shelf.service.create_dataset(shelf.workspace, NewDataset(name="other"))
    for dataset, ref in ((other.id, document), (shelf.dataset, "b.md"), ("nowhere", document)):
        with pytest.raises(NotFound):
            await shelf.service.document_text(shelf.workspace, dataset, ref)


@pytest.mark.attack("S-82")
async def test_a_document_that_says_it_over_and_over_does_not_fill_the_answer(jail: Jail, make: Any) -> None:
    shelf = await make(jail)
    planted = "\n\n".join(
        f"# heron {n}\n\n{'What does the heron eat? The heron eats heron. ' * 12}" for n in range(120)
    )
    for name, said in (
        ("planted.md", planted),
        ("a.txt", "The heron eats fish, and sometimes a frog."),
        ("b.txt", "What a grey heron catches and eats is in every lake."),
    ):
        await shelf.add(name, said)
        assert await shelf.service.ingestor.run_once()

    async def asked(**how: Any) -> list[str]:
        hits = await shelf.service.search(shelf.workspace, shelf.dataset, "What does the heron eat?", **how)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        return [hit.document_name for hit in hits]

    for mode in ("text", "dense", "hybrid"):
        assert await asked(mode=mode, per_document=0, top_k=20) == ["planted.md"] * 20, "what it would do"
        assert sorted(await asked(mode=mode)) == ["a.txt", "b.txt", *["planted.md"] * 3], mode
        assert set(await asked(mode=mode, per_document=1, top_k=3)) == {"a.txt", "b.txt", "planted.md"}
    assert len(await asked(top_k=50)) == 50, "where others have no more, it fills the rest"
    assert await asked(mode="text", threshold=0.99) == ["planted.md"], "what says too little takes no place"
