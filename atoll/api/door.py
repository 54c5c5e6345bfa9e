"""What every request and every answer passes: a request id, security headers, the last catch. Plain ASGI."""

import re
import time
from typing import Any

import structlog
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from atoll.api import problems
from atoll.kit import meter
from atoll.kit.ids import new_id

log = structlog.get_logger("atoll.api")

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_ASKED_ALWAYS = {"/metrics", "/health/live", "/health/ready", "web"}  # no line each, unless refused
_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
]
_DATA = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"cache-control", b"no-store"),
]
_TLS = (b"strict-transport-security", b"max-age=31536000")


class Door:
    """Answers of the web app (`static`) bring a Content-Security-Policy of their own; all others get `_DATA`.

    `access_log`: one line for each request, by its route and never with its address, which may hold ids and secrets.
    """

    def __init__(self, app: ASGIApp, prefix: str = "", access_log: bool = False) -> None:
        self._app, self._prefix, self._access_log = app, prefix, access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()  # of the request before on this connection
        structlog.contextvars.bind_contextvars(request_id=request_id, **_trace(scope))
        began, started = time.monotonic(), False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._note(scope, message["status"], time.monotonic() - began)
                headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
                names = {name for name, _ in headers}
                headers.append((b"x-request-id", request_id.encode()))
                headers += _ALWAYS
                headers += [pair for pair in _DATA if pair[0] not in names]
                if scope.get("scheme") == "https":
                    headers.append(_TLS)
                message["headers"] = headers
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:  # the border of a request
            log.exception("http.unexpected", route=self._route(scope, 500), error=type(error).__name__)
            if started:
                raise  # the server cuts the connection: half an answer must not look whole
            await problems.unexpected(Request(scope, receive))(scope, receive, send_with_headers)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """The answer begins: a stream may go on for hours."""
        route, method = self._route(scope, status), scope["method"] if scope["method"] in _METHODS else "other"
        meter.time("atoll_http_request_seconds", seconds, method=method, route=route, status=f"{status // 100}xx")
        if self._access_log and (status >= 400 or route not in _ASKED_ALWAYS):
            log.info("http.request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))

    def _route(self, scope: Scope, status: int) -> str:
        """The template of the route, `web` for the web app's files, `none` for an address that there is not."""
        route = scope.get("route")
        if not isinstance(route, APIRoute):
            return "none" if status == 404 else "web"
        return (self._prefix if scope["path"].startswith(f"{self._prefix}/") else "") + route.path_format


def _trace(scope: Scope) -> dict[str, str]:
    """The trace that the caller is in, if it says so as W3C's Trace Context has it."""
    for name, value in scope["headers"]:
        if name == b"traceparent" and (found := _TRACEPARENT.fullmatch(value)) and set(found[1]) != {48}:
            return {"trace_id": found[1].decode()}
    return {}


def _request_id(scope: Any) -> str:
    """The one that a proxy gave, if it can stand in a log, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode())
    return new_id("req")
