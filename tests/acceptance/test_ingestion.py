"""Taking documents in survives signal 9 at every step: each document ends ready, once, and was never half to be found."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.product import PASSWORD, USER, Client, Product, serving

pytestmark = pytest.mark.xdist_group("acceptance")

# A plugin: it is loaded into the real server, which then dies at the named step as by a power cut.
CRASH = """
import os, signal
from atoll.knowledge import index, repository
from atoll.knowledge.ingest import Ingestor

home, name, when, at = os.environ["CRASH_AT"].split(":")
owner = {"index": index, "repository": repository, "Ingestor": Ingestor}[home]
plain, calls = getattr(owner, name), 0

async def wrapped(*given, **named):
    global calls
    calls += 1
    if when == "before" and calls == int(at):
        os.kill(os.getpid(), signal.SIGKILL)
    result = await plain(*given, **named)
    if when == "after" and calls == int(at):
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, name, wrapped)
"""
POINTS = {  # the step → the stage that the document's row must be left in
    "Ingestor:parse:before:1": "parsing",
    "repository:replace_pages:after:1": "parsing",  # inside the transaction that ends the stage
    "repository:read_pages:before:1": "chunking",
    "repository:chunks_without_vector:before:2": "embedding",  # half of it is embedded
    "index:publish:before:1": "indexing",
    "index:publish:after:1": "indexing",  # written to the index, not committed
}
SETTINGS = {"ATOLL_SAMPLE": "false", "ATOLL_LEASE_SECONDS": "1"}


def signed_in(product: Product) -> Client:
    client = product.client()
    client.csrf = client.call("POST", "/session", {"username": USER, "password": PASSWORD})["csrf"]
    return client


def upload(client: Client, dataset: str, name: str, text: str) -> dict[str, Any]:
    files = {"file": (name, text.encode(), "text/plain")}
    document: dict[str, Any] = client.call("POST", f"/datasets/{dataset}/documents", files=files, expect=201)
    return document


def text_of(number: int) -> str:
    """Enough for more than two batches of chunks; one word that no other document has in each paragraph."""
    said = "The turbine hall was measured again in the spring and nothing had moved. " * 18
    return "\n\n".join(f"# Part {part}\n\nzebra{number}word{part} {said}" for part in range(66))


@contextmanager
def database(data: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(data / "atoll.db")) as connection:
        yield connection


def found_by_words(connection: sqlite3.Connection, word: str) -> int:
    query = "SELECT count(*) FROM chunks_fts WHERE chunks_fts MATCH ?"
    return int(connection.execute(query, (word,)).fetchone()[0])


def test_killed_at_every_step_each_document_ends_ready_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "plugins").mkdir(parents=True)
    with serving(data, **SETTINGS) as product:
        client = product.client()
        client.set_up()
        dataset = client.call("POST", "/datasets", {"name": "d"}, expect=201)["id"]
        upload(client, dataset, "whole.md", text_of(999))
        (whole,) = client.documents_ready(dataset)
    plugin = data / "plugins" / "crash.py"
    for number, (point, stage) in enumerate(POINTS.items()):
        with serving(data, CRASH_AT=point, **SETTINGS) as product:
            client = signed_in(product)
            client.documents_ready(dataset)  # the one before
            plugin.write_text(CRASH)
            client.call("GET", "/node-types")  # loads the plugin
            upload(client, dataset, f"{number}.md", text_of(number))
            product.process.wait(30)
        plugin.unlink()
        with database(data) as connection:
            left = connection.execute("SELECT status, chunks FROM documents ORDER BY id DESC").fetchone()
            assert left[0] == stage, point
            assert found_by_words(connection, f"zebra{number}word0") == 0, point
    with serving(data, **SETTINGS) as product:
        client = signed_in(product)
        documents = client.documents_ready(dataset)
        assert len(documents) == len(POINTS) + 1
        assert {(document["status"], document["error"]) for document in documents} == {("ready", None)}
        assert {document["counts"]["chunks"] for document in documents} == {whole["counts"]["chunks"]}
        for number in range(len(POINTS)):
            hits = client.call("POST", f"/datasets/{dataset}/search", {"query": f"zebra{number}word7", "mode": "text"})
            assert [hit["document_name"] for hit in hits["hits"]] == [f"{number}.md"]
    with database(data) as connection:
        assert whole["counts"]["chunks"] > 64
        total = len(documents) * whole["counts"]["chunks"]
        assert connection.execute("SELECT count(*), count(vector) FROM chunks").fetchone() == (total, total)
        assert found_by_words(connection, "turbine") == total


def _documents_if_it_lives(data: Path, dataset: str, waiting: list[str]) -> list[dict[str, Any]] | None:
    """Starts the server, uploads what waits. None where the process was killed by what it read."""
    try:
        with serving(data, CRASH_AT="Ingestor:parse:before:1", **SETTINGS) as product:
            client = signed_in(product)
            while waiting:
                upload(client, dataset, waiting[0], f"The text of {waiting.pop(0)}.")
            return client.documents_ready(dataset)
    except httpx2.TransportError:
        assert product.process.wait(30) == -9
    except AssertionError as error:
        assert "the server ended" in str(error), error
    return None


def test_a_document_that_kills_its_process_ends_with_a_reason_and_holds_up_nobody(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "plugins").mkdir(parents=True)
    with serving(data, **SETTINGS) as product:
        client = product.client()
        client.set_up()
        dataset = client.call("POST", "/datasets", {"name": "d"}, expect=201)["id"]
        (data / "plugins" / "crash.py").write_text(CRASH.replace("calls += 1", "calls += 'poison' in given[1]"))
    waiting = ["poison.txt", *(f"good{number}.txt" for number in range(5))]
    for _ in range(4):
        assert _documents_if_it_lives(data, dataset, waiting) is None, "the poison did not work"
    documents = _documents_if_it_lives(data, dataset, waiting)
    assert documents, "it was tried more than four times"
    states = {document["name"]: document["status"] for document in documents}
    assert states.pop("poison.txt") == "failed"
    assert states and set(states.values()) == {"ready"}
    error = next(document["error"] for document in documents if document["name"] == "poison.txt")
    assert error["code"] == "doc_gave_up" and "try again" in error["message"]["en"] and error["message"]["zh"]


def memory_mb(product: Product) -> float:
    status = Path(f"/proc/{product.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def test_two_hundred_files_keep_memory_flat(tmp_path: Path) -> None:
    with serving(tmp_path / "data", forked=False, **SETTINGS) as product:
        client = product.client()
        client.set_up()
        dataset = client.call("POST", "/datasets", {"name": "d"}, expect=201)["id"]
        words = "The dam was inspected and the gates were found to be sound. " * 20
        after = []
        for number in range(200):
            upload(client, dataset, f"{number}.txt", f"File {number}. {words}")
            if number in (79, 199):
                assert {document["status"] for document in client.documents_ready(dataset)} == {"ready"}
                client.call("POST", f"/datasets/{dataset}/search", {"query": "dam"})
                after.append(memory_mb(product))
        assert client.call("GET", f"/datasets/{dataset}")["ready"] == 200
        assert after[1] - after[0] < 20, f"{after} MB after 80 and 200 files"
