"""The shell around the engine for one run: carries out what `decide` says and appends what happened.

Events are kept in a group and written in one transaction before anything waits: so always before a node with side
effects begins, before a pause, and before anyone is told that the run ended. Readers get an event after it is stored.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import orjson

from atoll.engine import state as engine
from atoll.engine.decide import Command, Finish, Gather, Pause, Settle, Skip, Start, decide, recover
from atoll.engine.events import Event
from atoll.engine.fold import apply
from atoll.engine.outcome import citations, result
from atoll.engine.plan import Plan, Step
from atoll.engine.state import RunStatus, State
from atoll.kit.clock import now_ms
from atoll.kit.errors import AtollError
from atoll.kit.i18n import text
from atoll.runs import attempt as attempts
from atoll.runs.at_work import AtWork, Noted, Place
from atoll.runs.attempt import Outcome
from atoll.runs.clocks import RUN, Clocks, containers
from atoll.runs.context import NodeContext, Ports
from atoll.runs.holding import Holding
from atoll.runs.inputs import checked_inputs
from atoll.runs.labels import RunLabels
from atoll.runs.sinks import watched
from atoll.runs.tail import Tail
from atoll.runs.tools import StepTools
from atoll.runs.totals import Totals
from atoll.sdk import Container, NodeError

GROUP = 256  # events held back at most while instant nodes run one after the other
LIGHT = 1_000_000  # bytes of a run's values: with more, even a look at them may take longer than others should wait


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody asked of a run while it was under way; a write tells."""

    stop: str | None = None  # who asked for it
    pause: bool = False


Write = Callable[[list[Event], dict[str, Any]], Awaitable[Wishes]]


@dataclass(frozen=True, slots=True)
class Limits:
    parallel: int = 32
    steps: int = 100_000
    seconds: float = 3600.0
    output_bytes: int = 16_000_000


class Execution:
    """One run, while this process holds its lease. `write` stores a group of events and says what was asked meanwhile."""

    def __init__(
        self,
        run_id: str,
        plan: Plan,
        history: list[Event],
        write: Write,
        tail: Tail,
        ports: Ports,
        labels: RunLabels,
        threads: Executor,
        limits: Limits,
    ) -> None:
        self.run_id = run_id
        self._totals = Totals()
        self._write, self._tail, self._ports = write, tail, ports
        self._threads, self._limits = threads, limits
        self._group: list[Event] = []
        self._readings: dict[str, Any] = {}
        self._at_work = AtWork(run_id, tail, threads, limits.output_bytes)
        self._cancelled_by: str | None = None
        self._pause_by: str | None = None
        self._expired = False
        self._weight = 0  # bytes of the values so far
        self._clocks = Clocks(self._at_work.wake)
        self._state = engine.initial(plan)
        self._holding = Holding(self._state, labels, self._at_work, ports.redaction)
        for event in history:
            apply(self._state, event)
            self._totals.take(event)
            self._clocks.read(event)
            self._weight += len(orjson.dumps(event.data, option=orjson.OPT_NON_STR_KEYS))

    @property
    def state(self) -> State:
        return self._state

    def cancel(self, by: str) -> None:
        """Stop as soon as possible. Takes effect where the run waits."""
        self._cancelled_by = by
        self._at_work.wake()

    def pause(self, by: str) -> None:
        """Start nothing more; pause when what is at work has ended."""
        self._pause_by = by
        self._at_work.wake()

    async def run(self) -> None:
        """Until the run ends or pauses. Raises LeaseLost; cancelling this coroutine leaves the run to another."""
        self._clocks.wind(RUN, 0, self._limits.seconds)
        for path in list(containers(self._state)):
            frame, step = engine.locate(self._state, path)
            self._clocks.wind(path, frame.nodes[step.id].attempt, step.timeout)
        self._look_at_clocks()
        try:
            await self._loop()
        finally:
            self._clocks.stop()
            await self._at_work.stop()

    async def _loop(self) -> None:
        state = self._state
        if self._cancelled_by is None and not self._expired:
            await self._begin(recover(state))
        while state.status is RunStatus.RUNNING:
            self._look_at_clocks()
            if self._cancelled_by is not None:
                await self._end("run.cancelled", {"by": self._cancelled_by})
                return
            if self._expired:
                await self._fail_limit("run_seconds", self._limits.seconds)
                return
            commands = decide(state, self._limits.parallel, self._at_work.paths)
            if self._pause_by is not None:
                commands = self._held_back(commands)
            if commands and isinstance(commands[0], Finish):
                await self._finish(commands[0])
                return
            if await self._begin(commands):
                if len(self._group) >= GROUP:
                    await self._flush()
                continue
            await self._flush()
            if self._cancelled_by is None and not self._expired:
                await self._wait()

    def _look_at_clocks(self) -> None:
        """The run has had its time, or a container has: that one fails, and what is at work in it ends."""
        for path, number in self._clocks.run_out():
            if path == RUN:
                self._expired = True
            elif engine.under_way(self._state, path):
                place = self._place(path)
                node = place.frame.nodes[place.step.id]
                if node.passes is not None and node.attempt == number:
                    self._holding.gather(place, node)
                    outcome = Outcome({}, attempts.describe(attempts.too_late(place.step)))
                    self._take(place, outcome, None, number, now_ms())
                    self._drop_orphans()

    def _held_back(self, commands: list[Command]) -> list[Command]:
        """A pause was asked for: what is at work goes on, nothing else begins."""
        starts = [command for command in commands if isinstance(command, Start)]
        if not starts:
            return commands
        return [] if engine.active(self._state) else [Pause(starts[0].node, "asked")]

    async def _begin(self, commands: list[Command]) -> bool:
        """Carry out commands. True if the state moved, so that `decide` has something new to say."""
        moved = False
        starting: list[tuple[Place, int]] = []
        for command in commands:
            if not isinstance(command, Finish) and not engine.under_way(self._state, command.node):
                continue  # what was carried out before it has ended its pass
            if isinstance(command, Start) and self._state.failure is not None:
                continue
            match command:
                case Skip(node):
                    self._emit("node.skipped", node, self._holding.passed_over(self._place(node)))
                    moved = True
                case Settle(node, decision):
                    self._settle(node, decision)
                    moved = True
                case Gather(node):
                    self._gather(self._place(node))
                    moved = True
                case Pause():
                    await self._paused(command)
                    return True
                case Start(node, number, delay):
                    if node in self._at_work.paths:
                        continue
                    if self._state.started + len(starting) >= self._limits.steps:
                        await self._fail_limit("run_steps", self._limits.steps)
                        return True
                    if not self._at_work.has_rested(node, delay):
                        moved = True  # its place is free for another
                        continue
                    place = self._place(node)
                    if await self._at_once(place, number):
                        moved = True
                    else:
                        starting.append((place, number))
                case Finish():
                    raise AssertionError("Finish comes alone")
        if starting and await self._start(starting):
            moved = True
        return moved

    def _place(self, path: str) -> Place:
        return Place(path, *engine.locate(self._state, path))

    async def _at_once(self, place: Place, number: int) -> bool:
        """Nodes that need no waiting for: pinned ones, containers (their passes begin), instant ones with little to do."""
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

    def _quick(self, step: Step) -> bool:
        return step.plain and self._weight <= LIGHT

    async def _start(self, starting: list[tuple[Place, int]]) -> bool:
        """Begin nodes that take time. That they began is on disk before they do. True if one was refused."""
        ready: list[tuple[Place, int, NodeContext, dict[str, Any]]] = []
        for place, number in starting:
            if not engine.under_way(self._state, place.path):
                continue
            inputs = engine.bound_inputs(place.frame, place.step)
            context = self._context(place, inputs, number, self._ports)
            self._emit("node.started", place.path, {"attempt": number, "key": context.idempotency_key})
            try:
                self._holding.begin(place)
            except NodeError as refusal:
                self._take(place, Outcome({}, attempts.describe(refusal)), context, number, now_ms())
                continue
            ready.append((place, number, context, inputs))
        await self._flush()
        if self._cancelled_by is None:
            for place, number, context, inputs in ready:
                if not engine.under_way(self._state, place.path):
                    continue  # one that was refused has ended its pass
                self._at_work.begin(place, inputs, context, number)
        return len(ready) < len(starting)

    def _context(self, place: Place, inputs: dict[str, Any], number: int, ports: Ports | None) -> NodeContext:
        if ports is not None:
            ports = watched(ports, lambda resource: self._holding.reach(place, context, resource))
        context = NodeContext(
            place.frame, place.step, inputs, number, self.run_id, ports, place.path, self._at_work.note,
            lambda label: self._holding.covers(place.path, label),
        )  # fmt: skip
        if place.step.tools and ports is not None:
            context.tools = StepTools(
                context, place.frame, place.step, ports,
                lambda tool: self._holding.enter_tool(place, context, tool), self._threads, self._limits.output_bytes,
            )  # fmt: skip
        return context

    def _instant(self, place: Place, number: int) -> None:
        inputs = engine.bound_inputs(place.frame, place.step)
        context = self._context(place, inputs, number, None)
        try:
            self._holding.begin(place)
            outcome = attempts.run_instant(place.step, inputs, context, self._limits.output_bytes)
        except NodeError as refusal:
            outcome = Outcome({}, attempts.describe(refusal))
        self._ended_at_once(place, outcome, context, {"attempt": number})

    def _pin(self, place: Place, outputs: dict[str, Any], number: int) -> None:
        """The node does not run: it gives what was pinned, under the label that it would have had."""
        try:
            self._holding.begin(place)
            outcome = attempts.pinned(place.step, outputs, self._limits.output_bytes)
        except NodeError as refusal:
            outcome = Outcome({}, attempts.describe(refusal))
        self._ended_at_once(place, outcome, None, {"attempt": number, "pinned": True})

    def _ended_at_once(
        self, place: Place, outcome: Outcome, context: NodeContext | None, began: dict[str, Any]
    ) -> None:
        """Nothing could happen between its beginning and its end: a success is one event."""
        at, number = now_ms(), began["attempt"]
        if outcome.error is None and outcome.asks is None:
            self._take(place, outcome, context, number, at, began)
        else:
            self._emit("node.started", place.path, began, at)
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
            self._emit("node.started", place.path, {"attempt": number})
            self._take(place, Outcome({}, attempts.describe(refusal)), None, number, now_ms())
            return
        data = {"attempt": number, **self._holding.hand_in(place), **filled}
        self._emit("node.started", place.path, data)
        self._clocks.begin(place.path, number, place.step.timeout)

    def _filled(self, place: Place, number: int) -> dict[str, Any]:
        """The inputs of a call of another app, as that one declares them."""
        step = place.step
        if step.inner is None or not issubclass(step.node, Container) or not step.calls:
            return {}
        bound = engine.bound_inputs(place.frame, step)
        filled = step.node.fill(step.config, self._context(place, bound, number, None))
        return {"inputs": checked_inputs(step.inner, {**bound, **filled})}

    def _gather(self, place: Place) -> None:
        """The passes of a container are over."""
        node = place.frame.nodes[place.step.id]
        passes = node.passes
        assert passes is not None
        self._clocks.end(place.path)
        self._holding.gather(place, node)
        if passes.fault is not None:
            outcome = Outcome({}, passes.fault)
        else:
            outcome = attempts.gathered(place.step, passes, self._limits.output_bytes)
        self._take(place, outcome, None, node.attempt, now_ms())

    async def _wait(self) -> None:
        """Until something has happened; then take all that has."""
        written: list[asyncio.Future[None]] = []
        for one in await self._at_work.said():
            if not self._at_work.heard(one):
                continue
            if isinstance(one, Noted):
                self._emit("node.noted", one.context.node_id, one.data)
                written.append(one.written)
            elif one.outcome is not None and engine.under_way(self._state, one.path):
                self._take(self._place(one.path), one.outcome, one.context, one.attempt, now_ms())
        if written:
            await self._flush()
            for future in written:
                if not future.done():
                    future.set_result(None)

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
        self._weight += outcome.size
        data: dict[str, Any] = {"facts": context.facts} if context and context.facts else {}
        error = outcome.error
        data |= self._holding.end(place, outcome, context)
        if outcome.asks is not None:
            self._emit("node.asked", path, data | outcome.asks, at)
        elif error is None:
            data |= began or {}
            data["outputs"] = outcome.outputs
            if outcome.branch is not None:
                data["branch"] = outcome.branch
            if context and context.assigned:
                data["set"] = context.assigned
            self._emit("node.succeeded", path, data, at)
        elif number < step.attempts and error["retryable"]:
            delay = min(step.delay * 2 ** (number - 1), 60.0)
            self._emit("node.retrying", path, {"attempt": number + 1, "delay": delay, "error": error}, at)
        else:
            self._emit("node.failed", path, data | _failure(step, error, step.on_error), at)
        if error is not None and "/" in path:
            self._drop_orphans()

    def _drop_orphans(self) -> None:
        """End what is at work in passes that a failure has ended."""
        self._at_work.drop(lambda path: "/" in path and not engine.under_way(self._state, path))

    def _settle(self, node: str, decision: str) -> None:
        """A person decided how a node counts whose effect is unknown."""
        place = self._place(node)
        error = {
            "code": "effect_unknown",
            "message": text(
                "The node was interrupted; a person decided how it counts.", "节点曾被中断，已由人工决定其结果。"
            ),
            "detail": "",
            "retryable": False,
        }
        skipped = decision == "skip"
        failure = _failure(place.step, error, "default" if skipped else place.step.on_error)
        self._emit("node.failed", node, failure | self._holding.passed_over(place))
        self._drop_orphans()

    async def _paused(self, pause: Pause) -> None:
        data: dict[str, Any] = {"reason": pause.reason}
        wake_at = None
        if pause.reason == "approval":
            place = self._place(pause.node)
            data["asks"] = place.frame.asked[place.step.id]
            wake_at = data["asks"].get("until")
        elif pause.reason == "asked":
            data["by"] = self._pause_by
        self._readings |= {
            "status": "paused", "pause": {**data, "node": pause.node}, "wake_at": wake_at,
            "owner": None, "lease_until": None, "pause_requested": False,
        }  # fmt: skip
        self._emit("run.paused", pause.node, data)
        await self._flush()

    async def _finish(self, finish: Finish) -> None:
        state = self._state
        if finish.status is RunStatus.FAILED and state.failure is not None:
            node, error = state.failure
            await self._end("run.failed", {"error": self._holding.told(node, error)}, node)
            return
        outputs, cited = result(state), citations(state)
        data: dict[str, Any] = {"outputs": outputs, "citations": cited}
        try:
            label = self._holding.answer()
        except NodeError as refusal:
            await self._end("run.failed", {"error": attempts.describe(refusal)})
            return
        if label is not None:
            data["label"] = label
        self._readings |= {
            "outputs": outputs, "citations": cited, "conversation": state.conversation or None,
            "label": self._holding.handed_on(label),
        }  # fmt: skip
        await self._end("run.succeeded", data)

    async def _fail_limit(self, setting: str, limit: float) -> None:
        name = f"ATOLL_{setting.upper()}"
        error = {
            "code": f"limit_{setting}",
            "message": text(f"The run reached the limit {name} = {limit:g}.", f"运行达到了上限 {name} = {limit:g}。"),
            "detail": "",
            "retryable": False,
        }
        await self._end("run.failed", {"error": error})

    async def _end(self, kind: str, data: dict[str, Any], node: str | None = None) -> None:
        await self._at_work.stop()
        at = now_ms()
        self._readings |= {
            "status": kind.removeprefix("run."), "ended_at": at, "totals": self._totals.as_dict(), "owner": None,
        }  # fmt: skip
        if "error" in data:
            self._readings["error"] = {**data["error"], "node": node}
        self._emit(kind, node, data, at)
        await self._flush()

    def _emit(self, kind: str, node: str | None, data: dict[str, Any], at: int | None = None) -> None:
        event = Event(kind, node, data, self._state.seq + 1, at or now_ms())
        apply(self._state, event)
        self._totals.take(event)
        self._group.append(event)

    async def _flush(self) -> None:
        if not self._group:
            return
        group, self._group = self._group, []
        readings, self._readings = self._readings, {}
        wishes = await self._write(group, readings)
        self._tail.publish(self.run_id, group)
        if self._cancelled_by is None:
            self._cancelled_by = wishes.stop
        if wishes.pause and self._pause_by is None:
            self._pause_by = "user"


def _failure(step: Step, error: dict[str, Any], handled: str) -> dict[str, Any]:
    """The data of a failure, with what the node gives in spite of it."""
    data: dict[str, Any] = {"error": error, "handled": handled}
    if handled == "default":
        data["outputs"] = step.default_outputs
    elif handled == "branch":
        data["outputs"] = {"error": {"code": error["code"], "message": error["message"]}}
    return data
