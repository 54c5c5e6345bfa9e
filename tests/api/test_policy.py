"""The policy of a workspace by its routes: what it would mean, what it does when it is set, and what the audit says of it."""

from typing import Any

import pytest

from tests.api.conftest import Browser, People, published

STRICT = {"levels": ["public", "internal"], "zones": [{"name": "local"}, {"name": "public"}], "leaves_up_to": "public",
          "destination": {"zone": "public"}, "titles": {"internal": "内部"}}  # fmt: skip
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
    assert refused.status_code == 422 and "label_forbidden" in refused.text and "内部" in refused.text
    records = (await owner.get("/api/v1/audit?action=set_policy")).json()["items"]
    assert records[0]["detail"]["leaves_up_to"] == {"from": "internal", "to": "public"}
    assert (await owner.put("/api/v1/policy", json=now)).status_code == 200
    assert (await owner.post(f"/api/v1/apps/{app}/runs", json={"inputs": {"q": "?"}})).status_code == 201


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
