"""The host's end of the code's network: reads what a child asks for, has it fetched, and sends back what came.

The child is hostile, and so may a runner be: what they send is measured before it is read, and one request is open at
a time. Who may be called, and with what, is up to the `Fetch` that the host gives.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from atoll.kit.errors import AtollError
from atoll.kit.jail import wire
from atoll.kit.jail.ask import SENT

CALLS = 100  # of one run of the code
RECEIVED = 5_000_000  # bytes of one answer
ALL_RECEIVED = 25_000_000
_HEADERS = 50
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that code wants made. `timeout` in seconds."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    timeout: float = 30.0

    def head(self) -> dict[str, Any]:
        """The form that goes over a wire, without the content."""
        return {"method": self.method, "url": self.url, "headers": dict(self.headers), "timeout": self.timeout}

    @classmethod
    def read(cls, head: Mapping[str, Any], content: bytes) -> "Ask":
        """The inverse of `head`. Raises ValueError for anything else."""
        method, url, headers, timeout = (head.get(name) for name in ("method", "url", "headers", "timeout"))
        if method not in _METHODS:
            raise ValueError(f"the method must be one of {', '.join(_METHODS)}")
        if not isinstance(url, str) or not 0 < len(url) <= 8000:
            raise ValueError("the address must be a text of at most 8000 characters")
        if not isinstance(headers, dict) or len(headers) > _HEADERS:
            raise ValueError(f"headers must be a dict of at most {_HEADERS}")
        if not all(isinstance(value, str) and len(value) <= 8000 for value in headers.values()):
            raise ValueError("a header's value must be a text of at most 8000 characters")
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout <= 300:
            raise ValueError("timeout must be between 0 and 300 seconds")
        return cls(method, url, headers, content, timeout)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


Fetch = Callable[[Ask], Awaitable[Answer]]
"""Makes one request. Raises AtollError, whose code and English sentence the code is told."""


class Desk:
    """Answers the requests of one run of code, within bounds for all of them. `calls` counts them."""

    def __init__(self, fetch: Fetch) -> None:
        self.calls = 0
        self._fetch = fetch
        self._received = 0

    async def answer(self, head: Mapping[str, Any], content: bytes) -> bytes:
        """The frame to send back: {status, headers, url} and the body, or {refused, text}."""
        self.calls += 1
        if self.calls > CALLS:
            return _refusal("http_too_many", f"the code has made {CALLS} requests, and no more are allowed in one run")
        if self._received > ALL_RECEIVED:
            return _refusal("http_too_much", f"the code has received {ALL_RECEIVED} bytes, and no more are allowed")
        if len(content) > SENT:
            return _refusal("http_bad_request", f"a request may send {SENT} bytes at most")
        try:
            ask = Ask.read(head, content)
        except ValueError as fault:
            return _refusal("http_bad_request", str(fault))
        try:
            answer = await self._fetch(ask)
        except AtollError as fault:
            return _refusal(fault.code, fault.message["en"].removesuffix("."))
        self._received += len(answer.body)
        told = {"status": answer.status, "headers": dict(answer.headers), "url": answer.url}
        return wire.frame(told, answer.body)


class Broker:
    """The desk's socket to one child."""

    def __init__(self, fetch: Fetch, child: socket.socket) -> None:
        self.desk = Desk(fetch)
        self._child = child
        self._child.setblocking(False)

    async def serve(self) -> None:
        """Until the child is gone, or sends what is no request."""
        loop = asyncio.get_running_loop()
        try:
            while (prefix := await self._read(wire.HEAD)) is not None:
                body = await self._read(wire.length(prefix, SENT + wire.PACKET))
                if body is None:
                    return
                await loop.sock_sendall(self._child, await self.desk.answer(*wire.unpack(body)))
        except (OSError, ValueError):
            pass
        finally:
            self._child.close()  # a child that waits for an answer is told so by the end of the stream

    async def _read(self, size: int) -> bytes | None:
        """None at the end of the stream."""
        loop, data = asyncio.get_running_loop(), bytearray()
        while len(data) < size:
            piece = await loop.sock_recv(self._child, min(size - len(data), 1 << 18))
            if not piece:
                return None
            data += piece
        return bytes(data)


def _refusal(code: str, words: str) -> bytes:
    return wire.frame({"refused": code, "text": words})
