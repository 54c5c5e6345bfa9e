"""Processes of the product that start as forks of one that has imported it already, which is most of what a start costs.

They are as real as those that a shell starts: each has its own memory, environment, folder and exit. `begin` and `run` fork
where the session has a launcher and the command is `python -c`; any other command, and every benchmark, starts anew.
"""

import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol

ROOT = Path(__file__).parents[1]
IMPORTED = """
    atoll.cli.main atoll.cli.serve atoll.cli.instance atoll.cli.sample atoll.cli.runner atoll.api.app
    atoll.db.migrate atoll.db.sqlite atoll.db.files_folder alembic.command alembic.autogenerate mako.template
    uvicorn uvloop httptools
""".split()
NODES = ROOT / "atoll" / "nodes" / "builtin"
_BOOT = "from tests.launcher import main; main()"


class Process(Protocol):
    """What a test needs of a process; a `subprocess.Popen` has it too."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


def begin(command: list[str], *, cwd: Path, env: Mapping[str, str], out: IO[Any], forked: bool = True) -> Process:
    """Start a command that writes all it says to `out`."""
    if launcher is not None and forked and (words := _program(command)):
        return launcher.fork(words, cwd, env, out.fileno(), out.fileno())
    return subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=out)


def run(
    command: list[str], *, cwd: Path, env: Mapping[str, str], timeout: float, forked: bool = True
) -> "subprocess.CompletedProcess[str]":
    """A command from its start to its end, with what it said."""
    if launcher is None or not forked or not (words := _program(command)):
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        process = launcher.fork(words, cwd, env, out.fileno(), err.fileno())
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read())
    return subprocess.CompletedProcess(command, code, *said)


def _program(command: list[str]) -> list[str]:
    """The program and its words of `python -P -c program words`; nothing of another command."""
    head, *words = command
    words = words[1:] if words[:1] == ["-P"] else words
    return words[1:] if head == sys.executable and words[:1] == ["-c"] else []


class Forked:
    """A process that the launcher has forked. What became of it comes through a pipe, since it is no child of ours."""

    def __init__(self, told: int) -> None:
        self._told = os.fdopen(told, "rb", buffering=0)
        self.pid: int = self._next()
        self.returncode: int | None = None

    def _next(self) -> int:
        return int.from_bytes(self._told.read(8), "little", signed=True)

    def poll(self) -> int | None:
        return self._within(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._within(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("a forked process", timeout or 0)
        return code

    def _within(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], seconds)[0]:
            self.returncode = self._next()
            self._told.close()
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has ended, and its watcher has yet to say so
                os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Launcher:
    """The process that forks, started by the first who asks."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def fork(self, words: list[str], cwd: Path, env: Mapping[str, str], out: int, err: int) -> Forked:
        if self._socket is None:
            self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            boot = [sys.executable, "-P", "-c", _BOOT, str(theirs.fileno())]
            clean = {name: value for name, value in os.environ.items() if not name.startswith("ATOLL_")}
            self._process = subprocess.Popen(boot, env={**clean, "PYTHONPATH": str(ROOT)}, pass_fds=[theirs.fileno()])
            theirs.close()
        told, tells = os.pipe()
        with tempfile.TemporaryFile() as asked:
            asked.write(json.dumps({"words": words, "cwd": str(cwd), "env": dict(env)}).encode())
            asked.flush()
            socket.send_fds(self._socket, [b"fork"], [asked.fileno(), out, err, tells])
        os.close(tells)
        return Forked(told)

    def stop(self) -> None:
        if self._process is not None and self._socket is not None:
            self._socket.close()
            self._process.wait(30)
            self._process = self._socket = None


launcher: Launcher | None = None  # tests/conftest.py has one; benchmarks have none


def main() -> None:
    """The launcher: forks for each message until nobody can send one. In a fork, what was asked for runs from here."""
    asking = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal; the session ends this
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who watch
    for name in [*IMPORTED, *(f"atoll.nodes.builtin.{path.stem}" for path in NODES.glob("[!_]*.py"))]:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    while True:
        message, descriptors, _, _ = socket.recv_fds(asking, 16, 4)
        if not message:
            return
        if os.fork() == 0:
            asking.close()
            return _watch(*descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _watch(asked: int, out: int, err: int, tells: int) -> None:
    """Fork what was asked for, and say its id and then how it ended, as `subprocess` has it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(tells)
        return _become(asked, out, err)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for descriptor in (asked, out, err):
        os.close(descriptor)
    os.write(tells, pid.to_bytes(8, "little"))
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(tells, ended.to_bytes(8, "little", signed=True))
    os._exit(0)


def _become(asked: int, out: int, err: int) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with os.fdopen(asked, "rb") as file:
        file.seek(0)
        what = json.load(file)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for at, descriptor in enumerate((nothing, out, err)):
        os.dup2(descriptor, at)
        os.close(descriptor)
    os.chdir(what["cwd"])
    os.environ.clear()
    os.environ.update(what["env"])
    time.tzset()
    program, *words = what["words"]
    sys.argv[:] = ["-c", *words]
    exec(compile(program, "<string>", "exec"), vars(sys.modules["__main__"]))
