"""The host's end of one zygote process: start it, ask it for children, hear of their ends, end it.

Knows nothing of what the calls mean. All of it runs in the event loop, without threads of its own.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from atoll.kit.jail import wire
from atoll.kit.jail.pipe import Pipe

ROOT = str(Path(__file__).parents[3])  # the folder that holds the package
_START_SECONDS = 30
_END_SECONDS = 2
_BOOT = "import sys; sys.path[:] = {path!r} + sys.path; from atoll.kit.jail.zygote import main; main({modules!r})"
# one arena, because reserved arenas count against the memory limit; no time zone file; no pools of threads
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1", "TZ": "UTC0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class ZygoteGone(Exception):
    """It could not start: the reason is its own."""


class ZygoteLost(ZygoteGone):
    """It died while starting, which says nothing of whether it can start."""


class Child:
    """One forked child, which waits for its call, does it and ends; with the host's ends of its descriptors.

    `ended` gives its wait status; `lost`: its zygote died before it. Whoever has it closes it.
    """

    def __init__(self, zygote: "Zygote", number: int) -> None:
        self.zygote = zygote
        self.number = number
        self.began = False
        self.lost = False
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.request = os.memfd_create("request", os.MFD_CLOEXEC)
        self.result, self.printed = Pipe(), Pipe()
        self.network, self._its_network = socket.socketpair()
        self._its_gate, self._gate = os.pipe()

    def hand_over(self) -> None:
        """Sends its descriptors to the zygote, which forks it."""
        its = [self.request, self.result.write_end, self.printed.write_end, self._its_network.fileno(), self._its_gate]
        self.zygote.tell({"run": self.number}, its)
        self._its_network.close()
        os.close(self._its_gate)
        self.result.hand_over()
        self.printed.hand_over()

    def begin(self, *, cpu: int, memory: int, network: bool) -> None:
        """Opens its gate: the request is whole. `cpu` in seconds, `memory` in bytes."""
        self.began = True
        with contextlib.suppress(BrokenPipeError):  # it is gone, which its end tells
            os.write(self._gate, json.dumps({"cpu": cpu, "memory": memory, "network": network}).encode())
        self._shut()

    def kill(self) -> None:
        """At once, and without waiting. Nothing happens to a child that has ended."""
        if not self.ended.done():
            self.zygote.tell({"kill": self.number})

    def end(self, status: int) -> None:
        if not self.ended.done():
            self.ended.set_result(status)

    def close(self) -> None:
        """One that still waits for its call ends by that."""
        self._shut()
        os.close(self.request)
        self.result.close()
        self.printed.close()
        self.network.close()

    def _shut(self) -> None:
        if self._gate >= 0:
            os.close(self._gate)
            self._gate = -1


class Zygote:
    def __init__(self, modules: tuple[str, ...]) -> None:
        self.modules = modules
        self.landlock = False
        self.born = time.monotonic()
        self.calls = 0
        self.children: dict[int, Child] = {}
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setblocking(False)
        path = [ROOT, *(p for p in sys.path if os.path.isabs(p) and p != ROOT)]
        boot = _BOOT.format(path=path, modules=list(modules))
        with theirs:
            # from this thread: the kernel ties the zygote's life to the thread that made it
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-I", "-S", "-X", "utf8", "-c", boot],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                start_new_session=True,
            )
        self._loop.add_reader(self._control.fileno(), self._hear)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._control.fileno() >= 0

    async def ready(self) -> None:
        """Raises ZygoteGone with the reason."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                await asyncio.shield(self._ready)
        except TimeoutError:
            raise ZygoteGone("it did not start in time") from None

    @property
    def busy(self) -> dict[int, Child]:
        """Its children that have begun a call, by number."""
        return {number: child for number, child in self.children.items() if child.began}

    def fork(self) -> Child:
        """A child for one call."""
        self.calls += 1
        child = Child(self, self.calls)
        self.children[child.number] = child
        child.hand_over()
        return child

    def tell(self, message: dict[str, int], descriptors: list[int] | None = None) -> None:
        if not self.alive:
            return
        try:
            socket.send_fds(self._control, [json.dumps(message).encode()], descriptors or [])
        except OSError:  # dead, or so stuck that its queue is full
            self._lost()

    async def stop(self) -> None:
        """Ends it and its children. Returns when they are gone."""
        self._lost()
        deadline = time.monotonic() + _END_SECONDS
        while self._process.poll() is None:
            if time.monotonic() > deadline:
                self._process.kill()
            await asyncio.sleep(0.01)

    def _hear(self) -> None:
        try:
            data = self._control.recv(wire.PACKET)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        message = json.loads(data)
        if "exit" in message:
            if child := self.children.pop(message["exit"], None):
                child.end(message["status"])
        elif "ready" in message:
            self.landlock = message["ready"]
            self._ready.set_result(None)
        else:
            self._ready.set_exception(ZygoteGone(message["failed"]))

    def _lost(self) -> None:
        """Hangs up. A zygote that lives kills its children and ends; they are dead to us from now on."""
        if not self.alive:
            return
        self._loop.remove_reader(self._control.fileno())
        self._control.close()
        if not self._ready.done():
            self._ready.set_exception(ZygoteLost("its process ended while starting"))
            self._ready.exception()  # nobody may be waiting
        for child in self.children.values():
            child.lost = True
            child.end(signal.SIGKILL)
        self.children.clear()
