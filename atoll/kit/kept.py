"""What is read often and changes seldom: kept for a moment, as another process may change it."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Values by key. Each is read anew after `seconds`, and as soon as somebody here says that it changed."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._values: dict[str, tuple[T, float]] = {}
        self._changes = 0  # so far: what was read before one is not kept after it

    async def get(self, key: str, read: Callable[[], Awaitable[T]]) -> T:
        found = self._values.get(key)
        if found is not None and found[1] > time.monotonic():
            return found[0]
        changes = self._changes
        value = await read()
        if changes == self._changes:
            self._values[key] = (value, time.monotonic() + self._seconds)
        return value

    def forget(self, key: str) -> None:
        """It changed: look again."""
        self._values.pop(key, None)
        self._changes += 1
