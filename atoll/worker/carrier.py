"""The event loop of a worker process: in a thread of its own, as Celery has the main one. Many runs go on in it at once."""

import asyncio
import threading
from collections.abc import Callable
from typing import Protocol

import uvloop

from atoll.kit.dispatcher import Queue


class Work(Protocol):
    """What is carried, as the composition root puts it together. All is called in the loop's thread."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def ring(self, queue: Queue) -> None: ...


class Carrier:
    """`make` is called in the loop's thread. `start` raises what `make` or the work's own start raised."""

    def __init__(self, make: Callable[[], Work]) -> None:
        self._make = make
        self._thread = threading.Thread(target=self._run, name="carrier", daemon=True)
        self._ready = threading.Event()
        self._failed: Exception | None = None
        self._work: Work | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told: asyncio.Event | None = None

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise self._failed

    def ring(self, queue: Queue) -> None:
        """From any thread."""
        if self._loop is not None and self._work is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._work.ring, queue)

    def leave(self) -> None:
        """Hand all work on, now. Returns at once, also in a signal's handler."""
        if self._loop is not None and self._told is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told.set)

    def stop(self, seconds: float) -> bool:
        """Hand all work on and end, within so many seconds. False where it takes longer."""
        self.leave()
        return self.ended(seconds)

    def ended(self, seconds: float) -> bool:
        """Waits for the end for so many seconds at most."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._carry())

    async def _carry(self) -> None:
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        try:
            work = self._make()
            await work.start()
        except Exception as error:
            self._failed = error
            self._ready.set()
            return
        self._work = work
        self._ready.set()
        await self._told.wait()
        await work.stop()
