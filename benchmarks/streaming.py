"""Answers of a model as they come: time to the first token, and 200 of them at once, through the product and past it.

The model's server stamps each token with the time at which it wrote it, and this process reads both ways alike, so
what is added is what the product adds. The second control is the least that could stand between: Starlette that
passes the bytes on.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from benchmarks import model
from benchmarks.measure import Row, percentile, process_cpu, process_memory
from tests.product import Product, free_port, serving

FIRST, TURNS = 0.2, 40  # seconds until the model's first token; answers each way
MANY, TOKENS, GAP = 200, 100, 0.05
ALL_WAITING = 10.0  # seconds: the model says nothing until all have asked
ROOM = 256
LIMIT = 120.0  # seconds for all of them
STAMPS = re.compile(rb'"(?:content|text)":\s*"([\d ]+)"')  # who is behind gets several tokens at once
RELAY = """
import sys, httpx2, uvicorn
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

client = httpx2.AsyncClient(timeout=120, limits=httpx2.Limits(max_connections=1000), trust_env=False)

async def relay(request):
    body = await request.body()
    async def passed():
        async with client.stream("POST", sys.argv[2] + "/chat/completions", content=body) as reply:
            async for piece in reply.aiter_raw():
                yield piece
    return StreamingResponse(passed(), media_type="text/event-stream")

app = Starlette(routes=[Route("/v1/chat/completions", relay, methods=["POST"])])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
"""


@dataclass
class Heard:
    """One answer: seconds to its first token, and for each token the milliseconds that it was under way."""

    first: float = 0.0
    late: list[float] = field(default_factory=list)


class Line:
    """A connection that is kept: plain sockets, so that the reader costs little beside what is measured."""

    def __init__(self, base: str, headers: dict[str, str] | None = None) -> None:
        parts = urlsplit(base)
        self.host, self.port, self.path = parts.hostname, parts.port, parts.path
        self.headers = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, body: Any = None, accept: str = "*/*") -> asyncio.StreamReader:
        """Send; the reader stands at the body."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        assert self.reader is not None
        sent = b"" if body is None else orjson.dumps(body)
        self.writer.write(
            f"{method} {self.path}{path} HTTP/1.1\r\nhost: {self.host}\r\naccept: {accept}\r\n{self.headers}"
            f"content-type: application/json\r\ncontent-length: {len(sent)}\r\n\r\n".encode()
            + sent
        )
        self.head = await self.reader.readuntil(b"\r\n\r\n")
        if b" 20" not in self.head[:13]:
            raise AssertionError(self.head.decode() + (await self.reader.read(2000)).decode())
        return self.reader

    async def json(self, method: str, path: str, body: Any = None) -> Any:
        reader = await self.ask(method, path, body)
        length = re.search(rb"content-length: (\d+)", self.head.lower())
        assert length is not None
        return orjson.loads(await reader.readexactly(int(length[1])))

    async def hear(self, reader: asyncio.StreamReader, begun: float) -> Heard:
        """Read a chunked body to its end."""
        heard = Heard()
        while size := int(await reader.readuntil(b"\r\n"), 16):
            piece = await reader.readexactly(size + 2)
            now = time.monotonic_ns()
            for tokens in STAMPS.findall(piece) if b"event:" not in piece or b"node.delta" in piece else ():
                heard.first = heard.first or time.monotonic() - begun
                heard.late += [(now - int(stamp)) / 1e6 for stamp in tokens.split()]
        await reader.readexactly(2)
        return heard

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


Ask = Callable[[Line, str], Coroutine[Any, Any, Heard]]
"""Ask the model by a line with a prompt."""


async def directly(line: Line, prompt: str) -> Heard:
    begun = time.monotonic()
    return await line.hear(await line.ask("POST", "/chat/completions", model.asked(prompt)), begun)


@dataclass
class App:
    """An app of the product that asks the model."""

    product: Product
    path: str
    headers: dict[str, str]

    def line(self) -> Line:
        return Line(f"{self.product.url}/api/v1", self.headers)

    async def ask(self, line: Line, prompt: str) -> Heard:
        """A run and its stream."""
        begun = time.monotonic()
        run = await line.json("POST", self.path, {"inputs": {"prompt": prompt}, "version": "draft"})
        reader = await line.ask("GET", f"/runs/{run['id']}/events", accept="text/event-stream")
        return await line.hear(reader, begun)


GRAPH = {
    "nodes": [
        {"id": "input_1", "type": "input", "config": {"variable": "prompt"}},
        {"id": "llm_1", "type": "llm", "config": {"model": model.NAME, "prompt_template": "{{ prompt }}"}},
    ],
    "edges": [{"source": "input_1", "target": "llm_1"}],
}


def prepare(product: Product, base: str, graph: dict[str, Any] = GRAPH) -> App:
    """The product set up with the model and an app of this graph."""
    owner = product.client()
    owner.set_up()
    served = [{"name": model.NAME, "kind": "chat"}]
    owner.call("POST", "/providers", {"name": "bench", "base_url": base, "zone": "local", "models": served}, expect=201)
    app = owner.call("POST", "/apps", {"name": "bench", "graph": graph}, expect=201)
    key = owner.call("POST", "/api-keys", {"name": "bench", "role": "editor"})["key"]
    return App(product, f"/apps/{app['id']}/runs", {"Authorization": f"Bearer {key}"})


@contextmanager
def relaying(base: str) -> Iterator[tuple[str, int]]:
    """The relay's base address and process id."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", RELAY, str(port), base])
    try:
        yield f"http://127.0.0.1:{port}/v1", process.pid
    finally:
        process.terminate()
        process.wait(10)


async def until_up(line: Line) -> None:
    for _ in range(400):
        try:
            await directly(line, model.script(0, 1, 0))
            return
        except OSError:
            await asyncio.sleep(0.05)
    raise AssertionError("the relay did not start")


async def first_token(app: App, base: str) -> list[Row]:
    """In turns, so that both ways meet the same machine."""
    direct, through = Line(base), app.line()
    prompt = model.script(FIRST, 1, 0)
    plain, ours = [], []
    for turn in range(TURNS + 3):
        a, b = await directly(direct, prompt), await app.ask(through, prompt)
        if turn >= 3:  # the first ones open connections and load modules
            plain.append(a.first * 1000)
            ours.append(b.first * 1000)
    direct.close()
    through.close()
    rows = []
    for p, aim in ((50, 30), (95, 60)):
        a_ms, b_ms = percentile(plain, p), percentile(ours, p)
        rows.append(Row(f"first token of a run, p{p}", b_ms, "ms", a_ms, "the model directly"))
        rows.append(Row(f"  added, p{p}", b_ms - a_ms, "ms", aim=aim))
    return rows


@dataclass
class Load:
    """What many answers at once took: milliseconds of each token, CPU of the process between, MB before and waiting."""

    late: list[float]
    complete: int
    cpu: float
    idle: float
    waiting: float


async def load(line: Callable[[], Line], ask: Ask, pid: int | None) -> Load:
    lines = [line() for _ in range(MANY)]
    prompt = model.script(ALL_WAITING, TOKENS, GAP)
    idle = process_memory(pid)["Rss"] if pid else 0.0
    begun = time.monotonic()
    asking = [asyncio.create_task(ask(one, prompt)) for one in lines]
    await asyncio.sleep(ALL_WAITING - 1)
    waiting = process_memory(pid)["Rss"] if pid else 0.0
    before = process_cpu(pid) if pid else 0.0
    async with asyncio.timeout(LIMIT - (time.monotonic() - begun)):
        heard = await asyncio.gather(*asking)
    cpu = process_cpu(pid) - before if pid else 0.0
    for one in lines:
        one.close()
    late = [ms for one in heard for ms in one.late]
    return Load(late, sum(len(one.late) == TOKENS for one in heard), cpu, idle, waiting)


async def many(app: App, base: str) -> list[Row]:
    direct = await load(lambda: Line(base), directly, None)
    with relaying(base) as (address, pid):
        line = Line(address)
        await until_up(line)
        line.close()
        relay = await load(lambda: Line(address), directly, pid)
    ours = await load(app.line, app.ask, app.product.process.pid)
    assert direct.complete == relay.complete == MANY, (direct.complete, relay.complete)
    tokens = MANY * TOKENS
    rows = [
        Row(f"{MANY} streams at once, complete", ours.complete, "of them", MANY, "asked for"),
        Row("  CPU of the server", ours.cpu / tokens * 1e6, "us a token", relay.cpu / tokens * 1e6, "bare relay", 200),
        Row("  memory of a waiting run and its reader", (ours.waiting - ours.idle) / MANY * 1000, "kB",
            (relay.waiting - relay.idle) / MANY * 1000, "bare relay", 300),
    ]  # fmt: skip
    assert ours.complete == MANY, f"{ours.complete} of {MANY} streams were whole"
    for p, aim in ((50, 10), (95, 50), (99, 100)):
        past, added = percentile(direct.late, p), percentile(ours.late, p) - percentile(direct.late, p)
        between = percentile(relay.late, p) - past
        rows.append(Row(f"  added to a token, p{p}", added, "ms", between, "bare relay", aim))
    return rows


async def measure() -> list[Row]:
    with (
        model.serving() as base,
        tempfile.TemporaryDirectory() as folder,
        serving(
            Path(folder) / "data", ATOLL_SAMPLE="false", LOG_LEVEL="WARNING", ATOLL_RUN_PARALLEL=str(ROOM)
        ) as product,
    ):
        app = prepare(product, base)
        return [*await first_token(app, base), *await many(app, base)]
