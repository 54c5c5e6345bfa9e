"""The tool calls of an answer, put together from the fragments that servers stream. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from atoll.sdk import ToolCall
from atoll.sdk.tools import tool_arguments, tool_unknown

MOST = 64  # calls of one answer: no honest one has more


class TooManyCalls(Exception):
    """The server asks for more calls than any answer needs."""


@dataclass(slots=True)
class _Fragmented:
    id: str = ""
    name: str = ""
    arguments: str = ""


class Calls:
    """Feed messages or pieces of one; `done` gives what was asked for."""

    def __init__(self) -> None:
        self._found: dict[Any, _Fragmented] = {}
        self._last: Any = None

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, message: Mapping[str, Any]) -> int:
        """How many characters came. Raises TooManyCalls."""
        length = 0
        found = message.get("tool_calls")
        listed = found if isinstance(found, list) else []
        for at, fragment in enumerate(listed):
            if isinstance(fragment, Mapping):
                length += self._take(self._key(fragment, at, len(listed)), fragment, fragment.get("function"))
        older = message.get("function_call")
        if isinstance(older, Mapping):
            length += self._take("function_call", {}, older)
        if len(self._found) > MOST:
            raise TooManyCalls
        return length

    def done(self, offered: Sequence[str]) -> tuple[ToolCall, ...]:
        """The calls in their order, each with a fault where it can't be made."""
        return tuple(_call(one, at, offered) for at, one in enumerate(self._found.values(), 1))

    def _key(self, fragment: Mapping[str, Any], at: int, count: int) -> Any:
        """Which call a fragment belongs to: by its index, where servers leave it out by a new id, else the last one."""
        if isinstance(fragment.get("index"), int):
            return fragment["index"]
        if fragment.get("id"):
            return fragment["id"]
        return at if count > 1 or self._last is None else self._last

    def _take(self, key: Any, fragment: Mapping[str, Any], function: Any) -> int:
        self._last = key
        found = self._found.setdefault(key, _Fragmented())
        found.id = found.id or str(fragment.get("id") or "")
        if not isinstance(function, Mapping):
            return 0
        name, arguments = function.get("name"), function.get("arguments")
        if isinstance(name, str) and name != found.name:  # some servers say the name with every fragment
            found.name += name
        if isinstance(arguments, Mapping):
            arguments = orjson.dumps(dict(arguments)).decode()
        if not isinstance(arguments, str):
            return 0
        found.arguments += arguments
        return len(arguments)


def _call(one: _Fragmented, at: int, offered: Sequence[str]) -> ToolCall:
    made = one.id or f"call_{at}"
    if one.name not in offered:
        return ToolCall(made, one.name, {}, one.arguments, tool_unknown(one.name, offered))
    if not one.arguments.strip():
        return ToolCall(made, one.name)
    try:
        arguments = orjson.loads(one.arguments)
    except orjson.JSONDecodeError:
        arguments = None
    if arguments is None and one.arguments.strip() == "null":
        return ToolCall(made, one.name)
    if not isinstance(arguments, dict):
        return ToolCall(made, one.name, {}, one.arguments, tool_arguments(one.name, one.arguments))
    return ToolCall(made, one.name, arguments, one.arguments)
