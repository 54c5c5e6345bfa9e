"""Whose time runs: that of the run, and of each container under way. A person's time counts for neither."""

import asyncio
import math
from collections.abc import Callable, Iterator

from atoll.engine.events import Event
from atoll.engine.state import State
from atoll.kit.clock import now_ms

RUN = ""  # the path that stands for the run as a whole


class Clocks:
    """Read the history first, then wind what goes on. A clock that has run out wakes the run, which asks `run_out`."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._since: dict[str, int] = {RUN: now_ms()}
        self._paused_at = 0
        self._wound: dict[str, asyncio.TimerHandle] = {}
        self._late: list[tuple[str, int]] = []

    def read(self, event: Event) -> None:
        """An event of the past."""
        match event.type:
            case "run.started":
                self._since[RUN] = event.at
            case "node.started":
                self._since[event.node or RUN] = event.at
            case "node.succeeded" | "node.failed" | "node.retrying":
                self._since.pop(event.node or RUN, None)
            case "run.paused":
                self._paused_at = event.at
            case "run.resumed":
                for path in self._since:
                    self._since[path] += event.at - self._paused_at

    def begin(self, path: str, attempt: int, seconds: float) -> None:
        """A container begins now."""
        self._since[path] = now_ms()
        self.wind(path, attempt, seconds)

    def wind(self, path: str, attempt: int, seconds: float) -> None:
        """`seconds` in all, of which some may have gone by."""
        if seconds == math.inf:
            return
        left = seconds - (now_ms() - self._since[path]) / 1000
        if left > 0:
            self._wound[path] = asyncio.get_running_loop().call_later(left, self._expire, path, attempt)
        else:
            self._expire(path, attempt)

    def _expire(self, path: str, attempt: int) -> None:  # by a list: a group that is being written must not be cut off
        self._late.append((path, attempt))
        self._wake()

    def run_out(self) -> list[tuple[str, int]]:
        """(path, attempt) of those that ran out and were not told of yet."""
        late, self._late = self._late, []
        return late

    def end(self, path: str) -> None:
        """A container is over."""
        if handle := self._wound.pop(path, None):
            handle.cancel()

    def stop(self) -> None:
        for handle in self._wound.values():
            handle.cancel()


def containers(state: State, prefix: str = "") -> Iterator[str]:
    """The paths of the containers that are under way."""
    for name in state.containers:
        yield prefix + name
        passes = state.nodes[name].passes
        for number, frame in (passes.open if passes else {}).items():
            yield from containers(frame, f"{prefix}{name}/{number}/")
