"""A time limit that is moved again and again, as for each piece of a stream: one timer looks whether it has come."""

import asyncio
import math
from types import TracebackType


class Watch:
    """`async with`: raises TimeoutError where its task awaits something inside when the limit has come, as
    `asyncio.timeout_at` does. To move the limit costs nothing. Whoever hands something on in between lets it rest: the
    time of others does not count."""

    def __init__(self, until: float = math.inf) -> None:
        """`until`: by the loop's clock."""
        self._until = until
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = math.inf
        self._expired = False

    def until(self, when: float) -> None:
        self._until = when
        if when < self._looks_at:
            self._arm(when)

    def rest(self) -> None:
        self._until = math.inf

    async def __aenter__(self) -> "Watch":
        self._loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        self._task, self._cancelling = task, task.cancelling()
        self.until(self._until)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # a cancellation that came from elsewhere too is passed on
        if self._expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _arm(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._looks_at = self._loop.call_at(when, self._look), when

    def _look(self) -> None:
        self._timer, self._looks_at = None, math.inf
        if self._loop.time() >= self._until:
            self._expired = True
            self._task.cancel()
        elif self._until < math.inf:
            self._arm(self._until)
