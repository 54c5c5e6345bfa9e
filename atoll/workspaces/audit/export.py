"""Records as lines that other programs read: JSON as they were hashed, CSV for spreadsheets, ECS for a SIEM.

A record is one line whatever is in its names: control characters and those that turn the direction of text are written
as escapes. A spreadsheet would take a cell that begins with = + - or @, in full width too, for a formula: an apostrophe
stands before it.
"""

import csv
import io
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

from atoll import __version__

Format = Literal["json", "csv", "ecs"]
MEDIA: dict[Format, str] = {
    "json": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "ecs": "application/x-ndjson",
}
COLUMNS = ("seq", "at", "workspace_id", "actor_kind", "actor_id", "actor_name", "action", "target_kind", "target_id",
           "outcome", "detail", "address", "request_id", "hash")  # fmt: skip
_OUTCOMES = {"done": "success", "refused": "failure", "failed": "failure"}
_FORMULA = ("=", "+", "-", "@")
_HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}
_PEOPLE = (
    "user",
    "session",
    "role",
    "group",
    "invitation",
    "key",
    "sso",
    "sign",
    "password",
    "grant",
    "access",
    "factor",
)


def head(how: Format) -> bytes:
    """What stands before the first record."""
    return (",".join(COLUMNS) + "\r\n").encode() if how == "csv" else b""


def written(record: Mapping[str, Any], how: Format) -> bytes:
    """One line, with its end."""
    if how == "csv":
        return _csv(record)
    shown = record if how == "json" else _ecs(record)
    return _visible(orjson.dumps(shown).decode()).encode() + b"\n"


def _visible(line: str) -> str:
    """JSON has such characters in its strings only, so that an escape means the same."""
    if line.isascii() and "\x7f" not in line:
        return line  # orjson has escaped the other control characters
    return "".join(_escaped(c) if unicodedata.category(c) in _HIDDEN else c for c in line)


def _escaped(c: str) -> str:
    return "".join(f"\\u{unit:04x}" for unit in _units(c))


def _units(c: str) -> list[int]:
    raw = c.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)]


def _csv(record: Mapping[str, Any]) -> bytes:
    line = io.StringIO()
    values = {**record, "at": _time(record["at"]), "detail": orjson.dumps(record["detail"]).decode()}
    csv.writer(line, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n").writerow(
        [_cell(values[name]) for name in COLUMNS]
    )
    return line.getvalue().encode()


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    shown = "".join(_escaped(c) if unicodedata.category(c) in _HIDDEN else c for c in value)
    return f"'{shown}" if unicodedata.normalize("NFKC", shown.lstrip()[:1]) in _FORMULA else shown


def _ecs(record: Mapping[str, Any]) -> dict[str, Any]:
    """Elastic Common Schema 8: https://www.elastic.co/guide/en/ecs/current/."""
    action = record["action"]
    found: dict[str, Any] = {
        "@timestamp": _time(record["at"]),
        "ecs": {"version": "8.11.0"},
        "event": {
            "kind": "event",
            "category": ["iam"] if any(word in action for word in _PEOPLE) else ["configuration"],
            "type": ["denied"] if record["outcome"] == "refused" else ["change"],
            "action": action,
            "outcome": _OUTCOMES.get(record["outcome"], "unknown"),
            "id": record["hash"],
            "sequence": record["seq"],
            "module": "atoll",
            "dataset": "atoll.audit",
        },
        "user": {"id": record["actor_id"], "name": record["actor_name"], "roles": [record["actor_kind"]]},
        "service": {"name": "atoll", "type": "atoll", "version": __version__},
        "atoll": {
            "workspace": record["workspace_id"],
            "target": {"kind": record["target_kind"], "id": record["target_id"]},
            "detail": orjson.dumps(record["detail"]).decode(),  # a text: its fields differ from action to action
        },
    }
    if record["address"]:
        found["source"] = {"ip": record["address"]}
    if record["request_id"]:
        found["http"] = {"request": {"id": record["request_id"]}}
    return found


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
