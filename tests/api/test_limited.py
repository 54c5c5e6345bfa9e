"""Apps and datasets that are not everybody's: unknown on every route, left out of every list, and no way around."""

import re
from typing import Any

import pytest

from atoll.api.reach import _MAKES
from atoll.api.services import Services
from atoll.db.statements import Within
from atoll.workspaces.people.access import ON_OBJECTS, ROLE_PERMISSIONS
from atoll.workspaces.people.objects import PLACES
from tests.api.conftest import GRAPH, Browser, People, published
from tests.api.test_access import BODIES, ROUTES, _call, _everything, _filled

pytestmark = pytest.mark.attack("S-16")

LIMITED: dict[str, Any] = {"open": False, "grants": []}


async def _limit(owner: Browser, things: dict[str, Any], *grants: dict[str, str]) -> None:
    for kind in ("app", "dataset"):
        path = f"/api/v1/{kind}s/{things[f'{kind}_id']}/access"
        answer = await owner.put(path, json={"open": False, "grants": list(grants)})
        assert answer.status_code == 200, answer.text


async def _id(browser: Browser) -> str:
    found: str = (await browser.get("/api/v1/session")).json()["user"]["id"]
    return found


async def _chat_of(owner: Browser, things: dict[str, Any]) -> str:
    found: str = (await owner.get(f"/api/v1/conversations/{things['conversation_id']}")).json()["app_id"]
    return found


async def test_what_somebody_does_not_reach_is_unknown_on_every_route(owner: Browser, people: People) -> None:
    """The same answer as for an id that never was, for every route whose path names an app, a dataset or a part of one."""
    things, editor = await _everything(owner), await people.member(owner, "editor")
    await _limit(owner, things)
    await owner.put(f"/api/v1/apps/{await _chat_of(owner, things)}/access", json=LIMITED)
    tried = set()
    for method, path, permission, route in ROUTES:
        name, named = str(route.operation_id), set(re.findall(r"{(\w+)", path)) & PLACES.keys()
        if not named or permission not in ROLE_PERMISSIONS["editor"]:
            continue
        unknown_ids = {kind: 1 if kind == "number" else f"{kind}_nothing" for kind in things}
        there = await _call(editor, method, _filled(path, **things), **BODIES.get(name, {}))
        never = await _call(editor, method, _filled(path, **unknown_ids), **BODIES.get(name, {}))
        assert there.status_code == never.status_code == 404, f"{method} {path}: {there.text} {never.text}"
        words = [answer.json()["error"] for answer in (there, never)]
        assert words[0]["code"] == words[1]["code"], f"{method} {path}"
        for word, ids in zip(words, (things, unknown_ids), strict=True):
            plain = str(word["message"])
            for id_ in ids.values():
                plain = plain.replace(id_, "…") if isinstance(id_, str) else plain
            word["message"] = plain
        assert words[0]["message"] == words[1]["message"], f"{method} {path}"
        tried.add(name)
    assert len(tried) >= 55
    assert (await editor.get("/api/v1/datasets/reports")).status_code == 404  # by its name
    for path, things_left in (("apps", 0), ("runs", 0), ("datasets", 0), ("system/incidents", 0)):
        assert len((await editor.get(f"/api/v1/{path}")).json()["items"]) == things_left, path
    assert (await owner.get(f"/api/v1/apps/{things['app_id']}")).status_code == 200
    assert len((await owner.get("/api/v1/apps")).json()["items"]) == 2
    admin = await people.member(owner, "admin")
    assert (await admin.get(f"/api/v1/datasets/{things['dataset_id']}")).status_code == 200


@pytest.mark.attack("S-19")
async def test_a_grant_to_use_leaves_reading_and_running(owner: Browser, people: People) -> None:
    things, editor = await _everything(owner), await people.member(owner, "editor")
    app, dataset = f"/api/v1/apps/{things['app_id']}", f"/api/v1/datasets/{things['dataset_id']}"
    await _limit(owner, things, {"kind": "user", "id": await _id(editor), "level": "use"})
    assert (await editor.get(app)).status_code == 200
    assert (await editor.post(f"{app}/runs", json={"inputs": {"query": "x"}})).status_code == 201
    assert (await editor.post(f"{dataset}/search", json={"query": "text"})).status_code == 200
    refused = [
        await editor.patch(app, json={"name": "mine"}),
        await editor.post(f"{app}/publish", json={}),
        await editor.post(f"{app}/runs", json={"inputs": {"query": "x"}, "version": "draft"}),
        await editor.post(f"{app}/triggers", json={"kind": "webhook", "name": "t"}),
        await editor.patch(f"/api/v1/triggers/{things['trigger_id']}", json={"enabled": False}),
        await editor.post(f"/api/v1/runs/{things['run_id']}/fork", json={}),
        await editor.delete(dataset),
        await editor.delete(f"/api/v1/documents/{things['document_id']}"),
        await editor.get(f"{app}/access"),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused), [answer.text for answer in refused]
    assert len((await editor.get("/api/v1/apps")).json()["items"]) == 2
    analyst = await people.member(owner, "analyst")
    await _limit(owner, things, {"kind": "user", "id": await _id(analyst), "level": "edit"})
    assert (await analyst.get(app)).status_code == 200
    assert (await analyst.patch(app, json={"name": "mine"})).status_code == 403  # no grant gives more than the role
    assert (await editor.get(app)).status_code == 404


async def test_a_group_opens_and_leaving_it_closes(owner: Browser, people: People) -> None:
    things, editor = await _everything(owner), await people.member(owner, "editor")
    new = {"name": "reports", "members": [await _id(editor)]}
    group = (await owner.post("/api/v1/groups", json=new)).json()
    grant = {"kind": "group", "id": group["id"], "level": "edit"}
    await _limit(owner, things, grant)
    app = f"/api/v1/apps/{things['app_id']}"
    shown = (await owner.get(f"{app}/access")).json()
    assert shown == {"open": False, "grants": [{**grant, "name": "reports"}]}
    assert (await editor.patch(app, json={"name": "ours"})).status_code == 200
    assert (await editor.get(f"{app}/access")).status_code == 200
    assert (await editor.put(f"{app}/access", json={"open": True})).status_code == 403
    await owner.patch(f"/api/v1/groups/{group['id']}", json={"members": []})
    assert (await editor.get(app)).status_code == 404
    await owner.patch(f"/api/v1/groups/{group['id']}", json={"members": new["members"]})
    assert (await editor.get(app)).status_code == 200
    assert (await owner.delete(f"/api/v1/groups/{group['id']}")).status_code == 204
    assert (await editor.get(app)).status_code == 404
    assert (await owner.put(f"{app}/access", json={"open": True})).json() == {"open": True, "grants": []}
    assert (await editor.get(app)).status_code == 200


NO_GRANTS: list[tuple[dict[str, Any], str]] = [
    ({"open": False, "grants": [{"kind": "user", "id": "user_nobody", "level": "use"}]}, "grant_unknown"),
    ({"open": False, "grants": [{"kind": "robot", "id": "user_nobody", "level": "use"}]}, "invalid_request"),
    ({"open": False, "grants": [{"kind": "user", "id": "user_nobody", "level": "own"}]}, "invalid_request"),
    ({"open": False, "grants": [{"kind": "user", "id": "' OR 1=1", "level": "use"}]}, "invalid_request"),
    ({"open": False, "grants": [], "workspace_id": "ws_1"}, "invalid_request"),
    ({"grants": []}, "invalid_request"),
]


async def test_grants_that_are_none(owner: Browser) -> None:
    app_id = await published(owner)
    for body, code in NO_GRANTS:
        answer = await owner.put(f"/api/v1/apps/{app_id}/access", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
        assert (await owner.get(f"/api/v1/apps/{app_id}/access")).json()["open"]


@pytest.mark.attack("S-18")
async def test_who_writes_an_app_reaches_what_it_names_and_vouches_for_who_runs_it(
    owner: Browser, people: People
) -> None:
    things, editor = await _everything(owner), await people.member(owner, "editor")
    find = {"id": "find", "type": "retriever", "config": {"vector_index": "reports"}}
    start = {"id": "start", "type": "input", "config": {"variable": "query"}}
    reading = {"nodes": [start, find], "edges": [{"source": "start", "target": "find"}]}
    vouched = await published(owner, reading, "vouched")
    await owner.put(f"/api/v1/datasets/{things['dataset_id']}/access", json=LIMITED)
    by_id = {**reading, "nodes": [start, {**find, "config": {"vector_index": things["dataset_id"]}}]}
    plain = (await editor.post("/api/v1/apps", json={"name": "mine", "graph": GRAPH})).json()["id"]
    draft = {"base_revision": 1}
    template = (await owner.get(f"/api/v1/apps/{vouched}/template")).json()
    binding = {"template": template, "bindings": {"datasets": {"reports": "reports"}}}
    for answer in (
        await editor.post("/api/v1/apps", json={"name": "thief", "graph": reading}),
        await editor.put(f"/api/v1/apps/{plain}/draft", json={**draft, "graph": by_id}),
        await editor.post(f"/api/v1/apps/{vouched}/publish", json={}),
        await editor.post(f"/api/v1/apps/{vouched}/versions/1/restore", json={}),
        await editor.post(f"/api/v1/apps/{vouched}/nodes/find/run", json={"inputs": {"query": "text"}}),
        await editor.post("/api/v1/templates/install", json=binding),
        await editor.post("/api/v1/templates/plan", json=binding),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "object_unknown"), answer.text
    run = await editor.post(f"/api/v1/apps/{vouched}/runs", json={"inputs": {"query": "text"}})
    assert run.status_code == 201
    await owner.put(f"/api/v1/apps/{things['app_id']}/access", json=LIMITED)
    borrowed = {"run_id": things["run_id"]}
    answer = await editor.post(f"/api/v1/apps/{plain}/nodes/say/run", json={"variables": {"query": "x"}, **borrowed})
    assert answer.status_code == 404  # values of another app's run
    # What a graph would call is looked up as its writer reaches it: its inputs and outputs say what it is for.
    await owner.put(f"/api/v1/apps/{vouched}/access", json=LIMITED)
    told = [
        (await browser.post("/api/v1/graph/check", json={"graph": {"nodes": [start, calls], "edges": []}})).json()
        for browser in (editor, owner)
        for calls in [{"id": "call", "type": "subflow", "config": {"app": name}} for name in ("vouched", "of-nobody")]
    ]
    assert str(told[0]).replace("vouched", "of-nobody") == str(told[1]) and told[2] != told[3]


async def test_pages_of_runs_stay_whole(owner: Browser, people: People) -> None:
    """What is hidden is left out by the statement, not afterwards."""
    mine, other = await published(owner, name="mine"), await published(owner, name="other")
    for app_id in (mine, other, mine, other, other, mine):
        await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "x"}})
    await owner.put(f"/api/v1/apps/{other}/access", json=LIMITED)
    analyst, seen, cursor = await people.member(owner, "analyst"), [], None
    for _ in range(3):
        page = (await analyst.get("/api/v1/runs", params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        seen.append([run["app_id"] for run in page["items"]])
        if not (cursor := page["next"]):
            break
    assert seen == [[mine, mine], [mine]]
    assert (await analyst.get("/api/v1/runs", params={"app_id": other})).json()["items"] == []


@pytest.mark.attack("S-27")
async def test_a_key_for_certain_apps_reaches_nothing_else(owner: Browser, visitor: Browser) -> None:
    things = await _everything(owner)
    other = await published(owner, name="other")
    new = {"name": "k", "role": "admin", "apps": [things["app_id"]], "datasets": []}
    made = (await owner.post("/api/v1/api-keys", json=new)).json()
    assert made["apps"] == [things["app_id"]] and made["datasets"] == [] and made["created_by_name"] == "ann"
    visitor.headers["Authorization"] = f"Bearer {made['key']}"
    assert [app["id"] for app in (await visitor.get("/api/v1/apps")).json()["items"]] == [things["app_id"]]
    assert (await visitor.get("/api/v1/datasets")).json()["items"] == []
    assert {run["app_id"] for run in (await visitor.get("/api/v1/runs")).json()["items"]} == {things["app_id"]}
    started = await visitor.post(f"/api/v1/apps/{things['app_id']}/runs", json={"inputs": {"query": "x"}})
    assert started.status_code == 201
    assert (await visitor.patch(f"/api/v1/apps/{things['app_id']}", json={"name": "renamed"})).status_code == 200
    hidden = (f"apps/{other}", f"datasets/{things['dataset_id']}", f"documents/{things['document_id']}")
    for path in (*hidden, f"conversations/{things['conversation_id']}"):
        assert (await visitor.get(f"/api/v1/{path}")).status_code == 404, path
    for path in ("users", "api-keys", "roles", "policy", "system", "invitations", "sso-providers"):
        assert (await visitor.get(f"/api/v1/{path}")).status_code == 403, path
    answer = await visitor.post("/api/v1/apps", json={"name": "another"})
    assert answer.json()["error"]["code"] == "key_scoped"
    assert (await visitor.post("/api/v1/datasets", json={"name": "another"})).json()["error"]["code"] == "key_scoped"
    assert (await visitor.put(f"/api/v1/apps/{things['app_id']}/access", json={"open": True})).status_code == 403


@pytest.mark.attack("S-19")
async def test_a_key_for_one_object_gets_nothing_of_another_on_any_route(owner: Browser, visitor: Browser) -> None:
    things = await _everything(owner)
    app = await published(owner, name="own")
    dataset = (await owner.post("/api/v1/datasets", json={"name": "own"})).json()["id"]
    foreign = [id_ for kind, id_ in things.items() if kind in PLACES]
    for scope in ({"apps": [app], "datasets": []}, {"apps": [], "datasets": [dataset]}):
        made = await owner.post("/api/v1/api-keys", json={"name": str(scope), "role": "admin", **scope})
        visitor.headers["Authorization"] = f"Bearer {made.json()['key']}"
        for method, path, permission, route in ROUTES:
            if permission in (None, "signed-in"):
                continue
            answer = await _call(visitor, method, _filled(path, **things), **BODIES.get(str(route.operation_id), {}))
            said = f"{method} {path}: {answer.status_code} {answer.text}"
            if permission not in ON_OBJECTS or (_MAKES.get(permission) and "{" not in path):
                assert answer.status_code == 403, said
            elif set(re.findall(r"{(\w+)", path)) & PLACES.keys():
                assert answer.status_code == (403 if answer.json()["error"]["code"] == "key_scoped" else 404), said
            else:
                assert answer.status_code in (200, 422) and not any(id_ in answer.text for id_ in foreign), said


async def test_a_key_is_made_for_what_its_maker_reaches(owner: Browser, people: People, visitor: Browser) -> None:
    app_id, admin = await published(owner), await people.member(owner, "admin")
    for ids in ([app_id, "app_nothing"], ["app_nothing"]):
        answer = await admin.post("/api/v1/api-keys", json={"name": "k", "role": "editor", "apps": ids})
        assert answer.json()["error"]["code"] == "object_unknown"
    key = (await admin.post("/api/v1/api-keys", json={"name": "k", "role": "editor", "apps": [app_id]})).json()["key"]
    visitor.headers["Authorization"] = f"Bearer {key}"
    assert (await visitor.get(f"/api/v1/apps/{app_id}")).status_code == 200
    await owner.put(f"/api/v1/apps/{app_id}/access", json=LIMITED)
    assert (await visitor.get(f"/api/v1/apps/{app_id}")).status_code == 200  # an administrator reaches it
    await owner.patch(f"/api/v1/users/{await _id(admin)}", json={"role": "editor"})
    assert (await visitor.get(f"/api/v1/apps/{app_id}")).status_code == 404  # its maker does not any more


async def test_a_secret_does_not_tell_of_apps_that_are_hidden(owner: Browser, people: People) -> None:
    new = {"name": "KEY", "value": "a-long-secret-value", "hosts": ["api.example.com"]}
    assert (await owner.post("/api/v1/secrets", json=new)).status_code == 201
    headers = {"Authorization": "{{ secrets.KEY }}"}
    call = {"id": "call", "type": "http_request", "config": {"url": "https://api.example.com/x", "headers": headers}}
    app_id = (await owner.post("/api/v1/apps", json={"name": "c", "graph": {"nodes": [call], "edges": []}})).json()[
        "id"
    ]
    editor = await people.member(owner, "editor")
    for browser, access, names in (
        (editor, {"open": True}, ["c"]), (editor, LIMITED, []), (owner, LIMITED, ["c"]),
    ):  # fmt: skip
        await owner.put(f"/api/v1/apps/{app_id}/access", json=access)
        listed = (await browser.get("/api/v1/secrets")).json()["items"]
        assert [one["name"] for one in listed[0]["used_by"]] == names


def test_which_ids_are_within() -> None:
    assert "a" in Within() and "" in Within()
    assert "a" not in Within(hidden=frozenset("a")) and "b" in Within(hidden=frozenset("a"))
    assert "" not in Within(only=frozenset("a")) and "a" in Within(only=frozenset("a"))
    assert "a" not in Within(only=frozenset("a"), hidden=frozenset("a"))


async def test_a_stream_ends_when_its_reader_may_not_any_more(
    owner: Browser, people: People, services: Services
) -> None:
    """Looked at as the stream does, without waiting for it."""
    from starlette.requests import Request

    from atoll.api.runs import REAUTHORISE_MS, _still_reads

    app_id, analyst = await published(owner), await people.member(owner, "analyst")
    run_id = (await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "x"}})).json()["id"]
    cookie = f"atoll_session={analyst.cookies['atoll_session']}".encode()
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"cookie", cookie)], "app": people.app,
             "path_params": {"run_id": run_id}}  # fmt: skip
    assert await _still_reads(services, Request(scope), run_id)
    await owner.put(f"/api/v1/apps/{app_id}/access", json=LIMITED)
    assert not await _still_reads(services, Request(scope), run_id)
    await owner.put(f"/api/v1/apps/{app_id}/access", json={"open": True})
    assert await _still_reads(services, Request(scope), run_id)
    await owner.delete(f"/api/v1/users/{await _id(analyst)}/sessions")
    assert not await _still_reads(services, Request(scope), run_id)
    assert REAUTHORISE_MS <= 3_000
