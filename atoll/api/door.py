"""What every request and every answer passes: a request id, security headers, the last catch. Plain ASGI."""

import re
import time
from typing import Any

import structlog
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from atoll.api import problems
from atoll.db.tenancy import undecided
from atoll.kit import meter, trace
from atoll.kit.ids import new_id

log = structlog.get_logger("atoll.api")

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_ASKED_ALWAYS = {"/metrics", "/health/live", "/health/ready", "web"}  # no line each, unless refused
_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-dns-prefetch-control", b"off"),  # a link in an answer would tell its name to a server before anybody opens it
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
        trace.enter(_traceparent(scope))
        method = scope["method"] if scope["method"] in _METHODS else "other"
        about = {"http.request.method": method, "atoll.request.id": request_id}
        of_api = scope["path"].startswith(f"{self._prefix}/")  # health checks and files are asked for all the time
        span = trace.begin(method, "server", about) if of_api else trace.UNTRACED
        structlog.contextvars.bind_contextvars(request_id=request_id, **_trace(span))
        began, started = time.monotonic(), False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._note(scope, method, message["status"], time.monotonic() - began, span)
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
            with trace.within(span), undecided():  # the guard finds out whose request it is
                await self._app(scope, receive, send_with_headers)
        except Exception as error:  # the border of a request
            log.exception("http.unexpected", route=self._route(scope, 500), error=type(error).__name__)
            span.fail(type(error).__name__)
            if started:
                raise  # the server cuts the connection: half an answer must not look whole
            await problems.unexpected(Request(scope, receive))(scope, receive, send_with_headers)
        finally:
            span.end()

    def _note(self, scope: Scope, method: str, status: int, seconds: float, span: trace.Span) -> None:
        """The answer begins: a stream may go on for hours."""
        route = self._route(scope, status)
        span.name(f"{method} {route}")
        span.note({"http.route": route, "http.response.status_code": status})
        if status >= 500:
            span.fail(str(status))
        meter.time("atoll_http_request_seconds", seconds, method=method, route=route, status=f"{status // 100}xx")
        if self._access_log and (status >= 400 or route not in _ASKED_ALWAYS):
            log.info("http.request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))

    def _route(self, scope: Scope, status: int) -> str:
        """The template of the route, `web` for the web app's files, `none` for an address that there is not."""
        route = scope.get("route")
        if not isinstance(route, APIRoute):
            return "none" if status == 404 else "web"
        return (self._prefix if scope["path"].startswith(f"{self._prefix}/") else "") + route.path_format


def _trace(span: trace.Span) -> dict[str, str]:
    traceparent = span.traceparent or trace.current()
    return {"trace_id": trace.trace_id(traceparent)} if traceparent else {}


def _traceparent(scope: Scope) -> str:
    """What the caller says that it works for."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), "")


def _request_id(scope: Any) -> str:
    """The one that a proxy gave, if it can stand in a log, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode())
    return new_id("req")
