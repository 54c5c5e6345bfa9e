"""Named secrets through the whole application: made, shown by name only, sent where they may go and nowhere else."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from atoll.cli.instance import Instance
from atoll.db.tables.audit import audit_records
from atoll.kit.settings import Settings
from tests.api.conftest import Browser, People
from tests.llm.peer import Asked, peer, whole

VALUE = "s3cret-of-the-canary/+="
URL = "/api/v1/secrets"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", web=tmp_path / "web", http_allow="127.0.0.1,localhost")


def calling(url: str, **config: Any) -> dict[str, Any]:
    headers = {"Authorization": "Bearer {{ secrets.CRM_TOKEN }}"}
    call = {"url": url, "headers": headers, "fail_on_status": False, **config}
    nodes = [
        {"id": "ask", "type": "input", "config": {"variable": "query"}},
        {"id": "call", "type": "http_request", "config": call},
        {"id": "end", "type": "output"},
    ]
    return {"nodes": nodes, "edges": [{"source": "ask", "target": "call"}, {"source": "call", "target": "end"}]}


async def add(owner: Browser, host: str, **more: Any) -> Any:
    new = {"name": "CRM_TOKEN", "value": VALUE, "hosts": [host], "about": "the CRM", **more}
    return await owner.post(URL, json=new)


async def ran(owner: Browser, instance: Instance, graph: dict[str, Any], query: str = "q") -> dict[str, Any]:
    app_id = (await owner.post("/api/v1/apps", json={"name": "a", "graph": graph})).json()["id"]
    started = await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": query}, "version": "draft"})
    assert started.status_code == 201, started.text
    run_id = started.json()["id"]
    streamed = await owner.get(f"/api/v1/runs/{run_id}/events", headers={"accept": "text/event-stream"})
    run: dict[str, Any] = (await owner.get(f"/api/v1/runs/{run_id}")).json()
    return {"run": run, "said": streamed.text + repr(run)}


async def test_it_is_sent_and_what_comes_back_is_masked(owner: Browser, instance: Instance) -> None:

    async def echo(one: Asked, writer: asyncio.StreamWriter) -> None:
        token = one.headers["authorization"].removeprefix("Bearer ")
        basic = base64.b64encode(f"user:{token}".encode()).decode()
        said = f"{token} {basic} {token.encode().hex()} {one.path}".encode()
        await whole(200, said, kind="text/plain", x_echo=token)(one, writer)

    async with peer(echo) as crm:
        assert (await add(owner, "127.0.0.1")).status_code == 201
        found = await ran(owner, instance, calling(f"{crm.url}/x?key={{{{ secrets.CRM_TOKEN }}}}&q={{{{ query }}}}"))
    assert found["run"]["status"] == "succeeded", found
    assert crm.asked[0].headers["authorization"] == f"Bearer {VALUE}"
    assert "key=s3cret-of-the-canary%2F%2B%3D" in crm.asked[0].path
    body = found["run"]["outputs"]["output"]
    assert body.count("[secret CRM_TOKEN]") == 4 and "s3cret" not in found["said"]
    assert VALUE.encode().hex() not in found["said"] and "{{ secrets.CRM_TOKEN }}" in found["said"]
    shown = (await owner.get(URL)).json()["items"][0]
    assert shown["used_at"] and shown["used_by"][0]["name"] == "a" and "value" not in shown
    assert "s3cret" not in (await owner.get(URL)).text


async def test_what_came_as_data_is_no_reference(owner: Browser, instance: Instance) -> None:
    """A document or a model that writes a reference gets no secret for it."""
    async with peer(whole(200, {})) as crm:
        await add(owner, "127.0.0.1")
        graph = calling(f"{crm.url}/{{{{ query }}}}", body='{"q": "{{ query }}"}', method="POST", headers={})
        found = await ran(owner, instance, graph, "{{ secrets.CRM_TOKEN }}")
    assert found["run"]["status"] == "succeeded" and VALUE not in repr(crm.asked)
    assert crm.asked[0].json == {"q": "{{ secrets.CRM_TOKEN }}"}


async def test_it_goes_to_no_other_host_and_that_is_recorded(owner: Browser, instance: Instance) -> None:
    async with peer(whole(200, {})) as crm:
        await owner.post(
            URL, json={"name": "CRM_TOKEN", "value": VALUE, "hosts": ["127.0.0.1:9", "*.example.com", "127.0.0.2"]}
        )
        found = await ran(owner, instance, calling(crm.url))
    assert found["run"]["error"]["code"] == "secret_host_refused" and not crm.asked
    refused = select(audit_records.c.detail).where(
        audit_records.c.action == "use_secret", audit_records.c.outcome == "refused"
    )
    async with instance.db.read() as tx:
        assert (await tx.execute(refused)).scalar_one()["host"] == "127.0.0.1"


async def test_a_redirect_loses_it(owner: Browser, instance: Instance) -> None:
    async with peer(whole(200, b"caught", kind="text/plain")) as there:
        target = there.url.replace("127.0.0.1", "localhost")
        async with peer(whole(307, b"", location=f"{target}/stolen")) as crm:
            await add(owner, "127.0.0.1")
            found = await ran(owner, instance, calling(crm.url))
            assert found["run"]["outputs"]["output"] == "caught"
            sent = calling(crm.url, method="POST", body='{"k": "{{ secrets.CRM_TOKEN }}"}', headers={})
            assert (await ran(owner, instance, sent))["run"]["error"]["code"] == "http_redirect_elsewhere"
            assert crm.asked[1].json == {"k": VALUE}
    assert len(there.asked) == 1 and VALUE not in repr(there.asked) and "authorization" not in there.asked[0].headers


async def test_where_it_may_not_stand(owner: Browser, instance: Instance) -> None:
    """A header that a redirect takes along; the name of the host."""
    await add(owner, "127.0.0.1")
    here = "http://127.0.0.1:9/"
    for graph in (
        calling(here, headers={"User-Agent": "{{ secrets.CRM_TOKEN }}"}),
        calling("http://{{ secrets.CRM_TOKEN }}.example.com/"),
    ):
        assert (await ran(owner, instance, graph))["run"]["error"]["code"] == "secret_not_here"


async def test_checks(owner: Browser, people: People) -> None:
    """A name that is not there can't be published; a prompt may hold none; one in clear is warned of."""
    app_id = (await owner.post("/api/v1/apps", json={"name": "a", "graph": calling("https://x.example/")})).json()["id"]
    refused = (await owner.post(f"/api/v1/apps/{app_id}/publish", json={})).json()["error"]
    problem = refused["params"]["problems"][0]
    assert (problem["code"], problem["pointer"]) == ("needs_secret", "/nodes/1/config/headers")
    assert (await owner.get(f"/api/v1/apps/{app_id}/draft/scope", params={"node": "call"})).json()["secrets"] == []
    assert (await add(owner, "x.example")).status_code == 201
    assert (await owner.get(f"/api/v1/apps/{app_id}/draft/scope", params={"node": "call"})).json()["secrets"] == [
        "CRM_TOKEN"
    ]
    analyst = await people.member(owner, "analyst")  # who may see apps, and no names of secrets
    assert (await analyst.get(f"/api/v1/apps/{app_id}/draft/scope", params={"node": "call"})).json()["secrets"] == []
    assert (await owner.post(f"/api/v1/apps/{app_id}/publish", json={})).status_code == 201

    graph = calling("https://x.example/", headers={"Authorization": "Bearer typed-in-clear", "X-Trace": "1"})
    graph["nodes"][2:2] = [{"id": "say", "type": "template", "config": {"template": "{{ secrets.CRM_TOKEN }}"}}]
    problems = (await owner.post("/api/v1/graph/check", json={"graph": graph})).json()["problems"]
    said = {(one["code"], one["pointer"], one["severity"]) for one in problems}
    assert ("secret_in_clear", "/nodes/1/config/headers/Authorization", "warning") in said
    assert ("secret_not_here", "/nodes/2/config/template", "error") in said
    assert not [one for one in said if "X-Trace" in one[1]]


async def test_tools_of_other_systems(owner: Browser, instance: Instance) -> None:
    """An operation of an OpenAPI description, and the look-up of an MCP server's tools."""
    parameters = [{"name": "key", "in": "query"}, {"name": "q", "in": "query"}]
    async with peer(whole(200, {"found": 1})) as crm:
        await add(owner, "127.0.0.1")
        tool = {
            "kind": "openapi",
            "openapi": {
                "openapi": "3.1.0",
                "paths": {"/items": {"get": {"operationId": "items", "parameters": parameters}}},
            },
            "operation": "items",
            "server": crm.url,
            "headers": {"X-Key": "{{ secrets.CRM_TOKEN }}"},
            "inputs": {"key": "{{ secrets.CRM_TOKEN }}", "q": "{{ query }}"},
        }
        graph = calling(crm.url)
        graph["nodes"][1] = {"id": "call", "type": "tool", "config": tool}
        found = await ran(owner, instance, graph, "{{ secrets.CRM_TOKEN }}")
        assert found["run"]["status"] == "succeeded", found
        asked = crm.asked[0]
        assert asked.headers["x-key"] == VALUE and "key=s3cret-of-the-canary%2F%2B%3D" in asked.path
        assert "q=%7B%7B" in asked.path and "s3cret" not in found["said"]
        looked = {"url": crm.url, "headers": {"Authorization": "Bearer {{ secrets.CRM_TOKEN }}"}}
        answer = await owner.post("/api/v1/tools/mcp", json=looked)
        assert answer.status_code == 422 and VALUE not in answer.text
        assert crm.asked[1].headers["authorization"] == f"Bearer {VALUE}"
        looked["headers"] = {"Authorization": "Bearer {{ secrets.OTHER }}"}
        assert (await owner.post("/api/v1/tools/mcp", json=looked)).json()["error"]["code"] == "needs_secret"


async def test_tools_of_an_agent(owner: Browser) -> None:
    """Their settings are checked as those of nodes are."""
    http = {"kind": "http", "name": "items", "url": "https://a.example/?k={{ secrets.CRM_TOKEN }}&q={{ q }}"}
    http |= {"headers": {"X-Key": "{{ secrets.OTHER_ONE }}"}, "parameters": [{"name": "q"}]}
    tool = {"name": "look", "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}}}
    server = {
        "url": "https://b.example/mcp",
        "headers": {"Authorization": "Bearer {{ secrets.THIRD }}"},
        "tools": [tool],
    }
    graph = calling("https://a.example/")
    agent = {"model": "m", "tools": [http, {"kind": "mcp", "name": "m", "mcp": server}]}
    graph["nodes"][1] = {"id": "call", "type": "agent", "config": agent}
    app_id = (await owner.post("/api/v1/apps", json={"name": "a", "graph": graph})).json()["id"]
    problems = (await owner.post(f"/api/v1/apps/{app_id}/publish", json={})).json()["error"]["params"]["problems"]
    found = {(one["code"], one["pointer"]) for one in problems if one["severity"] == "error"}
    assert {pointer for code, pointer in found if code == "needs_secret"} == {
        "/nodes/1/config/tools/0/url",
        "/nodes/1/config/tools/0/headers",
        "/nodes/1/config/tools/1/mcp/headers",
    }, found


async def test_a_template_carries_the_name_only(owner: Browser, people: People) -> None:
    await add(owner, "x.example")
    app_id = (await owner.post("/api/v1/apps", json={"name": "a", "graph": calling("https://x.example/")})).json()["id"]
    exported = (await owner.get(f"/api/v1/apps/{app_id}/template")).content
    assert VALUE.encode() not in exported and b"{{ secrets.CRM_TOKEN }}" in exported
    stranger = await people.stranger()
    plan = (await stranger.post("/api/v1/templates/plan", json={"template": orjson.loads(exported)})).json()
    assert [one["role"] for one in plan["changes"] if one["kind"] == "secret"] == ["CRM_TOKEN"]


async def test_changing_and_deleting(owner: Browser, people: People) -> None:
    secret = (await add(owner, "API.example.com")).json()
    assert secret["hosts"] == ["api.example.com"] and secret["used_at"] is None
    one = f"{URL}/{secret['id']}"
    wider = await owner.patch(one, json={"hosts": ["api.example.com", "evil.example"]})
    assert wider.json()["error"]["code"] == "secret_needed_again"
    changed = await owner.patch(one, json={"hosts": ["b.example"], "value": "another value", "about": "x"})
    assert changed.json()["hosts"] == ["b.example"] and changed.json()["about"] == "x" and "value" not in changed.json()
    app_id = (await owner.post("/api/v1/apps", json={"name": "a", "graph": calling("https://b.example/")})).json()["id"]
    held = await owner.delete(one)
    assert (held.status_code, held.json()["error"]["code"]) == (409, "secret_in_use")
    assert held.json()["error"]["params"]["apps"] == [{"app_id": app_id, "name": "a"}]
    stranger = await people.stranger()
    assert (await stranger.get(URL)).json()["items"] == []
    for answer in (await stranger.patch(one, json={"about": "y"}), await stranger.delete(one)):
        assert answer.status_code == 404
    assert (await owner.delete(f"{one}?force=true")).status_code == 204 and (await owner.delete(one)).status_code == 404
    keys = (await owner.get(f"{URL}/keys")).json()
    assert keys["kek"]["source"] == "file" and keys["data_keys"] == {"current": 1, "old": 0} and not keys["rotating"]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "lower"}, "secret_name_invalid", "/name"),
    ({"name": "A" * 65}, "invalid_request", "/name"),
    ({"name": "X\n"}, "secret_name_invalid", "/name"),
    ({"value": "short"}, "secret_value_invalid", "/value"),
    ({"value": "two\r\nlines: here"}, "secret_value_invalid", "/value"),
    ({"value": " padded value "}, "secret_value_invalid", "/value"),
    ({"hosts": []}, "secret_hosts_needed", "/hosts"),
    ({"hosts": ["*"]}, "secret_host_invalid", "/hosts/0"),
    ({"hosts": ["ok.example", "*.com"]}, "secret_host_invalid", "/hosts/1"),
    ({"hosts": ["https://a.example/path"]}, "secret_host_invalid", "/hosts/0"),
    ({"hosts": ["a@b.example"]}, "secret_host_invalid", "/hosts/0"),
    ({"hosts": ["*.0.0.1"]}, "secret_host_invalid", "/hosts/0"),
    ({"hosts": ["a.example:99999"]}, "secret_host_invalid", "/hosts/0"),
]


async def test_what_is_refused(owner: Browser) -> None:
    for given, code, pointer in REFUSED:
        answer = await add(owner, "a.example", **given)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code), answer.text
        assert answer.json()["error"].get("pointer") == pointer
        assert given.get("value", "no value") not in answer.text
    assert (await owner.get(URL)).json()["items"] == []


async def test_who_may(owner: Browser, people: People) -> None:
    assert (await add(owner, "a.example")).status_code == 201
    assert (await add(owner, "a.example")).json()["error"]["code"] == "name_taken"
    for role in ("editor", "analyst", "auditor"):
        member = await people.member(owner, role)
        assert (await member.get(URL)).status_code == (403 if role == "analyst" else 200)
        assert (await add(member, "a.example")).status_code == 403
