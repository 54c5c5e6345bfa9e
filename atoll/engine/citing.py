"""Citations of a container's passes: each pass counts its passages from 1, all together each has a number of its own. Pure.

A pass keeps its numbers where no earlier one has them; else its marks, `[2]`, are rewritten in what it gave.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from atoll.sdk.container import Pass

Passages = list[dict[str, Any]]
_MARK = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Cited:
    """What the passes gave, in their order, with the numbers of `citations`."""

    values: list[Any]
    last: Pass | None
    citations: Passages


def together(values: Mapping[int, Any], cited: Mapping[int, Passages], last: Pass | None) -> Cited:
    """`values` and `cited` by the number of the pass."""
    if not cited:
        return Cited([values[number] for number in sorted(values)], last, [])
    citations: dict[Any, dict[str, Any]] = {}
    changes: dict[int, dict[int, int]] = {}
    taken: set[int] = set()
    fresh = max((n for value in values.values() for n in _marks(value)), default=0)
    for number in sorted(cited):
        changes[number] = {}
        for passage in cited[number]:
            n, key = passage["n"], passage.get("chunk_id")
            if key not in citations:
                now = n
                if n in taken:
                    now = fresh = max(fresh, *taken) + 1
                taken.add(now)
                citations[key] = {**passage, "n": now}
            if citations[key]["n"] != n:
                changes[number][n] = citations[key]["n"]
    return Cited(
        [_renumbered(values[number], changes.get(number)) for number in sorted(values)],
        _last(last, changes),
        sorted(citations.values(), key=lambda passage: int(passage["n"])),
    )


def passages(found: Iterable[dict[str, Any]]) -> Passages:
    """Those that have a number and say of what they are; a plugin's `citations` may be anything."""
    return [
        {name: value for name, value in one.items() if name != "node"}
        for one in found
        if isinstance(one.get("n"), int) and isinstance(one.get("chunk_id"), str)
    ]


def _last(last: Pass | None, changes: Mapping[int, dict[int, int]]) -> Pass | None:
    change = changes.get(last.index) if last else None
    if last is None or not change:
        return last
    return replace(last, value=_renumbered(last.value, change), variables=_renumbered(last.variables, change))


def _renumbered(value: Any, change: Mapping[int, int] | None) -> Any:
    """`value` with other numbers in its texts. What a passage itself says is left alone: a mark in there is not ours."""
    if not change:
        return value
    if isinstance(value, str):
        return _MARK.sub(lambda mark: f"[{change.get(int(mark[1]), int(mark[1]))}]", value)
    if isinstance(value, list):
        return [_renumbered(one, change) for one in value]
    if not isinstance(value, dict):
        return value
    if "chunk_id" in value:
        n = value.get("n")
        return {**value, "n": change[n]} if isinstance(n, int) and n in change else value
    return {name: _renumbered(one, change) for name, one in value.items()}


def _marks(value: Any) -> Iterable[int]:
    if isinstance(value, str):
        yield from (int(mark) for mark in _MARK.findall(value))
    elif isinstance(value, list):
        for one in value:
            yield from _marks(one)
    elif isinstance(value, dict) and "chunk_id" not in value:
        for one in value.values():
            yield from _marks(one)
