"""A restore drill: a real server under load is saved, killed and wiped; elsewhere the same answers come back."""

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


def drill(folder: Path, peer: Peer, *places: dict[str, str]) -> None:
    """`places`: the settings of the databases, from one into the next. The last is SQLite, where all is looked over."""
    here = folder / "0"
    with serving(here, **ENV, **places[0]) as product:
        before = _fill(product.client(), peer)
        archive = _lose(product, before, places[0])
    peer.open.set()
    for at, settings in enumerate(places[1:], 1):
        key = shutil.copy(here / "secrets.key", folder)
        shutil.rmtree(here)
        here = folder / str(at)
        said = _done(here, settings, "restore", str(archive))
        assert "secrets.key" in said and (at > 1 or "paused" in said), said
        shutil.copy(key, here)
        with serving(here, **ENV, **settings) as product:
            client = signed_in(product.client())
            _same(client, before)
            if at == 1:
                _effect_is_asked_about(client, before, peer)
            if at < len(places) - 1:
                archive = _lose(product, before, settings)
    _done(here, places[-1], "reconcile")
    verdict = asyncio.run(verify(here / "atoll.db"))
    assert verdict.faults == [] and verdict.unread == 0 and sum(verdict.runs.values()) > 5, verdict


def _lose(product: Product, before: Before, settings: dict[str, str]) -> Path:
    """Save it under load, then end it as a power cut would. Returns the backup."""
    archive = product.data.with_suffix(".tar.gz")
    with _load(product, before):
        _done(product.data, settings, "backup", str(archive))
    product.kill()
    return archive


def _done(data: Path, settings: dict[str, str], *args: str) -> str:
    done = command(data, *args, **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


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
        while len(ended) < 2 and worker.is_alive():
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
    turns = _turns(client, before.conversation)
    assert turns[-1] == f"{len(turns)}: milk of tea{'+milk' * (len(turns) - 1)}"
    before.turns = turns
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


def _say(client: Client, conversation: str, words: str) -> None:
    turn = client.call("POST", f"/conversations/{conversation}/turns", {"text": words}, expect=201)
    for _ in client.events(turn["run"]["id"]):
        pass


def _turns(client: Client, conversation: str) -> list[str]:
    return [turn["answer"] for turn in client.call("GET", f"/conversations/{conversation}/turns")["items"]]
