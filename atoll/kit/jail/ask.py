"""The code's end of its network: `http` in Python, and the one function that JavaScript's `http` is made of.

Nothing here guards anything: it runs among the code, which may write to the descriptor as it likes. The host does.
Standard library only, loaded before the fork.
"""

import json
import os
import threading
from collections.abc import Mapping
from typing import Any

from atoll.kit.jail import wire

NO_HOSTS = "This code may call no host. Add the host to “Hosts it may call” in the node's settings"
SENT = 1_000_000  # bytes of one request
_MOST = 32_000_000  # bytes of an answer; the host sends less


class HttpError(Exception):
    """The host did not make the request, or no answer came. `code` says why."""

    __module__ = "builtins"  # so that tracebacks call it by its name alone

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Reply:
    """`status`, `headers` (names in lower case), `url`, `body` (bytes)."""

    def __init__(self, status: int, headers: dict[str, str], url: str, body: bytes) -> None:
        self.status, self.headers, self.url, self.body = status, headers, url, body

    @property
    def ok(self) -> bool:
        return self.status < 400

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


class Http:
    """`http.get(url)`, `http.post(url, json=...)`, `http.request(method, url, ...)`. Each raises HttpError."""

    Error = HttpError

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        self._turn = threading.Lock()

    def get(self, url: str, **more: Any) -> Reply:
        return self.request("GET", url, **more)

    def post(self, url: str, **more: Any) -> Reply:
        return self.request("POST", url, **more)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | str = b"",
        timeout: float = 30.0,
    ) -> Reply:
        """`json` is sent as JSON, or `data` as it is. `timeout` in seconds. A status of 400 or more is no error."""
        if self._descriptor is None:
            raise HttpError("http_no_hosts", NO_HOSTS)
        sent = dict(headers or {})
        if json is not None:
            data = _dumped(json)
            if "content-type" not in {name.lower() for name in sent}:
                sent["Content-Type"] = "application/json"
        content = data.encode() if isinstance(data, str) else bytes(data)
        if len(content) > SENT:
            raise HttpError("http_bad_request", f"A request may send {SENT} bytes at most")
        head = {"method": method.upper(), "url": url, "headers": sent, "timeout": timeout}
        with self._turn:
            return self._exchange(wire.frame(head, content))

    def _exchange(self, message: bytes) -> Reply:
        assert self._descriptor is not None
        view = memoryview(message)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
            head, body = wire.unpack(self._read(wire.length(self._read(wire.HEAD), _MOST)))
        except OSError as fault:
            raise HttpError("http_failed", f"The request could not be handed over: {fault}") from None
        if "refused" in head:
            raise HttpError(head["refused"], head["text"])
        return Reply(head["status"], head["headers"], head["url"], body)

    def _read(self, size: int) -> bytes:
        assert self._descriptor is not None
        data = bytearray()
        while len(data) < size:
            piece = os.read(self._descriptor, min(size - len(data), 1 << 18))
            if not piece:
                raise HttpError("http_failed", "The request was not one, or the host has hung up")
            data += piece
        return bytes(data)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
