"""A Redis server of the tests' own: Debian's program, a free port, a folder that goes away with it."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.product import free_port

PROGRAM = shutil.which("redis-server")
PASSWORD = "redis-s3cret"


@dataclass
class RedisServer:
    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, or start it again on the same port; what it held before is gone."""
        assert PROGRAM, "These tests need redis-server: apt-get install redis-server (make test does it)"
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "requirepass": PASSWORD}
        fixed = ["--save", "", "--appendonly", "no", "--maxmemory", "64mb"]
        flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([PROGRAM, *flags, *fixed], stdout=log, stderr=log)
        end = time.monotonic() + 10
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"Redis did not start:\n{(self.folder / 'log').read_text()[-3000:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """As a power cut would: signal 9. All that it held is lost."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def freeze(self) -> None:
        """Connections stay open and nobody answers, as behind a network that swallows packets; `thaw` ends it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    @contextmanager
    def client(self) -> "Iterator[redis.Redis]":
        """A connection of the test's own, to look and to do harm."""
        client = redis.Redis.from_url(self.url, socket_timeout=5)
        try:
            yield client
        finally:
            client.close()

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A server that runs; without the program a test that asks for it fails and says what to install."""
    with tempfile.TemporaryDirectory(prefix="atoll-redis-") as made:
        running = RedisServer(Path(made))
        running.start()
        try:
            yield running
        finally:
            running.kill()
