"""Apps over HTTP: the shapes of the contract, from an empty canvas to a published version and back."""

from typing import Any

import pytest

from tests.api.conftest import GRAPH, Browser, People, published


async def test_drawing_and_publishing(owner: Browser) -> None:
    app = (await owner.post("/api/v1/apps", json={"name": " 报告 ", "icon": "file"})).json()
    assert app["name"] == "报告" and app["updated_by"] == "ann" and app["mode"] == "workflow"
    base = f"/api/v1/apps/{app['id']}"
    draft = (await owner.get(f"{base}/draft")).json()
    assert draft["graph"] == {"nodes": [], "edges": []} and draft["revision"] == 1
    assert [problem["code"] for problem in draft["problems"]] == ["graph_empty"]

    refused = await owner.post(f"{base}/publish", json={"note": "too early"})
    assert refused.status_code == 422
    assert refused.json()["error"]["params"]["problems"][0]["message"]["zh"]

    saved = (await owner.put(f"{base}/draft", json={"graph": GRAPH, "base_revision": 1})).json()
    assert saved["revision"] == 2 and saved["saved_by"] == "ann" and saved["problems"] == []
    names = (await owner.get(f"{base}/draft/scope", params={"node": "say"})).json()["items"]
    assert {"name": "query", "type": "string", "from": "start"} in names
    stale = await owner.put(f"{base}/draft", json={"graph": GRAPH, "base_revision": 1})
    assert stale.status_code == 409
    assert stale.json()["error"]["code"] == "draft_changed" and stale.json()["error"]["params"]["revision"] == 2

    version = (await owner.post(f"{base}/publish", json={"note": "first"})).json()
    assert version["number"] == 1 and len(version["digest"]) == 64
    assert (await owner.get(f"{base}/versions")).json()["items"] == [version]
    assert (await owner.get(f"{base}/versions/1")).json()["graph"]["nodes"][0]["id"] == "start"
    assert (await owner.post(f"{base}/versions/1/restore", json={})).json()["revision"] == 3
    fields = (await owner.get(f"{base}/inputs", params={"version": "published"})).json()["fields"]
    assert [(field["name"], field["required"]) for field in fields] == [("query", True)]
    flow = (await owner.get(f"{base}/data-flow")).json()
    assert flow["lanes"] and flow["problems"] == []
    revision = (await owner.get(f"{base}/draft")).json()["revision"]
    broken = {**GRAPH, "nodes": [{**node, "colour": "red"} for node in GRAPH["nodes"]]}
    await owner.put(f"{base}/draft", json={"graph": broken, "base_revision": revision})
    flow = (await owner.get(f"{base}/data-flow")).json()
    assert [problem["code"] for problem in flow["problems"]] == ["flow_incomplete"], "nothing seen is no all-clear"
    assert (await owner.get(f"{base}/data-flow", params={"version": "published"})).json()["problems"] == []
    assert (await owner.patch(base, json={"description": "说明"})).json()["published_version"] == 1
    assert (await owner.get("/api/v1/apps", params={"q": "说明"})).json()["items"][0]["id"] == app["id"]
    assert (await owner.delete(base)).status_code == 204
    assert (await owner.get(base)).status_code == 404


async def test_checking_a_graph_without_saving_it(owner: Browser, people: People) -> None:
    checked = (await owner.post("/api/v1/graph/check", json={"graph": {**GRAPH, "edges": []}})).json()
    assert {problem["code"] for problem in checked["problems"]}
    assert set(checked["ports"]) == {"start", "say", "end"}
    analyst = await people.member(owner, "analyst")
    assert (await analyst.post("/api/v1/graph/check", json={"graph": GRAPH})).status_code == 200


async def test_the_catalogue_has_an_etag_and_sees_new_plugins(owner: Browser, services: Any) -> None:
    first = await owner.get("/api/v1/node-types")
    assert {"input", "llm", "retriever"} <= {node["type"] for node in first.json()["types"]}
    assert any("number" in row["into"] for row in first.json()["types_table"])
    etag = {"If-None-Match": first.headers["etag"]}
    assert (await owner.get("/api/v1/node-types", headers=etag)).status_code == 304
    (services.settings.plugin_folder / "broken.py").write_text("import no_such_module")
    third = await owner.get("/api/v1/node-types", headers=etag)
    assert third.status_code == 200
    assert third.json()["plugins"][0]["error"]["code"] == "plugin_import_failed"
    assert "nodes" in (await owner.get("/api/v1/graph/schema")).json()["properties"]


async def test_a_template_goes_out_and_comes_in(owner: Browser, people: People) -> None:
    app_id = await published(owner)
    answer = await owner.get(f"/api/v1/apps/{app_id}/template")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''hello.atoll.json"
    template = answer.json()
    eve = await people.stranger()
    plan = (await eve.post("/api/v1/templates/plan", json={"template": template})).json()
    assert plan["ok"] and plan["missing"] == [] and plan["bindings"] == {"models": {}, "datasets": {}}
    made = await eve.post("/api/v1/templates/install", json={"template": template, "name": "mine"})
    assert made.status_code == 201 and made.json()["name"] == "mine"
    assert (await eve.post(f"/api/v1/apps/{made.json()['id']}/publish", json={})).status_code == 201
    changed = {**template, "description": "tampered"}
    assert (await eve.post("/api/v1/templates/plan", json={"template": changed})).status_code == 422


async def test_a_template_that_lacks_something_is_not_installed(owner: Browser) -> None:
    dataset = (await owner.post("/api/v1/datasets", json={"name": "reports"})).json()
    find = {"id": "find", "type": "retriever", "config": {"vector_index": dataset["id"]}}
    start = {"id": "start", "type": "input", "config": {"variable": "query"}}
    graph = {"nodes": [start, find], "edges": [{"source": "start", "target": "find"}]}
    app_id = await published(owner, graph)
    template = (await owner.get(f"/api/v1/apps/{app_id}/template")).json()
    assert list(template["datasets"]) == ["reports"] and dataset["id"] not in str(template)
    await owner.delete(f"/api/v1/datasets/{dataset['id']}")
    refused = await owner.post("/api/v1/templates/install", json={"template": template})
    assert refused.json()["error"]["code"] == "template_not_installable"
    assert refused.json()["error"]["params"]["plan"]["missing"][0]["kind"] == "dataset"
    assert len((await owner.get("/api/v1/apps")).json()["items"]) == 1


async def test_a_changed_policy_holds_at_once(owner: Browser) -> None:
    provider = {"name": "cloud", "base_url": "https://x.example/v1", "zone": "public", "models": [{"name": "m"}]}
    assert (await owner.post("/api/v1/providers", json=provider)).status_code == 201
    assert "m" in {model["name"] for model in (await owner.get("/api/v1/models")).json()["items"]}
    start = {"id": "start", "type": "input", "config": {"variable": "query"}}
    ask = {"id": "ask", "type": "llm", "config": {"model": "m", "prompt_template": "{{ query }}"}}
    graph = {"nodes": [start, ask], "edges": [{"source": "start", "target": "ask"}]}
    app_id = await published(owner, graph)
    policy = (await owner.get("/api/v1/policy")).json()
    policy["rules"] = [{"from": "local", "to": "public", "up_to": None, "tags": []}]
    assert (await owner.put("/api/v1/policy", json=policy)).status_code == 200
    refused = await owner.post(f"/api/v1/apps/{app_id}/publish", json={})
    assert refused.status_code == 422 and "label_forbidden" in refused.text
    run = await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "x"}})
    assert run.status_code == 422
    broken = await owner.put("/api/v1/policy", json={"levels": ["a", "a"], "zones": []})
    assert broken.status_code == 422 and broken.json()["error"]["pointer"]


@pytest.mark.parametrize("path", ["/api/v1/system", "/health/live", "/health/ready"])
async def test_what_this_installation_is(owner: Browser, path: str) -> None:
    assert (await owner.get(path)).status_code == 200
