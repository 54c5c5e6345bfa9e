"""The nodes of a run that take time: their tasks, what they report, and an end for those that nobody waits for."""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from atoll.engine.state import State
from atoll.engine.step import Step
from atoll.runs.execution import attempt as attempts
from atoll.runs.execution.attempt import Outcome
from atoll.runs.execution.context import NodeContext
from atoll.runs.tail.tail import Tail

GRACE = 0.5  # seconds for nodes to clean up when the run stops; a stop takes effect within one


@dataclass(frozen=True, slots=True)
class Place:
    """A node of this run: where it stands in the log, and the frame and step that are meant."""

    path: str
    frame: State
    step: Step


@dataclass(frozen=True, slots=True)
class Done:
    """An attempt is over; without an outcome: the rest before a retry, or only a reason to look again."""

    path: str = ""
    outcome: Outcome | None = None
    context: NodeContext | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Noted:
    """A node wants something written down before it goes on."""

    context: NodeContext
    data: dict[str, Any]
    written: asyncio.Future[None]


class AtWork:
    """Of each node at most one attempt counts. What others say, that were given up and did not notice, is not heard."""

    def __init__(self, run_id: str, tail: Tail, threads: Executor, output_bytes: int) -> None:
        self._run_id, self._tail, self._threads, self._output_bytes = run_id, tail, threads, output_bytes
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._counts: dict[str, NodeContext] = {}
        self._orphans: set[asyncio.Task[None]] = set()  # they are being cancelled
        self._rested: set[str] = set()  # nodes whose delay before a retry is over
        self._said: asyncio.Queue[Done | Noted] = asyncio.Queue()

    @property
    def paths(self) -> Collection[str]:
        """Of the nodes at work, and of those that rest before a retry."""
        return self._tasks.keys()

    def begin(self, place: Place, inputs: dict[str, Any], context: NodeContext, number: int) -> None:
        self._counts[place.path] = context
        self._tasks[place.path] = asyncio.create_task(self._attempt(place, inputs, context, number))

    def has_rested(self, path: str, delay: float) -> bool:
        """Whether the delay before a retry is over; it begins with the first question."""
        if delay and path not in self._rested:
            self._tasks[path] = asyncio.create_task(self._rest(path, delay))
            return False
        self._rested.discard(path)
        return True

    def holds(self, path: str, context: NodeContext) -> bool:
        """Whether this attempt counts. A thread goes on after its time, a stubborn node after the run."""
        return self._counts.get(path) is context

    def wake(self) -> None:
        """There is a reason to look again."""
        self._said.put_nowait(Done())

    async def note(self, context: NodeContext, data: dict[str, Any]) -> None:
        """For a node: write this down; returns once it is written."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._said.put_nowait(Noted(context, data, written))
        await written

    async def said(self) -> list[Done | Noted]:
        """Waits until something has happened, and gives all that has. Ask `heard` of each when its turn comes."""
        arrived = [await self._said.get()]
        while not self._said.empty():
            arrived.append(self._said.get_nowait())
        return arrived

    def heard(self, one: Done | Noted) -> bool:
        """Whether there is something to write down. An attempt that is done no longer counts."""
        if isinstance(one, Noted):
            counts = self.holds(one.context.node_id, one.context)
            if not counts:
                one.written.cancel()  # a thread may still wait for it
            return counts
        if self._counts.get(one.path) is not one.context:
            return False
        self._tasks.pop(one.path, None)
        self._counts.pop(one.path, None)
        return one.outcome is not None

    def drop(self, gone: Callable[[str], bool]) -> None:
        """End the attempts at `gone` paths."""
        for path in [path for path in self._tasks if gone(path)]:
            task = self._tasks.pop(path)
            self._counts.pop(path, None)
            task.cancel()
            self._leave(task)

    async def stop(self) -> None:
        """End all; those that do not listen are left behind."""
        tasks = [*self._tasks.values(), *self._orphans]
        self._tasks.clear()
        self._counts.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)

    async def _attempt(self, place: Place, inputs: dict[str, Any], context: NodeContext, number: int) -> None:
        over = False
        answers = place.step.answers and place.frame.parent is None

        def delta(piece: str) -> None:
            if not over and self.holds(place.path, context):
                self._tail.delta(self._run_id, place.path, piece, answers)

        clock = asyncio.get_running_loop().call_later(place.step.timeout + GRACE, self._give_up, place, context, number)
        try:
            outcome = await attempts.run(place.step, inputs, context, delta, self._threads, self._output_bytes)
        finally:
            over = True
            clock.cancel()
        self._said.put_nowait(Done(place.path, outcome, context, number))

    def _give_up(self, place: Place, context: NodeContext, number: int) -> None:
        """An attempt that was told to end does not: it goes on without anybody."""
        if self.holds(place.path, context):
            self._leave(self._tasks[place.path])
            outcome = attempts.failed(attempts.too_late(place.step))
            self._said.put_nowait(Done(place.path, outcome, context, number))

    def _leave(self, task: asyncio.Task[None]) -> None:
        self._orphans.add(task)
        task.add_done_callback(self._orphans.discard)

    async def _rest(self, path: str, delay: float) -> None:
        await asyncio.sleep(delay)
        self._rested.add(path)
        self._said.put_nowait(Done(path))
