"""uvicorn's HTTP with bounds for the head of a request: how long it may take and how large it may be. The door bounds bodies.

A front door before it (deploy/nginx) does the same earlier; who serves without one has this.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 15.0
HEAD_BYTES = 65_536


class BoundedHead(HttpToolsProtocol):
    """A connection whose next request does not come in time, or has more before its body, is closed."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._due: asyncio.TimerHandle | None = None
        self._size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_there()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        due = self._due
        super().data_received(data)
        if due is not None and self._due is due:
            self._grow(len(data))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._size = 0
        if self._due is None:
            self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if self._due is None:  # trailers
            self._grow(len(name) + len(value))

    def on_headers_complete(self) -> None:
        self._head_is_there()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._due = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _head_is_there(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > HEAD_BYTES:
            self.transport.abort()
