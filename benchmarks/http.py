"""A stored run of a three-node app over HTTP, against a bare Starlette handler: CPU of the server process a request."""

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.measure import Row, process_cpu
from tests.product import Product, free_port, serving

REPEATS, ROUND = 5, 200
GRAPH = {
    "nodes": [
        {"id": "input_1", "type": "input", "config": {"variable": "name"}},
        {"id": "template_1", "type": "template", "config": {"template": "Hello {{ name }}"}},
        {"id": "output_1", "type": "output", "config": {"name": "greeting"}},
    ],
    "edges": [{"source": "input_1", "target": "template_1"}, {"source": "template_1", "target": "output_1"}],
}
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def hello(request):
    body = await request.json()
    return JSONResponse({"outputs": {"greeting": "Hello " + body["inputs"]["name"]}}, 201)

app = Starlette(routes=[Route("/run", hello, methods=["POST"])])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
"""


def cpu_ms(pid: int, once: Any, settle: Any = lambda: None) -> float:
    """Median CPU milliseconds of a process for one call, over rounds long enough for its clock of 10 ms."""
    for _ in range(20):
        once()
    found = []
    for _ in range(REPEATS):
        settle()
        before = process_cpu(pid)
        for _ in range(ROUND):
            once()
        settle()
        found.append((process_cpu(pid) - before) / ROUND * 1000)
    return statistics.median(found)


def stored(product: Product) -> tuple[float, float]:
    """CPU ms of a run that was asked for and has ended; the same with its events streamed to the caller."""
    owner = product.client()
    owner.set_up()
    app = owner.call("POST", "/apps", {"name": "bench", "graph": GRAPH})
    key = owner.call("POST", "/api-keys", {"name": "bench", "role": "editor"})["key"]
    program = product.client(headers={"Authorization": f"Bearer {key}"})
    path, body = f"/apps/{app['id']}/runs", {"inputs": {"name": "you"}, "version": "draft"}

    def once() -> None:
        program.call("POST", path, body, expect=201)

    def settle() -> None:
        while program.call("GET", "/runs", params={"status": "running"})["items"]:
            time.sleep(0.01)

    def streamed() -> None:
        run = program.call("POST", path, body, expect=201)
        assert [event["type"] for event in program.events(run["id"])][-1] == "run.succeeded"

    pid = product.process.pid
    return cpu_ms(pid, once, settle), cpu_ms(pid, streamed)


@contextmanager
def beside(program: str) -> Iterator[tuple[str, int]]:
    """A server of that program, which takes its port as an argument: its address and its process' id."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", program, str(port)])
    try:
        for _ in range(200):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(10)


def bare() -> float:
    with beside(BARE) as (base, pid), httpx2.Client(base_url=base, trust_env=False) as client:

        def once() -> None:
            assert client.post("/run", json={"inputs": {"name": "you"}}).status_code == 201

        return cpu_ms(pid, once)


def measure() -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "data", ATOLL_SAMPLE="false", LOG_LEVEL="WARNING") as product,
    ):
        alone, streamed = stored(product)
    control = bare()
    return [
        Row("HTTP run of three nodes, stored", alone, "ms CPU", control, "bare Starlette", 3),
        Row("the same and its events streamed", streamed, "ms CPU", control, "bare Starlette"),
    ]
