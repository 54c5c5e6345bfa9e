"""Triggers over HTTP: made, changed, tried, whose they are, and that their secrets stay."""

import base64
import json
from itertools import pairwise
from typing import Any

import pytest
import structlog

from atoll.api.services import Services
from atoll.db.metadata import all_tables
from atoll.kit.signature import new_secret
from atoll.triggers.service import MOST
from tests.api.conftest import GRAPH, Browser, People, ended, published
from tests.api.sending import HOURLY, added, code_of, send, shown


async def test_a_schedule_is_made_changed_and_deleted(owner: Browser) -> None:
    app_id = await published(owner)
    made = await added(owner, app_id, kind="schedule", cron="0 9 * * MON-FRI", time_zone="Asia/Shanghai")
    assert (made["missed"], made["secret"], made["path"], made["problem"]) == ("once", None, None, None)
    assert made["next_at"] > made["created_at"]
    path = f"/api/v1/triggers/{made['id']}"
    off = (await owner.patch(path, json={"enabled": False})).json()
    assert off["next_at"] is None and off["cron"] == made["cron"]
    on = (await owner.patch(path, json={"enabled": True, "time_zone": "UTC", "name": " nine  "})).json()
    assert on["next_at"] is not None and (on["next_at"] - made["next_at"]) % 3_600_000 == 0
    assert (on["name"], on["time_zone"], on["updated_by"]) == ("nine", "UTC", "ann")
    assert (await owner.get(f"/api/v1/apps/{app_id}/triggers")).json()["items"] == [on]
    assert (await owner.delete(path)).status_code == 204
    assert (await owner.get(path)).status_code == 404 and (await owner.delete(path)).status_code == 404


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"cron": "0 0 30 2 *"}, "cron_invalid", "/cron"),
    ({"cron": "* * * *"}, "cron_invalid", "/cron"),
    ({"cron": "0 * * * * *"}, "cron_invalid", "/cron"),
    ({"cron": "61 * * * *"}, "cron_invalid", "/cron"),
    ({"cron": None}, "cron_invalid", "/cron"),
    ({"cron": "@reboot"}, "cron_invalid", "/cron"),
    ({"cron": "9" * 101}, "invalid_request", "/cron"),
    ({"time_zone": "Mars/Olympus"}, "time_zone_unknown", "/time_zone"),
    ({"time_zone": "../../etc/passwd"}, "time_zone_unknown", "/time_zone"),
    ({"missed": "always"}, "invalid_request", "/missed"),
    ({"name": " "}, "invalid_request", "/name"),
    ({"inputs": {"query": "{{ body.x }}"}}, "trigger_name_unknown", "/inputs/query"),
    ({"inputs": {"query": ["{{ due"]}}, "template_syntax", "/inputs/query/0"),
    ({"inputs": {"query": "x" * 100_001}}, "trigger_inputs_large", "/inputs"),
    ({"inputs": {"query": ["{{ due }}"] * 101}}, "trigger_inputs_large", "/inputs"),
    ({"kind": "webhook"}, "trigger_kind", "/cron"),
    ({"kind": "mail"}, "invalid_request", "/kind"),
    ({"wake_at": 1}, "invalid_request", "/wake_at"),
    ({"secret": "whsec_mine"}, "invalid_request", "/secret"),
]


async def test_what_can_not_be_set(owner: Browser) -> None:
    app_id = await published(owner)
    made = await added(owner, app_id, **HOURLY)
    for new, code, pointer in WRONG:
        answer = await owner.post(f"/api/v1/apps/{app_id}/triggers", json={**HOURLY, **new})
        assert answer.status_code == 422, f"{new}: {answer.text}"
        assert (answer.json()["error"]["code"], answer.json()["error"]["pointer"]) == (code, pointer), new
        if new in ({"kind": "webhook"}, {"kind": "mail"}, {"cron": None}):
            continue
        answer = await owner.patch(f"/api/v1/triggers/{made['id']}", json=new)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code), new
    assert await shown(owner, made) == {name: value for name, value in made.items() if name != "secret"}


async def test_there_is_a_most(owner: Browser) -> None:
    app_id = await published(owner)
    for _ in range(MOST):
        await added(owner, app_id)
    answer = await owner.post(f"/api/v1/apps/{app_id}/triggers", json=HOURLY)
    assert (answer.status_code, await code_of(answer)) == (409, "triggers_too_many")


async def test_the_next_times_are_shown_while_one_types(owner: Browser) -> None:
    preview = "/api/v1/schedules/preview"
    answer = await owner.get(preview, params={"cron": "30 9 * * *", "time_zone": "Asia/Shanghai"})
    ticks = answer.json()["items"]
    assert [tick["local"][10:] for tick in ticks] == ["T09:30:00+08:00"] * 5
    assert [b["at"] - a["at"] for a, b in pairwise(ticks)] == [86_400_000] * 4
    answer = await owner.get(preview, params={"cron": "0 0 31 4 *"})
    assert (answer.status_code, answer.json()["error"]["pointer"]) == (422, "/cron")
    answer = await owner.get(preview, params={"cron": "@daily", "time_zone": "Nowhere"})
    assert await code_of(answer) == "time_zone_unknown"


# Tried by a person


async def test_fire_now_starts_the_published_version_and_the_run_says_what_did(
    owner: Browser, services: Services
) -> None:
    app_id = await published(owner)
    made = await added(owner, app_id, **HOURLY, inputs={"query": "{{ date }} is {{ due[:10] }}"}, enabled=False)
    answer = await owner.post(f"/api/v1/triggers/{made['id']}/fire", json={})
    assert answer.status_code == 201, answer.text
    run = await ended(owner, services, answer.json()["id"])
    day = run["inputs"]["query"].partition(" ")[0]
    assert list(run["outputs"].values()) == [f"Hello {day} is {day}"] and len(day) == len("2026-11-26")
    assert run["trigger"] == {"id": made["id"], "kind": "schedule", "name": "hourly"}
    assert (run["version"], run["created_by"]) == (1, "ann")
    after = await shown(owner, made)
    assert (after["last_run_id"], after["error"], after["next_at"]) == (run["id"], None, None)
    other = (await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "x"}})).json()
    assert other["trigger"] is None
    listed = (await owner.get("/api/v1/runs", params={"trigger": made["id"]})).json()["items"]
    assert [one["id"] for one in listed] == [run["id"]]
    assert len((await owner.get("/api/v1/runs")).json()["items"]) == 2
    assert (await owner.delete(f"/api/v1/triggers/{made['id']}")).status_code == 204
    listed = (await owner.get("/api/v1/runs", params={"trigger": made["id"]})).json()["items"]
    assert [one["trigger"]["name"] for one in listed] == ["hourly"]


async def test_what_keeps_an_app_from_starting_is_said_at_the_trigger(owner: Browser, services: Services) -> None:
    app_id = (await owner.post("/api/v1/apps", json={"name": "a", "graph": GRAPH})).json()["id"]
    made = await added(owner, app_id)
    assert made["problem"]["code"] == "trigger_unpublished"
    answer = await owner.post(f"/api/v1/triggers/{made['id']}/fire", json={"body": {"query": "x"}})
    assert (answer.status_code, await code_of(answer)) == (422, "trigger_unpublished")
    assert (await send(owner, made, {"query": "x"})).status_code == 422
    after = await shown(owner, made)
    assert (after["error"]["code"], after["failures"], after["enabled"]) == ("trigger_unpublished", 2, True)
    assert after["error"]["message"]["zh"] and after["last_run_id"] is None
    await owner.post(f"/api/v1/apps/{app_id}/publish", json={})
    assert (await shown(owner, made))["problem"] is None
    answer = await owner.post(f"/api/v1/triggers/{made['id']}/fire", json={"body": {}})
    assert (await shown(owner, made))["error"]["code"] == await code_of(answer) == "input_missing"
    answer = await owner.post(f"/api/v1/triggers/{made['id']}/fire", json={"body": {"query": "y"}})
    assert (await ended(owner, services, answer.json()["id"]))["status"] == "succeeded"
    after = await shown(owner, made)
    assert (after["error"], after["failures"]) == (None, 0)


async def test_a_deleted_app_has_no_triggers(owner: Browser, visitor: Browser) -> None:
    app_id = await published(owner)
    hook = await added(owner, app_id)
    assert (await owner.delete(f"/api/v1/apps/{app_id}")).status_code == 204
    assert (await owner.get(f"/api/v1/triggers/{hook['id']}")).status_code == 404
    assert (await owner.get(f"/api/v1/apps/{app_id}/triggers")).status_code == 404
    assert (await send(visitor, hook, {"query": "x"})).status_code == 401


@pytest.mark.attack("S-16")
async def test_triggers_of_another_workspace_are_unknown(owner: Browser, people: People) -> None:
    hook, eve = await added(owner, await published(owner)), await people.stranger()
    theirs = await added(eve, await published(eve))
    for method, path, body in (
        ("GET", "", None), ("PATCH", "", {"enabled": False}), ("DELETE", "", None), ("POST", "/rotate", {}),
        ("DELETE", "/old-secret", None), ("POST", "/fire", {"body": {"query": "x"}}),
    ):  # fmt: skip
        answer = await eve.request(method, f"/api/v1/triggers/{hook['id']}{path}", json=body)
        assert (answer.status_code, await code_of(answer)) == (404, "trigger_not_found"), path
    assert (await eve.get(f"/api/v1/apps/{hook['app_id']}/triggers")).status_code == 404
    assert (await eve.post(f"/api/v1/apps/{hook['app_id']}/triggers", json=HOURLY)).status_code == 404
    assert (await send(eve, {**hook, "secret": theirs["secret"]}, {"query": "x"})).status_code == 401
    run = (await send(eve, hook, {"query": "x"})).json()[
        "run_id"
    ]  # who has the secret may send; the run is the owner's
    assert (await eve.get(f"/api/v1/runs/{run}")).status_code == 404
    assert (await eve.get("/api/v1/runs", params={"trigger": hook["id"]})).json()["items"] == []
    assert (await owner.get(f"/api/v1/runs/{run}")).status_code == 200


async def test_who_edits_the_app_edits_its_triggers_and_who_may_run_it_fires_them(
    owner: Browser, people: People
) -> None:
    hook = await added(owner, await published(owner))
    path = f"/api/v1/triggers/{hook['id']}"
    may = {"editor": (200, 201), "analyst": (403, 201), "auditor": (403, 403)}
    for role, (edit, fire) in may.items():
        person = await people.member(owner, role)  # type: ignore[arg-type]
        assert (await person.get(path)).status_code == 200
        assert (await person.patch(path, json={"name": role})).status_code == edit
        assert (await person.post(f"{path}/rotate", json={})).status_code == edit
        answer = await person.post(f"{path}/fire", json={"body": {"query": "x"}})
        assert answer.status_code == fire


@pytest.mark.attack("S-71")
async def test_secrets_are_shown_once_and_stored_sealed(owner: Browser, visitor: Browser, services: Services) -> None:
    hook = await added(owner, app_id := await published(owner))
    rotated = (await owner.post(f"/api/v1/triggers/{hook['id']}/rotate", json={})).json()
    with structlog.testing.capture_logs() as logs:
        run = (await send(visitor, hook, {"query": "x"})).json()["run_id"]
        await send(visitor, hook, b"{", "msg_2")
        await send(visitor, hook, {"query": "x"}, "msg_3", secret=new_secret())
        pages = [
            f"/triggers/{hook['id']}", f"/apps/{app_id}/triggers", f"/apps/{app_id}", f"/apps/{app_id}/template",
            "/runs", f"/runs/{run}", f"/runs/{run}/events", f"/runs/{run}/graph",
        ]  # fmt: skip
        answers = [await owner.get(f"/api/v1{page}") for page in pages]
        answers.append(await owner.patch(f"/api/v1/triggers/{hook['id']}", json={"name": "b"}))
    assert [one.status_code for one in answers] == [200] * len(answers)
    said = json.dumps(logs, default=str) + "".join(one.text for one in answers)
    assert logs
    if (path := services.db.path) is not None:
        stored = path.read_bytes() + path.with_name(path.name + "-wal").read_bytes()
    else:
        async with services.db.read(slow=True) as tx:
            rows = [row for table in all_tables().sorted_tables for row in await tx.execute(table.select())]
        stored = repr(rows).encode()
    assert hook["id"].encode() in stored
    for secret in (hook["secret"], rotated["secret"]):
        for form in (secret, secret[6:], base64.b64decode(secret[6:])):
            assert (form.encode() if isinstance(form, str) else form) not in said.encode() + stored
