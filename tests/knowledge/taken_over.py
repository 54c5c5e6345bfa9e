"""A parser that its document has taken over: does in the jail what the file says. Loaded there in the place of ours."""

import ctypes
import json
import os
import socket
import sys
import threading
import time
from typing import Any

libc = ctypes.CDLL(None, use_errno=True)
TEXT = b"A heron."
PAGE = {"bytes": 8, "width": 1, "height": 1, "headings": []}


def parse_apart(payload: bytes, filename: str) -> Any:
    return ACTS[payload.decode()]()


def _through(*ways: Any) -> Any:
    """The document is taken in only where one of the ways led out."""
    for way in ways:
        try:
            if way():
                return _given(PAGE)
        except OSError:
            continue
    raise RuntimeError("nothing led out")


def _given(*pages: Any, texts: bytes = TEXT) -> Any:
    return {"media_type": "text/plain", "paged": False, "pages": list(pages)}, texts


def _for_ever(act: Any) -> Any:
    while True:
        act()


def _threads() -> None:
    for _ in range(1000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()


def _forked() -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return pid > 0


ACTS: dict[str, Any] = {
    "allocates 4 GB": lambda: bytearray(4 << 30),
    "allocates 4 GB by C": lambda: _through(lambda: libc.malloc(ctypes.c_size_t(4 << 30))),
    "allocates without end": lambda: _for_ever(lambda held=[]: held.append(bytearray(1 << 24))),
    "forks": lambda: _through(_forked, lambda: libc.fork() > 0, lambda: libc.vfork() > 0),
    "makes threads without end": _threads,
    "runs a program": lambda: _through(lambda: os.posix_spawn("/bin/true", ["true"], {})),
    "writes a file": lambda: _through(
        lambda: os.open("/tmp/taken-over", os.O_CREAT | os.O_WRONLY), lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR)
    ),
    "reads the server's files": lambda: _through(lambda: os.open("/proc/self/environ", os.O_RDONLY), lambda: os.listdir("/")),
    "calls a host": lambda: _through(lambda: socket.create_connection(("127.0.0.1", 80), 1)),
    "never ends": lambda: _for_ever(lambda: None),
    "sleeps": lambda: time.sleep(600),
    "ends itself": lambda: os._exit(0),
    "crashes": lambda: ctypes.string_at(0),
    "ends by an exception of its own": lambda: sys.exit("\ud800"),
    "prints without end": lambda: _for_ever(lambda: os.write(1, b"x" * 100_000)),
    "closes all it has": lambda: os.closerange(0, 64),
    "gives no pages": lambda: ({"media_type": "text/plain", "pages": []}, b""),
    "gives pages that are none": lambda: _given(1, None),
    "gives a number of pages": lambda: ({"media_type": "text/plain", "pages": 5}, b""),
    "gives a page without its length": lambda: _given({"width": 1}),
    "gives more than its pages": lambda: _given(PAGE | {"bytes": 3}),
    "gives less than its pages": lambda: _given(PAGE | {"bytes": 10**9}),
    "gives half a character": lambda: _given(PAGE | {"bytes": 3}, texts=b"\xed\xa0\x80"),
    "gives a NUL": lambda: _given(PAGE, texts=b"A\0heron."),
    "gives a width that no database holds": lambda: _given(PAGE | {"width": 10**400}),
    "gives headings that are none": lambda: _given(PAGE | {"headings": [["a", "b", 5]]}),
    "gives half a character in a heading": lambda: _given(PAGE | {"headings": [[0, 1, "\ud800"]]}),
    "gives a heading beyond all texts": lambda: _given(PAGE | {"headings": [[10**12, 1, "far"]]}),
    "gives a type that is none": lambda: ({"media_type": ["text/html"], "pages": [PAGE]}, TEXT),
    "gives pages without end": lambda: _given(*[PAGE] * 100_000),
    "gives empty lists without end": lambda: ({"pages": [[]] * 100_000}, b""),
    "gives more text than there may be": lambda: ({}, bytes(2_000_000)),
    "gives what is nested without end": lambda: ({"pages": json.loads("[" * 900 + "]" * 900)}, b""),
}  # fmt: skip
