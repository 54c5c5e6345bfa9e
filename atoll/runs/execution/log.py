"""A run's log as it grows: an event changes the state at once, and is written in a group with others, in one transaction.

Readers get an event after it is stored.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from atoll.engine.events import Event
from atoll.engine.fold import apply
from atoll.engine.plan import Plan
from atoll.engine.state import initial
from atoll.kit.clock import now_ms
from atoll.runs.store import Wishes
from atoll.runs.tail.tail import Tail
from atoll.runs.totals import Totals

GROUP = 256  # events held back at most while instant nodes run one after the other


Write = Callable[[list[Event], dict[str, Any]], Awaitable[Wishes]]


class RunLog:
    """`write` stores a group of events with the run's readings, which are columns of its row."""

    def __init__(self, run_id: str, plan: Plan, write: Write, tail: Tail) -> None:
        self.run_id, self.state = run_id, initial(plan)
        self.weight = 0
        """Bytes of the values so far."""
        self.readings: dict[str, Any] = {}
        """Written with the next group."""
        self._write, self._tail = write, tail
        self._totals = Totals()
        self._group: list[Event] = []

    @property
    def full(self) -> bool:
        return len(self._group) >= GROUP

    def read(self, event: Event) -> None:
        """An event of the past."""
        self._take(event)
        self.weight += len(orjson.dumps(event.data, option=orjson.OPT_NON_STR_KEYS))

    def emit(self, kind: str, node: str | None, data: dict[str, Any], at: int | None = None) -> None:
        event = Event(kind, node, data, self.state.seq + 1, at or now_ms())
        self._take(event)
        self._group.append(event)

    def end(self, kind: str, node: str | None, data: dict[str, Any]) -> None:
        """The run's last event."""
        at = now_ms()
        self.readings |= {
            "status": kind.removeprefix("run."), "ended_at": at, "totals": self._totals.as_dict(), "owner": None,
        }  # fmt: skip
        if "error" in data:
            self.readings["error"] = {**data["error"], "node": node}
        self.emit(kind, node, data, at)

    async def flush(self) -> Wishes:
        if not self._group:
            return Wishes()
        group, self._group = self._group, []
        readings, self.readings = self.readings, {}
        wishes = await self._write(group, readings)
        self._tail.publish(self.run_id, group)
        return wishes

    def _take(self, event: Event) -> None:
        apply(self.state, event)
        self._totals.take(event)
