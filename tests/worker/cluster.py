"""Several real processes over one database and one Redis, each started as its command line in the documents has it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from atoll.db.database import Database
from atoll.runs import store
from tests import launcher
from tests.product import COMMAND, ROOT, Client, environment, free_port
from tests.waiting import until

CELERY = [str(Path(sys.executable).with_name("celery")), "-A", "tasks", "worker"]
GUNICORN = [str(Path(sys.executable).with_name("gunicorn")), "app:app", "--bind"]
READY = 40.0  # seconds; a busy machine takes its time


@dataclass
class Process:
    process: launcher.Process
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def tell(self, what: signal.Signals) -> None:
        self.process.send_signal(what)

    def ended(self, seconds: float = 15.0) -> int:
        return self.process.wait(seconds)


@dataclass
class Cluster:
    """`settings` go to every process. All that still run are ended with signal 9 when the test is over."""

    data: Path
    database_url: str
    redis_url: str
    settings: dict[str, str]
    processes: list[Process] = field(default_factory=list)
    url: str = ""

    @property
    def env(self) -> dict[str, str]:
        places = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        return environment(self.data, **{name: value for name, value in places.items() if value}, **self.settings)

    def run(self, *args: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        return launcher.run([*COMMAND, *args], cwd=ROOT, env=self.env | settings, timeout=90)

    def begin(self, command: list[str], **settings: str) -> Process:
        log = self.data.parent / f"process-{len(self.processes)}.log"
        with log.open("wb") as out:
            begun = launcher.begin(command, cwd=ROOT, env=self.env | settings, out=out)
        self.processes.append(Process(begun, log))
        return self.processes[-1]

    def worker(self, *args: str, **settings: str) -> Process:
        return self.begin([*COMMAND, "worker", *args], **settings)

    def celery(self, *args: str) -> Process:
        return self.begin([*CELERY, *args])

    def gunicorn(self, *args: str) -> Process:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        return self.begin([*GUNICORN, f"127.0.0.1:{port}", *args])

    def api(self) -> Process:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        return self.begin([*COMMAND, "api", "--port", str(port)])

    def ready(self, *processes: Process) -> None:
        """Until each says so, and the API answers."""
        for one in processes:
            until(f"ready:\n{one.log}", lambda one=one: _alive(one) and "worker.ready" in one.said, READY)  # type: ignore[misc]
        if self.url:
            until("the API", self._answers, READY)

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/health/ready", trust_env=False, timeout=2).status_code == 200
        except httpx2.TransportError:
            return False

    def client(self) -> Client:
        return Client(base_url=self.url, timeout=60, trust_env=False)

    def carrier(self, run_id: str) -> Process:
        """The process that has a run: its id stands in the owner's name."""
        owner = self.row(run_id)["owner"]
        found = [one for one in self.processes if f":{one.process.pid}:" in f":{owner}"]
        assert len(found) == 1, owner
        return found[0]

    def row(self, run_id: str) -> dict[str, Any]:
        return asyncio.run(self._row(run_id))

    async def _row(self, run_id: str) -> dict[str, Any]:
        db = Database(self.database_url or f"sqlite+aiosqlite:///{self.data / 'atoll.db'}", connections=2)
        try:
            async with db.read() as tx:
                listed = await store.get(tx, self.workspace_id, run_id)
            assert listed is not None
            return dict(listed)
        finally:
            await db.close()

    workspace_id: str = ""


def _alive(one: Process) -> bool:
    assert one.process.poll() is None, one.said[-3000:]
    return True


@contextmanager
def cluster(folder: Path, database_url: str = "", redis_url: str = "", **settings: str) -> Iterator[Cluster]:
    """No process yet; the schema is there."""
    made = Cluster(folder / "data", database_url, redis_url, {"ATOLL_SAMPLE": "false", **settings})
    made.data.mkdir(parents=True)
    done = made.run("migrate")
    assert done.returncode == 0, done.stderr
    try:
        yield made
    finally:
        for one in made.processes:
            if one.process.poll() is None:
                os.kill(one.process.pid, signal.SIGKILL)
                one.process.wait(10)
