"""One HTTP exchange with a provider: deadlines by stage, the head of the reply, its body in bounds. No meaning."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from atoll.kit import trace
from atoll.kit.clock import now_ms
from atoll.kit.errors import AtollError
from atoll.kit.http import GuardedClient, StreamReply
from atoll.kit.watch import Watch
from atoll.llm import errors
from atoll.llm.provider import Provider, Timeouts
from atoll.sdk import NodeError

MAX_BODY = 64_000_000  # bytes: 32 long embeddings as JSON, with room
MAX_ERROR = 64_000
CONNECT = 10.0  # seconds, set by the guarded client


class Exchange:
    """The clock and the faults of one call of one model. Retries are new exchanges under the same clock."""

    def __init__(self, http: GuardedClient, provider: Provider, model: str, timeouts: Timeouts) -> None:
        self.http = http
        self.provider = provider
        self.model = model
        self.timeouts = timeouts
        self.ends = asyncio.get_running_loop().time() + timeouts.total

    @property
    def left(self) -> float:
        """Seconds until the whole call must be over."""
        return self.ends - asyncio.get_running_loop().time()

    @asynccontextmanager
    async def within(self, stage: str) -> AsyncIterator[Watch]:
        """Bounds what is awaited inside by this stage's time; turns the port's faults into the gateway's. Where that is
        several stages, `enter` says which has begun."""
        try:
            async with Watch() as watch:
                self.enter(stage, watch)
                yield watch
        except TimeoutError:
            stage = "total" if self.left <= 0 else self._stage
            raise errors.timed_out(self.provider, self.model, stage, getattr(self.timeouts, stage)) from None
        except NodeError:
            raise
        except AtollError as fault:
            raise self._translated(fault, self._stage) from None

    def enter(self, stage: str, watch: Watch) -> None:
        self._stage = stage
        seconds: float = getattr(self.timeouts, stage)
        watch.until(min(asyncio.get_running_loop().time() + seconds, self.ends))

    @asynccontextmanager
    async def send(
        self, method: str, url: str, payload: Mapping[str, Any] | None, stage: str
    ) -> AsyncIterator[StreamReply]:
        """The reply's head, whatever its status. Leaving the block closes the connection."""
        headers = {"accept": "text/event-stream, application/json", "user-agent": "atoll", **trace.outgoing()}
        content: bytes | None = None
        if payload is not None:
            headers["content-type"] = "application/json"
            content = orjson.dumps(payload)
        if self.provider.api_key:
            headers["authorization"] = f"Bearer {self.provider.api_key.strip()}"
        opening = self.http.stream(
            method,
            url,
            headers=headers,
            content=content,
            timeout=self.timeouts.total,
            max_bytes=MAX_BODY,
            redirects=0,  # a redirected POST would lose its body, and its key would go elsewhere
        )
        async with self.within(stage):
            reply = await opening.__aenter__()
        try:
            yield reply
        finally:
            await opening.__aexit__(None, None, None)

    async def chunks(self, reply: StreamReply) -> AsyncGenerator[bytes]:
        """The body as it comes: the first piece within `first`, each other within `between`."""
        async with self.within("first") as watch:
            async for chunk in reply.chunks():
                watch.rest()
                yield chunk
                self.enter("between", watch)

    async def body(self, reply: StreamReply, limit: int = MAX_BODY) -> bytes:
        """The whole body; beyond `limit` bytes it is cut off."""
        found = bytearray()
        async for chunk in self.chunks(reply):
            found += chunk
            if len(found) > limit:
                break
        return bytes(found[:limit])

    def _translated(self, fault: AtollError, stage: str) -> NodeError:
        """The guarded client's fault in the gateway's words."""
        words = fault.message["en"]
        if fault.code == "http_timeout":  # before our own stage was over: the connection
            return errors.timed_out(self.provider, self.model, "connect", CONNECT)
        if fault.code in ("http_blocked", "http_bad_url"):
            return errors.blocked(self.provider, fault)
        if fault.code == "http_bad_request":
            return errors.bad_key(self.provider)
        if fault.code == "http_too_many_redirects":
            return errors.bad_reply(self.provider, "redirects to another address", "重定向到了其他地址")
        if fault.code == "http_too_large":
            return errors.bad_reply(self.provider, "sent more than is allowed", "返回的内容超出上限")
        return errors.cut(self.provider, words) if stage == "between" else errors.unreachable(self.provider, words)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait: a number or a date. None where it doesn't say."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now_ms() / 1000)
    except ValueError:
        return None
