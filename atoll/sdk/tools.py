"""Nodes as tools: a node declares which other nodes it may run while it works, and runs them by `context.tools`.

What is declared is known before a run: its configuration is checked with the graph, and the zones and labels of what it
uses count as the node's own. Each call asks for them again, and has the border of a node: time, outputs, errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from atoll.kit.i18n import Text
from atoll.sdk.errors import NodeError

if TYPE_CHECKING:
    from atoll.sdk.node import Input, Output


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One tool of a node: a node type with its configuration, under a name of its own.

    `given`: the names of the inputs that calls give (None: all that the type has; `partial`: perhaps those too). Names
    in its templates besides mean what they mean to the node that uses it.

    `where` is the place of `config` in that node's own configuration; `fields` are those that are called otherwise there.
    """

    name: str
    type: str
    config: Mapping[str, Any] = field(default_factory=dict)
    given: Sequence[str] | None = None
    where: tuple[str | int, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False

    def place(self, *path: str | int) -> tuple[str | int, ...]:
        """Where a place inside of `config` stands in the configuration of the node that uses it."""
        return (*self.where, *(self.fields.get(str(part), part) if at == 0 else part for at, part in enumerate(path)))


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """What a tool takes and gives. `side_effects`: running it twice does harm."""

    name: str
    type: str
    label: Text
    description: Text
    inputs: Sequence[Input]
    outputs: Sequence[Output]
    side_effects: bool


@dataclass(frozen=True, slots=True)
class ToolReply:
    """What one call gave: the outputs, and the facts that the tool recorded."""

    outputs: Mapping[str, Any]
    facts: Mapping[str, Any]
    ms: int


class Tools(Protocol):
    def info(self, name: str) -> ToolInfo:
        """What is known of a tool that the node declares."""
        ...

    async def call(self, name: str, inputs: Mapping[str, Any], *, key: str) -> ToolReply:
        """Run a declared tool. `key` is its idempotency key: the same for the same call after a crash.

        Raises NodeError for whatever goes wrong in it, `label_forbidden` where policy refuses.
        """
        ...


def tool_unknown(name: str, offered: Sequence[str]) -> NodeError:
    listed = ", ".join(offered)
    shown = name[:100] or "(no name)"
    return NodeError(
        "tool_unknown",
        f"There is no tool {shown}. There are: {listed}. Call one of these, or answer.",
        f"没有工具“{shown}”。可用的工具：{listed}。请调用其中之一，或直接回答。",
    )


def tool_arguments(name: str, raw: str) -> NodeError:
    return NodeError(
        "tool_arguments_invalid",
        f"The arguments for {name} are not a JSON object. Write them as one, such as {{}}.",
        f"“{name}”的参数不是 JSON 对象。请写成 JSON 对象，例如 {{}}。",
        detail=raw[:2000],
    )
