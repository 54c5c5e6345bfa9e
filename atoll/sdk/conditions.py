"""Comparisons of values: the clauses of a condition, of a loop's end and of a breakpoint. Pure."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.sdk.errors import NodeError

Operator = Literal[
    "is", "is_not", "contains", "not_contains", "starts_with", "ends_with", "empty", "not_empty",
    "=", "≠", ">", "≥", "<", "≤", "in", "not_in",
]  # fmt: skip

_PARTS = 10_000  # of a list or an object that is compared as a text


class Clause(BaseModel):
    """`variable` is a dotted name; `value` is compared as the type that the variable has."""

    model_config = ConfigDict(extra="forbid")
    variable: str = Field(min_length=1, max_length=200)
    operator: Operator = "is"
    value: Any = None


def all_hold(clauses: Sequence[Clause], logic: str, look_up: Callable[[str], Any]) -> bool:
    """Whether the clauses hold, joined by `logic` ("and" or "or"). Raises NodeError where two can't be compared."""
    held = (holds(look_up(clause.variable), clause.operator, clause.value) for clause in clauses)
    return all(held) if logic == "and" else any(held)


def holds(left: Any, operator: str, right: Any) -> bool:
    """One comparison. Raises NodeError where the two can't be compared."""
    if operator in ("empty", "not_empty"):
        return (left in (None, "", [], {})) == (operator == "empty")
    if operator in ("=", "≠", ">", "≥", "<", "≤"):
        a, b = _number(left), _number(right)
        return {"=": a == b, "≠": a != b, ">": a > b, "≥": a >= b, "<": a < b, "≤": a <= b}[operator]
    if operator in ("in", "not_in"):
        options = right if isinstance(right, list) else [part.strip() for part in str(right).split(",")]
        return (left in options or _text(left) in options) == (operator == "in")
    if operator in ("contains", "not_contains"):
        inside = right in left if isinstance(left, list) else _text(right) in _text(left)
        return inside == (operator == "contains")
    if operator == "starts_with":
        return _text(left).startswith(_text(right))
    if operator == "ends_with":
        return _text(left).endswith(_text(right))
    same = left == right or _text(left) == _text(right)
    return same == (operator == "is")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict) and _parts(value) > _PARTS:
        raise NodeError(
            "condition_too_large",
            f"A list or an object with more than {_PARTS:,} values can't be compared as a text. Compare a field of it.",
            f"包含超过 {_PARTS} 个值的列表或对象无法作为文本比较，请改为比较其中的字段。",
        )
    return "" if value is None else str(value)


def _parts(value: Any) -> int:
    """How many values are in it, counted up to a little above `_PARTS`."""
    count, level = 0, [value]
    while level and count <= _PARTS:
        inner = level.pop()
        found = inner.values() if isinstance(inner, dict) else inner
        count += len(inner)
        level += [one for one in islice(found, _PARTS) if isinstance(one, list | dict)]
    return count


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        shown = str(value)[:60]
        raise NodeError("not_a_number", f"“{shown}” is not a number.", f"“{shown}”不是数字。") from None
