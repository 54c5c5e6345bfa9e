"""The official server: every version, tools looked up and called, alone and by an agent."""

import json
from typing import Any

import pytest

from atoll.nodes.mcp import Lookup, McpServer, call, look_up
from atoll.nodes.mcp.client import McpClient
from atoll.nodes.mcp.wire import HANDSHAKE, MODERN
from atoll.sdk import Http, NodeError, ToolCall
from tests.nodes.mcp.conftest import KINDS
from tests.nodes.play import failed, play
from tests.runs.world import WS, World, chain, finished, node

SPOKEN = [("every", "", MODERN), ("every", HANDSHAKE[0], HANDSHAKE[0]), ("stateless", "", MODERN),
          ("stateless", HANDSHAKE[0], HANDSHAKE[0]), ("before", "", HANDSHAKE[0]), ("before", MODERN, HANDSHAKE[0]),
          ("before", HANDSHAKE[0], HANDSHAKE[0])]  # fmt: skip


async def declared(http: Http, url: str, *names: str, **more: Any) -> dict[str, Any]:
    """The setting of a node with these tools, as the panel makes it of a lookup."""
    found = await look_up(http, url, {})
    tools = {tool.name: tool.model_dump(exclude={"title", "read_only"}) for tool in found.tools}
    return {"url": url, "protocol": found.protocol, "tools": [tools[name] for name in names], **more}


async def called(http: Http, url: str, name: str, protocol: str = "", **arguments: Any) -> dict[str, Any]:
    server = McpServer.model_validate(await declared(http, url, name))
    return await call(http, server.model_copy(update={"protocol": protocol}), server.tools[0], arguments, "run:n")


@pytest.mark.parametrize(("kind", "tried", "spoken"), SPOKEN)
async def test_every_version_is_spoken(http: Http, servers: dict[str, str], kind: str, tried: str, spoken: str) -> None:
    async with McpClient(http, servers[kind], {}, tried) as server:
        names = [tool["name"] for tool in (await server.ask("tools/list", {}))["tools"]]
        result = await server.ask("tools/call", {"name": "forecast", "arguments": {"city": "Köln"}})
        assert (server.version, names[0]) == (spoken, "forecast")
        assert result["structuredContent"] == {"city": "Köln", "days": 1, "sky": "clear"}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_lookup_finds_what_a_model_is_to_be_told(http: Http, servers: dict[str, str], kind: str) -> None:
    found: Lookup = await look_up(http, servers[kind], {})
    assert (found.left_out, found.more) == ([], False)
    tool = found.tools[0]
    assert (tool.name, tool.title, tool.description) == ("forecast", "Forecast", "The weather of a city.")
    assert tool.input_schema["properties"]["city"]["description"] == "Its name"
    hints = {tool.name: (tool.read_only, tool.idempotent) for tool in found.tools}
    assert hints["forecast"] == (True, True) and hints["picture"] == (False, True) and hints["book"] == (False, False)


@pytest.mark.parametrize("protocol", [MODERN, HANDSHAKE[0]])
async def test_results_are_read(http: Http, servers: dict[str, str], protocol: str) -> None:
    url = servers["every"]
    assert (await called(http, url, "slow", protocol))["result"] == "done"
    assert (await called(http, url, "lines", protocol))["result"] == {"result": ["a", "b"]}
    booked = await called(http, url, "book", protocol, seat="7A")
    assert booked["result"] == booked["outputs"]["text"] and booked["result"] == "booked 7A"
    said = (await called(http, url, "picture", protocol))["result"]
    assert said == "A picture:\n[image image/png 16 bytes: not shown]"


@pytest.mark.parametrize("protocol", [MODERN, HANDSHAKE[0]])
async def test_what_a_tool_says_is_wrong_is_the_error(http: Http, servers: dict[str, str], protocol: str) -> None:
    with pytest.raises(NodeError, match=r"^fail failed: .*no rain today$") as error:
        await called(http, servers["every"], "fail", protocol, why="rain")
    assert error.value.code == "mcp_tool_failed"


async def test_arguments_go_into_headers_where_the_schema_asks(http: Http, servers: dict[str, str]) -> None:
    given = json.loads((await called(http, servers["every"], "where", MODERN, region="zürich"))["result"])
    assert given == ["=?base64?esO8cmljaA==?=", None, None]
    assert json.loads((await called(http, servers["every"], "where", MODERN, region="eu-1"))["result"])[0] == "eu-1"


@pytest.mark.parametrize(("kind", "protocol"), [("every", MODERN), ("every", HANDSHAKE[0]), ("before", "")])
async def test_a_server_that_wants_to_ask_is_declined(
    http: Http, servers: dict[str, str], kind: str, protocol: str
) -> None:
    with pytest.raises(NodeError) as error:
        await called(http, servers[kind], "confirm", protocol)
    assert error.value.code == "mcp_refused"
    assert ("Nothing can be asked of this client" in str(error.value)) == (protocol != MODERN)


# -- nodes


async def test_the_tool_node_calls_a_tool(world: World, http: Http, servers: dict[str, str]) -> None:
    world.http = http
    mcp = await declared(http, servers["every"], "forecast")
    config = {"kind": "mcp", "mcp": mcp, "inputs": {"city": "{{ input }} am Main", "days": "3"}}
    trace = await play(world, "tool", config, input="Frankfurt")
    assert trace.outputs["result"] == {"city": "Frankfurt am Main", "days": 3, "sky": "clear"}
    assert json.loads(trace.outputs["outputs"]["text"]) == trace.outputs["result"]
    assert trace.facts == {"tool": "forecast", "url": mcp["url"], "inputs": {"city": "Frankfurt am Main", "days": 3}}


async def test_a_connected_value_goes_into_the_first_argument(
    world: World, http: Http, servers: dict[str, str]
) -> None:
    world.http = http
    config = {"kind": "mcp", "mcp": await declared(http, servers["before"], "forecast")}
    assert (await play(world, "tool", config, input="Bonn")).outputs["result"]["city"] == "Bonn"
    assert (await play(world, "tool", config, days=2, city="Ulm")).outputs["result"] == {
        "city": "Ulm", "days": 2, "sky": "clear",
    }  # fmt: skip
    assert failed(await play(world, "tool", config)) == "tool_input_missing"


async def test_the_tools_error_is_the_nodes(world: World, http: Http, servers: dict[str, str]) -> None:
    world.http = http
    config = {"kind": "mcp", "mcp": await declared(http, servers["every"], "fail"), "inputs": {"why": "rain"}}
    assert failed(await play(world, "tool", config)) == "mcp_tool_failed"


async def test_an_agent_uses_the_tools_of_a_server(world: World, http: Http, servers: dict[str, str]) -> None:
    world.http = http
    mcp = await declared(http, servers["stateless"], "forecast", "fail", headers={"Authorization": "Bearer k"})
    tools = [{"kind": "mcp", "name": "weather", "mcp": mcp, "values": {"days": "{{ n }}"}}]
    world.models.answers["m"] = [
        [ToolCall("a", "weather_fail", {"why": "rain"}), ToolCall("b", "weather_forecast", {"city": "Rom", "days": 9})],
        ["Clear."],
    ]  # fmt: skip
    steps = chain(
        node("ask", "input", variables=[{"name": "query", "type": "string"}, {"name": "n", "type": "number"}]),
        node("n", "agent", model="m", tools=tools),
    )
    service = world.service()
    run = await finished(service, steps, {"query": "Rome?", "n": 4})
    first, second = run.outputs["steps"]
    assert run.outputs["text"] == "Clear."
    assert first["error"] == "mcp_tool_failed" and first["result"].endswith("no rain today")
    assert json.loads(second["result"]) == {"city": "Rom", "days": 4, "sky": "clear"}
    told = {spec.name: spec for spec in world.models.asked[0][2]["tools"]}
    assert told["weather_forecast"].description == "The weather of a city."
    assert list(told["weather_forecast"].parameters["properties"]) == ["city"], "what is fixed the model is not told"
    notes = [event.data for event in await service.events(WS, run.id) if event.type == "node.noted"]
    assert [note["kind"] for note in notes] == ["thought", "call", "result", "call", "result", "thought"]
