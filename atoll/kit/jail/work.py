"""What a jailed child does: a person's `main(**inputs)`, or a function of a preloaded module on a payload.

Runs behind the fences. Every outcome becomes a message for the host; the host trusts none of it.
Standard library and `kit.errors` only, loaded before the fork.
"""

import asyncio
import contextlib
import importlib
import inspect
import linecache
import os
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

from atoll.kit.errors import AtollError
from atoll.kit.jail import wire

FILE = "<code>"  # what tracebacks call the person's code
MODULE = "node_code"
_DETAIL = 4000  # characters of a traceback
Outcome = tuple[dict[str, Any], bytes]


class _Fault(Exception):
    """Ends the work with an outcome other than a result."""

    def __init__(self, code: str, **more: Any) -> None:
        self.message = {"fault": code, **more}


def answer(request: int) -> list[bytes]:
    """Reads the request from a descriptor, works, and gives the pieces of the message for the host."""
    reserve = bytearray(1 << 20)  # so that there is room to say that memory ran out
    sys.path.clear()  # nothing can be opened: an import of what is not loaded fails at once
    try:
        head, payload = wire.unpack(os.pread(request, os.lseek(request, 0, os.SEEK_END), 0))
        os.close(request)
        kind: Callable[..., Outcome] = {"python": _python, "call": _call}[head["kind"]]
        return _packed(*kind(head, payload))
    except _Fault as fault:
        return wire.pack(fault.message)
    except MemoryError:
        del reserve
        return wire.pack({"fault": "code_memory"})
    finally:
        _flush()


def _packed(result: Any, blob: bytes) -> list[bytes]:
    if not isinstance(result, dict):
        raise _Fault("code_not_a_dict", type=type(result).__name__)
    try:
        return wire.pack({"ok": result}, blob)
    except (TypeError, ValueError, RecursionError) as fault:
        raise _Fault("code_not_json", text=_say(fault)) from None


def _python(head: dict[str, Any], _: bytes) -> Outcome:
    source: str = head["source"]
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module  # dataclasses and typing look there
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    try:
        code = compile(source, FILE, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError) as fault:
        raise _Fault("code_syntax", **_describe(fault)) from None
    _own(lambda: exec(code, module.__dict__))
    main = module.__dict__.get("main")
    if not callable(main):
        names = [name for name in module.__dict__ if not name.startswith("__")]
        raise _Fault("code_no_main", names=names[:5])

    def run() -> Any:
        result = main(**head["inputs"])
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    return _own(run), b""


def _call(head: dict[str, Any], payload: bytes) -> Outcome:
    function = getattr(importlib.import_module(head["module"]), head["function"])
    result = _own(lambda: function(payload, **head["args"]))
    return result if isinstance(result, tuple) else (result, b"")


def _own(run: Callable[[], Any]) -> Any:
    """Runs what is not ours. Whatever it raises is an outcome: SystemExit too."""
    try:
        return run()
    except MemoryError:
        raise
    except AtollError as fault:
        raise _Fault("raised", error=fault.as_dict()) from None
    except BaseException as fault:
        raise _Fault("code_error", **_describe(fault)) from None


def _describe(fault: BaseException) -> dict[str, Any]:
    """{text, line, detail}. The traceback shows the person's own lines, not the host's paths."""
    shown = traceback.TracebackException.from_exception(fault)
    line = fault.lineno if isinstance(fault, SyntaxError) else None
    own = [frame for frame in shown.stack if frame.filename == FILE]
    if line is None and own:
        line = own[-1].lineno
    seen: list[traceback.TracebackException | None] = [shown]
    while seen:
        if part := seen.pop():
            part.stack = traceback.StackSummary.from_list([f for f in part.stack if f.filename == FILE])
            seen += [part.__cause__, part.__context__, *(getattr(part, "exceptions", None) or [])]
    return {"text": _say(fault), "line": line, "detail": "".join(shown.format())[-_DETAIL:]}


def _say(fault: BaseException) -> str:
    try:
        words = str(fault)
    except Exception:  # the exception's class is the caller's too
        words = ""
    return f"{type(fault).__name__}: {words}"[:500]


def _flush() -> None:
    with contextlib.suppress(OSError, ValueError):  # the caller closed it, or the host has stopped listening
        sys.stdout.flush()
