"""Triggers as a person makes them, and messages of webhooks as their senders make them."""

import json
import time
from typing import Any

import httpx2

from atoll.kit.signature import sign
from tests.api.conftest import Browser

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


async def code_of(answer: httpx2.Response) -> str:
    code: str = answer.json()["error"]["code"]
    return code
