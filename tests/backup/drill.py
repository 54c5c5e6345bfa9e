"""A restore drill: a real server under load is saved, killed and wiped; elsewhere the same answers come back.

Used by the tests of both databases.
"""

import asyncio
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.acceptance.test_crash import SETTINGS, calling, signed_in
from tests.api.test_chat import CHAT
from tests.chaos.peer import Peer
from tests.product import Client, Product, command, serving
from tests.runs.verify import verify

QUESTION = {"user_query": "How large is Northwater's order backlog?"}
ENV = {**SETTINGS, "ATOLL_SAMPLE": "true"}


@dataclass
class Before:
    """What the installation said when it was whole."""

    answer: dict[str, Any]
    files: dict[str, bytes]  # originals by document
    conversation: str
    turns: list[str]
    effect: str  # the run whose order was placed and not yet confirmed
    trigger: str
    ended: list[str] = field(default_factory=list)  # runs that had ended before the backup began


def drill(folder: Path, peer: Peer, there: dict[str, str], here: dict[str, str]) -> None:
    """`there` and `here`: the settings of the two databases."""
    first, second, saved = folder / "first", folder / "second", folder / "saved"
    saved.mkdir()
    with serving(first, **ENV, **there) as product:
        client = product.client()
        before = _fill(client, peer)
        with _load(product, before):
            done = command(first, "backup", str(saved), **there)
            assert done.returncode == 0, done.stderr
        product.kill()
    (key,) = [shutil.copy(first / "secrets.key", folder)]
    shutil.rmtree(first)
    archive = next(saved.iterdir())
    peer.open.set()

    done = command(second, "restore", str(archive), **here)
    assert done.returncode == 0, done.stderr
    assert "secrets.key" in done.stderr and "paused" in done.stderr, done.stderr
    shutil.copy(key, second)
    with serving(second, **ENV, **here) as product:
        client = signed_in(product.client())
        _same(client, before)
        _effect_is_asked_about(client, before, peer)
        mended = command(second, "reconcile", "--json", **here)
        assert mended.returncode == 0, mended.stdout + mended.stderr
    _look_over(folder, second, here)


def _fill(client: Client, peer: Peer) -> Before:
    client.set_up()
    dataset = client.call("GET", "/datasets")["items"][0]
    documents = client.documents_ready(dataset["id"], 120)
    sample = client.call("GET", "/apps")["items"][0]
    answer = client.run(sample["id"], QUESTION)
    assert answer["status"] == "succeeded" and answer["citations"], answer
    files = {one["id"]: client.call("GET", f"/documents/{one['id']}/file").content for one in documents}
    chat = client.call("POST", "/apps", {"name": "talk", "graph": {**CHAT, "chat": {}}}, expect=201)
    client.call("POST", f"/apps/{chat['id']}/publish", {})
    conversation = client.call("POST", f"/apps/{chat['id']}/conversations", {}, expect=201)["id"]
    _say(client, conversation, "tea")
    schedule = {
        "kind": "schedule",
        "name": "nightly",
        "cron": "0 3 * * *",
        "time_zone": "UTC",
        "inputs": {"query": "x"},
    }
    trigger = client.call("POST", f"/apps/{chat['id']}/triggers", schedule, expect=201)["id"]
    order = calling(peer.url, method="POST", body="{}")
    app = client.call("POST", "/apps", {"name": "orders", "graph": order}, expect=201)
    started = client.call("POST", f"/apps/{app['id']}/runs", {"inputs": {"name": "x"}, "version": "draft"}, expect=201)
    assert peer.arrived.acquire(timeout=20), "the order was never placed"
    return Before(answer, files, conversation, _turns(client, conversation), started["id"], trigger)


@contextmanager
def _load(product: Product, before: Before) -> Iterator[None]:
    """Runs and uploads go on all the time; some of both end before the block begins."""
    client = signed_in(product.client())
    sample = next(app for app in client.call("GET", "/apps")["items"] if app["name"] not in ("talk", "orders"))
    dataset = client.call("GET", "/datasets")["items"][0]
    over, faults, ended = threading.Event(), [], []

    def work() -> None:
        try:
            at = 0
            while not over.is_set():
                at += 1
                file = {"file": (f"note-{at}.md", f"# Note {at}\n\n".encode() + b"Words of it. " * 200)}
                made = client.call("POST", f"/datasets/{dataset['id']}/documents", files=file)
                run = client.run(sample["id"], QUESTION)
                assert run["status"] == "succeeded", run
                ended.append(run["id"])
                if at % 3 == 0:
                    client.call("DELETE", f"/documents/{made['id']}")
        except (AssertionError, httpx2.TransportError) as fault:
            if not over.is_set():
                faults.append(fault)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        while len(ended) < 3 and worker.is_alive():
            time.sleep(0.05)
        before.ended = list(ended)
        yield
        assert worker.is_alive(), faults
    finally:
        over.set()
        worker.join(60)
    assert not faults


def _same(client: Client, before: Before) -> None:
    sample = client.call("GET", f"/runs/{before.answer['id']}")
    assert (sample["outputs"], sample["citations"]) == (before.answer["outputs"], before.answer["citations"])
    dataset = client.call("GET", "/datasets")["items"][0]
    client.documents_ready(dataset["id"], 60)
    again = client.run(sample["app_id"], QUESTION)
    assert again["outputs"]["answer"] == before.answer["outputs"]["answer"]
    assert again["citations"], "an answer without its sources"
    for document, content in before.files.items():
        assert client.call("GET", f"/documents/{document}/file").content == content
    assert {client.call("GET", f"/runs/{run}")["status"] for run in before.ended} == {"succeeded"}
    assert _turns(client, before.conversation) == before.turns
    _say(client, before.conversation, "milk")
    assert _turns(client, before.conversation)[-1] == "2: milk of tea+milk"
    assert client.call("GET", f"/triggers/{before.trigger}")["next_at"] > time.time() * 1000


def _effect_is_asked_about(client: Client, before: Before, peer: Peer) -> None:
    """The order that was on its way is not placed again: held first, and then a person is asked."""
    path = f"/runs/{before.effect}"
    run = client.call("GET", path)
    assert (run["status"], run["pause"]["reason"], run["pause"]["by"]) == ("paused", "asked", "restore")
    client.call("POST", f"{path}/continue", {"mode": "go"})
    seen = len(client.call("GET", f"{path}/events")["items"])
    for event in client.events(before.effect, after=seen - 1):
        if event["type"] == "run.paused":
            break
    run = client.call("GET", path)
    assert (run["status"], run["pause"]["reason"], run["pause"]["node"]) == ("paused", "effect_unknown", "call")
    client.call("POST", f"{path}/resume", {"node": "call", "decision": "skip"})
    for _ in client.events(before.effect):
        pass
    assert client.call("GET", path)["status"] == "succeeded"
    assert peer.asked == [("POST", f"{before.effect}:call")]


def _look_over(folder: Path, data: Path, settings: dict[str, str]) -> None:
    """Every promise of every run. What is in PostgreSQL goes by a second backup into SQLite, where it is looked at."""
    if settings:
        again = folder / "again"
        for args, where in (
            (["backup", str(folder / "again.tar.gz")], data),
            (["restore", str(folder / "again.tar.gz"), "--go-on"], again),
        ):
            done = command(where, *args, **(settings if where == data else {}))
            assert done.returncode == 0, done.stderr
        data = again
    verdict = asyncio.run(verify(data / "atoll.db"))
    assert verdict.faults == [] and verdict.unread == 0 and sum(verdict.runs.values()) > 5, verdict


def _say(client: Client, conversation: str, words: str) -> None:
    turn = client.call("POST", f"/conversations/{conversation}/turns", {"text": words}, expect=201)
    for _ in client.events(turn["run"]["id"]):
        pass


def _turns(client: Client, conversation: str) -> list[str]:
    return [turn["answer"] for turn in client.call("GET", f"/conversations/{conversation}/turns")["items"]]
