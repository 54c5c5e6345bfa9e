"""A model's server that does what the prompt says, in a process of its own: `python -m benchmarks.model`.

The prompt is JSON: {"first": seconds before the first token, "tokens": how many, "gap": seconds between them}. Each
token is the time at which it was written, in nanoseconds of the machine's monotonic clock, so that whoever reads it on
the same machine knows how long it was under way.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NAME = "bench"


def script(first: float, tokens: int, gap: float) -> str:
    return json.dumps({"first": first, "tokens": tokens, "gap": gap})


def asked(prompt: str) -> dict[str, Any]:
    """The body of a request for this prompt."""
    return {"model": NAME, "stream": True, "messages": [{"role": "user", "content": prompt}]}


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: %s\n\n" % json.dumps({"object": "chat.completion.chunk", "choices": [choice]}).encode()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def _answer(prompt: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    begun = time.monotonic()
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    for number in range(prompt["tokens"]):
        due = begun + prompt["first"] + number * prompt["gap"]
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        writer.write(_chunk(_event({"content": f"{time.monotonic_ns()} "})))
        await writer.drain()
    usage = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": prompt["tokens"]}}
    end = _event({}, "stop") + b"data: %s\n\ndata: [DONE]\n\n" % json.dumps(usage).encode()
    writer.write(_chunk(end) + _chunk(b""))
    await writer.drain()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            body = json.loads(await reader.readexactly(length))
            await _answer(json.loads(body["messages"][-1]["content"]), writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # whoever asked has gone
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


@contextmanager
def serving() -> Iterator[str]:
    """Its base address, while it runs."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.model"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
