"""Signal 9 in the middle of a run of a real server: the next start goes on, and nothing is lost or done twice."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from atoll.engine.events import Event
from atoll.engine.graph import Graph
from atoll.engine.plan import compile_plan
from atoll.nodes.registry import Registry
from tests.chaos.peer import Peer, peering
from tests.product import PASSWORD, USER, Client, serving
from tests.runs import invariants

pytestmark = pytest.mark.xdist_group("crash")
GOES_ON_WITHIN = 15.0  # seconds from the start of the next server


@pytest.fixture
def peer() -> Iterator[Peer]:
    with peering() as made:
        yield made


def calling(url: str, **config: Any) -> dict[str, Any]:
    """Ten quick nodes, then the call, then the result."""
    chain = [{"id": f"t{at}", "type": "template", "config": {"template": f"step {at}"}} for at in range(10)]
    call = {
        "id": "call",
        "type": "http_request",
        "config": {"url": url, **config},
        "default_outputs": {"body": "assumed"},
    }
    nodes = [
        {"id": "ask", "type": "input", "config": {"variable": "name"}}, *chain, call,
        {"id": "end", "type": "output", "config": {"name": "said"}},
    ]  # fmt: skip
    edges = [{"source": left["id"], "target": right["id"]} for left, right in pairwise(nodes)]
    return {"nodes": nodes, "edges": edges}


SETTINGS = {"ATOLL_SAMPLE": "false", "ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_LEASE_SECONDS": "1"}


def started(client: Client, graph: dict[str, Any]) -> str:
    client.set_up()
    app = client.call("POST", "/apps", {"name": "crash", "graph": graph}, expect=201)
    run = client.call("POST", f"/apps/{app['id']}/runs", {"inputs": {"name": "x"}, "version": "draft"}, expect=201)
    run_id: str = run["id"]
    return run_id


def signed_in(client: Client) -> Client:
    client.csrf = client.call("POST", "/session", {"username": USER, "password": PASSWORD})["csrf"]
    return client


def examined(events: list[dict[str, Any]], graph: dict[str, Any]) -> list[tuple[str, str | None]]:
    """(type, node) of a whole log that keeps every promise."""
    log = [Event(one["type"], one["node"], one["data"], one["seq"], one["at"]) for one in events]
    invariants.check(compile_plan(Graph.model_validate(graph), Registry()), log)
    return [(event.type, event.node) for event in log]


def test_a_run_that_was_killed_twice_is_finished_by_the_next_start(tmp_path: Path, peer: Peer) -> None:
    data, graph = tmp_path / "data", calling(peer.url)
    with serving(data, **SETTINGS) as first:
        run_id = started(first.client(), graph)
        assert peer.arrived.acquire(timeout=20), "the run never reached its peer"
        first.kill()
    with serving(data, **SETTINGS) as second:
        assert peer.arrived.acquire(timeout=GOES_ON_WITHIN), "the run did not go on"
        second.kill()
    peer.open.set()
    with serving(data, **SETTINGS) as third:
        began = time.monotonic()
        client = signed_in(third.client())
        happened = examined(list(client.events(run_id)), graph)
        assert time.monotonic() - began < GOES_ON_WITHIN
        run = client.call("GET", f"/runs/{run_id}")
    assert (run["status"], run["outputs"]) == ("succeeded", {"said": "through"})
    assert happened.count(("node.started", "call")) == 3
    succeeded = [node for kind, node in happened if kind == "node.succeeded"]
    assert sorted(map(str, succeeded)) == sorted(node["id"] for node in graph["nodes"])


def test_an_order_that_was_cut_off_is_not_placed_again_without_asking(tmp_path: Path, peer: Peer) -> None:
    data, graph = tmp_path / "data", calling(peer.url, method="POST", body="{}")
    with serving(data, **SETTINGS) as first:
        run_id = started(first.client(), graph)
        assert peer.arrived.acquire(timeout=20), "the run never reached its peer"
        first.kill()
    peer.open.set()
    with serving(data, **SETTINGS) as second:
        client = signed_in(second.client())
        for event in client.events(run_id):
            if event["type"] == "run.paused":
                break
        run = client.call("GET", f"/runs/{run_id}")
        assert (run["status"], run["pause"]["node"]) == ("paused", "call")
        client.call("POST", f"/runs/{run_id}/resume", {"node": "call", "decision": "skip"})
        happened = examined(list(client.events(run_id)), graph)
        run = client.call("GET", f"/runs/{run_id}")
    assert (run["status"], run["outputs"]) == ("succeeded", {"said": "assumed"})
    assert peer.asked == [("POST", f"{run_id}:call")]
    assert happened.count(("node.started", "call")) == 1 and ("run.resumed", "call") in happened
