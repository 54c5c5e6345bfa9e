"""Approvals that ask roles and groups of the workspace: who is offered, who may answer, and what is left when one is gone."""

import asyncio
from typing import Any

import pytest

from tests.api.conftest import WORD, Browser, People, published

START: dict[str, Any] = {"id": "start", "type": "input", "config": {"variable": "query"}}


def asking(*approvers: str) -> dict[str, Any]:
    ask = {"id": "ask", "title": "Sign", "type": "approval", "config": {"roles": list(approvers)}}
    return {"nodes": [START, ask], "edges": [{"source": "start", "target": "ask"}]}


async def paused(owner: Browser, app_id: str) -> str:
    run = (await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "x"}})).json()["id"]
    for _ in range(200):
        if (await owner.get(f"/api/v1/runs/{run}")).json()["status"] == "paused":
            return f"/api/v1/runs/{run}/resume"
        await asyncio.sleep(0.02)
    raise AssertionError("it asked nobody")


async def made(owner: Browser, path: str, **new: Any) -> str:
    answer = await owner.post(f"/api/v1/{path}", json=new)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.mark.attack("S-29")
async def test_a_role_and_a_group_of_the_workspace_decide(owner: Browser, people: People, visitor: Browser) -> None:
    runs = ["app.read", "run.read", "run.create"]
    counsel = await made(owner, "roles", name="Counsel", permissions=runs)
    reader = await made(owner, "roles", name="Reader", permissions=["app.read"])
    roles = {"carol": counsel, "dan": "analyst", "eve": "analyst"}
    ids = [await made(owner, "users", username=name, password=WORD, role=role) for name, role in roles.items()]
    carol, dan, eve = [await people._browser(name) for name in roles]
    group = await made(owner, "groups", name="Board", members=[ids[1]])
    through = await made(owner, "groups", name="Lawyers", role=counsel, members=[])
    app_id = await published(owner, asking(counsel, group))

    listed = (await carol.get("/api/v1/approvers")).json()["items"]
    assert [(one["id"], one["mine"]) for one in listed] == [
        ("owner", False), ("admin", False), ("editor", False), ("analyst", False),
        (counsel, True), (group, False), (through, False),
    ]  # fmt: skip
    assert reader not in {one["id"] for one in listed}, "who may not run apps can't answer"

    answer = {"node": "ask", "answer": {"choice": "approve"}}
    for person, status in ((owner, 403), (eve, 403), (carol, 200)):
        assert (await person.post(await paused(owner, app_id), json=answer)).status_code == status
    assert (await dan.post(await paused(owner, app_id), json=answer)).status_code == 200
    # By the role that a group gives, from the next request on; and no longer once they have left it.
    await owner.patch(f"/api/v1/groups/{through}", json={"members": [ids[2]]})
    assert (await eve.post(await paused(owner, app_id), json=answer)).status_code == 200
    await owner.patch(f"/api/v1/groups/{through}", json={"members": []})
    refused = await eve.post(await paused(owner, app_id), json=answer)
    assert refused.json()["error"]["params"]["roles"] == [counsel, group]

    # A program is nobody's colleague: it has its role, and neither its maker's groups nor their names.
    key = (await owner.post("/api/v1/api-keys", json={"name": "k", "role": "analyst"})).json()["key"]
    visitor.headers["Authorization"] = f"Bearer {key}"
    assert [one["id"] for one in (await visitor.get("/api/v1/approvers")).json()["items"]] == ["analyst"]
    assert (await visitor.post(await paused(owner, app_id), json=answer)).status_code == 403


async def test_who_is_gone_is_a_problem_before_anything_waits_for_them(owner: Browser) -> None:
    group = await made(owner, "groups", name="Board", members=[])
    app_id = await published(owner, asking("editor", group))
    template = (await owner.get(f"/api/v1/apps/{app_id}/template")).json()
    assert (await owner.delete(f"/api/v1/groups/{group}")).status_code == 204
    app = f"/api/v1/apps/{app_id}"
    problem = {"code": "approver_unknown", "node": "ask", "pointer": "/nodes/1/config/roles/1"}
    for answer in (
        await owner.post(f"{app}/publish", json={}),
        await owner.post(f"{app}/runs", json={"inputs": {"query": "x"}}),
    ):
        [found] = answer.json()["error"]["params"]["problems"]
        assert answer.status_code == 422 and found.items() >= problem.items()
    [found] = (await owner.get(f"{app}/data-flow")).json()["problems"]
    assert found.items() >= problem.items()
    # A template is installed all the same, and says what must be chosen before it is published.
    plan = (await owner.post("/api/v1/templates/plan", json={"template": template})).json()
    assert plan["ok"] and ("approver", "Sign") in [(one["kind"], one["role"]) for one in plan["changes"]]


@pytest.mark.parametrize("roles", [[""], ["x" * 65], [3], "admin", ["editor"] * 51, [None]])
async def test_what_is_no_list_of_ids_is_refused(owner: Browser, roles: Any) -> None:
    graph = asking()
    graph["nodes"][1]["config"]["roles"] = roles
    made_app = await owner.post("/api/v1/apps", json={"name": "bad", "graph": graph})
    app = f"/api/v1/apps/{made_app.json()['id']}"
    answer = await owner.post(f"{app}/publish", json={})
    found = answer.json()["error"]["params"]["problems"]
    assert answer.status_code == 422 and found[0]["pointer"].startswith("/nodes/1/config/roles")
