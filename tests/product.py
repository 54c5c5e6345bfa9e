"""The real product in a process of its own, and a small client for it: used by acceptance tests, browser tests, benchmarks.

A server that does not become ready is an error with its log, never a test that passes by not running.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests import launcher
from tests.waiting import until

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-P", "-c", "import sys; from atoll.cli.main import main; sys.exit(main())"]
USER, PASSWORD = "admin", "correct horse battery"
READY_SECONDS = 90.0
# A flow that asks the built-in model what it is asked.
ASKING = {
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "query"}},
        {"id": "ask", "type": "llm", "config": {"model": "builtin/extractive", "prompt_template": "{{ query }}"}},
        {"id": "end", "type": "output"},
    ],
    "edges": [{"source": "start", "target": "ask"}, {"source": "ask", "target": "end"}],
}


def environment(data: Path, **settings: str) -> dict[str, str]:
    """This process's environment without Atoll's settings, with those given."""
    ours = {"DATABASE_URL", "LOG_LEVEL", "RUN_MODE", "REDIS_URL"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ATOLL_") and name not in ours}
    return {**kept, "PYTHONPATH": str(ROOT), "ATOLL_DATA": str(data), "ATOLL_RUNS_PER_MINUTE": "0", **settings}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Client(httpx2.Client):
    """Speaks the API: JSON in and out, the session's token added, an unexpected status raised with its body."""

    csrf = ""

    def call(self, method: str, path: str, body: Any = None, *, expect: int | None = None, **more: Any) -> Any:
        headers = {**more.pop("headers", {}), **({"X-Atoll-CSRF": self.csrf} if self.csrf else {})}
        if body is not None:
            more["json"] = body
        reply = self.request(method, f"/api/v1{path}", headers=headers, **more)
        if (reply.status_code != expect) if expect else reply.is_error:
            raise AssertionError(f"{method} {path}: {reply.status_code} {reply.text[:2000]}")
        return reply.json() if reply.content and "json" in reply.headers.get("content-type", "") else reply

    def set_up(self, language: str = "en") -> dict[str, Any]:
        session: dict[str, Any] = self.call(
            "POST", "/setup", {"username": USER, "password": PASSWORD, "language": language}
        )
        self.csrf = session["csrf"]
        return session

    def run(self, app_id: str, inputs: dict[str, Any], version: str = "draft") -> dict[str, Any]:
        """Start a run and wait for its end by reading its stream."""
        run = self.call("POST", f"/apps/{app_id}/runs", {"inputs": inputs, "version": version}, expect=201)
        for _ in self.events(run["id"]):
            pass
        done: dict[str, Any] = self.call("GET", f"/runs/{run['id']}")
        return done

    def events(self, run_id: str, after: int = 0) -> Iterator[dict[str, Any]]:
        """The events of a run as they are streamed, until the stream ends."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": str(after)} if after else {})}
        with self.stream("GET", f"/api/v1/runs/{run_id}/events", headers=headers) as reply:
            assert reply.status_code == 200, reply.status_code
            for line in reply.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])

    def documents_ready(self, dataset_id: str, seconds: float = 60) -> list[dict[str, Any]]:
        """Wait until no document of a dataset is under way."""
        items: list[dict[str, Any]] = []

        def over() -> bool:
            items[:] = self.call("GET", f"/datasets/{dataset_id}/documents")["items"]
            return bool(items) and all(item["status"] in ("ready", "failed") for item in items)

        until(lambda: f"none under way: {[(i['name'], i['status']) for i in items]}", over, seconds, 0.1)
        return items


@dataclass
class Product:
    url: str
    data: Path
    process: launcher.Process
    log: Path
    seconds_to_ready: float = 0.0
    clients: list[Client] = field(default_factory=list)

    def client(self, **more: Any) -> Client:
        client = Client(base_url=self.url, timeout=60, trust_env=False, **more)
        self.clients.append(client)
        return client

    def kill(self) -> None:
        """As a power cut would: signal 9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
                raise AssertionError(f"the server did not stop within 15 s:\n{self.log.read_text()[-3000:]}") from None


@contextmanager
def serving(data: Path, *, forked: bool = True, **settings: str) -> Iterator[Product]:
    """`atoll serve` on a free port with `data` as its folder, ready to answer. Where what it imports is part of what is
    tested, it is not `forked`, but begun as from a shell."""
    port = free_port()
    data.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.{port}.log"
    env = environment(data, ATOLL_PORT=str(port), **settings)
    with log.open("wb") as out:
        started = time.monotonic()
        process = launcher.begin([*COMMAND, "serve"], cwd=data.parent, env=env, out=out, forked=forked)
    product = Product(f"http://127.0.0.1:{port}", data, process, log)
    try:
        _wait_ready(product, started)
        yield product
    finally:
        product.stop()


def _wait_ready(product: Product, started: float) -> None:
    with httpx2.Client(base_url=product.url, trust_env=False, timeout=2) as client:
        while True:
            try:
                if client.get("/health/ready").status_code == 200:
                    product.seconds_to_ready = time.monotonic() - started
                    return
            except httpx2.TransportError:
                pass  # not listening yet
            if product.process.poll() is not None or time.monotonic() - started > READY_SECONDS:
                state = "ended" if product.process.poll() is not None else "is not ready"
                raise AssertionError(f"the server {state}:\n{product.log.read_text()[-4000:]}")
            time.sleep(0.02)


def command(data: Path, *args: str, forked: bool = True, **settings: str) -> "subprocess.CompletedProcess[str]":
    """One run of the `atoll` command."""
    return launcher.run([*COMMAND, *args], cwd=ROOT, env=environment(data, **settings), timeout=180, forked=forked)
