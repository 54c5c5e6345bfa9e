"""One MCP server over Streamable HTTP: asks it, in whichever version it speaks, through the host's guarded client.

Since 2026-07-28 a request stands for itself. A server of an older version is greeted first, and where it keeps a session
the session is ended with the last request. No capability is declared, so whatever a server asks of us is declined.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any

import orjson

from atoll.nodes.mcp import wire
from atoll.sdk import Http, NodeError

MAX_BYTES = 10_000_000  # of one reply
GREETING = 20.0  # seconds for what is no call of a tool
FAREWELL = 3.0
ASKS = 20  # things that a server may ask of us within one request


_Way = Callable[[str, Mapping[str, Any], Mapping[str, str], float], Awaitable[Mapping[str, Any]]]


class _OtherVersion(Exception):
    """The server does not understand this way of speaking; `fault` is what it means if no other way is left."""

    def __init__(self, fault: NodeError) -> None:
        self.fault = fault


class _SessionLost(Exception):
    pass


class McpClient:
    """`async with McpClient(...) as server: await server.ask("tools/list", {})`.

    `version` is what it spoke last, where that is known: it only says what to try first.
    """

    def __init__(self, http: Http, url: str, headers: Mapping[str, str], version: str = "") -> None:
        self._http, self._url = http, url
        self._headers = {name: value for name, value in headers.items() if name.lower() not in wire.OURS}
        self._ways: tuple[_Way, ...] = (self._modern, self._after_greeting)
        if version in wire.HANDSHAKE:
            self._ways = self._ways[::-1]
        self._known = version in (wire.MODERN, *wire.HANDSHAKE)
        self._number = 0
        self._session = ""
        self.version = ""
        """What was agreed on; empty before the first answer."""

    async def __aenter__(self) -> "McpClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session and (kind is None or issubclass(kind, Exception)):  # who is cancelled does not wait
            await self._farewell()

    async def ask(
        self,
        method: str,
        params: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        seconds: float = GREETING,
    ) -> Mapping[str, Any]:
        """The result of one request. Raises NodeError: `mcp_…`, `http_…`."""
        if method == "tools/call" and not self._known:
            await self.ask("tools/list", {})  # does no harm, whichever way it is asked
        fault: NodeError | None = None
        for way in self._ways:
            try:
                result = await way(method, params, headers or {}, seconds)
            except _OtherVersion as other:
                fault = other.fault
                continue
            self._ways, self._known = (way,), True
            return result
        assert fault is not None
        raise fault

    # -- the two ways of speaking

    async def _modern(
        self, method: str, params: Mapping[str, Any], headers: Mapping[str, str], seconds: float
    ) -> Mapping[str, Any]:
        more = {**wire.headers_for(wire.MODERN, method, params), **headers}
        number, body = self._request(method, wire.modern_params(params))
        status, result, error = await self._post(number, body, more, seconds)
        if result is not None:
            self.version = wire.MODERN
            return result
        if error and error["code"] == wire.UNSUPPORTED_VERSION:
            offered = error["data"].get("supported") if isinstance(error.get("data"), dict) else None
            if isinstance(offered, list) and any(one in wire.HANDSHAKE for one in offered):
                raise _OtherVersion(wire.wrong_version(offered))
            raise wire.wrong_version(offered)
        if wire.turned_away(method, status, error, number):
            raise _OtherVersion(wire.refused(status, error))
        raise wire.refused(status, error)

    async def _after_greeting(
        self, method: str, params: Mapping[str, Any], headers: Mapping[str, str], seconds: float
    ) -> Mapping[str, Any]:
        if not self.version:
            await self._greet()
        try:
            return await self._in_session(method, params, headers, seconds)
        except _SessionLost:
            await self._greet()
        try:
            return await self._in_session(method, params, headers, seconds)
        except _SessionLost:
            raise wire.refused(404, None) from None

    async def _in_session(
        self, method: str, params: Mapping[str, Any], headers: Mapping[str, str], seconds: float
    ) -> Mapping[str, Any]:
        more = {**wire.headers_for(self.version, method, params, self._session), **headers}
        number, body = self._request(method, params)
        status, result, error = await self._post(number, body, more, seconds)
        if status == 404 and self._session:
            raise _SessionLost
        if result is None:
            raise wire.refused(status, error)
        return result

    async def _greet(self) -> None:
        """`initialize`: agrees on a version, and takes the session where the server keeps one."""
        self._session = self.version = ""
        params = {"protocolVersion": wire.HANDSHAKE[0], "capabilities": {}, "clientInfo": wire.CLIENT}
        number, body = self._request("initialize", params)
        more = wire.headers_for("", "initialize", params)
        status, result, error = await self._post(number, body, more, GREETING)
        if result is None:
            fault = wire.refused(status, error)
            raise fault if status in wire.FINAL or status >= 500 else _OtherVersion(fault)
        offered = result.get("protocolVersion")
        if offered not in wire.HANDSHAKE:
            raise wire.wrong_version(offered)
        self.version = offered
        await self._tell({"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def _farewell(self) -> None:
        """Ends the session. A server need not allow it, and what it says no longer matters."""
        more = {"MCP-Protocol-Version": self.version, "Mcp-Session-Id": self._session}
        try:
            async with self._http.stream("DELETE", self._url, headers={**self._headers, **more}, timeout=FAREWELL):
                pass
        except NodeError:
            pass

    # -- one exchange

    def _request(self, method: str, params: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        self._number += 1
        return self._number, {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}

    async def _post(
        self, number: int, body: Mapping[str, Any], headers: Mapping[str, str], seconds: float
    ) -> tuple[int, dict[str, Any] | None, dict[str, Any] | None]:
        """(status, result, error): one of the two, or none where a refusal has no words. The stream is left at the answer."""
        asked = self._http.stream(
            "POST", self._url, headers={**self._headers, **headers}, content=orjson.dumps(body),
            timeout=seconds, max_bytes=MAX_BYTES,
        )  # fmt: skip
        left = ASKS if headers.get("MCP-Protocol-Version") != wire.MODERN else 0
        try:
            async with asked as reply:
                if reply.status >= 400:
                    return reply.status, None, await wire.error_of(reply)
                if body["method"] == "initialize":
                    self._session = reply.headers.get("mcp-session-id", "")[:1000]
                async for message in wire.messages(reply):
                    if "method" in message:
                        if "id" in message and left > 0:
                            left -= 1
                            await self._decline(message)
                    elif message.get("id") == number:
                        return reply.status, *wire.outcome(message)
                raise wire.no_answer()
        except NodeError as fault:
            if fault.code in ("http_too_many_redirects", "http_redirect_elsewhere"):
                raise wire.redirected() from None
            raise

    async def _decline(self, asked: Mapping[str, Any]) -> None:
        """A server that waits for us must not wait for ever: a ping is answered, nothing else is done here."""
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
        if asked["method"] == "ping":
            answer["result"] = {}
        else:
            answer["error"] = {"code": wire.METHOD_NOT_FOUND, "message": "Nothing can be asked of this client."}
        await self._tell(answer)

    async def _tell(self, message: Mapping[str, Any]) -> None:
        """Something that has no answer."""
        more = wire.headers_for(self.version, "", {}, self._session)
        asked = self._http.stream(
            "POST", self._url, headers={**self._headers, **more}, content=orjson.dumps(message), timeout=GREETING
        )
        async with asked as reply:
            if reply.status >= 400:
                raise wire.refused(reply.status, await wire.error_of(reply))
