"""The policy of a workspace by its routes: what it would mean, what it does when it is set, and what the audit says of it."""

from typing import Any

import pytest

from tests.api.conftest import Browser, People, published

STRICT = {
    "levels": ["public", "internal"],
    "zones": [{"name": "local", "description": "Here"}, {"name": "public"}],
    "leaves_up_to": "public",
    "destination": {"zone": "public"},
    "titles": {"internal": "内部"},
}
SAY = {
    "nodes": [
        {"id": "ask", "type": "input", "config": {"variable": "q"}},
        {"id": "say", "type": "answer", "config": {"template": "{{ q }}"}},
    ],
    "edges": [{"source": "ask", "target": "say"}],
}


async def test_a_stricter_policy_says_first_what_it_breaks_and_then_breaks_it(owner: Browser) -> None:
    app = await published(owner, SAY)
    assert (
        await owner.post("/api/v1/datasets", json={"name": "Old", "label": {"level": "restricted", "tags": []}})
    ).status_code == 201
    now = (await owner.get("/api/v1/policy")).json()
    assert (await owner.post("/api/v1/policy/effects", json=now)).json() == {"apps": [], "others": 0, "unknown": []}
    found = (await owner.post("/api/v1/policy/effects", json=STRICT)).json()
    (affected,) = found["apps"]
    assert affected["app_id"] == app and affected["version"] == 1
    assert "public" in affected["problems"][0]["message"]["en"] and affected["problems"][0]["node"] == "say"
    assert {"kind": "dataset", "name": "Old", "what": "level", "value": "restricted"} in found["unknown"]
    assert (await owner.get("/api/v1/policy")).json() == now, "looking changes nothing"

    assert (await owner.put("/api/v1/policy", json=STRICT)).json()["titles"] == {"internal": "内部"}
    refused = await owner.post(f"/api/v1/apps/{app}/runs", json={"inputs": {"q": "?"}})
    flow = (await owner.get(f"/api/v1/apps/{app}/data-flow?version=published")).json()
    assert flow["lanes"][0] == {"zone": "local", "nodes": ["ask"], "about": "Here"}
    assert refused.status_code == 422 and "label_forbidden" in refused.text and "内部" in refused.text
    records = (await owner.get("/api/v1/audit?action=set_policy")).json()["items"]
    assert records[0]["detail"]["leaves_up_to"] == {"from": "internal", "to": "public"}
    assert (await owner.put("/api/v1/policy", json=now)).status_code == 200
    assert (await owner.post(f"/api/v1/apps/{app}/runs", json={"inputs": {"q": "?"}})).status_code == 201


async def test_the_data_flow_says_what_lowers_a_label_and_whether_a_person_does(owner: Browser) -> None:
    nodes = [
        {"id": "ask", "type": "input", "config": {"variable": "q", "level": "restricted"}},
        {"id": "cut", "type": "redact", "config": {"level": "confidential"}},
        {"id": "ok", "type": "approval", "config": {"release_level": "public"}},
    ]
    app = await published(
        owner, {"nodes": nodes, "edges": [{"source": "ask", "target": "cut"}, {"source": "cut", "target": "ok"}]}
    )
    lowered = (await owner.get(f"/api/v1/apps/{app}/data-flow")).json()["lowered"]
    assert [(one["node"], one["from"]["level"], one["to"]["level"], one["by"]) for one in lowered] == [
        ("cut", "restricted", "confidential", "redaction"),
        ("ok", "confidential", "public", "release"),
    ]


async def test_a_model_is_in_its_providers_zone_by_each_of_its_names(owner: Browser) -> None:
    """`outside/writer` was taken to be here, where its provider is in `public`; and so was a name that embeds here too."""
    served = {
        "outside": ("public", "chat", ["writer", "second"]),
        "second": ("public", "chat", ["writer"]),
        "here": ("local", "embedding", ["writer", "second"]),
    }
    for name, (zone, kind, models) in served.items():
        new = {"name": name, "base_url": "https://models.example/v1", "zone": zone}
        listed = [{"name": model, "kind": kind} for model in models]
        assert (await owner.post("/api/v1/providers", json={**new, "models": listed})).status_code == 201
    dataset = {"name": "Salaries", "label": {"level": "restricted", "tags": []}}
    assert (await owner.post("/api/v1/datasets", json=dataset)).status_code == 201
    app_id = (await owner.post("/api/v1/apps", json={"name": "a"})).json()["id"]
    for revision, model in enumerate(["writer", "outside/writer", "second/writer", "second"], 1):
        graph = {
            "nodes": [
                {"id": "ask", "type": "input", "config": {"variable": "q"}},
                {"id": "find", "type": "retriever", "config": {"vector_index": "Salaries"}},
                {"id": "say", "type": "llm", "config": {"model": model, "prompt_template": "{{ find.documents }}"}},
                {"id": "end", "type": "output"},
            ],
            "edges": [{"source": a, "target": b} for a, b in (("ask", "find"), ("find", "say"), ("say", "end"))],
        }
        saved = {"graph": graph, "base_revision": revision}
        draft = await owner.put(f"/api/v1/apps/{app_id}/draft", json=saved)
        assert draft.status_code == 200
        answer = await owner.post(f"/api/v1/apps/{app_id}/publish", json={})
        (problem,) = answer.json()["error"]["params"]["problems"]
        assert (problem["code"], problem["node"]) == ("label_forbidden", "say"), model
        assert draft.json()["problems"] == [problem], "the editor shows what publishing would say"
        run = await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"q": "?"}, "version": "draft"})
        assert run.status_code == 422 and "label_forbidden" in run.text, model
        lanes = (await owner.get(f"/api/v1/apps/{app_id}/data-flow")).json()["lanes"]
        assert ["say"] in [lane["nodes"] for lane in lanes if lane["zone"] == "public"], model


@pytest.mark.parametrize(
    "body", [{}, {"levels": []}, {"levels": ["a"], "zones": [{"name": "local"}], "rules": [{"redact": 1}]}]
)
async def test_what_is_no_policy_is_pointed_at(owner: Browser, body: dict[str, Any]) -> None:
    for path, ask in (("policy", owner.put), ("policy/effects", owner.post)):
        answer = await ask(f"/api/v1/{path}", json=body)
        assert answer.status_code == 422, answer.text
        error = answer.json()["error"]
        assert error["code"] == "policy_invalid" and "pointer" in error and error["message"]["zh"]


async def test_who_may_not_read_the_rules_is_told_what_levels_are_called(owner: Browser, people: People) -> None:
    assert (await owner.put("/api/v1/policy", json=STRICT)).status_code == 200
    analyst = await people.member(owner, "analyst")
    assert (await analyst.get("/api/v1/policy")).status_code == 403
    levels = {"levels": ["public", "internal"], "titles": {"internal": "内部"}}
    assert (await analyst.get("/api/v1/policy/levels")).json() == levels
