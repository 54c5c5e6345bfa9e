"""`http_request`: a real peer on loopback, through the real guarded client."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from atoll.cli.ports import GuardedHttp
from atoll.engine.graph import GraphNode
from atoll.engine.step import make_step
from atoll.kit.http import EgressRules, GuardedClient
from atoll.nodes.builtin.http_request import HttpRequestNode
from tests.nodes.play import failed, play
from tests.runs.world import WS, World, finished, graph, node


@dataclass
class Peer:
    """Answers with what its path says: /status/503, /echo; /hang never."""

    url: str = ""
    asked: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
            method, path, _ = first.split(" ")
            self.asked.append((method, path, headers, body))
            if path == "/hang":
                await reader.read()
                return
            status = int(path.rpartition("/")[2]) if path.startswith("/status/") else 200
            said = b'{"said": [1, "\xe6\xbe\x9c"]}' if path.startswith("/json") else b"plain \xff text"
            head = f"HTTP/1.1 {status} X\r\ncontent-length: {len(said)}\r\nx-kind: test\r\nconnection: close\r\n\r\n"
            writer.write(head.encode() + (b"" if method == "HEAD" else said))
            await writer.drain()
        finally:
            writer.close()


@pytest.fixture
async def peer(world: World) -> AsyncIterator[Peer]:
    this = Peer()
    server = await asyncio.start_server(this.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    this.url = f"http://127.0.0.1:{port}"
    client = GuardedClient(EgressRules(allow_private=("127.0.0.1",)))
    world.http = GuardedHttp(client)
    async with server:
        yield this
    await client.aclose()


async def test_a_json_answer_is_read(world: World, peer: Peer) -> None:
    trace = await play(
        world, "http_request", {"url": peer.url + "/json/{{ id }}", "headers": {"X-Who": "me"}}, id="a b"
    )
    outputs = trace.outputs
    assert (outputs["status"], outputs["json"], outputs["body"]) == (200, {"said": [1, "澜"]}, '{"said": [1, "澜"]}')
    assert outputs["headers"]["x-kind"] == "test"
    ((method, path, headers, _),) = peer.asked
    assert (method, path.startswith("/json/a"), headers["x-who"]) == ("GET", True, "me")
    assert "idempotency-key" not in headers
    assert trace.facts["method"] == "GET"


async def test_what_is_no_json_and_no_text_is_given_as_far_as_it_goes(world: World, peer: Peer) -> None:
    trace = await play(world, "http_request", {"url": peer.url + "/echo"})
    assert (trace.outputs["json"], trace.outputs["body"]) == (None, "plain \ufffd text")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_what_changes_something_carries_the_runs_key(world: World, peer: Peer, method: str) -> None:
    service = world.service()
    config = {"method": method, "url": peer.url + "/echo", "body": '{"run": "{{ sys.run_id }}"}'}
    run = await finished(service, graph(node("n", "http_request", **config)))
    ((asked, _, headers, body),) = peer.asked
    assert (asked, headers["idempotency-key"], body) == (method, f"{run.id}:n", f'{{"run": "{run.id}"}}')
    assert headers["content-type"] == "application/json"


async def test_headers_of_the_builder_come_first(world: World, peer: Peer) -> None:
    headers = {"Idempotency-Key": "mine", "Content-Type": "text/x"}
    await play(world, "http_request", {"method": "POST", "url": peer.url + "/echo", "headers": headers, "body": "{}"})
    assert (peer.asked[0][2]["idempotency-key"], peer.asked[0][2]["content-type"]) == ("mine", "text/x")


@pytest.mark.parametrize(
    ("method", "idempotent", "effects"),
    [("GET", False, False), ("HEAD", False, False), ("POST", False, True), ("DELETE", False, True), ("POST", True, False)],
)  # fmt: skip
def test_which_requests_are_not_repeated_blindly(method: str, idempotent: bool, effects: bool) -> None:
    config = {"url": "http://x/", "method": method, "idempotent": idempotent}
    step = make_step(GraphNode(id="n", type="http_request", config=config), HttpRequestNode)
    assert step.side_effects is effects


@pytest.mark.parametrize("status", [400, 404, 409, 429, 500, 503])
async def test_a_bad_status_fails_and_says_if_it_may_pass(world: World, peer: Peer, status: int) -> None:
    trace = await play(world, "http_request", {"url": f"{peer.url}/status/{status}"})
    assert failed(trace) == "http_status" and trace.error is not None
    assert str(status) in trace.error.message["en"] and trace.error.detail == "plain \ufffd text"
    assert trace.error.retryable is (status in (429, 500, 503))


async def test_a_bad_status_may_be_wanted(world: World, peer: Peer) -> None:
    trace = await play(world, "http_request", {"url": f"{peer.url}/status/404", "fail_on_status": False})
    assert trace.outputs["status"] == 404


async def test_a_peer_that_does_not_answer_is_left(world: World, peer: Peer) -> None:
    trace = await play(world, "http_request", {"url": peer.url + "/hang", "timeout": 0.1})
    assert failed(trace) == "http_timeout" and trace.error is not None and trace.error.retryable


BLOCKED: list[tuple[dict[str, Any], str]] = [
    ({"url": "http://10.0.0.1/"}, "http_blocked"),
    ({"url": "http://169.254.169.254/latest"}, "http_blocked"),
    ({"url": "ftp://127.0.0.1/"}, "http_bad_url"),
    ({"url": "{{ v_input }}"}, "http_blocked"),
]


@pytest.mark.parametrize(("config", "code"), BLOCKED)
@pytest.mark.attack("S-39")
async def test_the_guard_stands_before_every_address(
    world: World, peer: Peer, config: dict[str, Any], code: str
) -> None:
    trace = await play(world, "http_request", config, input="http://192.168.0.1/")
    assert failed(trace) == code and trace.error is not None and not trace.error.retryable
    assert peer.asked == []


async def test_a_peer_that_is_busy_once_is_asked_again(world: World, peer: Peer) -> None:
    service = world.service()
    steps = graph(node("n", "http_request", url=peer.url + "/status/503", retry={"attempts": 3, "delay": 0}))
    run = await finished(service, steps)
    assert run.status == "failed" and len(peer.asked) == 3
    assert [e.type for e in await service.events(WS, run.id)].count("node.retrying") == 2
