"""Messages from outside: who may send one, how many, and what they start.

An address that is unknown, off or no webhook's is answered like a wrong signature, after the same work. The same message
again gives the run that it made.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from sqlalchemy import RowMapping

from atoll.db import rates
from atoll.db.audit import aside
from atoll.db.database import Database
from atoll.db.rates import Rate
from atoll.db.tenancy import within
from atoll.kit import meter
from atoll.kit.depth import MOST, deeper
from atoll.kit.errors import Conflict, TooMany, UserError
from atoll.kit.signature import new_secret, signed
from atoll.runs.schemas import Run
from atoll.runs.service import RunService
from atoll.triggers import repository
from atoll.triggers.errors import hook_refused, not_started
from atoll.triggers.firing import KEY, Firing, Moved, Occasion
from atoll.workspaces.secrets.box import SecretBox, open_with, seal_with
from atoll.workspaces.secrets.master_key import BYTES

log = structlog.get_logger("atoll.triggers")
RATE = Rate(60, 500)  # messages to one address
_SECRET_WORDS = (
    "auth", "cookie", "credential", "csrf", "forwarded", "hmac", "key", "pass", "secret", "session", "signature", "token",
)  # fmt: skip
_SHOWN = ("content-type", "content-language", "user-agent", "webhook-id", "webhook-timestamp")


@dataclass(frozen=True, slots=True)
class Message:
    """As it came. Names of headers are in lower case."""

    trigger_id: str
    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


class Hooks:
    def __init__(
        self, db: Database, runs: RunService, firing: Firing, box: SecretBox, clock: Callable[[], int]
    ) -> None:
        self._db, self._runs, self._firing, self._box, self._clock = db, runs, firing, box, clock
        key = secrets.token_bytes(BYTES)
        self._nobodys = key, seal_with(key, 1, new_secret().encode(), b"")

    async def receive(self, message: Message) -> tuple[Run, bool]:
        """(the run, whether this very message had made it before). Raises Unauthenticated `webhook_refused`, TooMany
        `webhook_throttled`, Conflict `webhook_id_used`, UserError `webhook_not_json`, `webhook_not_started`."""
        async with self._db.read() as tx:
            row = await repository.by_address(tx, message.trigger_id)
        hook = row if row is not None and row["kind"] == "webhook" else None
        message_id = signed(await self._secrets(hook), message.headers, message.body, self._clock())
        if hook is None or not hook["enabled"] or message_id is None:
            why = "unknown" if hook is None else "signature" if message_id is None else "off"
            log.info("webhook.refused", trigger_id=hook["id"] if hook else None, why=why)
            meter.count("atoll_webhooks_refused_total", why=why)
            raise hook_refused()
        await self._count(hook["id"])
        with within(hook["workspace_id"]):
            return await self._started(hook, message, message_id)

    async def _started(self, hook: RowMapping, message: Message, message_id: str) -> tuple[Run, bool]:
        key, request = KEY.format(hook["id"], message_id), hashlib.sha256(message.body).hexdigest()
        try:
            if (before := await self._runs.repeated(hook["workspace_id"], key, request)) is not None:
                return before, True
            body = parsed(message.body)
            run = await self._firing.start(hook, received(body, message.headers, message.query, key, request))
        except Moved:
            raise hook_refused() from None
        except UserError as error:
            if error.code == "idempotency_mismatch":
                raise _other_body() from None
            await self._firing.failed(hook, error)
            raise error if error.code == "webhook_not_json" else not_started(error.code) from None
        return run, False

    async def seal(self, secret: str, workspace_id: str, trigger_id: str) -> bytes:
        return await self._box.seal(secret, "trigger", workspace_id, trigger_id)

    async def _secrets(self, hook: RowMapping | None) -> list[str]:
        """Always two, so that the work is the same: nobody's secret where there is none."""
        if hook is None:
            return [self._open_nobodys(), self._open_nobodys()]
        purpose = ("trigger", hook["workspace_id"], hook["id"])
        until = hook["old_secret_until"]
        current = await self._box.open(hook["secret"], *purpose)
        if until is None or until <= self._clock():
            return [current, self._open_nobodys()]
        return [current, await self._box.open(hook["old_secret"], *purpose)]

    def _open_nobodys(self) -> str:
        key, sealed = self._nobodys
        return open_with(key, sealed, b"").decode()

    async def _count(self, trigger_id: str) -> None:
        with aside():
            async with self._db.begin(fenced=True) as tx:
                wait = await rates.take(tx, ("hook", trigger_id), RATE, self._clock())
        if wait:
            seconds = -(-wait // 1000)
            raise TooMany(
                "webhook_throttled",
                f"Too many messages. Send the next in {seconds} seconds.",
                f"消息过多，请在 {seconds} 秒后再发送。",
                retry_after=seconds,
            )


def parsed(body: bytes) -> Any:
    """JSON of any kind; nothing is null. Raises UserError `webhook_not_json`."""
    if not body.strip():
        return None
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _not_json() from None
    if isinstance(value, dict | list) and deeper(value):
        raise _not_json()
    return value


def received(
    body: Any,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    key: str | None,
    request: str | None,
    by: str | None = None,
) -> Occasion:
    values = {"body": body, "headers": shown_headers(headers), "query": dict(query)}
    return Occasion(values, body if isinstance(body, dict) else {}, by, key, request)


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What templates may see: what says something of the content, nothing that may be a secret."""
    return {
        name: value
        for name, value in headers.items()
        if name in _SHOWN or (name.startswith(("x-", "ce-")) and not any(word in name for word in _SECRET_WORDS))
    }


def _not_json() -> UserError:
    return UserError(
        "webhook_not_json",
        f"The body must be JSON in UTF-8, nested at most {MOST} levels.",
        f"消息正文应为 UTF-8 编码的 JSON，嵌套不超过 {MOST} 层。",
    )


def _other_body() -> Conflict:
    return Conflict(
        "webhook_id_used",
        "This webhook-id came before with another body. A new message has a new id; one that is sent again stays as it was.",
        "该 webhook-id 已用于另一份正文。新消息应使用新的 id，重发的消息应保持不变。",
    )
