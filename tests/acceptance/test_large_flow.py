"""A flow of 1,000 nodes with 200 branches at once: drawn, run in one process, and each call made once."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.llm.peer import Asked, peer, whole
from tests.product import Client, Product, serving

BRANCHES, LONG = 200, 4


def large_flow(url: str) -> dict[str, Any]:
    """200 branches of a call and three templates, joined, and a tail that makes it 1,000 nodes."""
    nodes: list[dict[str, Any]] = [{"id": "ask", "type": "input", "config": {"variable": "q"}, "ui": {"x": 0, "y": 0}}]
    edges: list[dict[str, Any]] = []
    for branch in range(BRANCHES):
        before = "ask"
        for step in range(LONG):
            name = f"b{branch}_{step}"
            config = {"url": f"{url}/{branch}"} if step == 0 else {"template": f"{{{{ {before}.output }}}}"}
            kind = "http_request" if step == 0 else "template"
            ui = {"x": 300 * (step + 1), "y": 140 * branch}
            nodes.append({"id": name, "type": kind, "config": config, "ui": ui})
            edges.append({"source": before, "target": name})
            before = name
        edges.append({"source": before, "target": "t0"})
    tail = 1_000 - len(nodes) - 1
    listed = "".join(f"{{{{ b{branch}_{LONG - 1}.text }}}} " for branch in range(BRANCHES))
    for step in range(tail):
        template = listed if step == 0 else f"{{{{ t{step - 1}.text }}}}"
        ui = {"x": 300 * (LONG + 1 + step), "y": 0}
        nodes.append({"id": f"t{step}", "type": "template", "config": {"template": template}, "ui": ui})
        if step:
            edges.append({"source": f"t{step - 1}", "target": f"t{step}"})
    nodes.append(
        {"id": "end", "type": "output", "config": {"name": "all"}, "ui": {"x": 300 * (LONG + 1 + tail), "y": 0}}
    )
    edges.append({"source": f"t{tail - 1}", "target": "end"})
    return {"nodes": nodes, "edges": edges}


class Slow:
    """Answers each path with its number after a moment; counts what was asked, and how many were open at once."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open = self.most = 0

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.asked.append(asked.path.rpartition("/")[2])
        self.open += 1
        self.most = max(self.most, self.open)
        await asyncio.sleep(0.1)
        self.open -= 1
        await whole(200, asked.path.rpartition("/")[2].encode(), kind="text/plain")(asked, writer)


@pytest.fixture
def slow() -> Iterator[tuple[Slow, str]]:
    loop, ready, stop, slow = asyncio.new_event_loop(), threading.Event(), asyncio.Event(), Slow()
    url: list[str] = []

    async def serve() -> None:
        async with peer(slow.answer) as server:
            url.append(server.url)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    yield slow, url[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


@pytest.fixture
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    data = tmp_path_factory.mktemp("large") / "data"
    with serving(data, ATOLL_SAMPLE="false", ATOLL_HTTP_ALLOW="127.0.0.1") as running:
        yield running


def test_a_thousand_nodes_with_two_hundred_branches(product: Product, slow: tuple[Slow, str]) -> None:
    peer, url = slow
    owner: Client = product.client()
    owner.set_up()
    graph = large_flow(url)
    assert len(graph["nodes"]) == 1_000
    app = owner.call("POST", "/apps", {"name": "large", "graph": graph})
    owner.call("POST", f"/apps/{app['id']}/publish", {})
    run = owner.run(app["id"], {"q": "?"}, "published")
    assert run["status"] == "succeeded", run["error"]
    assert run["outputs"]["all"].split() == [str(branch) for branch in range(BRANCHES)]
    assert sorted(peer.asked) == sorted(str(branch) for branch in range(BRANCHES))  # each once
    assert 16 < peer.most <= 32  # abreast, up to the limit of a run (ATOLL_RUN_NODE_PARALLEL)
    events = list(owner.events(run["id"]))
    assert sum(event["type"] == "node.succeeded" for event in events) == 1_000
