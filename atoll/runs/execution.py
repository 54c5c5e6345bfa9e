"""The shell around the engine for one run: carries out what `decide` says and appends what happened.

Events are kept in a group and written in one transaction before anything waits: so always before a node with side
effects begins, before a pause, and before anyone is told that the run ended. Readers get an event after it is stored.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from atoll.engine import state as engine
from atoll.engine.events import Event
from atoll.engine.plan import Plan, Step
from atoll.engine.state import Ask, Finish, RunStatus, Settle, Skip, Start, State
from atoll.kit.clock import now_ms
from atoll.kit.i18n import text
from atoll.runs import attempt as attempts
from atoll.runs.attempt import Outcome
from atoll.runs.context import NodeContext, Ports
from atoll.runs.labels import RunLabels
from atoll.runs.tail import Tail
from atoll.runs.totals import Totals
from atoll.sdk import NodeError

GRACE = 0.5  # seconds for nodes to clean up when the run stops; a stop takes effect within one
GROUP = 256  # events held back at most while instant nodes run one after the other
Write = Callable[[list[Event], dict[str, Any]], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Limits:
    parallel: int = 32
    steps: int = 10_000
    seconds: float = 3600.0
    output_bytes: int = 16_000_000


class Execution:
    """One run, while this process holds its lease. `write` stores a group of events and says if a stop was asked for."""

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
        self._write, self._tail, self._ports, self._labels = write, tail, ports, labels
        self._threads, self._limits = threads, limits
        self._group: list[Event] = []
        self._readings: dict[str, Any] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._done: asyncio.Queue[tuple[str, Outcome | None, NodeContext | None, int]] = asyncio.Queue()
        self._rested: set[str] = set()  # nodes whose delay before a retry is over
        self._labelled: dict[str, dict[str, Any]] = {}
        self._cancelled_by: str | None = None
        self._expired = False
        self._started_at = history[0].at if history else now_ms()
        paused_at = 0
        self._state = engine.initial(plan)
        for event in history:
            engine.apply(self._state, event)
            self._totals.take(event)
            if event.type == "run.paused":
                paused_at = event.at
            elif event.type == "run.resumed":
                self._started_at += event.at - paused_at  # a person's time is not the run's

    @property
    def state(self) -> State:
        return self._state

    def cancel(self, by: str) -> None:
        """Stop as soon as possible. Takes effect where the run waits."""
        self._cancelled_by = by
        self._wake()

    def _wake(self) -> None:
        self._done.put_nowait(("", None, None, 0))

    async def run(self) -> None:
        """Until the run ends or pauses. Raises LeaseLost; cancelling this coroutine leaves the run to another."""

        def expire() -> None:  # by a flag: a group that is being written must not be cut off
            self._expired = True
            self._wake()

        remaining = self._limits.seconds - (now_ms() - self._started_at) / 1000
        self._expired = remaining <= 0
        clock = asyncio.get_running_loop().call_later(remaining, expire)
        try:
            await self._loop()
        finally:
            clock.cancel()
            await self._stop_tasks()

    async def _loop(self) -> None:
        state = self._state
        if self._cancelled_by is None and not self._expired:
            await self._begin(engine.recover(state))
        while state.status is RunStatus.RUNNING:
            if self._cancelled_by is not None:
                await self._end("run.cancelled", {"by": self._cancelled_by})
                return
            if self._expired:
                await self._fail_limit("run_seconds", self._limits.seconds)
                return
            commands = engine.decide(state, self._limits.parallel, self._tasks)
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

    async def _begin(self, commands: list[engine.Command]) -> bool:
        """Carry out commands. True if the state moved, so that `decide` has something new to say."""
        moved = False
        starting: list[tuple[Step, int]] = []
        for command in commands:
            match command:
                case Skip(node):
                    self._emit("node.skipped", node, {})
                    moved = True
                case Settle(node, decision):
                    self._settle(node, decision)
                    moved = True
                case Ask(node):
                    await self._ask(node)
                    return True
                case Start(node, number, delay):
                    if node in self._tasks:
                        continue
                    if self._state.started + len(starting) >= self._limits.steps:
                        await self._fail_limit("run_steps", self._limits.steps)
                        return True
                    if delay and node not in self._rested:
                        self._tasks[node] = asyncio.create_task(self._rest(node, delay))
                        moved = True  # its place is free for another
                        continue
                    self._rested.discard(node)
                    step = self._state.plan.steps[node]
                    if step.node.instant:
                        self._instant(step, number)
                        moved = True
                    else:
                        starting.append((step, number))
                case Finish():
                    raise AssertionError("Finish comes alone")
        if starting and await self._start(starting):
            moved = True
        return moved

    async def _start(self, starting: list[tuple[Step, int]]) -> bool:
        """Begin nodes that take time. That they began is on disk before they do. True if one was refused."""
        ready: list[tuple[Step, int, NodeContext, dict[str, Any]]] = []
        for step, number in starting:
            inputs = engine.bound_inputs(self._state, step)
            context = NodeContext(self._state, step, inputs, number, self.run_id, self._ports)
            self._emit("node.started", step.id, {"attempt": number, "key": context.idempotency_key})
            try:
                self._labelled[step.id] = self._label(step)
            except NodeError as refusal:
                self._take(step, Outcome({}, attempts.describe(refusal)), context, number, now_ms())
                continue
            ready.append((step, number, context, inputs))
        await self._flush()
        if self._cancelled_by is None:
            for step, number, context, inputs in ready:
                self._tasks[step.id] = asyncio.create_task(self._attempt(step, inputs, context, number))
        return len(ready) < len(starting)

    async def _attempt(self, step: Step, inputs: dict[str, Any], context: NodeContext, number: int) -> None:
        over = False

        def delta(piece: str) -> None:
            if not over and step.id in self._tasks:  # a thread goes on after its time, a stubborn node after the run
                self._tail.delta(self.run_id, step.id, piece, step.answers)

        limit = self._limits.output_bytes
        try:
            outcome = await attempts.run(step, inputs, context, delta, self._threads, limit)
        finally:
            over = True
        self._done.put_nowait((step.id, outcome, context, number))

    async def _rest(self, node: str, delay: float) -> None:
        await asyncio.sleep(delay)
        self._rested.add(node)
        self._done.put_nowait((node, None, None, 0))

    def _instant(self, step: Step, number: int) -> None:
        at = now_ms()
        inputs = engine.bound_inputs(self._state, step)
        context = NodeContext(self._state, step, inputs, number, self.run_id, None)
        self._emit("node.started", step.id, {"attempt": number}, at)
        try:
            self._labelled[step.id] = self._label(step)
            outcome = attempts.run_instant(step, inputs, context, self._limits.output_bytes)
        except NodeError as refusal:
            outcome = Outcome({}, attempts.describe(refusal))
        self._take(step, outcome, context, number, at)

    async def _wait(self) -> None:
        """Until something has happened; then take all that has."""
        first = await self._done.get()
        arrived = [first]
        while not self._done.empty():
            arrived.append(self._done.get_nowait())
        for node, outcome, context, number in arrived:
            self._tasks.pop(node, None)
            if outcome is not None and context is not None:
                self._take(self._state.plan.steps[node], outcome, context, number, now_ms())

    def _take(self, step: Step, outcome: Outcome, context: NodeContext, number: int, at: int) -> None:
        """Turn an attempt's outcome into an event."""
        data: dict[str, Any] = {"facts": context.facts} if context.facts else {}
        if label := self._labelled.pop(step.id, None):
            data["label"] = label
        error = outcome.error
        if error is None:
            data["outputs"] = outcome.outputs
            if outcome.branch is not None:
                data["branch"] = outcome.branch
            self._emit("node.succeeded", step.id, data, at)
        elif number < step.attempts and error["retryable"]:
            delay = min(step.delay * 2 ** (number - 1), 60.0)
            self._emit("node.retrying", step.id, {"attempt": number + 1, "delay": delay, "error": error}, at)
        else:
            self._emit("node.failed", step.id, data | _failure(step, error, step.on_error), at)

    def _label(self, step: Step) -> dict[str, Any]:
        taken = [self._state.nodes[node].label for node in step.upstream]
        if not step.upstream:
            taken.append(self._state.label)
        return self._labels.enter(step, taken)

    def _settle(self, node: str, decision: str) -> None:
        """A person decided how a node counts whose effect is unknown."""
        step = self._state.plan.steps[node]
        error = {
            "code": "effect_unknown",
            "message": text(
                "The node was interrupted; a person decided how it counts.", "节点曾被中断,已由人工决定其结果。"
            ),
            "detail": "",
            "retryable": False,
        }
        skipped = decision == "skip"
        self._emit("node.failed", node, _failure(step, error, "default" if skipped else step.on_error))

    async def _ask(self, node: str) -> None:
        self._readings |= {"status": "paused", "question": node, "owner": None, "lease_until": None}
        self._emit("run.paused", node, {"reason": "effect_unknown"})
        await self._flush()

    async def _finish(self, finish: Finish) -> None:
        state = self._state
        if finish.status is RunStatus.FAILED and state.failure is not None:
            node, error = state.failure
            await self._end("run.failed", {"error": error}, node)
            return
        outputs, cited = engine.result(state), engine.citations(state)
        data: dict[str, Any] = {"outputs": outputs, "citations": cited}
        ends = [state.nodes[s.id].label for s in state.plan.steps.values() if s.node.result or not s.outgoing]
        if labels := [label for label in ends if label]:
            data["label"] = self._labels.join(labels)
        self._readings |= {"outputs": outputs, "citations": cited}
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
        await self._stop_tasks()
        at = now_ms()
        self._readings |= {
            "status": kind.removeprefix("run."), "ended_at": at, "totals": self._totals.as_dict(), "owner": None,
        }  # fmt: skip
        if "error" in data:
            self._readings["error"] = {**data["error"], "node": node}
        self._emit(kind, node, data, at)
        await self._flush()

    async def _stop_tasks(self) -> None:
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)

    def _emit(self, kind: str, node: str | None, data: dict[str, Any], at: int | None = None) -> None:
        event = Event(kind, node, data, self._state.seq + 1, at or now_ms())
        engine.apply(self._state, event)
        self._totals.take(event)
        self._group.append(event)

    async def _flush(self) -> None:
        if not self._group:
            return
        group, self._group = self._group, []
        readings, self._readings = self._readings, {}
        stop = await self._write(group, readings)
        self._tail.publish(self.run_id, group)
        if stop and self._cancelled_by is None:
            self._cancelled_by = "user"


def _failure(step: Step, error: dict[str, Any], handled: str) -> dict[str, Any]:
    """The data of a failure, with what the node gives in spite of it."""
    data: dict[str, Any] = {"error": error, "handled": handled}
    if handled == "default":
        data["outputs"] = step.default_outputs
    elif handled == "branch":
        data["outputs"] = {"error": {"code": error["code"], "message": error["message"]}}
    return data
