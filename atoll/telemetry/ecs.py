"""A log line in the Elastic Common Schema: one JSON object, fields by ECS's names, ours under `atoll.`.

What an exception says may quote a prompt, a document or a row, so it is left out unless asked for: its type and the
places that it came through are enough to find it. Forms of credentials are masked always; that is a net, not the rule.
"""

import logging
import os
import re
import socket
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import orjson
import structlog

from atoll import __version__
from atoll.kit.clock import iso, now_ms
from atoll.kit.visible import visible

VERSION = "8.11.0"
_NAMES = {
    "logger": "log.logger",
    "request_id": "http.request.id",
    "trace_id": "trace.id",
    "method": "http.request.method",
    "status": "http.response.status_code",
    "code": "error.code",
    "workspace_id": "atoll.workspace.id",
    "run_id": "atoll.run.id",
    "run": "atoll.run.id",
    "document": "atoll.document.id",
    "app_id": "atoll.app.id",
    "trigger_id": "atoll.trigger.id",
    "evaluation": "atoll.evaluation.id",
    "route": "atoll.route",
}
_SUSPECT = re.compile(r"(?i)atoll_|sk-|bearer|basic|://|key|token|password|secret")  # else there is nothing to mask
_SECRETS = (
    (re.compile(r"\b(atoll_)[A-Za-z0-9_-]{16,}"), r"\1***"),
    (re.compile(r"\b(sk-)[A-Za-z0-9_-]{8,}"), r"\1***"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), r"\1 ***"),
    (re.compile(r"(?i)(://[^/\s:@]*:)[^/\s@]+@"), r"\1***@"),
    (re.compile(r"(?i)\b((?:api[_-]?key|token|password|secret)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+"), r"\1***"),
)


class EcsRenderer:
    """The last processor of structlog. `content`: what exceptions say is written too. `mask`: what each text goes through."""

    def __init__(self, zone: str, content: bool = False, mask: Callable[[str], str] = str) -> None:
        self._content, self._mask = content, mask
        self._always = {
            "ecs.version": VERSION,
            "event.dataset": "atoll.log",
            "service.name": "atoll",
            "service.version": __version__,
            "host.name": socket.gethostname(),
            "process.pid": os.getpid(),
            "atoll.zone": zone,
        }

    def __call__(self, _logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
        event = dict(event)
        action = str(event.pop("event", ""))
        level = str(event.pop("level", method))
        fields: dict[str, Any] = {
            "@timestamp": iso(now_ms()),
            "log.level": "error" if level == "exception" else level,
            "message": self._message(action, event),
        }
        if re.fullmatch(r"[a-z_]+\.[a-z_]+", action):
            fields["event.action"] = action
        fields |= self._of_exception(event.pop("exc_info", None))
        if (ms := event.pop("ms", None)) is not None:
            fields["event.duration"] = int(ms * 1_000_000)  # nanoseconds
        if (said := event.pop("error", None)) is not None and self._content:
            fields["error.message"] = str(said)
        if "status" in event and not isinstance(event["status"], int):
            fields["atoll.status"] = event.pop("status")
        for name, value in event.items():
            fields[_NAMES.get(name) or f"atoll.{name.lstrip('_')}"] = value
        masked = {name: _masked(value, self._mask) for name, value in fields.items()}
        return visible(orjson.dumps(self._always | masked, default=str).decode())

    def _message(self, action: str, event: Mapping[str, Any]) -> str:
        if action == "http.request":
            return f"{event.get('method')} {event.get('route')} {event.get('status')}"
        return action

    def _of_exception(self, exc_info: Any) -> dict[str, Any]:
        error = exc_info
        if exc_info is True:
            error = sys.exc_info()[1]
        elif isinstance(exc_info, tuple):
            error = exc_info[1]
        if not isinstance(error, BaseException):
            return {}
        fields = {"error.type": type(error).__name__}
        if self._content:
            fields["error.message"] = str(error)
            fields["error.stack_trace"] = "".join(traceback.format_exception(error))
        else:
            fields["error.stack_trace"] = "\n".join(_places(error))
        return fields


class EcsFormatter(logging.Formatter):
    """The same for lines of libraries, which use Python's logging. Their values are content, too."""

    def __init__(self, render: EcsRenderer, content: bool = False) -> None:
        super().__init__()
        self._render, self._content = render, content

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage() if self._content else str(record.msg).split("\n", 1)[0]
        event = {**structlog.contextvars.get_contextvars(), "event": said, "logger": record.name}
        return self._render(None, record.levelname.lower(), {**event, "exc_info": record.exc_info})


def _places(error: BaseException) -> list[str]:
    """The stack without what was said: type, and file, line and function of each frame; then what caused it."""
    lines: list[str] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        for frame in traceback.extract_tb(cause.__traceback__):
            lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return lines


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    """A value as it may stand in a line."""
    if isinstance(value, str):
        if _SUSPECT.search(value):
            for form, instead in _SECRETS:
                value = form.sub(instead, value)
        value = mask(value)
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, int) and value.bit_length() > 63:
        return str(value)  # JSON's readers have 64 bits
    if isinstance(value, Mapping):
        return {str(name): _masked(one, mask) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(one, mask) for one in value]
    return value
