"""Labels that are declared: of an input, of a connection, of a plugin. They are joined to what comes, before a run and in it."""

from typing import Any

import pytest

from atoll.apps.dataflow import Places, data_flow
from atoll.engine.check import check
from atoll.engine.graph import Graph
from atoll.nodes.registry import Registry
from atoll.policy import Label, Policy
from atoll.sdk import Node, Output
from tests.runs.world import World, chain, edge, finished, graph, node

MCP = {
    "url": "https://mcp.example/mcp",
    "tools": [{"name": "get", "description": "", "input_schema": {"type": "object"}}],
}
OPENAPI = {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://crm.example"}],
           "paths": {"/x": {"get": {"operationId": "x", "responses": {}}}}}  # fmt: skip
SAID: dict[str, Any] = {"level": "confidential", "tags": ["pii"]}
ASK, SAY = node("ask", "input", variable="q"), node("say", "llm", model="outside", prompt_template="{{ give }}")
SEARCH = {"kind": "http", "name": "search", "url": "https://crm.example/", **SAID}
INNER = chain(node("i", "input", variable="x", **SAID), node("o", "output")).model_dump()
GIVERS: dict[str, dict[str, Any]] = {
    "an input": node("give", "input", variables=[{"name": "more", "default": "!"}], **SAID),
    "an HTTP request": node("give", "http_request", url="https://crm.example/", **SAID),
    "a tool of an OpenAPI description": node("give", "tool", kind="openapi", openapi=OPENAPI, operation="x", **SAID),
    "a tool of an MCP server": node("give", "tool", kind="mcp", mcp=MCP, **SAID),
    "a node type as a tool": node("give", "tool", kind="node", node="crm", **SAID),
    "a tool of an agent": node("give", "agent", model="home", query="{{ ask.q }}", tools=[SEARCH]),
    "a plugin": node("give", "crm"),
    "a plugin as a tool": node("give", "tool", kind="node", node="crm"),
    "an input of a called app": node("give", "subflow", app="a", version="embedded", inputs={"x": "hi"}, graph=INNER),
}  # fmt: skip


class Crm(Node):
    name = "crm"
    category = "tool"
    outputs = (Output("value"),)
    level = "confidential"
    tags = ("pii",)

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return {"value": "Ann Example"}


CATALOGUE = {**Registry(), "crm": Crm}
PLACES = Places(Policy.default(), "local", {"outside": "public"}, local_hosts=["crm.example", "mcp.example"])


def behind(giver: dict[str, Any]) -> Graph:
    return graph(ASK, giver, SAY, edge("ask", "give"), edge("give", "say"))


@pytest.mark.parametrize("name", GIVERS)
def test_what_is_declared_is_known_before_a_run(name: str) -> None:
    report = check(behind(GIVERS[name]).model_dump(), CATALOGUE)
    assert report.ok, report.problems
    found = data_flow(report, PLACES)
    assert found.labels["give"] == Label("confidential", frozenset({"pii"}))
    assert [problem.node for problem in found.problems] == ["say"]
    assert "(confidential, pii, zone local)" in found.problems[0].message["en"]
    without = {
        **GIVERS[name],
        "config": {key: value for key, value in GIVERS[name]["config"].items() if key not in SAID},
    }
    if name in ("an input", "an HTTP request", "a tool of an MCP server"):
        assert data_flow(check(behind(without).model_dump(), CATALOGUE), PLACES).allowed


@pytest.mark.parametrize("name", ["an input", "a plugin", "a plugin as a tool", "an input of a called app"])
async def test_what_is_declared_is_held_to_in_a_run(world: World, name: str) -> None:
    world.catalogue["crm"] = Crm
    world.model_zones = {"outside": "public"}
    run = await finished(world.service(), behind(GIVERS[name]), {"q": "?"})
    assert run.error is not None and (run.error.code, run.error.node) == ("label_forbidden", "say")
    assert not world.models.asked


@pytest.mark.parametrize(
    "said",
    [{"level": "a b"}, {"level": "x" * 65}, {"level": 1}, {"tags": ["a b"]}, {"tags": ["t"] * 65}, {"tags": [""]}],
)
@pytest.mark.parametrize(
    "kind",
    [("input", {"variable": "q"}), ("redact", {}), ("approval", {}), ("http_request", {"url": "https://x.example"})],
)
def test_what_is_no_label_is_a_problem(kind: tuple[str, dict[str, Any]], said: dict[str, Any]) -> None:
    names = {"approval": {"level": "release_level", "tags": "release_tags"}}.get(kind[0], {})
    config = kind[1] | {names.get(key, key): value for key, value in said.items()}
    report = check(graph(node("give", kind[0], **config)).model_dump(), CATALOGUE)
    assert "config_invalid" in [problem.code for problem in report.problems]


def test_a_level_that_the_policy_does_not_know_is_its_highest() -> None:
    report = check(behind(node("give", "input", variable="more", level="topsecret")).model_dump(), CATALOGUE)
    assert data_flow(report, PLACES).labels["give"] == Label("restricted")
