"""Requests of nodes with named secrets in them: the values go in at the last moment, and out of what comes back.

A value is in no graph, event, prompt, log or error. It is sent to the hosts that its secret lists, and is not taken along
to another one: a redirect loses it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol
from urllib.parse import quote, quote_plus

import orjson

from atoll.kit.addresses import Origin, parse_url
from atoll.kit.errors import AtollError
from atoll.kit.masking import Mask
from atoll.kit.secret_names import StandIns
from atoll.runs.execution.faults import node_error
from atoll.sdk import Http, HttpReply, HttpStream, NodeError

# Headers that a redirect takes along to another host.
_TAKEN_ALONG = {"accept", "accept-language", "content-type", "user-agent"}


class Vault(Protocol):
    """The named secrets of one workspace."""

    async def reveal(self, names: Sequence[str], to: Origin) -> Mapping[str, str]:
        """Raises AtollError `needs_secret`, `secret_host_refused`."""
        ...


class Sending:
    """`Http` for one attempt of a node, whose `stand_ins` it knows."""

    def __init__(self, http: Http, vault: Vault, stand_ins: StandIns) -> None:
        self._http, self._vault, self._stand_ins = http, vault, stand_ins

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | str | None = None,
        timeout: float = 30.0,
        max_bytes: int = 10_000_000,
    ) -> HttpReply:
        ask, mask = await self._filled(url, headers, content)
        limits: dict[str, Any] = {"timeout": timeout, "max_bytes": max_bytes}
        if mask is None:
            return await self._http.request(method, ask.url, headers=ask.headers, content=ask.content, **limits)
        try:
            if not ask.held:
                reply = await self._http.request(method, ask.url, headers=ask.headers, content=ask.content, **limits)
                return _masked(reply, mask)
            # a body with a secret follows nowhere
            async with self._http.stream(method, ask.url, headers=ask.headers, content=ask.content, **limits) as stream:
                return _masked(HttpReply(stream.status, stream.headers, await stream.read(), ask.url), mask)
        except AtollError as error:
            raise _without(error, mask) from None

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | str | None = None,
        timeout: float = 30.0,
        max_bytes: int = 10_000_000,
    ) -> AsyncIterator[HttpStream]:
        ask, mask = await self._filled(url, headers, content)
        asked = self._http.stream(
            method, ask.url, headers=ask.headers, content=ask.content, timeout=timeout, max_bytes=max_bytes
        )
        if mask is None:
            async with asked as reply:
                yield reply
            return
        try:
            async with asked as reply:
                yield _MaskedStream(reply, mask)
        except AtollError as error:
            raise _without(error, mask) from None

    async def _filled(
        self, url: str, headers: Mapping[str, str] | None, content: bytes | str | None
    ) -> tuple["_Ask", Mask | None]:
        """The request as it is sent, and what masks its answer; None where no secret is in it."""
        names = self._stand_ins.names
        body = content.decode("latin-1") if isinstance(content, bytes) else content or ""
        held = names(body)
        found = list(
            dict.fromkeys([*names(url), *(n for value in (headers or {}).values() for n in names(value)), *held])
        )
        if not found:
            return _Ask(url, headers, content, False), None
        _demand_place(names, url, headers or {})
        try:
            values = await self._vault.reveal(found, parse_url(url).origin)
        except AtollError as error:
            raise node_error(error) from None
        put = self._stand_ins.put
        sent = {name: put(value, values.__getitem__) for name, value in (headers or {}).items()}
        if held:
            escape = _escape(headers or {}, body)
            body = put(body, lambda name: escape(values[name]))
            content = body.encode("latin-1") if isinstance(content, bytes) else body
        address = put(url, lambda name: quote(values[name], safe=""))
        return _Ask(address, sent if headers is not None else None, content, bool(held)), Mask(values)


class _Ask:
    """`held`: a secret is in the body."""

    __slots__ = ("content", "headers", "held", "url")

    def __init__(self, url: str, headers: Mapping[str, str] | None, content: bytes | str | None, held: bool) -> None:
        self.url, self.headers, self.content, self.held = url, headers, content, held


class _MaskedStream:
    def __init__(self, stream: HttpStream, mask: Mask) -> None:
        self._stream, self._mask = stream, mask
        self.status = stream.status
        self.headers = {name: mask.text(value) for name, value in stream.headers.items()}

    async def lines(self) -> AsyncIterator[str]:
        async for line in self._stream.lines():
            yield self._mask.text(line)

    async def read(self) -> bytes:
        return self._mask.bytes(await self._stream.read())


def _masked(reply: HttpReply, mask: Mask) -> HttpReply:
    headers = {name: mask.text(value) for name, value in reply.headers.items()}
    return HttpReply(reply.status, headers, mask.bytes(reply.body), mask.text(reply.url))


def _without(error: AtollError, mask: Mask) -> NodeError:
    """The same error; a server may have put the value into what it is about."""
    fault = node_error(error)
    fault.message = {language: mask.text(str(words)) for language, words in fault.message.items()}  # type: ignore[assignment]
    fault.params = {name: mask.text(value) if isinstance(value, str) else value for name, value in fault.params.items()}
    fault.detail = mask.text(fault.detail)
    return fault


def _demand_place(names: Any, url: str, headers: Mapping[str, str]) -> None:
    """Raises NodeError `secret_not_here` for a secret in the host, or in a header that a redirect takes along."""
    authority = url.partition("://")[2].partition("/")[0].partition("?")[0]
    if names(authority) or any(names(value) for name, value in headers.items() if name.lower() in _TAKEN_ALONG):
        raise NodeError(
            "secret_not_here",
            "A secret can't be part of a host's name, or of a header like Accept or User-Agent. Put it into a header of its "
            "own, or into the address after the host.",
            "凭据不能放在主机名中，也不能放在 Accept、User-Agent 等请求头中。请放到单独的请求头，或主机名之后的地址中。",
        )


def _escape(headers: Mapping[str, str], body: str) -> Any:
    """How a value is written into a body: as its type wants it."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "").lower()
    if "json" in kind or (not kind and body.lstrip()[:1] in ("{", "[")):
        return lambda value: orjson.dumps(value).decode()[1:-1]
    return quote_plus if "x-www-form-urlencoded" in kind else str
