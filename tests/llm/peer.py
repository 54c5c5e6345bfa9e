"""A model server on loopback that misbehaves exactly as a test says: raw sockets, so that nothing is too rude."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    json: Any


@dataclass
class Peer:
    """`answers` are used up one per request; the last one stays. `asked` are the requests, in order."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)  # a client hung up on a hanging answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            method, path, _ = first.split(" ")
            asked = Asked(method, path, headers, json.loads(body) if body else None)
            self.asked.append(asked)
            self.came.set()
            answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
            doing = asyncio.ensure_future(answer(asked, writer))
            hangup = asyncio.ensure_future(reader.read())
            await asyncio.wait({doing, hangup}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                self.gone.set()
            for task in (doing, hangup):
                task.cancel()
            await asyncio.gather(doing, hangup, return_exceptions=True)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def peer(*answers: Answer) -> AsyncIterator[Peer]:
    this = Peer(answers=list(answers))
    server = await asyncio.start_server(this.serve, "127.0.0.1", 0)
    this.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield this


def whole(status: int, body: Any, *, kind: str = "application/json", **headers: str) -> Answer:
    """One complete reply."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(data)}\r\n"
            f"connection: close\r\n{extra}\r\n".encode()
            + data
        )
        await writer.drain()

    return answer


def stream(*pieces: bytes | asyncio.Event, kind: str = "text/event-stream") -> Answer:
    """A body piece by piece, ended by the end of the connection; an Event among them is waited for."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n".encode())
        for piece in pieces:
            if isinstance(piece, asyncio.Event):
                await piece.wait()
            else:
                writer.write(piece)
                await writer.drain()

    return answer


async def hang(asked: Asked, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def hang_up(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.close()


def event(value: Any) -> bytes:
    return b"data: " + (value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()) + b"\n\n"


def piece(text: str | None, finish: str | None = None) -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})


USAGE = event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}})
DONE = event(b"[DONE]")
HELLO = stream(piece("Hel"), piece("lo"), piece(None, "stop"), USAGE, DONE)
