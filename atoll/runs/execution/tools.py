"""What stands behind `context.tools`: a node runs others while it works, each call behind the same border as a node."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from atoll.engine.state import State
from atoll.engine.step import Step
from atoll.kit.clock import now_ms
from atoll.kit.i18n import as_text
from atoll.runs.execution import attempt as attempts
from atoll.runs.execution.context import NodeContext, Ports
from atoll.sdk import NodeError, ToolInfo, ToolReply


class ToolContext(NodeContext):
    """A tool's side of one call. It can't ask a person or go on from notes: that is its user's to do."""

    @property
    def answer(self) -> Mapping[str, Any] | None:
        return None

    @property
    def notes(self) -> Sequence[Mapping[str, Any]]:
        return ()


class StepTools:
    """The tools of one attempt of one node. `enter` asks policy about a call and keeps the label of what it gives."""

    def __init__(
        self,
        user: NodeContext,
        state: State,
        step: Step,
        ports: Ports,
        enter: Callable[[Step], None],
        threads: Executor,
        max_bytes: int,
    ) -> None:
        self._user, self._state, self._step, self._ports = user, state, step, ports
        self._enter, self._threads, self._max_bytes = enter, threads, max_bytes

    def info(self, name: str) -> ToolInfo:
        tool = self._tool(name)
        label, description = as_text(tool.node.display_name or tool.node.name), as_text(tool.node.description)
        ports = tool.ports
        return ToolInfo(name, tool.node.name, label, description, ports.inputs, ports.outputs, tool.side_effects)

    async def call(self, name: str, inputs: Mapping[str, Any], *, key: str) -> ToolReply:
        tool = self._tool(name)
        self._enter(tool)
        user = self._user
        defaults = {port.name: port.default for port in tool.ports.inputs if port.default is not None}
        given = {**defaults, **inputs}
        context = ToolContext(
            self._state, tool, given, user.attempt, user.run_id, self._ports, user.node_id, covers=user.covers
        )
        context.idempotency_key = key
        context.assigned = user.assigned
        began = now_ms()
        outcome = await attempts.run(tool, given, context, _unwatched, self._threads, self._max_bytes)
        if outcome.asks is not None:
            raise NodeError(
                "tool_asks", f"{name} asks a person, which a tool can't.", f"“{name}”需要人工答复，工具无法这样做。"
            )
        if outcome.error is not None:
            error = outcome.error
            message = error["message"]
            raise NodeError(
                error["code"], message["en"], message.get("zh"), retryable=error["retryable"], detail=error["detail"]
            )
        return ToolReply(outcome.outputs, context.facts, now_ms() - began)

    def _tool(self, name: str) -> Step:
        tool = self._step.tools.get(name)
        if tool is None:
            raise NodeError("tool_undeclared", f"This node declares no tool {name}.", f"该节点没有声明工具“{name}”。")
        return replace(tool, upstream=self._step.upstream)


def _unwatched(piece: str) -> None:
    """What a tool streams nobody sees: its user gets the whole."""
