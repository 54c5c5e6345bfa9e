"""Signal 9 in the middle of an evaluation of a real server: the next start goes on, and no cell runs twice."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.product import PASSWORD, USER, Client, serving

pytestmark = pytest.mark.xdist_group("crash")
CASES, AT_ONCE = 12, 4
ANSWERED_BEFORE = 5  # cases whose peer answers before the kill; the others' are held
SETTINGS = {"ATOLL_SAMPLE": "false", "ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_LEASE_SECONDS": "3"}


class Peer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []
        self.arrived, self.open = threading.Semaphore(0), threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed takes no answer."""


class Answer(BaseHTTPRequestHandler):
    server: Peer

    def do_GET(self) -> None:
        self.server.asked.append(parse_qs(urlsplit(self.path).query)["q"][0])
        if len(self.server.asked) > ANSWERED_BEFORE:
            self.server.arrived.release()
            self.server.open.wait(60)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"through")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    serve = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serve.start()
    yield made
    made.open.set()
    made.shutdown()
    made.server_close()
    serve.join(5)


def calling(port: int) -> dict[str, Any]:
    return {
        "nodes": [
            {"id": "start", "type": "input", "config": {"variable": "q"}},
            {"id": "call", "type": "http_request", "config": {"url": f"http://127.0.0.1:{port}/?q={{{{ q }}}}"}},
            {"id": "say", "type": "template", "config": {"template": "one {{ q }} {{ call.body }}"}},
            {"id": "end", "type": "output"},
        ],
        "edges": [
            {"source": "start", "target": "call"},
            {"source": "call", "target": "say"},
            {"source": "say", "target": "end"},
        ],
    }


def test_an_evaluation_that_was_killed_goes_on_and_no_cell_runs_twice(tmp_path: Path, peer: Peer) -> None:
    data = tmp_path / "data"
    with serving(data, **SETTINGS) as first:
        client = first.client()
        client.set_up()
        app = client.call("POST", "/apps", {"name": "a", "graph": calling(peer.server_address[1])}, expect=201)
        for n in range(CASES):
            case = {"name": str(n), "inputs": {"q": str(n)}, "expect": [{"contains": f"two {n} through"}]}
            client.call("POST", f"/apps/{app['id']}/cases", case, expect=201)
        varied = [{"name": "two", "config": {"template": "two {{ q }} {{ call.body }}"}}]
        wish = {"version": "draft", "node": "say", "variants": varied}
        evaluation_id = client.call("POST", f"/apps/{app['id']}/evaluations", wish, expect=201)["id"]
        for _ in range(AT_ONCE):
            assert peer.arrived.acquire(timeout=20), "the cells never reached their peer"
        first.kill()
    assert len(peer.asked) == ANSWERED_BEFORE + AT_ONCE
    peer.open.set()
    with serving(data, **SETTINGS) as second:
        client = second.client()
        signed = client.call("POST", "/session", {"username": USER, "password": PASSWORD}, expect=201)
        client.csrf = signed["csrf"]
        found = ended(client, evaluation_id)
        runs = client.call("GET", "/runs", params={"limit": 200})["items"]
    assert [cell["state"] for cell in found["cells"]] == ["failed", "passed"] * CASES
    assert sorted(run["id"] for run in runs) == sorted(cell["run_id"] for cell in found["cells"])
    assert (found["done"], found["total"]) == (2 * CASES, 2 * CASES)
    asked = Counter(peer.asked)  # what was under way at the kill was asked again, by the same runs; nothing else was
    assert sorted(asked.values()) == [1] * (CASES - AT_ONCE) + [2] * AT_ONCE


def ended(client: Client, evaluation_id: str) -> dict[str, Any]:
    end = time.monotonic() + 30
    while True:
        found: dict[str, Any] = client.call("GET", f"/evaluations/{evaluation_id}")
        if found["status"] == "done":
            return found
        assert time.monotonic() < end, f"{found['done']} of {found['total']}: {found['status']}"
        time.sleep(0.1)
