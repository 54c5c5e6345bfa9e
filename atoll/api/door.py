"""What every request and every answer passes: a request id, security headers, the last catch. Plain ASGI."""

import re
from typing import Any

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from atoll.api import problems
from atoll.kit.ids import new_id

log = structlog.get_logger("atoll.api")

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
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
    """Answers of the web app (`static`) bring a Content-Security-Policy of their own; all others get `_DATA`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
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
            log.exception("http.unexpected", path=scope["path"], request_id=request_id, error=type(error).__name__)
            if started:
                raise  # the server cuts the connection: half an answer must not look whole
            await problems.unexpected(Request(scope, receive))(scope, receive, send_with_headers)


def _request_id(scope: Any) -> str:
    """The one that a proxy gave, if it can stand in a log, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode())
    return new_id("req")
