"""Another system that runs call over real HTTP: it keeps an account of every call, and may hold its callers."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Peer(ThreadingHTTPServer):
    """Holds its callers until `open` is set, except at `/now`, so that a kill falls in the middle of a node. With a
    `delay` it holds nobody but takes up to so many seconds for each."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, delay: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.delay = delay
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        self.asked: list[tuple[str, str | None]] = []  # (method, idempotency key)
        self.arrived, self.open = threading.Semaphore(0), threading.Event()

    def count(self, method: str, key: str) -> int:
        return self.asked.count((method, key))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed takes no answer."""


class _Answer(BaseHTTPRequestHandler):
    server: Peer

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.headers["Idempotency-Key"]))
        if self.server.delay:
            time.sleep(random.uniform(0, self.server.delay))
        elif self.path != "/now":
            self.server.arrived.release()
            self.server.open.wait(120)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"through")

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def peering(delay: float = 0.0) -> Iterator[Peer]:
    made = Peer(delay)
    serve = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serve.start()
    try:
        yield made
    finally:
        made.open.set()
        made.shutdown()
        made.server_close()
        serve.join(5)
