"""What a jailed child does: a person's `main` in Python or JavaScript, or a function of a preloaded module on a payload.

Runs behind the fences. Every outcome becomes a message for the host; the host trusts none of it.
Standard library and `kit.errors` only, loaded before the fork.
"""

import asyncio
import contextlib
import importlib
import inspect
import linecache
import mmap
import os
import sys
import traceback
import types
from collections.abc import Callable, Sequence
from typing import Any

from atoll.kit.errors import AtollError
from atoll.kit.jail import javascript, wire
from atoll.kit.jail.ask import Http
from atoll.kit.jail.javascript import Broken

FILE = "<code>"  # what tracebacks call the person's code
MODULE = "node_code"
_DETAIL = 4000  # characters of a traceback
_NETWORK = ("requests", "httpx", "urllib3", "aiohttp", "urllib", "http", "ftplib", "smtplib", "websockets")
Outcome = tuple[dict[str, Any], bytes]


class _Fault(Exception):
    """Ends the work with an outcome other than a result."""

    def __init__(self, code: str, **more: Any) -> None:
        self.message = {"fault": code, **more}


class _Absent:
    """The last of the finders of modules: says what can be done about one that is not there."""

    def __init__(self, packages: str) -> None:
        self._packages = packages

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> None:
        words = f"the packages “{self._packages}” have no module {name}"
        if name.partition(".")[0] in _NETWORK:
            words += "; use http.get(url) and http.post(url, json=...), which are there without an import"
        elif self._packages == "standard":
            words += "; choose numpy or pandas under “Packages” in the node's settings, or ask the administrator"
        raise ModuleNotFoundError(words, name=name)


def answer(request: int, network: int | None = None) -> list[bytes]:
    """Reads the request from a descriptor, works, and gives the pieces of the message for the host."""
    # room to say that memory ran out; addresses alone, for pages that are touched cost time
    reserve = mmap.mmap(-1, 1 << 20)
    sys.path.clear()  # nothing can be opened: an import of what is not loaded fails at once
    try:
        head, payload = wire.unpack(os.pread(request, os.lseek(request, 0, os.SEEK_END), 0))
        os.close(request)
        if head["kind"] == "call":
            return _packed(*_call(head, payload))
        sys.meta_path.append(_Absent(head["packages"]))
        language = {"python": _python, "javascript": _javascript}[head["kind"]]
        return _packed(language(head, Http(network)))
    except _Fault as fault:
        return wire.pack(fault.message)
    except MemoryError:
        reserve.close()
        return wire.pack({"fault": "code_memory"})
    finally:
        _flush()


def rehearse() -> None:
    """Does a call that is none, so that the pages which a call writes to are this process's own when one comes."""
    head, _ = wire.unpack(b"".join(wire.pack({"source": "def main(): return {}", "inputs": {}})))
    _packed(_python(head, Http(None)))


def _packed(result: Any, blob: bytes = b"") -> list[bytes]:
    if not isinstance(result, dict):
        raise _Fault("code_not_a_dict", type=type(result).__name__)
    try:
        return wire.pack({"ok": result}, blob)
    except (TypeError, ValueError, RecursionError) as fault:
        raise _Fault("code_not_json", text=_say(fault)) from None


def _python(head: dict[str, Any], http: Http) -> Any:
    source: str = head["source"]
    module = types.ModuleType(MODULE)
    module.__dict__["http"] = http
    sys.modules[MODULE] = module  # dataclasses and typing look there
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    try:
        code = compile(source, FILE, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError) as fault:
        raise _Fault("code_syntax", **_describe(fault)) from None
    _own(lambda: exec(code, module.__dict__))
    main = module.__dict__.get("main")
    if not callable(main):
        names = [name for name in module.__dict__ if not name.startswith("__") and name != "http"]
        raise _Fault("code_no_main", names=names[:5])

    def run() -> Any:
        result = main(**head["inputs"])
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    return _own(run)


def _javascript(head: dict[str, Any], http: Http) -> Any:
    try:
        return javascript.run(head["source"], head["inputs"], head["memory"], http)
    except Broken as fault:
        raise _Fault(fault.code, **fault.facts) from None
    except MemoryError:
        raise
    except Exception as fault:  # the code has replaced what our own JavaScript stands on
        raise _Fault("code_error", **_describe(fault)) from None


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
