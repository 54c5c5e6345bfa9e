"""Looking up the tools of an MCP server: through the whole application, to real and to hostile servers."""

from pathlib import Path
from typing import Any

import pytest

from atoll.kit.settings import Settings
from tests.api.conftest import Browser, People
from tests.llm.peer import Answer, Asked, peer, whole
from tests.nodes.mcp.conftest import servers
from tests.nodes.mcp.test_hostile import TOOL, error, reply

__all__ = ["servers"]
PATH = "/api/v1/tools/mcp"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", web=tmp_path / "web", http_allow="127.0.0.1")


async def test_what_a_server_offers_is_listed(owner: Browser, servers: dict[str, str]) -> None:
    for kind, protocol in (("every", "2026-07-28"), ("before", "2025-11-25")):
        answer = await owner.post(PATH, json={"url": servers[kind]})
        listed = answer.json()
        assert (answer.status_code, listed["protocol"], listed["left_out"]) == (200, protocol, [])
        assert listed["tools"][0] | {"input_schema": {}} == {
            "name": "forecast", "title": "Forecast", "description": "The weather of a city.", "input_schema": {},
            "read_only": True, "idempotent": True,
        }  # fmt: skip


async def test_what_was_listed_is_a_tool_of_a_graph(owner: Browser, servers: dict[str, str]) -> None:
    listed = (await owner.post(PATH, json={"url": servers["stateless"]})).json()
    chosen = [
        {name: value for name, value in tool.items() if name not in ("title", "read_only")} for tool in listed["tools"]
    ]
    mcp = {
        "url": servers["stateless"],
        "protocol": listed["protocol"],
        "headers": {"Authorization": "Bearer s3cret"},
        "tools": chosen,
    }
    tools = [
        {"kind": "mcp", "name": "w", "mcp": mcp},
        {"kind": "mcp", "name": "x", "mcp": {**mcp, "url": "https://x.example"}},
    ]
    nodes = [
        {"id": "ask", "type": "input", "config": {"variable": "query"}},
        {"id": "n", "type": "agent", "config": {"model": "m", "tools": tools}},
    ]
    graph = {"nodes": nodes, "edges": [{"source": "ask", "target": "n"}]}
    made = await owner.post("/api/v1/apps", json={"name": "a", "graph": graph})
    app_id = made.json()["id"]
    draft = (await owner.get(f"/api/v1/apps/{app_id}/draft")).json()
    assert [problem for problem in draft["problems"] if problem["severity"] == "error"] == []
    flow = (await owner.get(f"/api/v1/apps/{app_id}/data-flow")).text
    assert "x.example" in flow and "127.0.0.1" not in flow, "what is allowed by the settings is at home"
    exported = (await owner.get(f"/api/v1/apps/{app_id}/template")).text
    assert "s3cret" not in exported and "forecast" in exported


@pytest.mark.attack("S-88")
async def test_the_key_goes_along_and_is_not_given_back(owner: Browser) -> None:
    async with peer(whole(200, reply({"tools": [TOOL]}))) as at:
        answer = await owner.post(PATH, json={"url": at.url, "headers": {"Authorization": "Bearer s3cret"}})
        assert at.asked[0].headers["authorization"] == "Bearer s3cret" and "s3cret" not in answer.text


FAULTS: list[tuple[Answer, str]] = [
    (whole(200, b"<html>", kind="text/html"), "mcp_not_spoken"),
    (whole(401, b"", kind="text/plain"), "mcp_unauthorized"),
    (whole(302, b"", location="http://127.0.0.1:1/"), "mcp_redirected"),
    (whole(400, error(-32022, data={"supported": ["2031-01-01"]})), "mcp_version"),
    (whole(500, b"Traceback (most recent call last)", kind="text/plain"), "http_status"),
]


@pytest.mark.parametrize(("given", "code"), FAULTS)
async def test_what_fails_is_said_in_both_languages(owner: Browser, given: Answer, code: str) -> None:
    async with peer(given) as at:
        answer = await owner.post(PATH, json={"url": at.url})
    fault = answer.json()["error"]
    assert (answer.status_code, fault["code"]) == (422, code)
    assert fault["message"]["en"] and fault["message"]["zh"] and "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_request"), ({"url": ""}, "invalid_request"), ({"url": "x" * 3000}, "invalid_request"),
        ({"url": 7}, "invalid_request"), ({"url": "https://x.example", "more": 1}, "invalid_request"),
        ({"url": "https://x.example", "headers": {"a": 1}}, "invalid_request"),
        ({"url": "https://x.example", "headers": {str(n): "x" for n in range(21)}}, "invalid_request"),
        ({"url": "file:///etc/passwd"}, "http_bad_url"), ({"url": "http://169.254.169.254/latest"}, "http_blocked"),
        ({"url": "http://10.1.2.3/"}, "http_blocked"), ({"url": "http://[fd00::1]/"}, "http_blocked"),
        ({"url": "https://x.example", "headers": {"Host": "internal"}}, "http_bad_request"),
    ],
)  # fmt: skip
async def test_what_is_not_looked_up(owner: Browser, body: dict[str, Any], code: str) -> None:
    answer = await owner.post(PATH, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


async def test_only_those_who_build_may_look(owner: Browser, people: People) -> None:
    asked: list[Asked] = []

    async def keep(one: Asked, writer: Any) -> None:
        asked.append(one)
        await whole(200, reply({"tools": []}))(one, writer)

    async with peer(keep) as at:
        for role, status in (("analyst", 403), ("auditor", 403), ("editor", 200)):
            browser = await people.member(owner, role)
            assert (await browser.post(PATH, json={"url": at.url})).status_code == status
        assert len(asked) == 1
