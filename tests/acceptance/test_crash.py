"""Signal 9 in the middle of a run: the next start finishes it, and no node's success is lost or repeated in the log."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.product import serving

pytestmark = pytest.mark.xdist_group("crash")


class Gate(BaseHTTPRequestHandler):
    """A peer that holds its first caller until the test lets go, so that the kill falls in the middle of a node."""

    arrived = threading.Event()
    open = threading.Event()

    def do_GET(self) -> None:
        Gate.arrived.set()
        Gate.open.wait(60)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"through")

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_killed_run_is_finished_by_the_next_start(tmp_path: Path) -> None:
    peer = ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    peer.daemon_threads = True
    threading.Thread(target=peer.serve_forever, daemon=True).start()
    port = peer.server_address[1]
    chain = [{"id": f"t{i}", "type": "template", "config": {"template": f"step {i}"}} for i in range(10)]
    graph = {
        "nodes": [
            {"id": "input_1", "type": "input", "config": {"variable": "name"}},
            *chain,
            {"id": "http_1", "type": "http_request", "config": {"url": f"http://127.0.0.1:{port}/"}},
            {"id": "output_1", "type": "output", "config": {"name": "said"}},
        ],
        "edges": [
            {"source": "input_1", "target": "t0"},
            *({"source": f"t{i}", "target": f"t{i + 1}"} for i in range(9)),
            {"source": "t9", "target": "http_1"},
            {"source": "http_1", "target": "output_1"},
        ],
    }
    data = tmp_path / "data"
    settings = {"ATOLL_SAMPLE": "false", "ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_LEASE_SECONDS": "2"}
    try:
        with serving(data, **settings) as first:
            owner = first.client()
            owner.set_up()
            app = owner.call("POST", "/apps", {"name": "crash", "graph": graph}, expect=201)
            run = owner.call("POST", f"/apps/{app['id']}/runs", {"inputs": {"name": "x"}, "version": "draft"})
            assert Gate.arrived.wait(20), "the run never reached its peer"
            first.kill()
        Gate.open.set()
        with serving(data, **settings) as second:
            again = second.client()
            again.csrf = again.call("POST", "/session", {"username": "admin", "password": "correct horse battery"})[
                "csrf"
            ]
            events = list(again.events(run["id"]))
            assert again.call("GET", f"/runs/{run['id']}")["outputs"] == {"said": "through"}
    finally:
        Gate.open.set()
        peer.shutdown()
        peer.server_close()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    succeeded = [event["node"] for event in events if event["type"] == "node.succeeded"]
    assert sorted(succeeded) == sorted({node["id"] for node in graph["nodes"]})
    starts = [event["node"] for event in events if event["type"] == "node.started"]
    assert starts.count("http_1") == 2
    assert events[-1]["type"] == "run.succeeded"
