"""`tool`: another node type, or an operation of an OpenAPI description."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from atoll.engine.check import check
from atoll.engine.graph import GraphNode
from atoll.engine.step import make_step
from atoll.nodes import openapi
from atoll.nodes.builtin.tool import ToolConfig, ToolNode
from atoll.nodes.registry import Registry
from atoll.policy import Label
from atoll.runs.debugging import Going
from atoll.sdk import HttpReply, NodeError, Passage
from tests.nodes.play import around, failed, play
from tests.product import ROOT
from tests.runs.world import WS, World, asked_at, chain, debugging, finished, graph, new, node, soon

WORK: dict[str, Any] = {"node": "work", "inputs": {"value": "{{ query }}!"}}


# -- nodes


async def test_a_node_is_called_with_values_from_templates(world: World) -> None:
    trace = await play(world, "tool", WORK, query="hi")
    assert trace.outputs == {"result": "n(hi!)", "outputs": {"value": "n(hi!)"}}
    assert trace.facts["inputs"] == {"value": "hi!"}
    run_id = world.stage.calls[0][2].split(":")[0]
    assert world.stage.calls == [("n", 1, f"{run_id}:n")]


@pytest.mark.parametrize(
    ("inputs", "given", "said"),
    [({}, {"input": 7}, "n(7)"), ({}, {"value": 1, "other": 2}, "n(1, 2)"), ({"other": "x"}, {"value": 1}, "n(1, x)"),
     ({}, {}, "n()"), ({"value": "[1, 2]"}, {}, "n([1, 2])")],
)  # fmt: skip
async def test_connected_values_go_in(world: World, inputs: dict[str, str], given: dict[str, Any], said: str) -> None:
    trace = await play(world, "tool", {"node": "work", "inputs": inputs}, **given)
    assert trace.outputs["result"] == said


async def test_a_plugin_is_called(world: World) -> None:
    plugins = Registry(ROOT / "plugins")
    world.catalogue = {**world.catalogue, "custom_search": plugins["custom_search"]}
    trace = await play(
        world, "tool", {"node": "custom_search", "inputs": {"query": "{{ input }}"}}, input="江岸银行分红"
    )
    assert trace.outputs["result"][0]["source"] == "公告"
    assert failed(await play(world, "tool", {"node": "custom_search"})) == "tool_input_missing"


async def test_passages_come_through(world: World) -> None:
    world.knowledge.passages["reports"] = [Passage("c1", "d", "a.pdf", "reports", "27%", 1.0)]
    trace = await play(world, "tool", {"node": "retriever", "config": {"vector_index": "reports"}}, query="growth")
    assert (trace.outputs["result"][0]["text"], trace.outputs["outputs"]["count"]) == ("27%", 1)


async def test_what_a_tool_raises_is_the_nodes_error(world: World) -> None:
    world.stage.parts["n"] = [NodeError("broken", "It broke.", "坏了。", retryable=True, detail="why")]
    trace = await play(world, "tool", WORK, query="x")
    assert failed(trace) == "broken" and trace.error is not None
    assert (trace.error.retryable, trace.error.detail) == (True, "why")


@pytest.mark.attack("S-81")
async def test_policy_is_asked_for_the_tool(world: World) -> None:
    world.datasets["secret"] = ("public", Label("restricted"))
    tool = {"node": "retriever", "config": {"vector_index": "secret"}}
    report = check(around("tool", tool, {"query": "x"}).model_dump(), world.catalogue)
    assert [(resource.kind, resource.name) for resource in report.steps["n"].resources] == [("dataset", "secret")]
    assert failed(await play(world, "tool", tool, query="x")) == "label_forbidden"


async def test_a_tool_with_side_effects_is_not_repeated_blindly(world: World) -> None:
    world.stage.parts["n"] = [world.stage.hold]
    run = await world.service().create(WS, new(graph(node("n", "tool", node="pay"))))
    await soon(world.stage.reached["n"].wait())
    await world.workers[-1].stop()
    service = world.service()
    paused = await soon(service.wait(WS, run.id))
    assert (paused.status, asked_at(paused)) == ("paused", "n")
    world.stage.parts["n"] = ["paid"]
    await debugging(service).resume(WS, run.id, Going("n", "repeat"), "ann")
    ended = await soon(service.wait(WS, run.id))
    keys = {key for _, _, key in world.stage.calls}
    assert (ended.status, len(world.stage.calls), keys) == ("succeeded", 2, {f"{run.id}:n"})


async def test_a_thread_that_outlives_its_time_finds_the_tools_closed(world: World) -> None:
    """What a node could still do after its end nobody would see in the log."""
    from atoll.sdk import Node, Output, ToolUse

    outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    class Late(Node):
        name = "late"
        outputs = (Output("value"),)
        timeout = 0.05

        @classmethod
        def tools(cls, config: Any) -> Any:
            return (ToolUse("work", "work"),)

        def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
            import time

            time.sleep(0.2)
            try:
                self.context.wait(self.context.tools.call("work", {}, key="k"))
            except NodeError as error:
                code = error.code
                outcome.get_loop().call_soon_threadsafe(outcome.set_result, code)
            return {"value": 1}

    world.catalogue = {**world.catalogue, "late": Late}
    run = await finished(world.service(), graph(node("n", "late")))
    assert run.error is not None and run.error.code == "node_timeout"
    assert await soon(outcome) == "node_over" and world.stage.calls == []


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"node": "nothing"}, "no node type “nothing”"),
        ({"node": "loop"}, "can't be a tool"),
        ({"node": "tool", "config": {"node": "work"}}, "can't be a tool"),
        ({"node": "work", "inputs": {"unheard": "x"}}, "takes no “unheard”"),
        ({"node": "retriever"}, "“Knowledge base” is required"),
        ({}, "choose a node type"),
        ({"kind": "openapi", "operation": "x"}, "no operation “x”"),
    ],
)
def test_what_can_not_be_is_a_problem(world: World, config: dict[str, Any], words: str) -> None:
    found = check(graph(node("n", "tool", **config)).model_dump(), world.catalogue)
    (problem,) = found.problems
    assert words in problem.message["en"] and problem.pointer.startswith("/nodes/0/config")


# -- OpenAPI

ITEM = {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string"}, "count": {"type": "integer"}, "tags": {"$ref": "#/components/schemas/Tags"}}}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "servers": [{"url": "https://{where}.example/v2/", "variables": {"where": {"default": "shop"}}}],
    "components": {
        "schemas": {"Item": ITEM, "Tags": {"type": "array", "items": {"type": "string"}}},
        "parameters": {"Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}},
    },
    "paths": {
        "/items/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "get": {"operationId": "getItem", "parameters": [
                {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
                {"name": "tag", "in": "query", "schema": {"type": "array"}},
                {"name": "X-Who", "in": "header", "schema": {"type": "string"}}]},
            "put": {"requestBody": {"required": True, "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}},
        },
        "/upload": {"post": {"requestBody": {"required": True, "content": {"text/csv": {}}}}},
        "/any": {"post": {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "array"}}}}},
                 "delete": "nonsense"},
        "/loop": {"$ref": "#/paths/~1loop"},
        "/broken": 7,
    },
}  # fmt: skip


class Shop:
    """The other side: keeps what it was asked, answers what it is told to."""

    def __init__(self, status: int = 200, body: bytes = b'{"ok": true}') -> None:
        self.status, self.body = status, body
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []

    async def request(self, method: str, url: str, *, headers: Any = None, content: Any = None, **_: Any) -> HttpReply:
        self.asked.append((method, url, dict(headers or {}), content))
        return HttpReply(self.status, {"x": "y"}, self.body, url)


def operation(called: str, **inputs: str) -> dict[str, Any]:
    return {"kind": "openapi", "openapi": DOCUMENT, "operation": called, "inputs": inputs}


async def test_an_operation_is_called(world: World) -> None:
    world.http = shop = Shop()
    config = operation("getItem", id="a/b {{ query }}", deep="true", tag='["x", "y&z"]', **{"X-Who": "me"})
    trace = await play(world, "tool", {**config, "headers": {"Authorization": "Bearer k"}}, query="澜")
    assert (trace.outputs["result"], trace.outputs["outputs"]["status"]) == ({"ok": True}, 200)
    url = "https://shop.example/v2/items/a%2Fb%20%E6%BE%9C?deep=true&tag=x&tag=y%26z"
    assert shop.asked == [("GET", url, {"X-Who": "me", "Authorization": "Bearer k"}, None)]


async def test_a_body_is_made_of_its_fields(world: World) -> None:
    world.http = shop = Shop(201, b"made")
    config = operation("PUT /items/{id}", id="7", name="12", count="3", tags="one")
    run = await finished(world.service(), graph(node("n", "tool", **config)))
    assert run.outputs["result"] == "made"
    ((method, url, headers, body),) = shop.asked
    assert (method, url, body) == ("PUT", "https://shop.example/v2/items/7", b'{"name":"12","count":3,"tags":["one"]}')
    assert headers == {"Content-Type": "application/json", "Idempotency-Key": f"{run.id}:n"}


async def test_connected_values_fill_parameters(world: World) -> None:
    world.http = shop = Shop()
    await play(world, "tool", {**operation("getItem"), "server": "http://other.example"}, id="7")
    assert shop.asked[0][1] == "http://other.example/items/7"


@pytest.mark.parametrize(
    ("config", "status", "code"),
    [(operation("getItem"), 200, "tool_input_missing"), (operation("PUT /items/{id}", id="7"), 200, "tool_input_missing"),
     (operation("getItem", id="7"), 404, "http_status"), (operation("getItem", id="7"), 503, "http_status")],
)  # fmt: skip
async def test_what_fails(world: World, config: dict[str, Any], status: int, code: str) -> None:
    world.http = Shop(status, b"sorry")
    trace = await play(world, "tool", config)
    assert failed(trace) == code and trace.error is not None and trace.error.retryable is (status == 503)


@pytest.mark.attack("S-92")
@pytest.mark.parametrize("said", [".", ".."])
async def test_no_value_leads_to_another_operation(world: World, said: str) -> None:
    world.http = shop = Shop()
    assert (
        failed(await play(world, "tool", operation("PUT /items/{id}", id=said, name="n", count="1")))
        == "tool_input_wrong"
    )
    assert shop.asked == []
    await play(world, "tool", operation("getItem", id=f"{said}/{said}"))
    assert shop.asked[0][1] == f"https://shop.example/v2/items/{said}%2F{said}"


@pytest.mark.parametrize(("name", "effects"), [("getItem", False), ("PUT /items/{id}", True)])
def test_what_it_uses_and_whether_it_may_be_repeated(name: str, effects: bool) -> None:
    step = make_step(GraphNode(id="n", type="tool", config=operation(name)), ToolNode)
    assert step.side_effects is effects
    assert [(one.kind, one.name) for one in step.resources] == [("host", "shop.example")]


def test_operations_are_listed() -> None:
    assert openapi.operations(DOCUMENT) == ["getItem", "PUT /items/{id}", "POST /upload", "POST /any"]


@pytest.mark.parametrize(
    ("document", "name", "words"),
    [
        (DOCUMENT, "POST /upload", "no JSON"), (DOCUMENT, "POST /any", "no object"), (DOCUMENT, "", "getItem"),
        ({"paths": {"/a": {"get": {}}}}, "GET /a", "no server"), ({}, "x", "there are: none"), ({"paths": 3}, "x", "none"),
        ({"servers": [{"url": "/v1"}], "paths": {"/a": {"get": {}}}}, "GET /a", "no server"),
    ],
)  # fmt: skip
def test_a_description_that_does_not_do_says_why(document: dict[str, Any], name: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ToolConfig(kind="openapi", openapi=document, operation=name)


async def test_a_tool_in_a_chain(world: World) -> None:
    steps = chain(node("ask", "input", variable="q"), node("n", "tool", node="work"), node("end", "output"))
    assert (await finished(world.service(), steps, {"q": "x"})).outputs == {"output": "n(x)"}
