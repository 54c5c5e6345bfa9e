"""Who may: every route, every role, every carrier of a credential, and two workspaces that never see each other."""

import re
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from atoll.api.app import routes
from atoll.api.guard import rule_of
from atoll.api.services import Services
from atoll.kit.clock import now_ms
from atoll.workspaces.people.access import PERMISSIONS, ROLE_PERMISSIONS, ROLES
from tests.api.conftest import GRAPH, WORD, Browser, People, published

ROUTES = [
    (method, path, rule_of(route).permission, route) for path, route in routes() for method in sorted(route.methods)
]
GUARDED = [(method, path, permission) for method, path, permission, _ in ROUTES if permission is not None]


def _filled(path: str, **ids: Any) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: str(ids.get(match[1], "nothing")), path)


async def _call(browser: httpx2.AsyncClient, method: str, path: str, **more: Any) -> httpx2.Response:
    if method in ("POST", "PUT", "PATCH") and "json" not in more and "files" not in more:
        more["json"] = {}
    return await browser.request(method, path, **more)


@pytest.mark.attack("S-01")
async def test_without_a_credential_every_route_but_the_open_ones_says_401(visitor: Browser) -> None:
    for method, path, _ in GUARDED:
        for body in ({"json": {}}, {"content": b"{ not json"}):
            answer = await visitor.request(method, _filled(path, number=1), **body)
            assert answer.status_code == 401, f"{method} {path}"
            assert answer.json()["error"]["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer atoll_wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YW5uOmNvcnJlY3QgaG9yc2U="},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
        {"X-API-Key": "atoll_x", "X-Forwarded-User": "ann", "X-User-Id": "user_1", "X-Real-IP": "127.0.0.1"},
        {"Cookie": "atoll_session="},
        {"Cookie": "atoll_session=x"},
        {"Cookie": "atoll_session=" + "x" * 5000},
    ],
)
@pytest.mark.attack("S-04", "S-05")
async def test_what_is_no_credential(visitor: Browser, owner: Browser, headers: dict[str, str]) -> None:
    answer = await visitor.get("/api/v1/apps", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.attack("S-27")
async def test_a_key_in_the_address_is_not_looked_at(owner: Browser, visitor: Browser) -> None:
    key = (await owner.post("/api/v1/api-keys", json={"name": "k", "role": "owner"})).json()["key"]
    assert (await visitor.get("/api/v1/apps", params={"api_key": key, "token": key})).status_code == 401
    assert (await visitor.get("/api/v1/apps", headers={"Authorization": f"Bearer {key}"})).status_code == 200


@pytest.mark.attack("S-19", "S-20")
async def test_every_role_on_every_route_is_answered_as_the_table_says(owner: Browser, people: People) -> None:
    """Of two roles of the workspace's own each permission is one's and not the other's."""
    browsers = {role: owner if role == "owner" else await people.member(owner, role) for role in ROLES}
    may = dict(ROLE_PERMISSIONS)
    for half in range(2):
        permissions = sorted(PERMISSIONS)[half::2]
        made = await owner.post("/api/v1/roles", json={"name": f"own {half}", "permissions": permissions})
        role = made.json()["id"]
        browsers[role], may[role] = await people.member(owner, role), frozenset(permissions)
    for method, path, permission in GUARDED:
        if permission == "signed-in":
            continue
        for role, browser in browsers.items():
            answer = await _call(browser, method, _filled(path, number=1))
            refused = answer.status_code == 403
            missing = answer.json()["error"]["params"]["permission"] if refused else None
            if refused and role not in ROLES and permission in may[role]:  # what the route asks for besides
                assert missing not in may[role], f"{role}: {method} {path}: {answer.text}"
                continue
            assert refused == (permission not in may[role]), f"{role}: {method} {path}: {answer.text}"
            assert answer.status_code not in (401, 500), answer.text
            assert not refused or missing == permission


@pytest.mark.attack("S-20")
async def test_an_analyst_runs_what_is_published_but_not_the_draft(owner: Browser, people: People) -> None:
    analyst = await people.member(owner, "analyst")
    app_id = await published(owner)
    path = f"/api/v1/apps/{app_id}/runs"
    assert (await analyst.post(path, json={"inputs": {"query": "x"}, "version": "draft"})).status_code == 403
    assert (await analyst.post(path, json={"inputs": {"query": "x"}, "version": "published"})).status_code == 201


async def _everything(owner: Browser) -> dict[str, Any]:
    """One of each thing, by the names that paths use."""
    app_id = await published(owner)
    run = (await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "x"}})).json()
    case = (await owner.post(f"/api/v1/apps/{app_id}/cases", json={"name": "a", "inputs": {}})).json()
    evaluation = (await owner.post(f"/api/v1/apps/{app_id}/evaluations", json={})).json()
    dataset = (await owner.post("/api/v1/datasets", json={"name": "reports"})).json()
    upload = {"file": ("a.txt", b"Some text to find.", "text/plain")}
    document = (await owner.post(f"/api/v1/datasets/{dataset['id']}/documents", files=upload)).json()
    provider = {"name": "p", "base_url": "https://models.example/v1", "zone": "local"}
    new_user = {"username": "bob", "password": WORD, "role": "analyst"}
    chat_app = await published(owner, {**GRAPH, "chat": {}}, "chat")
    conversation = await owner.post(f"/api/v1/apps/{chat_app}/conversations", json={})
    trigger = await owner.post(f"/api/v1/apps/{app_id}/triggers", json={"kind": "webhook", "name": "t"})
    return {
        "app_id": app_id,
        "trigger_id": trigger.json()["id"],
        "conversation_id": conversation.json()["id"],
        "number": 1,
        "run_id": run["id"],
        "case_id": case["id"],
        "evaluation_id": evaluation["id"],
        "node": "say",
        "dataset_id": dataset["id"],
        "document_id": document["id"],
        "provider_id": (await owner.post("/api/v1/providers", json=provider)).json()["id"],
        "user_id": (await owner.post("/api/v1/users", json=new_user)).json()["id"],
        "role_id": (await owner.post("/api/v1/roles", json={"name": "r", "permissions": ["app.read"]})).json()["id"],
        "group_id": (await owner.post("/api/v1/groups", json={"name": "g"})).json()["id"],
        "invitation_id": (await owner.post("/api/v1/invitations", json={"name": "i", "role": "analyst"})).json()["id"],
        "session_id": (await owner.get("/api/v1/session/sessions")).json()["items"][0]["id"],
        "key_id": (await owner.post("/api/v1/api-keys", json={"name": "k", "role": "analyst"})).json()["id"],
    }


BODIES: dict[str, dict[str, Any]] = {
    "add_document": {"files": {"file": ("a.txt", b"Some text.", "text/plain")}},
    "start_run": {"json": {"inputs": {"query": "x"}}},
    "save_draft": {"json": {"graph": GRAPH, "base_revision": 1}},
    "change_app": {"json": {"name": "mine"}},
    "change_dataset": {"json": {"name": "mine"}},
    "change_provider": {"json": {"name": "mine"}},
    "change_user": {"json": {"password": "another word"}},
    "set_app_access": {"json": {"open": True}},
    "set_dataset_access": {"json": {"open": True}},
    "resume_run": {"json": {"node": "say", "decision": "skip"}},
    "set_run_variable": {"json": {"name": "conversation.x", "value": 1}},
    "search_dataset": {"json": {"query": "text"}},
    "get_scope": {"params": {"node": "say"}},
    "change_conversation": {"json": {"title": "mine"}},
    "add_turn": {"json": {"text": "x"}},
    "set_feedback": {"json": {"vote": None}},
    "add_case": {"json": {"name": "mine", "inputs": {}}},
    "change_case": {"json": {"name": "mine"}},
    "add_trigger": {"json": {"kind": "webhook", "name": "t"}},
}


@pytest.mark.attack("S-16", "S-63")
async def test_ids_of_another_workspace_are_unknown_on_every_route(owner: Browser, people: People) -> None:
    """The same answer as for an id that never was. Every route that takes an id is tried."""
    theirs, eve = await _everything(owner), await people.stranger()
    tried = set()
    for method, path, _, route in ROUTES:
        if "{" not in path or route.operation_id in ("receive_hook", "start_sso"):  # the same to all strangers
            continue
        name = str(route.operation_id)
        unknown_ids = {kind: 1 if kind == "number" else f"{kind}_nothing" for kind in theirs}
        foreign = await _call(eve, method, _filled(path, **theirs), **BODIES.get(name, {}))
        unknown = await _call(eve, method, _filled(path, **unknown_ids), **BODIES.get(name, {}))
        assert foreign.status_code == 404, f"{method} {path}: {foreign.status_code} {foreign.text}"
        assert unknown.status_code == 404, f"{method} {path}: {unknown.status_code} {unknown.text}"
        assert foreign.json()["error"]["code"] == unknown.json()["error"]["code"]
        tried.add(name)
    assert len(tried) >= 30
    for path in ("apps", "runs", "datasets", "providers", "api-keys"):
        assert (await eve.get(f"/api/v1/{path}")).json()["items"] == []
    assert [user["username"] for user in (await eve.get("/api/v1/users")).json()["items"]] == ["eve"]
    for kind in ("app", "dataset", "document", "run"):
        assert (await owner.get(f"/api/v1/{kind}s/{theirs[f'{kind}_id']}")).status_code == 200


@pytest.mark.attack("S-17")
async def test_a_child_is_only_found_under_its_own_parent(owner: Browser) -> None:
    first, second = await published(owner), await published(owner, name="two")
    draft = await owner.get(f"/api/v1/apps/{second}/draft")
    saved = {"graph": GRAPH, "base_revision": draft.json()["revision"]}
    await owner.put(f"/api/v1/apps/{second}/draft", json=saved)
    await owner.post(f"/api/v1/apps/{second}/publish", json={})
    assert (await owner.get(f"/api/v1/apps/{second}/versions/2")).status_code == 200
    assert (await owner.get(f"/api/v1/apps/{first}/versions/2")).status_code == 404
    assert (await owner.post(f"/api/v1/apps/{first}/versions/2/restore", json={})).status_code == 404


@pytest.mark.attack("S-18")
async def test_ids_in_bodies_of_another_workspace_are_unknown(owner: Browser, people: People) -> None:
    theirs, eve = await _everything(owner), await people.stranger()
    find = {"id": "find", "type": "retriever", "config": {"vector_index": theirs["dataset_id"]}}
    start = {"id": "start", "type": "input", "config": {"variable": "query"}}
    graph = {"nodes": [start, find], "edges": [{"source": "start", "target": "find"}]}
    app_id = (await eve.post("/api/v1/apps", json={"name": "thief", "graph": graph})).json()["id"]
    answer = await eve.post(f"/api/v1/apps/{app_id}/publish", json={})
    assert answer.json()["error"]["code"] == "graph_has_problems"
    assert "dataset_unknown" in answer.text
    run = await eve.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "text"}, "version": "draft"})
    assert run.status_code == 422


@pytest.mark.attack("S-21")
async def test_nobody_sets_columns_by_guessing_their_names(owner: Browser) -> None:
    extra = {"id": "app_mine", "workspace_id": "ws_x", "published_version": 9, "created_at": 0, "is_admin": True}
    for name, value in extra.items():
        for method, path, body in (
            ("POST", "/api/v1/apps", {"name": "a"}),
            ("POST", "/api/v1/users", {"username": "x", "password": WORD, "role": "analyst"}),
            ("POST", "/api/v1/api-keys", {"name": "x", "role": "analyst"}),
            ("POST", "/api/v1/datasets", {"name": "x"}),
            ("POST", "/api/v1/providers", {"name": "x", "base_url": "https://x.example", "zone": "local"}),
        ):
            answer = await owner.request(method, path, json={**body, name: value})
            assert answer.status_code == 422, f"{path} took {name}"


@pytest.mark.attack("S-11")
async def test_revocation_is_at_once_for_every_carrier(owner: Browser, people: People, visitor: Browser) -> None:
    admin = await people.member(owner, "admin")
    made = (await admin.post("/api/v1/api-keys", json={"name": "k", "role": "editor"})).json()
    program = {"Authorization": f"Bearer {made['key']}"}
    assert (await visitor.get("/api/v1/apps", headers=program)).status_code == 200
    admin_id = (await admin.get("/api/v1/session")).json()["user"]["id"]
    assert (await owner.patch(f"/api/v1/users/{admin_id}", json={"disabled": True})).status_code == 200
    assert (await admin.get("/api/v1/apps")).status_code == 401
    assert (await visitor.get("/api/v1/apps", headers=program)).status_code == 401
    assert (await visitor.post("/api/v1/session", json={"username": "admin", "password": WORD})).status_code == 401


@pytest.mark.attack("S-11", "S-27")
async def test_expired_sessions_and_keys(owner: Browser, visitor: Browser, services: Services) -> None:
    soon = now_ms() + 60_000
    made = (await owner.post("/api/v1/api-keys", json={"name": "k", "role": "editor", "expires_at": soon})).json()
    async with services.db.begin() as tx:
        await tx.execute(text("UPDATE api_keys SET expires_at = 1"))
        await tx.execute(text("UPDATE sessions SET expires_at = 1"))
    services.workspaces.forget()
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert (await visitor.get("/api/v1/apps", headers=headers)).status_code == 401
    assert (await owner.get("/api/v1/apps")).status_code == 401


@pytest.mark.attack("S-22")
async def test_secrets_never_come_back(owner: Browser) -> None:
    canary = "sk-canary-000000000000"
    provider = {"name": "p", "base_url": "https://models.example/v1", "zone": "local", "api_key": canary}
    assert canary not in (await owner.post("/api/v1/providers", json=provider)).text
    key = (await owner.post("/api/v1/api-keys", json={"name": "k", "role": "analyst"})).json()["key"]
    for method, path, _, _ in ROUTES:
        if method == "GET" and "{" not in path:
            answer = await owner.get(path)
            assert canary not in answer.text and key not in answer.text and "$argon2" not in answer.text
