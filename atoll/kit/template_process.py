"""A process of its own for templates that are not plain: what one of them takes or breaks is that process's.

Calls are synchronous, as rendering is: a template has `SECONDS`, then its process is ended and the next call starts
another. The objects and lists that it prints come here to be made into text. `main` is what runs there.
"""

import atexit
import contextlib
import json
import os
import resource
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from atoll.kit import templates
from atoll.kit.templates import TemplateLost

SECONDS = 1.0  # of work, without the start of the process
_START_SECONDS = 20.0
_MEMORY = 512 << 20  # bytes of address space above what the interpreter has mapped
_MOST = 64_000_000  # bytes of one message
_BOOT = "import sys; sys.path[:] = {path!r}; from atoll.kit.template_process import main; main()"


class TemplateProcess:
    """At most one, started by the first call; threads take turns."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, request: Mapping[str, Any], show: Callable[[Any], Any] | None = None) -> dict[str, Any]:
        """What `main` answers: {names}, {out} or {fault, message, line}. Raises TemplateLost, and what `show` raises."""
        with self._turn:
            try:
                return self._ask(json.dumps(request).encode(), show)
            except BaseException:
                self.stop()  # it may be in the middle of an answer
                raise

    def stop(self) -> None:
        process, self._process = self._process, None
        if process and self._owner == os.getpid():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    assert pipe
                    pipe.close()

    def _ask(self, request: bytes, show: Callable[[Any], Any] | None) -> dict[str, Any]:
        process = self._ready()
        end = time.monotonic() + SECONDS
        _send(process, request, end)
        while True:
            said: dict[str, Any] = json.loads(_receive(process, end))
            if "show" not in said:
                return said
            begun = time.monotonic()
            shown = show(said["show"]) if show else said["show"]
            _send(process, json.dumps({"shown": shown}).encode(), end)
            end += time.monotonic() - begun  # ours, not the template's

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._process and self._owner == os.getpid() and self._process.poll() is None:
            return self._process
        self.stop()
        path = [str(Path(__file__).parents[2]), *(p for p in sys.path if os.path.isabs(p))]
        self._owner = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-X", "utf8", "-c", _BOOT.format(path=path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            start_new_session=True,
        )
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            os.set_blocking(pipe.fileno(), False)
        _receive(self._process, time.monotonic() + _START_SECONDS)
        return self._process


def _send(process: subprocess.Popen[bytes], message: bytes, end: float) -> None:
    assert process.stdin
    view = memoryview(len(message).to_bytes(8, "little") + message)
    while view:
        _wait(process.stdin.fileno(), selectors.EVENT_WRITE, end)
        try:
            view = view[os.write(process.stdin.fileno(), view) :]
        except BlockingIOError:
            continue
        except BrokenPipeError:
            raise TemplateLost from None


def _receive(process: subprocess.Popen[bytes], end: float) -> bytes:
    assert process.stdout
    size = int.from_bytes(_read(process.stdout.fileno(), 8, end), "little")
    if size > _MOST:
        raise TemplateLost
    return _read(process.stdout.fileno(), size, end)


def _read(descriptor: int, size: int, end: float) -> bytes:
    data = bytearray()
    while len(data) < size:
        _wait(descriptor, selectors.EVENT_READ, end)
        try:
            piece = os.read(descriptor, min(size - len(data), 1 << 20))
        except BlockingIOError:
            continue
        if not piece:
            raise TemplateLost
        data += piece
    return bytes(data)


def _wait(descriptor: int, event: int, end: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, event)
        if not selector.select(max(0.0, end - time.monotonic())):
            raise TemplateLost


def main() -> None:
    """Serves until the other side hangs up. It has no environment, no secrets and no more than its pipes."""
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + _MEMORY, mapped + _MEMORY))
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))
    answer: dict[str, Any] = {"ready": True}
    _answer(answer)
    while (request := _heard()) is not None:
        try:
            if "values" in request:
                answer = {
                    "out": templates.engine_render(
                        request["source"], request["values"], _show if request["shows"] else None
                    )
                }
            else:
                answer = {"names": sorted(templates.engine_names(request["source"]))}
        except templates.TemplateFault as fault:
            answer = {"fault": fault.as_dict()}
        _answer(answer)


def _show(value: Any) -> Any:
    if isinstance(value, str | int | float):
        return value
    _answer({"show": value})
    heard = _heard()
    if heard is None:
        raise SystemExit
    return heard["shown"]


def _answer(message: Mapping[str, Any]) -> None:
    data = json.dumps(message, default=str).encode()
    sys.stdout.buffer.write(len(data).to_bytes(8, "little") + data)
    sys.stdout.buffer.flush()


def _heard() -> dict[str, Any] | None:
    head = sys.stdin.buffer.read(8)
    if len(head) < 8:
        return None
    heard: dict[str, Any] = json.loads(sys.stdin.buffer.read(int.from_bytes(head, "little")))
    return heard


process = TemplateProcess()
atexit.register(process.stop)


def install() -> None:
    """From now on templates that are not plain are rendered in that process. The composition root says so."""
    templates.elsewhere = process.ask
