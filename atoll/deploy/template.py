"""YAML, and the same YAML as a Helm template: a value may be a name that Helm fills in, an entry may hang on a condition."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_camel

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*(?::[A-Za-z0-9_./-]+)*")
_NOT_TEXT = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


class Name:
    """Stands for a value that is not known yet: `Name(".Values").api.replicas` is written `{{ toJson .Values.api.replicas }}`.

    It can be put into a text, which must then be safe in a quoted string. It can't be looked at: what hangs on a value
    is written with `If`.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> "Name":
        if name.startswith("__"):
            raise AttributeError(name)
        return Name(f"{self._path}.{to_camel(name)}")

    def __str__(self) -> str:
        return f"{{{{ {self._path} }}}}"

    def __bool__(self) -> bool:
        raise TypeError(f"{self._path} is not known before Helm fills it in: use If")

    @property
    def path(self) -> str:
        return self._path


@dataclass(frozen=True)
class If:
    """An entry of an object or a list that is there only where `condition` holds (`unless`: does not)."""

    condition: Any
    value: Any
    unless: bool = False

    @property
    def known(self) -> bool | None:
        """Whether the entry is there; None: Helm will know."""
        return None if isinstance(self.condition, Name) else bool(self.condition) is not self.unless

    def wrap(self, lines: list[str], indent: str) -> Iterator[str]:
        """`lines` as they stand in a template, or none of them."""
        if self.known is None:
            test = f"not {self.condition.path}" if self.unless else self.condition.path
            yield f"{indent}{{{{- if {test} }}}}"
            yield from lines
            yield f"{indent}{{{{- end }}}}"
        elif self.known:
            yield from lines


@dataclass(frozen=True)
class Sum:
    """The SHA-256 of a value's JSON, as Helm reckons it."""

    value: Any

    def __str__(self) -> str:
        if isinstance(self.value, Name):
            return f"{{{{ toJson {self.value.path} | sha256sum }}}}"
        canonical = json.dumps(self.value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def dump(value: Any) -> str:
    """One document. Objects keep their order; texts of several lines become blocks."""
    return "\n".join(_lines(value, "")) + "\n"


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, If):
                yield from inner.wrap(list(_entry(f"{indent}{_scalar(key)}:", inner.value, indent)), indent)
            else:
                yield from _entry(f"{indent}{_scalar(key)}:", inner, indent)
    else:
        for inner in value:
            if isinstance(inner, If):
                yield from inner.wrap(list(_item(inner.value, indent)), indent)
            else:
                yield from _item(inner, indent)


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        yield head
        yield from _lines(value, indent + "  ")
    elif isinstance(value, str) and "\n" in value:
        yield head + " |"
        yield from (f"{indent}  {line}".rstrip() for line in value.rstrip("\n").split("\n"))
    else:
        yield f"{head} {_scalar(value)}"


def _item(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        first, *more = _lines(value, indent + "  ")
        yield f"{indent}- {first.strip()}"
        yield from more
    else:
        yield f"{indent}- {_scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, Name):
        return f"{{{{ toJson {value.path} }}}}"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
