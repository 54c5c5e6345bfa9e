"""Messages of webhooks: what they start, sent again, spoilt, too large, too many, and after a rotation of the secret."""

import asyncio
import base64
import time
from typing import Any

import pytest

from atoll.api.services import Services
from atoll.kit.signature import new_secret
from atoll.triggers.hooks import RATE
from tests.api.conftest import Browser, ended, published
from tests.api.sending import HOURLY, added, code_of, headers_of, send, shown

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


@pytest.mark.attack("S-93")
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


@pytest.mark.attack("S-93")
async def test_the_first_of_many_at_once_starts_the_only_run(owner: Browser, visitor: Browser) -> None:
    hook = await added(owner, await published(owner))
    answers = await asyncio.gather(*(send(visitor, hook, {"query": "x"}) for _ in range(10)))
    assert {one.status_code for one in answers} <= {200, 202} and len({one.text for one in answers}) == 1
    assert len((await owner.get("/api/v1/runs")).json()["items"]) == 1


@pytest.mark.attack("S-93")
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


def spoilt(secret: str, body: bytes) -> dict[str, tuple[bytes, dict[str, Any]]]:
    """By what is wrong with it, a body and its headers."""
    now = int(time.time())
    right: dict[str, Any] = headers_of(secret, body)
    signature = right["webhook-signature"]

    def but(**changed: Any) -> tuple[bytes, dict[str, Any]]:
        changes = {f"webhook-{name}": value for name, value in changed.items()}
        return body, {name: value for name, value in (right | changes).items() if value is not None}

    return {
        "another secret": (body, headers_of(new_secret(), body)),
        "another body": (body + b" ", right),
        "another id": but(id="msg_2"),
        "another time": but(timestamp=str(now - 1)),
        "too old": (body, headers_of(secret, body, at=now - 301)),
        "from the future": (body, headers_of(secret, body, at=now + 310)),
        "no headers": (body, {}),
        "no id": but(id=None),
        "no timestamp": but(timestamp=None),
        "no signature": but(signature=None),
        "empty signature": but(signature=""),
        "another version": but(signature=signature.replace("v1,", "v1a,")),
        "not base64": but(signature="v1,***"),
        "cut": but(signature=signature[:-2]),
        "not ASCII": but(signature=signature.encode() + b"\xff\xc3\xa9"),
        "a long id": (body, headers_of(secret, body, "x" * 129)),
        "a time that is no number": but(timestamp="now"),
    }


@pytest.mark.attack("S-93")
async def test_what_is_not_signed_rightly_is_refused_with_the_same_words(owner: Browser, visitor: Browser) -> None:
    hook = await added(owner, await published(owner))
    schedule = await added(owner, hook["app_id"], **HOURLY)
    wrong = spoilt(hook["secret"], b'{"query": "x"}')
    answers = {
        why: await visitor.post(hook["path"], content=body, headers=given) for why, (body, given) in wrong.items()
    }
    assert (await shown(owner, hook))["failures"] == 0
    await owner.patch(f"/api/v1/triggers/{hook['id']}", json={"enabled": False})
    for path in (hook["path"], f"/api/v1/hooks/{schedule['id']}", "/api/v1/hooks/trg_nothing", "/api/v1/hooks/%00"):
        answers[path] = await send(visitor, {**hook, "path": path}, {"query": "x"})
    first = answers["another secret"]
    assert first.status_code == 401 and await code_of(first) == "webhook_refused"
    for why, answer in answers.items():
        assert {**answer.json()["error"], "request_id": ""} == {**first.json()["error"], "request_id": ""}, why
        assert answer.status_code == 401 and sorted(answer.headers) == sorted(first.headers), why
    assert (await owner.get("/api/v1/runs")).json()["items"] == []


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


@pytest.mark.attack("S-93")
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


NOT_TAKEN = [
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
]


async def test_signed_but_not_what_the_app_takes(owner: Browser, visitor: Browser) -> None:
    hook = await added(owner, await published(owner))
    for number, (body, status, code) in enumerate(NOT_TAKEN):
        before = (await shown(owner, hook))["failures"]
        answer = await send(visitor, hook, body, f"msg_{number}")
        assert (answer.status_code, await code_of(answer)) == (status, code), f"{body[:40]!r}: {answer.text}"
        assert "Traceback" not in answer.text and "Hello" not in answer.text
        assert (await shown(owner, hook))["failures"] == before + (status == 422)
    assert (await owner.get("/api/v1/runs")).json()["items"] == []


async def test_any_json_is_a_body(owner: Browser, visitor: Browser, services: Services) -> None:
    hook = await added(owner, await published(owner), inputs={"query": "got {{ body }}"})
    bodies = {
        b'"text"': "text",
        b"[1, 2]": "[1,2]",
        b"42": "42",
        b"null": "",
        b"": "",
        b'{"a": [true]}': '{"a":[true]}',
    }
    for number, (body, printed) in enumerate(bodies.items()):
        answer = await send(visitor, hook, body, f"msg_{number}", headers={"content-type": "text/plain"})
        run = await ended(owner, services, answer.json()["run_id"])
        assert run["inputs"]["query"] == f"got {printed}"


@pytest.mark.attack("S-100")
async def test_too_many_are_told_when_to_come_back(owner: Browser, visitor: Browser) -> None:
    hook, other = await added(owner, app_id := await published(owner)), await added(owner, app_id)
    assert (await send(visitor, hook, {"query": "x"})).status_code == 202
    answers = [await send(visitor, hook, {"query": "x"}) for _ in range(RATE.at_once + 20)]
    throttled = [one for one in answers if one.status_code == 429]
    assert throttled and await code_of(throttled[0]) == "webhook_throttled"
    assert int(throttled[0].headers["retry-after"]) >= 1
    assert (await send(visitor, hook, {"query": "x"}, secret=new_secret())).status_code == 401  # nothing is counted
    assert (await send(visitor, other, {"query": "x"})).status_code == 202
