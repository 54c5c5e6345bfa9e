"""Roles and groups: nobody gives what they don't have, whatever they try, and the article's rule holds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from atoll.api.services import Services
from atoll.kit.errors import Conflict
from atoll.workspaces.people.access import PERMISSIONS, ROLE_PERMISSIONS, Actor
from atoll.workspaces.people.permissions import TABLE
from tests.api.conftest import GRAPH, WORD, Browser, People, published


async def _role(owner: Browser, *permissions: str, name: str = "own") -> str:
    answer = await owner.post("/api/v1/roles", json={"name": name, "permissions": list(permissions)})
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


async def _member(people: People, owner: Browser, name: str, role: str) -> tuple[Browser, str]:
    """(signed in, id)."""
    new = {"username": name, "password": WORD, "role": role}
    answer = await owner.post("/api/v1/users", json=new)
    assert answer.status_code == 201, answer.text
    return await people._browser(name), answer.json()["id"]


@pytest.mark.attack("S-19")
async def test_an_analyst_reads_and_an_administrator_edits(owner: Browser, people: People) -> None:
    """The rule that roles are for: the same app, seen by both."""
    app_id = await published(owner)
    analyst, admin = await people.member(owner, "analyst"), await people.member(owner, "admin")
    path = f"/api/v1/apps/{app_id}"
    dataset = (await owner.post("/api/v1/datasets", json={"name": "reports"})).json()["id"]
    for reads in ("", "/draft", "/versions", "/inputs", "/template"):
        assert (await analyst.get(path + reads)).status_code == 200, reads
    assert (await analyst.get(f"/api/v1/datasets/{dataset}")).status_code == 200
    draft = (await admin.get(f"{path}/draft")).json()
    edits: list[Callable[[Browser], Awaitable[Any]]] = [
        lambda one: one.patch(path, json={"name": "renamed"}),
        lambda one: one.put(f"{path}/draft", json={"graph": GRAPH, "base_revision": draft["revision"]}),
        lambda one: one.post(f"{path}/publish", json={}),
        lambda one: one.post("/api/v1/apps", json={"name": "another"}),
        lambda one: one.patch(f"/api/v1/datasets/{dataset}", json={"description": "x"}),
        lambda one: one.post("/api/v1/users", json={"username": "new", "password": WORD, "role": "analyst"}),
        lambda one: one.put("/api/v1/policy", json={"levels": ["public"], "zones": [{"name": "local"}]}),
        lambda one: one.delete(path),
    ]
    for edit in edits:
        assert (await edit(analyst)).status_code == 403
    for edit in edits:
        assert (await edit(admin)).status_code < 300


@pytest.mark.attack("S-20")
async def test_an_operator_sees_that_work_goes_on_but_not_what_it_is(owner: Browser, people: People) -> None:
    app_id = await published(owner)
    operator = await people.member(owner, "operator")
    started = await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "canary"}})
    run = f"/api/v1/runs/{started.json()['id']}"
    trigger = (await owner.post(f"/api/v1/apps/{app_id}/triggers", json={"kind": "webhook", "name": "t"})).json()["id"]
    for answer in (
        await operator.get("/api/v1/runs"), await operator.get(run), await operator.post(f"{run}/cancel", json={}),
    ):  # fmt: skip
        assert answer.status_code == 200 and "canary" not in answer.text and "Hello" not in answer.text, answer.text
    assert (await operator.get(run)).json()["status"] in ("queued", "running", "succeeded")
    for path in (f"{run}/events", f"{run}/graph", f"{run}/nodes/say", "/api/v1/datasets", "/api/v1/users"):
        assert (await operator.get(path)).status_code == 403, path
    for path in (f"{run}/fork", f"{run}/resume", f"/api/v1/apps/{app_id}/runs"):
        assert (await operator.post(path, json={})).status_code == 403, path
    paused = await operator.patch(f"/api/v1/triggers/{trigger}", json={"enabled": False})
    assert paused.status_code == 200 and paused.json()["enabled"] is False
    assert (await operator.patch(f"/api/v1/triggers/{trigger}", json={"name": "mine"})).status_code == 403
    assert (
        await operator.patch(f"/api/v1/triggers/{trigger}", json={"enabled": True, "inputs": {}})
    ).status_code == 403


async def test_a_role_of_ones_own(owner: Browser, people: People) -> None:
    role = await _role(owner, "app.read", "run.list", "run.read", "member.read")
    bob, _ = await _member(people, owner, "bob", role)
    session = (await bob.get("/api/v1/session")).json()
    assert session["user"]["role"] == role and session["user"]["role_name"] == "own"
    assert session["permissions"] == ["app.read", "member.read", "run.list", "run.read"]
    assert (await bob.get("/api/v1/apps")).status_code == 200
    assert (await bob.get("/api/v1/datasets")).status_code == 403
    changed = await owner.patch(f"/api/v1/roles/{role}", json={"permissions": ["dataset.read"], "name": "readers"})
    assert changed.json() == {
        "id": role, "name": "readers", "builtin": False, "permissions": ["dataset.read"], "members": 1,
    }  # fmt: skip
    assert (await bob.get("/api/v1/apps")).status_code == 403
    assert (await bob.get("/api/v1/datasets")).status_code == 200
    listed = (await owner.get("/api/v1/roles")).json()["items"]
    assert [one["id"] for one in listed[:6]] == ["owner", "admin", "editor", "analyst", "auditor", "operator"]
    assert [one["members"] for one in listed] == [1, 0, 0, 0, 0, 0, 1]
    assert (await owner.delete(f"/api/v1/roles/{role}")).json()["error"]["code"] == "role_in_use"
    await owner.patch(f"/api/v1/roles/{role}", json={"permissions": []})
    assert (await bob.get("/api/v1/session")).json()["permissions"] == []  # nothing is nothing, not everything
    for path in ("apps", "datasets", "users", "runs", "system"):
        assert (await bob.get(f"/api/v1/{path}")).status_code == 403


NO_ROLES: list[tuple[dict[str, Any], int, str]] = [
    ({"name": "a", "permissions": ["app.everything"]}, 422, "permission_unknown"),
    ({"name": "a", "permissions": ["*"]}, 422, "permission_unknown"),
    ({"name": "a", "permissions": [{"$ne": ""}]}, 422, "invalid_request"),
    ({"name": "", "permissions": []}, 422, "invalid_request"),
    ({"name": "a", "permissions": [], "builtin": True}, 422, "invalid_request"),
    ({"name": "a", "permissions": [], "id": "owner"}, 422, "invalid_request"),
    ({"name": "taken", "permissions": []}, 409, "name_taken"),
]


async def test_roles_that_are_none(owner: Browser) -> None:
    await _role(owner, name="taken")
    for body, status, code in NO_ROLES:
        answer = await owner.post("/api/v1/roles", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_built_in_roles_stay_as_they_are(owner: Browser) -> None:
    for method, path in (("PATCH", "admin"), ("DELETE", "analyst")):
        answer = await owner.request(method, f"/api/v1/roles/{path}", json={"permissions": []})
        assert answer.json()["error"]["code"] == "role_built_in"
    assert (await owner.patch("/api/v1/roles/role_nothing", json={})).status_code == 404


@pytest.mark.attack("S-19")
@pytest.mark.attack("S-21")
async def test_nobody_gives_more_than_they_have(owner: Browser, people: People) -> None:
    """Somebody who may manage members and little else, by every way to more."""
    strong = await _role(owner, "member.read", "member.write", "policy.write", name="strong")
    manager_role = await _role(owner, "member.read", "member.write", "key.write", "signin.write", name="manager")
    manager, manager_id = await _member(people, owner, "manager", manager_role)
    admin, admin_id = await _member(people, owner, "root", "admin")
    _, strong_id = await _member(people, owner, "strong", strong)
    group = (await owner.post("/api/v1/groups", json={"name": "admins", "role": "admin"})).json()["id"]
    ann = (await owner.get("/api/v1/session")).json()["user"]["id"]
    new = {"username": "x", "password": WORD}
    for method, path, body in [
        ("POST", "roles", {"name": "x", "permissions": ["policy.write"]}),
        ("PATCH", f"roles/{manager_role}", {"permissions": ["member.write", "app.write"]}),
        ("PATCH", f"roles/{strong}", {"name": "mine"}),
        ("POST", "users", {**new, "role": "admin"}),
        ("POST", "users", {**new, "role": "owner"}),
        ("POST", "users", {**new, "role": strong}),
        ("PATCH", f"users/{manager_id}", {"role": "admin"}),
        ("PATCH", f"users/{manager_id}", {"role": strong}),
        ("PATCH", f"users/{admin_id}", {"password": "another word"}),
        ("PATCH", f"users/{strong_id}", {"password": "another word"}),
        ("PATCH", f"users/{admin_id}", {"second_factor": False}),
        ("PATCH", f"users/{ann}", {"disabled": True}),
        ("DELETE", f"users/{admin_id}/sessions", None),
        ("POST", "groups", {"name": "x", "role": "editor", "members": [manager_id]}),
        ("POST", "groups", {"name": "x", "role": "owner", "members": [manager_id]}),
        ("PATCH", f"groups/{group}", {"members": [manager_id]}),
        ("PATCH", f"groups/{group}", {"role": None, "members": [manager_id]}),
        ("DELETE", f"groups/{group}", None),
        ("POST", "invitations", {"name": "x", "role": "admin"}),
        ("POST", "invitations", {"name": "x", "role": manager_role, "groups": [group]}),
        ("POST", "api-keys", {"name": "x", "role": "admin"}),
        ("POST", "api-keys", {"name": "x", "role": strong}),
        ("POST", "sso-providers", {"name": "x", "issuer": "https://a.example", "client_id": "x", "default_role": "admin"}),
        ("POST", "sso-providers", {"name": "x", "issuer": "https://a.example", "client_id": "x",
                                   "mappings": [{"value": "x", "group_id": group}]}),
    ]:  # fmt: skip
        answer = await manager.request(method, f"/api/v1/{path}", json=body)
        assert answer.status_code == 403, f"{method} {path} {body}: {answer.text}"
        expected = ("role_too_strong", "owner_only", "key_too_strong")
        assert answer.json()["error"]["code"] in expected, f"{method} {path} {body}: {answer.text}"
    assert (await manager.get("/api/v1/session")).json()["permissions"] == [
        "key.write", "member.read", "member.write", "signin.write",
    ]  # fmt: skip
    assert (await manager.post("/api/v1/users", json={**new, "role": manager_role})).status_code == 201
    answer = await admin.post("/api/v1/groups", json={"name": "y", "role": "owner"})
    assert answer.json()["error"]["code"] == "owner_only"


async def test_a_group_adds_to_a_role(owner: Browser, people: People, visitor: Browser) -> None:
    analyst, analyst_id = await _member(people, owner, "bob", "analyst")
    editors = {"name": "editors", "role": "editor", "members": [analyst_id, analyst_id]}
    group = (await owner.post("/api/v1/groups", json=editors)).json()
    assert group["members"] == [analyst_id]
    assert set((await analyst.get("/api/v1/session")).json()["permissions"]) == ROLE_PERMISSIONS["editor"]
    app_id = (await analyst.post("/api/v1/apps", json={"name": "mine"})).json()["id"]
    admins = (await owner.post("/api/v1/groups", json={**editors, "name": "admins", "role": "admin"})).json()["id"]
    made = await analyst.post("/api/v1/api-keys", json={"name": "k", "role": "editor"})
    visitor.headers["Authorization"] = f"Bearer {made.json()['key']}"
    assert (await visitor.patch(f"/api/v1/apps/{app_id}", json={"name": "a"})).status_code == 200
    await owner.delete(f"/api/v1/groups/{admins}")
    assert (await visitor.patch(f"/api/v1/apps/{app_id}", json={"name": "b"})).status_code == 200
    changed = await owner.patch(f"/api/v1/groups/{group['id']}", json={"role": None})
    assert changed.json()["role"] is None and changed.json()["members"] == [analyst_id]
    assert (await analyst.patch(f"/api/v1/apps/{app_id}", json={"name": "c"})).status_code == 403
    assert (await visitor.patch(f"/api/v1/apps/{app_id}", json={"name": "c"})).status_code == 403  # the key weakens too
    assert (await visitor.get(f"/api/v1/apps/{app_id}")).status_code == 200
    for body, code in [
        ({"name": "x", "members": ["user_nobody"]}, "member_unknown"),
        ({"name": "x", "role": "nothing"}, "role_unknown"),
        ({"name": "editors"}, "name_taken"),
        ({"name": "x", "members": [{}]}, "invalid_request"),
    ]:
        assert (await owner.post("/api/v1/groups", json=body)).json()["error"]["code"] == code


@pytest.mark.attack("S-26")
async def test_a_key_of_somebody_who_was_an_owner_touches_no_owner(
    owner: Browser, people: People, visitor: Browser
) -> None:
    second, second_id = await _member(people, owner, "second", "owner")
    key = (await second.post("/api/v1/api-keys", json={"name": "k", "role": "owner"})).json()["key"]
    visitor.headers["Authorization"] = f"Bearer {key}"
    new = {"username": "x", "password": WORD, "role": "owner"}
    assert (await visitor.post("/api/v1/users", json=new)).status_code == 201
    await owner.patch(f"/api/v1/users/{second_id}", json={"role": "admin"})
    answer = await visitor.post("/api/v1/users", json={**new, "username": "y"})
    assert answer.json()["error"]["code"] == "owner_only"


@pytest.mark.attack("S-26")
async def test_owners_who_all_step_down_at_once_leave_one(owner: Browser, people: People, services: Services) -> None:
    others = [await _member(people, owner, f"owner{n}", "owner") for n in range(4)]
    ids = [(await owner.get("/api/v1/session")).json()["user"]["id"], *(user_id for _, user_id in others)]
    browsers = [owner, *(browser for browser, _ in others)]

    async def step_down(browser: Browser, user_id: str) -> int:
        return (await browser.patch(f"/api/v1/users/{user_id}", json={"role": "admin"})).status_code

    tries = [step_down(browser, user_id) for _ in range(6) for browser, user_id in zip(browsers, ids, strict=True)]
    statuses = await asyncio.gather(*tries)
    assert statuses.count(200) >= 4 and set(statuses) <= {200, 401, 403, 409}
    async with services.db.read() as tx:
        owners = (
            await tx.execute(text("SELECT count(*) FROM users WHERE role = 'owner' AND NOT disabled"))
        ).scalar_one()
    assert owners == 1


async def test_what_can_be_permitted_is_told(owner: Browser) -> None:
    items = (await owner.get("/api/v1/permissions")).json()["items"]
    assert {one["name"] for one in items} == PERMISSIONS == set(TABLE)
    for one in items:
        assert one["name"].startswith(one["group"] + ".")
        assert all(one[part][language] for part in ("title", "about") for language in ("en", "zh"))


@pytest.mark.attack("S-11", "S-27")
async def test_who_is_deleted_is_gone_at_once_and_what_they_made_stays(
    owner: Browser, people: People, services: Services
) -> None:
    app_id = await published(owner)
    bob, bob_id = await _member(people, owner, "bob", "admin")
    me = (await owner.get("/api/v1/session")).json()["user"]["id"]
    made = (await bob.post("/api/v1/apps", json={"name": "bob's", "graph": GRAPH})).json()["id"]
    assert (await bob.post(f"/api/v1/apps/{made}/publish", json={})).status_code == 201
    key = (await bob.post("/api/v1/api-keys", json={"name": "k", "role": "analyst"})).json()
    invitation = (await bob.post("/api/v1/invitations", json={"name": "guest", "role": "analyst"})).json()
    group = (await owner.post("/api/v1/groups", json={"name": "g", "members": [bob_id]})).json()["id"]
    access = {"open": False, "grants": [{"kind": "user", "id": bob_id, "level": "use"}]}
    assert (await owner.put(f"/api/v1/apps/{app_id}/access", json=access)).status_code == 200
    program = Browser(people.app)
    program.headers["Authorization"] = f"Bearer {key['key']}"
    assert (await program.get("/api/v1/apps")).status_code == 200

    analyst = await people.member(owner, "analyst")
    for who, whom, status, code in (
        (analyst, bob_id, 403, "not_permitted"),
        (bob, bob_id, 409, "own_account"),
        (bob, me, 403, "owner_only"),
        (owner, me, 409, "own_account"),
        (owner, "user_nobody", 404, "not_found"),
    ):
        answer = await who.delete(f"/api/v1/users/{whom}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (await owner.delete(f"/api/v1/users/{bob_id}")).status_code == 204

    assert (await bob.get("/api/v1/session")).status_code == 401
    assert (await program.get("/api/v1/apps")).status_code == 401
    await program.aclose()
    login = await Browser(people.app).post("/api/v1/session", json={"username": "bob", "password": WORD})
    assert login.json()["error"]["code"] == "login_failed"
    assert (await owner.get("/api/v1/api-keys")).json()["items"] == []
    assert (await owner.get("/api/v1/invitations")).json()["items"] == []
    token = invitation["token"]
    assert (await Browser(people.app).post("/api/v1/invitation", json={"token": token})).status_code >= 400
    groups = (await owner.get("/api/v1/groups")).json()["items"]
    assert [(one["id"], one["members"]) for one in groups] == [(group, [])]
    assert (await owner.get(f"/api/v1/apps/{app_id}/access")).json() == {"open": False, "grants": []}
    assert bob_id not in (await owner.get("/api/v1/users")).text
    version = (await owner.get(f"/api/v1/apps/{made}/versions")).json()["items"][0]
    assert version["created_by"] == "bob"
    records = (await owner.get(f"/api/v1/audit?target={bob_id}&action=delete_user&outcome=done")).json()["items"]
    assert [(one["actor"]["name"], one["detail"]) for one in records] == [
        ("ann", {"name": "bob", "role": "admin", "keys": ["k"]})
    ]
    assert (await owner.get("/api/v1/audit?actor=bob")).json()["items"]
    # The name is free again, and a new account of that name is another one.
    again, new_id = await _member(people, owner, "bob", "analyst")
    assert new_id != bob_id and (await again.get(f"/api/v1/apps/{app_id}")).status_code == 404


async def test_an_owner_may_delete_another_but_the_last_stays(owner: Browser, people: People) -> None:
    me = (await owner.get("/api/v1/session")).json()["user"]["id"]
    second, second_id = await _member(people, owner, "second", "owner")
    assert (await owner.patch(f"/api/v1/users/{me}", json={"disabled": True})).status_code == 200
    third, _ = await _member(people, second, "third", "admin")
    assert (await third.delete(f"/api/v1/users/{second_id}")).status_code == 403
    assert (await second.delete(f"/api/v1/users/{me}")).status_code == 204
    with pytest.raises(Conflict, match="last owner"):  # as the server's command line asks, which is nobody here
        actor = Actor("", (await second.get("/api/v1/session")).json()["workspace"]["id"], "owner", "cli")
        await people.services.workspaces.people.delete(actor, second_id)
    assert (await second.get("/api/v1/session")).status_code == 200


@pytest.mark.attack("S-11", "S-27")
async def test_a_key_waits_where_its_maker_owes_a_second_factor(owner: Browser, people: People) -> None:
    """Nothing is permitted to them both until one is set up; then the key goes on as it was."""
    admin, admin_id = await _member(people, owner, "adam", "admin")
    key = (await admin.post("/api/v1/api-keys", json={"name": "k", "role": "analyst"})).json()["key"]
    async with Browser(people.app) as program:
        program.headers["Authorization"] = f"Bearer {key}"
        assert (await program.get("/api/v1/apps")).status_code == 200
        assert (await owner.put("/api/v1/security", json={"second_factor_required": "admins"})).status_code == 200
        refused = await program.get("/api/v1/apps")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "second_factor_due")
        assert "made this key" in refused.json()["error"]["message"]["en"]
        assert (await program.get("/api/v1/session")).json()["permissions"] == []
        async with people.services.db.begin() as tx:
            await tx.execute(text("UPDATE users SET totp = 'x' WHERE id = :id"), {"id": admin_id})
        people.services.workspaces.forget()
        assert (await program.get("/api/v1/apps")).status_code == 200
