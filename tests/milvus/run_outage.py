"""Milvus that hangs, is gone, refuses, and comes back: no answer from half an index, no document lost."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.kit.errors import OperationalError
from atoll.kit.jail import Jail
from atoll.knowledge import vectors_milvus
from atoll.knowledge.vectors import open_vectors
from tests.conformance.test_vectors import dense, named, take_in
from tests.knowledge.conftest import Shelf, gate, jail, make
from tests.milvus.server import Milvus

T = TypeVar("T")
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def vectors_chosen(milvus: Milvus) -> str:
    return milvus.address


async def eventually(seconds: float, look: Callable[[], Awaitable[T]], good: Callable[[T], bool]) -> T:
    """What `look` says when it is good; while the index is away it says nothing."""
    end = time.monotonic() + seconds
    while True:
        with suppress(Unavailable):
            if good(found := await look()):
                return found
        assert time.monotonic() < end, "it did not come"
        await asyncio.sleep(0.2)


async def refused(shelf: Shelf) -> float:
    """Seconds until a search, or thirty at once, says that nothing can be found now; by words it still can."""
    began = time.monotonic()
    for mode in ("dense", "hybrid"):
        with pytest.raises(Unavailable) as caught:
            await shelf.service.search(shelf.workspace, shelf.dataset, "heron", mode=mode)
        assert caught.value.code == "retrieval_unavailable" and "Milvus" not in caught.value.message["en"][:20]
    one = partial(shelf.service.search, shelf.workspace, shelf.dataset, "heron")
    many = await asyncio.gather(*(one(mode="dense") for _ in range(30)), return_exceptions=True)
    assert {getattr(fault, "code", "") for fault in many} == {"retrieval_unavailable"}
    found = await one(mode="text")
    assert [hit.document_name for hit in found] == ["a.txt"]
    return (time.monotonic() - began) / 3


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
async def test_what_is_away_is_said_waited_for_and_gone_on_with(
    jail: Jail, make: Any, milvus: Milvus, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    monkeypatch.setattr(vectors_milvus, "SECONDS", 3)
    shelf = await make(jail)
    await take_in(shelf, "a.txt")
    answering, _ = await named(shelf)
    milvus.signal(how)
    try:
        assert await refused(shelf) < 6
        waiting = await shelf.add("b.txt", "A heron.")
        shelf.service.ingestor.start()
        found = await eventually(
            20, lambda: shelf.service.document(shelf.workspace, waiting), lambda document: document.error is not None
        )
        assert (found.status, found.error.code, found.attempts) == ("indexing", "retrieval_unavailable", 0)
    finally:
        if how == signal.SIGSTOP:
            milvus.signal(signal.SIGCONT)
        else:
            milvus.kill()
            await asyncio.to_thread(milvus.start)
    async with asyncio.timeout(90):
        assert (await shelf.service.settled(shelf.workspace, waiting)).status == "ready"
    assert await eventually(60, lambda: dense(shelf), bool) == ["a.txt", "b.txt"]
    assert await eventually(20, shelf.whole, bool)
    assert await named(shelf) == (answering, "")


@pytest.mark.parametrize(("change", "said"), [((":Milvus@", ":hunter2@"), "user"), (("", ""), "database")])
async def test_who_is_refused_is_told_at_the_start(
    tmp_path: Path, milvus: Milvus, change: tuple[str, str], said: str
) -> None:
    address = milvus.address.replace(*change) if change[0] else f"{milvus.address}/nowhere"
    store = open_vectors(address, Database(f"sqlite:///{tmp_path / 'a.db'}"))
    assert store is not None
    with pytest.raises(OperationalError) as caught:
        await store.open()
    assert caught.value.code == "vectors_refused" and said in caught.value.message["en"]
    assert "hunter2" not in f"{caught.value} {caught.value.message}"
    await store.close()


async def test_a_start_without_the_server_waits_for_it(tmp_path: Path) -> None:
    store = open_vectors("milvus://root:hunter2@127.0.0.1:1", Database(f"sqlite:///{tmp_path / 'a.db'}"))
    assert store is not None
    await store.open()
    with pytest.raises(Unavailable) as caught:
        await store.generations()
    assert caught.value.code == "retrieval_unavailable" and "hunter2" not in caught.value.message["en"]
    await store.close()
