"""What goes wrong in a campaign: servers die, freeze and are told to stop; the database is locked, full or away."""

import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from typing import Generic, Protocol, TypeVar

from tests import launcher
from tests.chaos.disks import Disk
from tests.product import COMMAND, environment, free_port

LEASE = 3.0  # seconds


class Door(Protocol):
    """A server that answers HTTP, at an address that stays the same over its deaths."""

    url: str

    def ready(self) -> bool: ...


class Trouble(Protocol):
    """Who brings it. `count`: of what it did; `calm`: nobody is frozen who may still do something later."""

    count: Counter[str]
    calm: threading.Event

    def settle(self) -> None: ...

    def supervise(self) -> None: ...


class Server:
    """One `atoll serve` at an address that stays the same over its deaths."""

    def __init__(self, data: Path, log: Path) -> None:
        self.data, self.log, self.port = data, log, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: launcher.Process | None = None

    def start(self) -> None:
        env = environment(
            self.data, ATOLL_PORT=str(self.port), ATOLL_SAMPLE="false", ATOLL_HTTP_ALLOW="127.0.0.1",
            ATOLL_LEASE_SECONDS=f"{LEASE:g}",
        )  # fmt: skip
        with self.log.open("ab") as out:
            self.process = launcher.begin([*COMMAND, "serve"], cwd=self.data.parent, env=env, out=out)

    def ready(self) -> bool:
        return answers(self.port)

    def end(self, how: int) -> None:
        """By a signal; one that does not end on a polite one within 20 s is a fault."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(20)


def answers(port: int) -> bool:
    """Whether what listens there is ready."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


class Process(Protocol):
    """A process that comes back at its address."""

    process: launcher.Process | None

    def start(self) -> None: ...

    def ready(self) -> bool: ...

    def end(self, how: int) -> None: ...


P = TypeVar("P", bound=Process)


@contextmanager
def ended(servers: Sequence[Process]) -> Iterator[None]:
    """None of them outlives the block."""
    try:
        yield
    finally:
        for server in servers:
            if server.process is not None:
                server.process.kill()
                server.process.wait(10)


class Nemesis(Generic[P]):
    """Faults one after the other, by `dice`; `deeds` with their weights. `calm` between them: nobody is frozen who may
    still do something later."""

    deeds: Mapping[Callable[[], None], int]

    def __init__(self, servers: list[P], dice: Random) -> None:
        self.servers, self.dice = servers, dice
        self.count: Counter[str] = Counter()
        self.calm = threading.Event()
        self.calm.set()

    def rage(self, seconds: float) -> None:
        """By chance, for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            (deed,) = self.dice.choices(list(self.deeds), list(self.deeds.values()))
            self.do(deed)

    def do(self, deed: Callable[[], None]) -> None:
        """Mostly when the servers are at work, sometimes in the middle of their start."""
        if self.dice.random() < 0.8:
            self.settle()
        time.sleep(self.dice.uniform(0.3, 1.5))
        self.calm.clear()
        try:
            deed()
        finally:
            self.calm.set()
        self.count[deed.__name__] += 1

    def settle(self) -> None:
        """Until all servers answer, for a minute at most."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            self.supervise()
            if all(server.ready() for server in self.servers):
                return
            time.sleep(0.2)

    def supervise(self) -> None:
        """Start what ended by itself, as any supervisor does: on a full disk or a locked database a start may fail."""
        for server in self.servers:
            if server.process is None or server.process.poll() is not None:
                self.count["start again"] += server.process is not None
                server.start()

    def restart(self) -> None:
        server = self.dice.choice(self.servers)
        server.end(signal.SIGTERM)
        server.start()

    def freeze(self) -> None:
        """Past its lease, so that the other takes its runs; then it wakes up among them."""
        server = self.dice.choice(self.lessees())
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(self.dice.uniform(0.2, 2 * LEASE))
        server.process.send_signal(signal.SIGCONT)
        time.sleep(1)

    def lessees(self) -> list[P]:
        """Those that hold leases."""
        return self.servers


class HostNemesis(Nemesis[Server]):
    """What goes wrong on one host with a small disk."""

    def __init__(self, servers: list[Server], disk: Disk, dice: Random) -> None:
        super().__init__(servers, dice)
        self.disk = disk
        self.path = servers[0].data / "atoll.db"
        self.deeds = {self.kill: 9, self.freeze: 5, self.restart: 2, self.lock: 2, self.fill: 2, self.take_away: 1}

    def kill(self) -> None:
        server = self.dice.choice(self.servers)
        server.end(signal.SIGKILL)
        server.start()

    def lock(self) -> None:
        """Another program writes for longer than anybody waits for it, or for less."""
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(self.dice.choice([0.5, 2.0, 11.0]))
        connection.execute("ROLLBACK")
        connection.close()

    def fill(self) -> None:
        pids = [server.process.pid for server in self.servers if server.process is not None]
        with ExitStack() as emptied:
            for pid in pids:
                self.disk.fill(pid)
                emptied.callback(self.disk.free, pid)
            time.sleep(self.dice.uniform(0.5, 3.0))

    def take_away(self) -> None:
        """Not while a server starts: without a file that is a new installation."""
        if not all(server.ready() for server in self.servers):
            return
        ends = [end for end in ("", "-wal", "-shm") if os.path.exists(f"{self.path}{end}")]
        for end in ends:
            os.rename(f"{self.path}{end}", f"{self.path}.away{end}")
        time.sleep(self.dice.uniform(0.2, 2.0))
        for end in ends:
            os.rename(f"{self.path}.away{end}", f"{self.path}{end}")
