"""Where a piece of work belongs: a trace, as W3C's Trace Context has it, from a request to the calls it leads to.

The house says here what begins and ends; it goes nowhere until a server installs a tracer. What a caller sends is handed on
even without one, so that log lines of one trace are found together. An attribute never holds what a person wrote.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, Protocol

Attributes = Mapping[str, str | int | float | bool | list[str]]
Kind = Literal["internal", "server", "client"]
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Span(Protocol):
    """One piece of work. `traceparent` names it to those who work for it."""

    traceparent: str

    def name(self, name: str) -> None: ...

    def note(self, attributes: Attributes) -> None: ...

    def fail(self, code: str) -> None: ...

    def end(self) -> None: ...


class Tracer(Protocol):
    def begin(self, name: str, kind: Kind, parent: str, attributes: Attributes) -> Span:
        """`parent` is a traceparent, or empty: then the span begins a trace."""
        ...


class _Untraced:
    traceparent = ""

    def name(self, name: str) -> None: ...

    def note(self, attributes: Attributes) -> None: ...

    def fail(self, code: str) -> None: ...

    def end(self) -> None: ...


UNTRACED = _Untraced()
_tracer: Tracer | None = None
_current: ContextVar[str] = ContextVar("traceparent", default="")


def install(tracer: Tracer | None) -> None:
    """From now on this process traces with `tracer`; None stops it."""
    global _tracer
    _tracer = tracer


def current() -> str:
    """The traceparent of what is under way in this task; empty for none."""
    return _current.get()


def outgoing() -> dict[str, str]:
    """The header for a call to a service of ours; nothing where nobody traces."""
    return {"traceparent": _current.get()} if _tracer is not None and _current.get() else {}


def trace_id(traceparent: str) -> str:
    return traceparent[3:35]


def enter(traceparent: str) -> None:
    """This task works for what `traceparent` names from now on. Anything else than a traceparent is none."""
    _current.set(traceparent if _TRACEPARENT.fullmatch(traceparent) else "")


def begin(name: str, kind: Kind, attributes: Attributes) -> Span:
    """A span for its caller to end. What it awaits meanwhile stays where it was in the trace."""
    return UNTRACED if _tracer is None else _tracer.begin(name, kind, _current.get(), attributes)


@contextmanager
def within(span: Span) -> Iterator[None]:
    """What begins in the block belongs to `span`, which its owner ends."""
    token = _current.set(span.traceparent or _current.get())
    try:
        yield
    finally:
        _current.reset(token)
