"""Every route with an id, asked for what another workspace has. A route that nothing here stands for fails the walk."""

import json
from typing import Any

import pytest

from atoll.api.guard import rule_of
from tests.api.conftest import WORD
from tests.isolation.conftest import Two
from tests.isolation.things import (
    DOCUMENT,
    ROUTES,
    ask,
    body_of,
    changes,
    filled,
    names_in,
    properties,
    schema_of,
    unknown,
)

# To a stranger these are the same whatever the id: they say nothing of anybody (tests/api/test_hooks.py, tests/oidc).
OPEN = {"receive_hook", "start_sso"}
WITH_IDS = [
    (method, path, route) for method, path, route in ROUTES if names_in(path) and route.operation_id not in OPEN
]


def _said(answer: Any, things: dict[str, str]) -> str:
    """Without what differs from one question to the next."""
    text = str({name: value for name, value in answer.json()["error"].items() if name != "request_id"})
    for value in things.values():
        text = text.replace(value, "…") if len(value) > 4 else text
    return text


@pytest.mark.attack("S-16", "S-63")
async def test_what_another_workspace_has_is_as_unknown_as_what_never_was(two: Two) -> None:
    never, tried = unknown(two.theirs), set()
    for method, path, route in WITH_IDS:
        foreign = await ask(two.owner, method, filled(path, two.theirs), route)
        nothing = await ask(two.owner, method, filled(path, never), route)
        assert (foreign.status_code, nothing.status_code) == (404, 404), f"{route.operation_id}: {foreign.text}"
        assert _said(foreign, two.theirs) == _said(nothing, never), route.operation_id
        tried.add(route.operation_id)
    assert tried == {route.operation_id for _, _, route in WITH_IDS} and len(tried) > 60
    for method, path, route in WITH_IDS:  # and theirs is there still, as it was
        if method == "GET" and route.operation_id not in ("get_page", "get_page_image", "get_document_file"):
            answer = await ask(two.eve, method, filled(path, two.theirs), route)
            assert answer.status_code < 400, f"{route.operation_id}: {answer.text}"


@pytest.mark.attack("S-17")
async def test_a_foreign_child_is_not_found_under_ones_own_parent(two: Two) -> None:
    nested = [(method, path, route) for method, path, route in WITH_IDS if len(names_in(path)) > 1]
    tried = 0
    for method, path, route in nested:
        parent, *children = names_in(path)
        if set(children) <= {"number", "node"}:
            continue  # no ids: they count within the parent
        mixed = {**two.theirs, parent: two.ours[parent]}
        answer = await ask(two.owner, method, filled(path, mixed), route)
        assert answer.status_code == 404, f"{route.operation_id}: {answer.text}"
        turned = {**two.ours, parent: two.theirs[parent]}
        answer = await ask(two.owner, method, filled(path, turned), route)
        assert answer.status_code == 404, f"{route.operation_id}: {answer.text}"
        tried += 1
    assert tried >= 3


KINDS = ("app", "dataset", "document", "run", "case", "conversation", "evaluation", "trigger", "provider", "user", "role",
         "group", "invitation", "session", "key", "secret", "member")  # fmt: skip
# These name no row: a role of a template's form, the text of a webhook's test message.
PLAIN = {("fire_trigger", "query"), ("add_secret", "value")}


def _fields_with_ids() -> set[tuple[str, str]]:
    """(operation, field) of every field in a body that may name a row."""
    named = {*KINDS, *(f"{kind}s" for kind in KINDS), "default_role"}
    found = set()
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name in properties(content["schema"]):
                    if name in named or name == "id" or name.endswith(("_id", "_ids")):
                        found.add((operation["operationId"], name))
    return found - PLAIN - {(name, "client_id") for name in ("add_sso_provider", "change_sso_provider")}


@pytest.mark.attack("S-18")
async def test_ids_in_bodies_of_another_workspace_are_refused(two: Two) -> None:
    t = two.theirs
    grant = {"open": False, "grants": [{"kind": "user", "id": t["user_id"], "level": "use"}]}
    mapping = {"mappings": [{"value": "x", "role": None, "group_id": t["group_id"]}]}
    named = {"value": "x", "role": t["role_id"], "group_id": None}
    bodies: dict[tuple[str, str], dict[str, Any]] = {
        ("add_api_key", "apps"): {"apps": [t["app_id"]]},
        ("add_api_key", "datasets"): {"datasets": [t["dataset_id"]]},
        ("start_evaluation", "cases"): {"cases": [t["case_id"]]},
        ("try_node", "run_id"): {"run_id": t["run_id"]},
        ("begin_sso_link", "provider_id"): {"provider_id": t["sso_provider_id"], "password": WORD},
        ("set_app_access", "id"): grant,
        ("set_dataset_access", "id"): grant,
    }
    for name in ("add_group", "change_group"):
        bodies[name, "members"] = {"members": [t["user_id"]]}
    for name in ("add_user", "change_user", "add_group", "change_group", "add_invitation", "add_api_key"):
        bodies[name, "role"] = {"role": t["role_id"]}
    bodies["add_invitation", "groups"] = {"groups": [t["group_id"]]}
    for name in ("add_sso_provider", "change_sso_provider"):
        bodies[name, "group_id"] = mapping
        bodies[name, "role"] = {"mappings": [named]}
        bodies[name, "default_role"] = {"default_role": t["role_id"]}
    assert set(bodies) == _fields_with_ids(), "say in `bodies` what a new field is asked with"
    by_name = {route.operation_id: (method, path, route) for method, path, route in ROUTES}
    for (name, field), change in bodies.items():
        method, path, route = by_name[name]
        body = {**(body_of(name) or {}), **change}
        answer = await ask(two.owner, method, filled(path, two.ours), route, body)
        assert 400 <= answer.status_code < 500, f"{name}, {field}: {answer.status_code} {answer.text}"
        for value in (two.theirs["mark"], "canary"):
            assert value not in answer.text, f"{name}, {field}: {answer.text}"


@pytest.mark.attack("S-18")
async def test_a_graph_reaches_nothing_of_another_workspace(two: Two) -> None:
    start, end = {"id": "start", "type": "input", "config": {"variable": "query"}}, {"id": "end", "type": "output"}
    for kind, config in (
        ("retriever", {"vector_index": two.theirs["dataset_id"]}),
        ("retriever", {"vector_index": "canary reports"}),
        ("llm", {"model": "canary-model", "prompt_template": "x"}),
    ):
        node = {"id": "node", "type": kind, "config": config}
        edges = [{"source": "start", "target": "node"}, {"source": "node", "target": "end"}]
        graph = {"nodes": [start, node, end], "edges": edges}
        made = await two.owner.post("/api/v1/apps", json={"name": "thief", "graph": graph})
        assert made.status_code == 201, made.text
        answer = await two.owner.post(f"/api/v1/apps/{made.json()['id']}/publish", json={})
        known = "unknown" in answer.text or (kind == "llm" and answer.status_code == 201)  # the stand-in takes any name
        assert known, answer.text
        assert "gold" not in answer.text


@pytest.mark.attack("S-21")
async def test_no_column_is_set_by_guessing_its_name(two: Two) -> None:
    guessed = {"workspace_id": "ws_x", "is_admin": True, "owner": "x", "created_at": 0, "created_by": "x", "key_hash": "x",
               "password_hash": "x", "published_version": 9, "epoch": 9, "deleted_at": None}  # fmt: skip
    tried = 0
    for method, path, route in ROUTES:
        body = body_of(str(route.operation_id))
        if (
            not changes(route, method)
            or not isinstance(body, dict)
            or route.operation_id in ("add_document", "set_policy")
        ):
            continue
        if not properties(schema_of(str(route.operation_id)) or {}):
            continue
        for name, value in guessed.items():
            answer = await ask(
                two.owner, method, filled(path, {**two.ours, "trigger_id": "t"}), route, {**body, name: value}
            )
            assert answer.status_code in (401, 403, 404, 422), f"{route.operation_id} took {name}: {answer.text}"
            if answer.status_code != 422:
                break
        tried += 1
    assert tried > 25


@pytest.mark.attack("S-23")
async def test_nothing_of_another_workspace_is_in_any_answer(two: Two) -> None:
    """Lists, searches, exports, the audit, errors: whatever can be read."""
    said = []
    for method, path, route in ROUTES:
        if method != "GET" or route.operation_id in {*OPEN, "get_sign_in"}:  # its page lists every way in, to anybody
            continue
        answer = await ask(two.owner, method, filled(path, two.ours), route)
        said.append((route.operation_id, answer.text + json.dumps(dict(answer.headers))))
    search = f"/api/v1/datasets/{two.ours['dataset_id']}/search"
    said.append(("search", (await two.owner.post(search, json={"query": "canary gold text"})).text))
    for query in ("q=canary", f"target={two.theirs['app_id']}", "actor=eve", f"actor={two.theirs['user_id']}"):
        answer = await two.owner.get(f"/api/v1/audit?{query}")
        assert answer.json()["items"] == [], query
    for query in (f"app_id={two.theirs['app_id']}", f"trigger={two.theirs['trigger_id']}"):
        assert (await two.owner.get(f"/api/v1/runs?{query}")).json()["items"] == []
    assert len(said) > 50
    ids = [value for name, value in two.theirs.items() if name not in ("number", "node")]
    for name, text in said:
        for word in ("eve", *ids):
            assert f'"{word}"' not in text and (word == "eve" or word not in text), f"{name}: {word}"


@pytest.mark.attack("S-99")
async def test_every_act_leaves_one_record_with_its_actor_and_target(two: Two) -> None:
    """Each changing route once, by an owner, as far as it goes: what succeeds is recorded, with who and what."""
    last = {"delete_app", "delete_dataset", "sign_out", "end_session", "end_other_sessions", "delete_conversation"}
    walk = [one for one in ROUTES if changes(one[2], one[0]) and one[2].operation_id not in OPEN]
    walk.sort(key=lambda one: (one[2].operation_id in last, one[0] == "DELETE", one[2].operation_id == "sign_out"))
    recorded = set()

    async def newest() -> tuple[int, list[dict[str, Any]]]:
        items = (await two.eve.get("/api/v1/audit?limit=100")).json()["items"]
        return (items[0]["seq"] if items else 0), items

    for method, path, route in walk:
        name = str(route.operation_id)
        if name == "sign_out" or rule_of(route).permission is None:
            continue
        before, _ = await newest()
        answer = await ask(two.eve, method, filled(path, {**two.theirs, "session_id": "none"}), route)
        _, items = await newest()
        new = [one for one in items if one["seq"] > before and one["action"] == name]
        if answer.status_code >= 400:
            continue
        assert len(new) == 1, f"{name}: {new}"
        for one in new:
            assert one["actor"]["name"] == "eve" and one["actor"]["kind"] == "user" and one["outcome"] == "done"
            assert one["target"]["kind"] and one["target"]["id"], f"{name}: {one}"
            assert one["title"]["en"] != name, f"{name} has no title: atoll/workspaces/audit/titles.py"
        recorded.add(name)
    assert len(recorded) > 40, sorted(recorded)
    records = (await two.eve.get("/api/v1/audit/export")).text
    for secret in ("correct horse", "canary-secret-value", "A text about canary gold"):
        assert secret not in records
