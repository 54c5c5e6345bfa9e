"""Ways round a check that holds elsewhere: another route to the same run, a draft, a key that outlives a role."""

import asyncio
from typing import Any

import pytest

from atoll.evaluation.trial import _judge_key
from atoll.workspaces.people.access import ROLE_PERMISSIONS
from tests.api.conftest import GRAPH, WORD, Browser, People, published
from tests.api.test_access import BODIES, ROUTES, _call, _everything, _filled

START: dict[str, Any] = {"id": "start", "type": "input", "config": {"variable": "query"}}
READING: dict[str, Any] = {
    "nodes": [START, {"id": "find", "type": "retriever", "config": {"vector_index": "reports"}}],
    "edges": [{"source": "start", "target": "find"}],
}
LIMITED: dict[str, Any] = {"open": False, "grants": []}


@pytest.mark.attack("S-17", "S-22")
async def test_a_turn_of_anothers_conversation_is_unknown_on_every_route_of_runs(
    owner: Browser, people: People
) -> None:
    app_id = await published(owner, {**GRAPH, "chat": {}}, "chat")
    conversation = (await owner.post(f"/api/v1/apps/{app_id}/conversations", json={})).json()["id"]
    turn = await owner.post(f"/api/v1/conversations/{conversation}/turns", json={"text": "canary"})
    run_id = turn.json()["run"]["id"]
    all_but = sorted(ROLE_PERMISSIONS["editor"] - {"conversation.read"})
    role = (await owner.post("/api/v1/roles", json={"name": "no ears", "permissions": all_but})).json()["id"]
    await owner.post("/api/v1/users", json={"username": "bob", "password": WORD, "role": role})
    bob, tried = await people._browser("bob"), 0
    for method, path, _, route in ROUTES:
        if "{run_id}" not in path:
            continue
        filled = _filled(path, run_id=run_id, conversation_id=conversation, node="say")
        answer = await _call(bob, method, filled, **BODIES.get(str(route.operation_id), {}))
        assert answer.status_code == 404 and "canary" not in answer.text, f"{method} {path}: {answer.text}"
        tried += 1
    assert tried >= 11
    assert (await owner.post(f"/api/v1/runs/{run_id}/fork", json={})).status_code == 201


@pytest.mark.attack("S-18")
async def test_nobody_vouches_for_a_draft(owner: Browser, people: People) -> None:
    """Somebody who reaches the dataset drew it and ran it; who does not reach it may run neither draft nor that run."""
    things, editor = await _everything(owner), await people.member(owner, "editor")
    made = await owner.post("/api/v1/apps", json={"name": "drawn", "graph": {**READING, "chat": {}}})
    app = f"/api/v1/apps/{made.json()['id']}"
    draft = {"version": "draft", "inputs": {"query": "text"}}
    past = await owner.post(f"{app}/runs", json=draft)
    talk = (await editor.post(f"{app}/conversations", json={"version": "draft"})).json()["id"]
    await owner.post(f"{app}/cases", json={"name": "a", "inputs": {"query": "text"}})
    attempts: list[tuple[str, dict[str, Any]]] = [
        (f"{app}/runs", draft),
        (f"{app}/evaluations", {"version": "draft"}),
        (f"{app}/conversations", {"version": "draft"}),
        (f"/api/v1/conversations/{talk}/turns", {"text": "text"}),
        (f"/api/v1/conversations/{talk}/regenerate", {"text": "text"}),
        (f"/api/v1/runs/{past.json()['id']}/fork", {"inputs": {"query": "anything else"}}),
        (f"/api/v1/runs/{past.json()['id']}/fork", {"graph": "draft"}),
        (f"/api/v1/runs/{past.json()['id']}/variables", {"node": "start", "name": "query", "value": "else"}),
    ]
    await owner.put(f"/api/v1/datasets/{things['dataset_id']}/access", json=LIMITED)
    for path, body in attempts:
        answer = await editor.post(path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "object_unknown"), f"{path} {answer.text}"
    await owner.put(f"/api/v1/datasets/{things['dataset_id']}/access", json={"open": True})
    for path, body in attempts[:4]:
        assert (await editor.post(path, json=body)).status_code == 201, path


@pytest.mark.attack("S-29")
async def test_a_key_answers_for_no_role_that_its_maker_has_lost(
    owner: Browser, people: People, visitor: Browser
) -> None:
    ask = {"id": "ask", "type": "approval", "config": {"roles": ["admin"]}}
    graph = {"nodes": [START, ask], "edges": [{"source": "start", "target": "ask"}]}
    app_id, admin = await published(owner, graph), await people.member(owner, "admin")
    key = (await admin.post("/api/v1/api-keys", json={"name": "k", "role": "admin"})).json()["key"]
    visitor.headers["Authorization"] = f"Bearer {key}"
    started = await visitor.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "x"}})
    run = f"/api/v1/runs/{started.json()['id']}"
    for _ in range(200):
        if (await owner.get(run)).json()["status"] == "paused":
            break
        await asyncio.sleep(0.02)
    user_id = (await admin.get("/api/v1/session")).json()["user"]["id"]
    approve = {"node": "ask", "answer": {"choice": "approve"}}
    assert (await owner.patch(f"/api/v1/users/{user_id}", json={"role": "analyst"})).status_code == 200
    answer = await visitor.post(f"{run}/resume", json=approve)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "approval_role")
    assert (await owner.patch(f"/api/v1/users/{user_id}", json={"role": "admin"})).status_code == 200
    assert (await visitor.post(f"{run}/resume", json=approve)).status_code == 200


@pytest.mark.attack("S-99")
async def test_what_is_refused_late_is_recorded_too(owner: Browser, people: People) -> None:
    """The route's permission is there; the act itself goes too far."""
    admin, app_id = await people.member(owner, "admin"), await published(owner)
    owner_id = (await owner.get("/api/v1/session")).json()["user"]["id"]
    new = {"username": "boss", "password": WORD, "role": "owner"}
    assert (await admin.post("/api/v1/users", json=new)).status_code == 403
    assert (await admin.patch(f"/api/v1/users/{owner_id}", json={"disabled": True})).status_code == 403
    analyst = await people.member(owner, "analyst")
    draft = {"inputs": {"query": "x"}, "version": "draft"}
    assert (await analyst.post(f"/api/v1/apps/{app_id}/runs", json=draft)).status_code == 403
    records = (await owner.get("/api/v1/audit?outcome=refused")).json()["items"]
    found = [(one["actor"]["name"], one["action"], one["target"]["id"], one["detail"]["code"]) for one in records]
    assert found == [
        ("analyst", "start_run", app_id, "not_permitted"),
        ("admin", "change_user", owner_id, "owner_only"),
        ("admin", "add_user", "", "owner_only"),
    ]


@pytest.mark.attack("S-20")
async def test_a_caller_cannot_make_the_run_of_a_judge(owner: Browser) -> None:
    """A run that stands under the key of one to come would be taken for it."""
    app_id = await published(owner)
    for key in (_judge_key("run_x", 0), "trigger trg_x msg_1"):
        headers = {"Idempotency-Key": key}
        answer = await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "x"}}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")


@pytest.mark.attack("S-19")
async def test_who_manages_members_opens_nothing_that_they_do_not_reach(owner: Browser, people: People) -> None:
    """By a group that they join, or put somebody into, or by the password of a person who reaches it."""
    app_id, analyst = await published(owner), await people.member(owner, "analyst")
    bosses = sorted(ROLE_PERMISSIONS["analyst"] | {"member.read", "member.write"})
    role = (await owner.post("/api/v1/roles", json={"name": "staff", "permissions": bosses})).json()["id"]
    await owner.post("/api/v1/users", json={"username": "kim", "password": WORD, "role": role})
    kim = await people._browser("kim")
    kim_id, theirs = [(await one.get("/api/v1/session")).json()["user"]["id"] for one in (kim, analyst)]
    group = (await owner.post("/api/v1/groups", json={"name": "readers"})).json()["id"]
    other = (await owner.post("/api/v1/groups", json={"name": "others"})).json()["id"]
    grants = [{"kind": "group", "id": group, "level": "use"}, {"kind": "user", "id": theirs, "level": "use"}]
    await owner.put(f"/api/v1/apps/{app_id}/access", json={"open": False, "grants": grants})
    for method, path, body in (
        ("PATCH", f"groups/{group}", {"members": [kim_id]}),
        ("POST", "invitations", {"name": "me again", "role": "analyst", "groups": [group]}),
        ("PATCH", f"users/{theirs}", {"password": "another horse"}),
        ("PATCH", f"users/{theirs}", {"second_factor": False}),
    ):
        answer = await kim.request(method, f"/api/v1/{path}", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "opens_more"), answer.text
    assert (await kim.patch(f"/api/v1/groups/{other}", json={"members": [kim_id]})).status_code == 200
    assert (await kim.patch(f"/api/v1/groups/{group}", json={"name": "readers of it"})).status_code == 200
    assert (await kim.patch(f"/api/v1/users/{theirs}", json={"disabled": True})).status_code == 200
    await owner.put(f"/api/v1/apps/{app_id}/access", json={"open": True})
    assert (await kim.patch(f"/api/v1/users/{theirs}", json={"password": "another horse"})).status_code == 200
    assert (await kim.patch(f"/api/v1/groups/{group}", json={"members": [kim_id]})).status_code == 200


@pytest.mark.attack("S-11")
async def test_an_invitation_that_a_key_made_goes_with_the_keys_maker(
    owner: Browser, people: People, visitor: Browser
) -> None:
    admin = await people.member(owner, "admin")
    key = (await admin.post("/api/v1/api-keys", json={"name": "k", "role": "admin"})).json()["key"]
    new = {"name": "a friend", "role": "admin"}
    invited = await visitor.post("/api/v1/invitations", json=new, headers={"Authorization": f"Bearer {key}"})
    token = {"token": invited.json()["token"]}
    assert (await visitor.post("/api/v1/invitation", json=token)).status_code == 200
    user_id = (await admin.get("/api/v1/session")).json()["user"]["id"]
    await owner.patch(f"/api/v1/users/{user_id}", json={"disabled": True})
    assert (await visitor.post("/api/v1/invitation", json=token)).status_code == 404


@pytest.mark.attack("S-98")
async def test_a_name_does_not_look_like_another_ones(owner: Browser, visitor: Browser) -> None:
    invited = await owner.post("/api/v1/invitations", json={"name": "guest", "role": "analyst"})
    join = {"token": invited.json()["token"], "password": WORD}
    for name in ("\u0430nn", "ann\u3164", "\u1160ann", "\u0391nn", "a\u1d00nn\u0430"):  # Cyrillic, unseen, Greek
        answer = await visitor.post("/api/v1/invitation/accept", json={**join, "username": name})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "name_invalid"), ascii(name)
    for name in ("王伟ann", "さくら", "김철수", "анна", "josé"):
        new = {"username": name, "password": WORD, "role": "analyst"}
        assert (await owner.post("/api/v1/users", json=new)).status_code == 201, name
