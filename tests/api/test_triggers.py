"""Triggers over HTTP: made, changed, tried; and the messages of webhooks, as senders and strangers send them."""

import asyncio
import base64
import json
import time
from itertools import pairwise
from typing import Any

import httpx2
import pytest
import structlog

from atoll.api.services import Services
from atoll.triggers.hooks import AT_ONCE
from atoll.triggers.service import MOST
from atoll.triggers.signature import new_secret, sign
from tests.api.conftest import GRAPH, Browser, People, published

TWO: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "input", "config": {"variables": [
            {"name": "query", "type": "paragraph"}, {"name": "count", "type": "number", "required": False},
        ]}},
        {"id": "say", "type": "template", "config": {"template": "{{ query }} x {{ count }}"}},
        {"id": "end", "type": "output"},
    ],
    "edges": [{"source": "start", "target": "say"}, {"source": "say", "target": "end"}],
}  # fmt: skip
HOURLY = {"kind": "schedule", "name": "hourly", "cron": "0 * * * *"}


async def added(owner: Browser, app_id: str, **more: Any) -> dict[str, Any]:
    answer = await owner.post(f"/api/v1/apps/{app_id}/triggers", json={"kind": "webhook", "name": "orders", **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def shown(owner: Browser, trigger: dict[str, Any]) -> dict[str, Any]:
    answer = await owner.get(f"/api/v1/triggers/{trigger['id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def headers_of(secret: str, body: bytes, message_id: str = "msg_1", at: int | None = None) -> dict[str, str]:
    timestamp = str(int(time.time()) if at is None else at)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": sign(secret, message_id, timestamp, body),
        "content-type": "application/json",
    }


async def send(
    visitor: Browser, trigger: dict[str, Any], body: Any = None, message_id: str = "msg_1", **more: Any
) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = headers_of(more.pop("secret", trigger["secret"]), content, message_id, more.pop("at", None))
    return await visitor.post(trigger["path"], content=content, headers=signed | more.pop("headers", {}), **more)


async def ended(owner: Browser, services: Services, run_id: str) -> dict[str, Any]:
    session = (await owner.get("/api/v1/session")).json()
    async with asyncio.timeout(20):
        await services.runs.wait(session["workspace"]["id"], run_id)
    run: dict[str, Any] = (await owner.get(f"/api/v1/runs/{run_id}")).json()
    return run


async def code_of(answer: httpx2.Response) -> str:
    code: str = answer.json()["error"]["code"]
    return code


# Made and changed


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


@pytest.mark.parametrize(
    ("new", "code", "pointer"),
    [
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
    ],
)
async def test_what_can_not_be_set(owner: Browser, new: dict[str, Any], code: str, pointer: str) -> None:
    app_id = await published(owner)
    answer = await owner.post(f"/api/v1/apps/{app_id}/triggers", json={**HOURLY, **new})
    assert answer.status_code == 422, answer.text
    assert (answer.json()["error"]["code"], answer.json()["error"]["pointer"]) == (code, pointer)
    made = await added(owner, app_id, **HOURLY)
    change = {name: value for name, value in new.items() if name != "kind"}
    if change and change != {"cron": None}:
        answer = await owner.patch(f"/api/v1/triggers/{made['id']}", json=change)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
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


# Messages


async def test_a_signed_message_starts_a_run_and_is_told_its_id_only(
    owner: Browser, visitor: Browser, services: Services
) -> None:
    app_id = await published(owner, TWO)
    hook = await added(owner, app_id)
    answer = await send(visitor, hook, {"query": "tea", "count": 3, "else": {"ignored": True}})
    assert answer.status_code == 202 and set(answer.json()) == {"run_id"}
    run = await ended(owner, services, answer.json()["run_id"])
    assert run["inputs"] == {"query": "tea", "count": 3}
    assert run["trigger"] == {"id": hook["id"], "kind": "webhook", "name": "orders"}
    assert run["created_by"] == "orders"
    assert (await shown(owner, hook))["last_run_id"] == run["id"]
    label = (await owner.get(f"/api/v1/runs/{run['id']}/events")).json()["items"][0]["data"]["label"]
    workspace_id = (await owner.get("/api/v1/session")).json()["workspace"]["id"]
    assert label == (await services.workspaces.policies.get(workspace_id)).input_label.as_dict()


async def test_inputs_are_made_by_templates_over_body_headers_and_query(
    owner: Browser, visitor: Browser, services: Services
) -> None:
    app_id = await published(owner, TWO)
    templates = {"query": "{{ headers['x-event'] }}/{{ query.n }}: {{ body.items[0] }}", "count": "{{ query.n }}"}
    hook = await added(owner, app_id, inputs=templates)
    kept_back = {"x-event": "push", "authorization": "Basic c2VjcmV0", "cookie": "a=b", "x-hub-signature": "s3"}
    answer = await send(visitor, hook, {"items": [{"a": 1}]}, params={"n": "7"}, headers=kept_back)
    run = await ended(owner, services, answer.json()["run_id"])
    assert run["inputs"] == {"query": 'push/7: {"a":1}', "count": 7}
    for name in ("authorization", "cookie", "x-hub-signature", "webhook-signature"):
        await owner.patch(f"/api/v1/triggers/{hook['id']}", json={"inputs": {"query": f"{{{{ headers['{name}'] }}}}"}})
        answer = await send(visitor, hook, {}, f"msg_{name}", headers=kept_back)
        assert (answer.status_code, answer.json()["error"]["params"]) == (422, {"reason": "template_unknown_name"})


async def test_the_same_message_again_gives_the_same_run(owner: Browser, visitor: Browser) -> None:
    app_id = await published(owner)
    hook = await added(owner, app_id)
    first = await send(visitor, hook, {"query": "x"})
    again = await asyncio.gather(*(send(visitor, hook, {"query": "x"}) for _ in range(5)))
    assert {(one.status_code, one.text) for one in again} == {(200, first.text)}
    await owner.patch(f"/api/v1/triggers/{hook['id']}", json={"inputs": {"query": "fixed"}})  # even then
    await owner.put(f"/api/v1/apps/{app_id}/draft", json={"graph": TWO, "base_revision": 1})
    await owner.post(f"/api/v1/apps/{app_id}/publish", json={})
    assert (await send(visitor, hook, {"query": "x"}, at=int(time.time()) - 60)).text == first.text
    other = await send(visitor, hook, {"query": "y"})
    assert (other.status_code, await code_of(other)) == (409, "webhook_id_used")
    assert len((await owner.get("/api/v1/runs")).json()["items"]) == 1
    second = await added(owner, app_id)  # the same id at another trigger is another message
    assert (await send(visitor, second, {"query": "x"})).status_code == 202


async def test_the_first_of_many_at_once_starts_the_only_run(owner: Browser, visitor: Browser) -> None:
    hook = await added(owner, await published(owner))
    answers = await asyncio.gather(*(send(visitor, hook, {"query": "x"}) for _ in range(10)))
    assert {one.status_code for one in answers} <= {200, 202} and len({one.text for one in answers}) == 1
    assert len((await owner.get("/api/v1/runs")).json()["items"]) == 1


async def test_a_callers_key_can_not_take_the_place_of_a_message(owner: Browser, visitor: Browser) -> None:
    app_id = await published(owner)
    hook = await added(owner, app_id)
    for key in (f"trigger {hook['id']} msg_1", f"trigger%20{hook['id']}%20msg_1"):
        await owner.post(
            f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "mine"}}, headers={"Idempotency-Key": key}
        )
    answer = await send(visitor, hook, {"query": "x"})
    assert answer.status_code == 202
    assert (await owner.get(f"/api/v1/runs/{answer.json()['run_id']}")).json()["inputs"] == {"query": "x"}


@pytest.mark.parametrize(
    "spoilt",
    [
        "another secret", "another body", "another id", "another time", "too old", "from the future", "no headers",
        "no id", "no timestamp", "no signature", "empty signature", "another version", "not base64", "cut",
        "not ASCII", "an id of two lines' worth", "a timestamp that is no number",
    ],
)  # fmt: skip
async def test_what_is_not_signed_rightly_is_refused_with_the_same_words(
    owner: Browser, visitor: Browser, spoilt: str
) -> None:
    hook = await added(owner, await published(owner))
    body, now = b'{"query": "x"}', int(time.time())
    given: dict[str, Any] = headers_of(hook["secret"], body)
    match spoilt:
        case "another secret":
            given = headers_of(new_secret(), body)
        case "another body":
            body += b" "
        case "another id":
            given["webhook-id"] = "msg_2"
        case "another time":
            given["webhook-timestamp"] = str(now - 1)
        case "too old":
            given = headers_of(hook["secret"], body, at=now - 301)
        case "from the future":
            given = headers_of(hook["secret"], body, at=now + 310)
        case "no headers":
            given = {}
        case "no id" | "no timestamp" | "no signature":
            del given[f"webhook-{spoilt[3:]}"]
        case "empty signature":
            given["webhook-signature"] = ""
        case "another version":
            given["webhook-signature"] = given["webhook-signature"].replace("v1,", "v1a,")
        case "not base64":
            given["webhook-signature"] = "v1,***"
        case "cut":
            given["webhook-signature"] = given["webhook-signature"][:-2]
        case "not ASCII":
            given["webhook-signature"] = given["webhook-signature"].encode() + b"\xff\xc3\xa9"
        case "an id of two lines' worth":
            given = headers_of(hook["secret"], body, "x" * 129)
        case "a timestamp that is no number":
            given["webhook-timestamp"] = "now"
    answers = [await visitor.post(hook["path"], content=body, headers=given)]
    schedule = await added(owner, hook["app_id"], **HOURLY)
    right = headers_of(hook["secret"], body)
    await owner.patch(f"/api/v1/triggers/{hook['id']}", json={"enabled": False})
    for path in (hook["path"], f"/api/v1/hooks/{schedule['id']}", "/api/v1/hooks/trg_nothing", "/api/v1/hooks/%00"):
        answers.append(await visitor.post(path, content=body, headers=right))
    for answer in answers:
        answer.json()["error"].pop("request_id")
    said = [{**one.json()["error"], "request_id": ""} for one in answers]
    assert {one.status_code for one in answers} == {401} and all(one == said[0] for one in said)
    assert said[0]["code"] == "webhook_refused"
    kinds = [sorted(name for name in one.headers if name != "x-request-id") for one in answers]
    assert all(one == kinds[0] for one in kinds)
    assert (await owner.get("/api/v1/runs")).json()["items"] == []
    assert (await shown(owner, hook))["failures"] == 0


async def test_one_of_several_signatures_is_enough(owner: Browser, visitor: Browser) -> None:
    hook = await added(owner, await published(owner))
    body = b'{"query": "x"}'
    right = headers_of(hook["secret"], body)
    wrong = headers_of(new_secret(), body)["webhook-signature"]
    for index, signatures in enumerate(([wrong, "v2,abc", right], [right, wrong])):
        given = headers_of(hook["secret"], body, f"msg_{index}")
        mine = [given["webhook-signature"] if one is right else one for one in signatures]
        given["webhook-signature"] = " ".join(map(str, mine))
        assert (await visitor.post(hook["path"], content=body, headers=given)).status_code == 202
    given["webhook-signature"] = " ".join([wrong] * 16 + [str(given["webhook-signature"])])
    assert (await visitor.post(hook["path"], content=body, headers=given)).status_code == 401


async def test_after_a_rotation_the_old_secret_counts_as_long_as_was_said(owner: Browser, visitor: Browser) -> None:
    hook = await added(owner, await published(owner))
    path = f"/api/v1/triggers/{hook['id']}"

    async def taken(secret: str, message_id: str) -> bool:
        answer = await send(visitor, hook, {"query": "x"}, message_id, secret=secret)
        assert answer.status_code in (202, 401)
        return answer.status_code == 202

    rotated = (await owner.post(f"{path}/rotate", json={})).json()
    assert rotated["secret"] != hook["secret"] and len(base64.b64decode(rotated["secret"][6:])) == 32
    assert rotated["old_secret_until"] - rotated["updated_at"] == 24 * 3_600_000
    assert await taken(rotated["secret"], "1") and await taken(hook["secret"], "2")
    dropped = (await owner.delete(f"{path}/old-secret")).json()
    assert dropped["old_secret_until"] is None and "secret" not in dropped
    assert await taken(rotated["secret"], "3") and not await taken(hook["secret"], "4")
    last = (await owner.post(f"{path}/rotate", json={"keep_hours": 0})).json()
    assert last["old_secret_until"] is None
    assert await taken(last["secret"], "5") and not await taken(rotated["secret"], "6")
    schedule = await added(owner, hook["app_id"], **HOURLY)
    answer = await owner.post(f"/api/v1/triggers/{schedule['id']}/rotate", json={})
    assert (answer.status_code, await code_of(answer)) == (422, "trigger_kind")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 422, "webhook_not_json"),
        (b"\xff\xfe{}", 422, "webhook_not_json"),
        (b'{"query": "\xff"}', 422, "webhook_not_json"),
        (b'{"query": "\\ud800"}', 422, "webhook_not_json"),
        (b'{"query": NaN}', 422, "webhook_not_json"),
        (b"[" * 101 + b"]" * 101, 422, "webhook_not_json"),
        (b"[" * 5000 + b"]" * 5000, 422, "webhook_not_json"),
        (b'{"query": "' + b"x" * 1_000_001 + b'"}', 413, "request_too_large"),
        (b'{"query": 1}', 422, "webhook_not_started"),
        (b'{"query": null}', 422, "webhook_not_started"),
        (b"[1]", 422, "webhook_not_started"),
        (b"", 422, "webhook_not_started"),
    ],
)
async def test_signed_but_not_what_the_app_takes(
    owner: Browser, visitor: Browser, body: bytes, status: int, code: str
) -> None:
    hook = await added(owner, await published(owner))
    answer = await send(visitor, hook, body)
    assert (answer.status_code, await code_of(answer)) == (status, code), answer.text
    assert "Traceback" not in answer.text and "Hello" not in answer.text
    recorded = (await shown(owner, hook))["error"]
    assert (recorded is None) == (status == 413)
    assert (await owner.get("/api/v1/runs")).json()["items"] == []


@pytest.mark.parametrize("body", [b'"text"', b"[1, 2]", b"42", b"null", b"", b'{"a": {"b": [true]}}'])
async def test_any_json_is_a_body(owner: Browser, visitor: Browser, services: Services, body: bytes) -> None:
    app_id = await published(owner)
    hook = await added(owner, app_id, inputs={"query": "got {{ body }}"})
    answer = await send(visitor, hook, body, headers={"content-type": "text/plain"})
    run = await ended(owner, services, answer.json()["run_id"])
    shown_as = body.decode().strip('"').replace(" ", "")
    assert run["inputs"]["query"] == f"got {'' if body == b'null' else shown_as}"


async def test_too_many_are_told_when_to_come_back(owner: Browser, visitor: Browser) -> None:
    hook, other = await added(owner, app_id := await published(owner)), await added(owner, app_id)
    assert (await send(visitor, hook, {"query": "x"})).status_code == 202
    answers = [await send(visitor, hook, {"query": "x"}) for _ in range(AT_ONCE + 20)]
    throttled = [one for one in answers if one.status_code == 429]
    assert throttled and await code_of(throttled[0]) == "webhook_throttled"
    assert int(throttled[0].headers["retry-after"]) >= 1
    assert (await send(visitor, hook, {"query": "x"}, secret=new_secret())).status_code == 401  # nothing is counted
    assert (await send(visitor, other, {"query": "x"})).status_code == 202


# Whose


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
    path = services.db.path
    assert path is not None and logs
    stored = path.read_bytes() + path.with_name(path.name + "-wal").read_bytes()
    for secret in (hook["secret"], rotated["secret"]):
        for form in (secret, secret[6:], base64.b64decode(secret[6:])):
            assert (form.encode() if isinstance(form, str) else form) not in said.encode() + stored
