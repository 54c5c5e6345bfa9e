"""A runner: serves jails over TCP to workers that know its token, and holds nothing else.

One connection a call. The worker sends `{token}`, then `{do: "status"}` or `{do: "run", ...}`. The runner sends
`{status}`, or what the code asks for as `{ask}` frames, each answered by one, `{busy}` now and then, and at last `{ok}` or `{fault}`.
A connection that ends takes its code with it. See `remote.py` for the other side.
"""

import asyncio
import hmac
import ssl
from collections.abc import Mapping
from typing import Any

from atoll.kit.errors import UserError
from atoll.kit.jail import wire
from atoll.kit.jail.broker import RECEIVED, Answer, Ask
from atoll.kit.jail.errors import JailError
from atoll.kit.jail.profiles import CodeJails

HELLO = 4096  # bytes that a stranger may send
STRANGERS = 256  # at once
REQUEST = 64_000_000  # bytes of the code and its inputs
BEAT_SECONDS = 5  # of silence at most, while code runs or waits for its turn
_HELLO_SECONDS = 5


async def receive(reader: asyncio.StreamReader, most: int) -> bytes:
    """The next frame, for `wire.unpack`. Raises ValueError for one that is too long, EOFError at the end."""
    return await reader.readexactly(wire.length(await reader.readexactly(wire.HEAD), most))


class Runner:
    def __init__(self, jails: CodeJails, token: str) -> None:
        self._jails, self._token = jails, token
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self._strangers = 0

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Checks the fences first, and listens only if they hold; gives the port. Raises JailError."""
        status = await self._jails.check()
        if reason := status["reason"]:
            raise JailError("sandbox_unavailable", text=reason["en"], text_zh=reason["zh"])
        patience = _HELLO_SECONDS if tls else None
        self._server = await asyncio.start_server(self._met, host, port, ssl=tls, ssl_handshake_timeout=patience)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self, patience: float = 0.0) -> None:
        """Takes no more calls, waits for those that run, `patience` seconds at most, and ends."""
        if self._server:
            self._server.close()
        if self._calls and patience:
            await asyncio.wait(self._calls, timeout=patience)
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._jails.stop()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.current_task()
        assert call
        self._calls.add(call)
        try:
            if not await self._known(reader):
                return
            asked, _ = wire.unpack(await receive(reader, REQUEST))
            if asked.get("do") == "status":
                writer.write(wire.frame({"status": await self._jails.check()}))
            else:
                writer.write(wire.frame(*await self._run(asked, reader, writer)))
            await writer.drain()
        except (OSError, ValueError, TimeoutError, EOFError):
            pass  # a stranger, or a worker that has gone: there is nobody to tell
        finally:
            self._calls.discard(call)
            writer.close()

    async def _known(self, reader: asyncio.StreamReader) -> bool:
        """Whether it has the token. A stranger has little time to show it, and there may be so many of them."""
        if self._strangers >= STRANGERS:
            return False
        self._strangers += 1
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                hello, _ = wire.unpack(await receive(reader, HELLO))
        finally:
            self._strangers -= 1
        return hmac.compare_digest(str(hello.get("token")).encode(), self._token.encode())

    async def _run(
        self, asked: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[dict[str, Any]]:
        line = _Line(reader, writer)
        run = asyncio.create_task(self._result(asked, line))
        try:
            while not run.done() and not line.hearing.done():
                done, _ = await asyncio.wait(
                    {run, line.hearing}, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    writer.write(wire.frame({"busy": True}))
            if not run.done():
                raise EOFError
            return (run.result(),)
        finally:
            run.cancel()
            line.hearing.cancel()
            await asyncio.wait({run, line.hearing})

    async def _result(self, asked: dict[str, Any], line: "_Line") -> dict[str, Any]:
        try:
            result, printed = await self._jails.run(
                str(asked["source"]),
                dict(asked["inputs"]),
                language="javascript" if asked["language"] == "javascript" else "python",
                packages=str(asked["packages"]),
                timeout=min(float(asked["timeout"]), 300.0),
                memory_mb=min(int(asked["memory_mb"]), 4096),
                output_bytes=min(int(asked["output_bytes"]), 100_000_000),
                fetch=line.fetch if asked.get("network") is True else None,
            )
        except JailError as fault:
            told: Mapping[str, Any] = {"params": fault.params, "detail": fault.detail, "printed": fault.printed}
            return {"fault": fault.code, **told}
        except (KeyError, TypeError) as fault:
            raise ValueError(str(fault)) from None
        return {"ok": result, "printed": printed}


class _Line:
    """The connection while code runs: its requests go out, the answers come in, and the end of it is heard of."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._answers: asyncio.Queue[tuple[dict[str, Any], bytes]] = asyncio.Queue(1)
        self.hearing = asyncio.create_task(self._hear())

    async def fetch(self, ask: Ask) -> Answer:
        self._writer.write(wire.frame({"ask": ask.head()}, ask.content))
        await self._writer.drain()
        head, body = await self._answers.get()
        if "refused" in head:
            words = str(head.get("text"))
            raise UserError(str(head["refused"]), words, words)
        return Answer(int(head["status"]), dict(head["headers"]), body, str(head["url"]))

    async def _hear(self) -> None:
        try:
            while True:
                await self._answers.put(wire.unpack(await receive(self._reader, RECEIVED + wire.PACKET)))
        except (OSError, ValueError, EOFError):
            return
