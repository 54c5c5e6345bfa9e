"""The life of a node in a run: how it begins, at once or in its own time, and how it ends. Each is told to the log."""

import asyncio
from concurrent.futures import Executor
from typing import Any

from atoll.engine import state as engine
from atoll.engine.step import Step
from atoll.kit.clock import now_ms
from atoll.kit.errors import AtollError
from atoll.runs.execution import attempt as attempts
from atoll.runs.execution.at_work import AtWork, Done, Noted, Place
from atoll.runs.execution.attempt import Outcome, failed
from atoll.runs.execution.clocks import Clocks
from atoll.runs.execution.context import NodeContext, Ports
from atoll.runs.execution.inputs import checked_inputs
from atoll.runs.execution.log import RunLog
from atoll.runs.execution.tools import StepTools
from atoll.runs.labels.holding import Holding
from atoll.runs.labels.sinks import watched
from atoll.sdk import Container, NodeError

LIGHT = 1_000_000  # bytes of a run's values: with more, even a look at them may take longer than others should wait
Ready = tuple[Place, int, NodeContext, dict[str, Any]]
"""A node that takes time, its attempt's number, its context and its inputs."""


class Nodes:
    """Those of one run. None of it waits for a node: what `go` began is heard of by `hear`."""

    def __init__(
        self,
        log: RunLog,
        holding: Holding,
        at_work: AtWork,
        clocks: Clocks,
        ports: Ports,
        threads: Executor,
        output_bytes: int,
    ) -> None:
        self._log, self._holding, self._at_work, self._clocks = log, holding, at_work, clocks
        self._ports, self._threads, self._output_bytes = ports, threads, output_bytes
        self._state = log.state

    def place(self, path: str) -> Place:
        return Place(path, *engine.locate(self._state, path))

    # Beginning

    async def at_once(self, place: Place, number: int) -> bool:
        """Begin a node that needs no waiting for: a pinned one, a container (its passes begin), an instant one with
        little to do. False: it is another."""
        pinned = self._state.pins.get(place.path)
        if pinned is not None:
            self._pin(place, pinned, number)
        elif place.step.inner is not None:
            await self._enter(place, number)
        elif place.step.node.instant and self._quick(place.step):
            self._instant(place, number)
        else:
            return False
        return True

    def begin(self, starting: list[tuple[Place, int]]) -> list[Ready]:
        """Nodes that take time begin. Gives those that were not refused: they `go` once that is on disk."""
        ready: list[Ready] = []
        for place, number in starting:
            if not engine.under_way(self._state, place.path):
                continue
            inputs = engine.bound_inputs(place.frame, place.step)
            context = self._context(place, inputs, number, self._ports)
            self._log.emit("node.started", place.path, {"attempt": number, "key": context.idempotency_key})
            try:
                self._holding.begin(place)
            except NodeError as refusal:
                self._take(place, failed(refusal), context, number, now_ms())
                continue
            ready.append((place, number, context, inputs))
        return ready

    def go(self, ready: list[Ready]) -> None:
        for place, number, context, inputs in ready:
            if engine.under_way(self._state, place.path):  # one that was refused has ended its pass
                self._at_work.begin(place, inputs, context, number)

    def _quick(self, step: Step) -> bool:
        return step.plain and self._log.weight <= LIGHT

    def _context(self, place: Place, inputs: dict[str, Any], number: int, ports: Ports | None) -> NodeContext:
        if ports is not None:
            ports = watched(ports, lambda resource: self._holding.reach(place, context, resource))
        context = NodeContext(
            place.frame, place.step, inputs, number, self._log.run_id, ports, place.path, self._at_work.note,
            lambda label: self._holding.covers(place.path, label),
        )  # fmt: skip
        if place.step.tools and ports is not None:
            context.tools = StepTools(
                context, place.frame, place.step, ports,
                lambda tool: self._holding.enter_tool(place, context, tool), self._threads, self._output_bytes,
            )  # fmt: skip
        return context

    def _instant(self, place: Place, number: int) -> None:
        inputs = engine.bound_inputs(place.frame, place.step)
        context = self._context(place, inputs, number, None)
        try:
            self._holding.begin(place)
            outcome = attempts.run_instant(place.step, inputs, context, self._output_bytes)
        except NodeError as refusal:
            outcome = failed(refusal)
        self._ended_at_once(place, outcome, context, {"attempt": number})

    def _pin(self, place: Place, outputs: dict[str, Any], number: int) -> None:
        """The node does not run: it gives what was pinned, under the label that it would have had."""
        try:
            self._holding.begin(place)
            outcome = attempts.pinned(place.step, outputs, self._output_bytes)
        except NodeError as refusal:
            outcome = failed(refusal)
        self._ended_at_once(place, outcome, None, {"attempt": number, "pinned": True})

    def _ended_at_once(
        self, place: Place, outcome: Outcome, context: NodeContext | None, began: dict[str, Any]
    ) -> None:
        """Nothing could happen between its beginning and its end: a success is one event."""
        at, number = now_ms(), began["attempt"]
        if outcome.error is None and outcome.asks is None:
            self._take(place, outcome, context, number, at, began)
        else:
            self._log.emit("node.started", place.path, began, at)
            self._take(place, outcome, context, number, at)

    async def _enter(self, place: Place, number: int) -> None:
        """A container begins: what it may not use it must not even begin with."""
        try:
            self._holding.begin(place)
            if self._quick(place.step):
                filled = self._filled(place, number)
            else:
                loop = asyncio.get_running_loop()
                filled = await loop.run_in_executor(self._threads, self._filled, place, number)
        except AtollError as refusal:
            self._log.emit("node.started", place.path, {"attempt": number})
            self._take(place, failed(refusal), None, number, now_ms())
            return
        data = {"attempt": number, **self._holding.hand_in(place), **filled}
        self._log.emit("node.started", place.path, data)
        self._clocks.begin(place.path, number, place.step.timeout)

    def _filled(self, place: Place, number: int) -> dict[str, Any]:
        """The inputs of a call of another app, as that one declares them."""
        step = place.step
        if step.inner is None or not issubclass(step.node, Container) or not step.calls:
            return {}
        bound = engine.bound_inputs(place.frame, step)
        filled = step.node.fill(step.config, self._context(place, bound, number, None))
        return {"inputs": checked_inputs(step.inner, {**bound, **filled})}

    # Ending

    def hear(self, one: Done | Noted) -> None:
        """What a node at work says: that it has ended, or what it wants written down."""
        if isinstance(one, Noted):
            self._log.emit("node.noted", one.context.node_id, one.data)
        elif one.outcome is not None and engine.under_way(self._state, one.path):
            self._take(self.place(one.path), one.outcome, one.context, one.attempt, now_ms())

    def skip(self, path: str) -> None:
        self._log.emit("node.skipped", path, self._holding.passed_over(self.place(path)))

    def gather(self, path: str) -> None:
        """The passes of a container are over."""
        place = self.place(path)
        node = place.frame.nodes[place.step.id]
        passes = node.passes
        assert passes is not None
        self._clocks.end(path)
        self._holding.gather(place, node)
        fault = passes.fault
        outcome = Outcome({}, fault) if fault else attempts.gathered(place.step, passes, self._output_bytes)
        self._take(place, outcome, None, node.attempt, now_ms())

    def overdue(self, path: str, number: int) -> None:
        """A container has had its time: it fails, and what is at work in it ends."""
        if not engine.under_way(self._state, path):
            return
        place = self.place(path)
        node = place.frame.nodes[place.step.id]
        if node.passes is not None and node.attempt == number:
            self._holding.gather(place, node)
            self._take(place, failed(attempts.too_late(place.step)), None, number, now_ms())
            self._drop_orphans()

    def settle(self, path: str, decision: str) -> None:
        """A person decided how a node counts whose effect is unknown."""
        place = self.place(path)
        unknown = NodeError(
            "effect_unknown",
            "The node was interrupted; a person decided how it counts.",
            "节点曾被中断，已由人工决定其结果。",
        )
        handled = "default" if decision == "skip" else place.step.on_error
        failure = _failure(place.step, attempts.describe(unknown), handled)
        self._log.emit("node.failed", path, failure | self._holding.passed_over(place))
        self._drop_orphans()

    def _take(
        self,
        place: Place,
        outcome: Outcome,
        context: NodeContext | None,
        number: int,
        at: int,
        began: dict[str, Any] | None = None,
    ) -> None:
        """Turn an attempt's outcome into an event. `began`: how it began, where that is not an event of its own."""
        step, path = place.step, place.path
        self._log.weight += outcome.size
        data: dict[str, Any] = {"facts": context.facts} if context and context.facts else {}
        error = outcome.error
        data |= self._holding.end(place, outcome, context)
        if outcome.asks is not None:
            self._log.emit("node.asked", path, data | outcome.asks, at)
        elif error is None:
            data |= began or {}
            data["outputs"] = outcome.outputs
            if outcome.branch is not None:
                data["branch"] = outcome.branch
            if context and context.assigned:
                data["set"] = context.assigned
            self._log.emit("node.succeeded", path, data, at)
        elif number < step.attempts and error["retryable"]:
            delay = min(step.delay * 2 ** (number - 1), 60.0)
            self._log.emit("node.retrying", path, {"attempt": number + 1, "delay": delay, "error": error}, at)
        else:
            self._log.emit("node.failed", path, data | _failure(step, error, step.on_error), at)
        if error is not None and "/" in path:
            self._drop_orphans()

    def _drop_orphans(self) -> None:
        """End what is at work in passes that a failure has ended."""
        self._at_work.drop(lambda path: "/" in path and not engine.under_way(self._state, path))


def _failure(step: Step, error: dict[str, Any], handled: str) -> dict[str, Any]:
    """The data of a failure, with what the node gives in spite of it."""
    data: dict[str, Any] = {"error": error, "handled": handled}
    if handled == "default":
        data["outputs"] = step.default_outputs
    elif handled == "branch":
        data["outputs"] = {"error": {"code": error["code"], "message": error["message"]}}
    return data
