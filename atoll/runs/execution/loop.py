"""The shell around the engine for one run: carries out what `decide` says, until the run ends or pauses.

What happened is on disk before anything waits: so always before a node with side effects begins, before a pause, and
before anyone is told that the run ended.
"""

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from atoll.engine import state as engine
from atoll.engine.decide import Command, Finish, Gather, Pause, Settle, Skip, Start, decide, recover
from atoll.engine.events import Event
from atoll.engine.outcome import citations, result
from atoll.engine.plan import Plan
from atoll.engine.state import RunStatus, State
from atoll.runs.execution.at_work import AtWork, Noted, Place
from atoll.runs.execution.attempt import describe
from atoll.runs.execution.clocks import RUN, Clocks, containers
from atoll.runs.execution.context import Ports
from atoll.runs.execution.log import RunLog, Write
from atoll.runs.execution.node_life import Nodes
from atoll.runs.labels.holding import Holding
from atoll.runs.labels.run_labels import RunLabels
from atoll.runs.tail.tail import Tail
from atoll.sdk import NodeError


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
        self._limits = limits
        self._log = RunLog(run_id, plan, write, tail)
        self._state = self._log.state
        self._at_work = AtWork(run_id, tail, threads, limits.output_bytes)
        self._clocks = Clocks(self._at_work.wake)
        self._holding = Holding(self._state, labels, self._at_work, ports.redaction)
        self._nodes = Nodes(self._log, self._holding, self._at_work, self._clocks, ports, threads, limits.output_bytes)
        self._cancelled_by: str | None = None
        self._pause_by: str | None = None
        self._expired = False
        for event in history:
            self._log.read(event)
            self._clocks.read(event)

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
                if self._log.full:
                    await self._flush()
                continue
            await self._flush()
            if self._cancelled_by is None and not self._expired:
                await self._wait()

    def _look_at_clocks(self) -> None:
        """The run has had its time, or a container has."""
        for path, number in self._clocks.run_out():
            if path == RUN:
                self._expired = True
            else:
                self._nodes.overdue(path, number)

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
                    self._nodes.skip(node)
                    moved = True
                case Settle(node, decision):
                    self._nodes.settle(node, decision)
                    moved = True
                case Gather(node):
                    self._nodes.gather(node)
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
                    place = self._nodes.place(node)
                    if await self._nodes.at_once(place, number):
                        moved = True
                    else:
                        starting.append((place, number))
                case Finish():
                    raise AssertionError("Finish comes alone")
        if starting and await self._start(starting):
            moved = True
        return moved

    async def _start(self, starting: list[tuple[Place, int]]) -> bool:
        """Begin nodes that take time. That they began is on disk before they do. True if one was refused."""
        ready = self._nodes.begin(starting)
        await self._flush()
        if self._cancelled_by is None:
            self._nodes.go(ready)
        return len(ready) < len(starting)

    async def _wait(self) -> None:
        """Until something has happened; then take all that has."""
        written: list[asyncio.Future[None]] = []
        for one in await self._at_work.said():
            if self._at_work.heard(one):
                self._nodes.hear(one)
                if isinstance(one, Noted):
                    written.append(one.written)
        if written:
            await self._flush()
            for future in written:
                if not future.done():
                    future.set_result(None)

    async def _paused(self, pause: Pause) -> None:
        data: dict[str, Any] = {"reason": pause.reason}
        wake_at = None
        if pause.reason == "approval":
            place = self._nodes.place(pause.node)
            data["asks"] = place.frame.asked[place.step.id]
            wake_at = data["asks"].get("until")
        elif pause.reason == "asked":
            data["by"] = self._pause_by
        self._log.readings |= {
            "status": "paused", "pause": {**data, "node": pause.node}, "wake_at": wake_at,
            "owner": None, "lease_until": None, "pause_requested": False,
        }  # fmt: skip
        self._log.emit("run.paused", pause.node, data)
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
            await self._end("run.failed", {"error": describe(refusal)})
            return
        if label is not None:
            data["label"] = label
        self._log.readings |= {
            "outputs": outputs, "citations": cited, "conversation": state.conversation or None,
            "label": self._holding.handed_on(label),
        }  # fmt: skip
        await self._end("run.succeeded", data)

    async def _fail_limit(self, setting: str, limit: float) -> None:
        name = f"ATOLL_{setting.upper()}"
        reached = NodeError(
            f"limit_{setting}",
            f"The run reached the limit {name} = {limit:g}.",
            f"运行达到了上限 {name} = {limit:g}。",
        )
        await self._end("run.failed", {"error": describe(reached)})

    async def _end(self, kind: str, data: dict[str, Any], node: str | None = None) -> None:
        await self._at_work.stop()
        self._log.end(kind, node, data)
        await self._flush()

    async def _flush(self) -> None:
        wishes = await self._log.flush()
        if self._cancelled_by is None:
            self._cancelled_by = wishes.stop
        if wishes.pause and self._pause_by is None:
            self._pause_by = "user"
