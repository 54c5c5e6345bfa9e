"""Work that a process does again and again in the background. What fails is told, and tried again."""

import asyncio
from typing import ClassVar

import structlog

from atoll.kit.bell import rung
from atoll.kit.errors import AtollError


class Recurring:
    """`look_once` does the work once and gives the seconds until the next time; where it fails, they are `again`.

    `area` names the task and, as `<area>.look_failed` of the logger `atoll.<area>`, what is told.
    """

    area: ClassVar[str]
    again: ClassVar[float]

    def __init__(self) -> None:
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def look_once(self) -> float:
        raise NotImplementedError

    def start(self) -> None:
        self._task = asyncio.create_task(self._recur(), name=f"{self.area}.recurring")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def ring(self) -> None:
        """There may be something to do now."""
        self._bell.set()

    async def _recur(self) -> None:
        log = structlog.get_logger(f"atoll.{self.area}")
        while True:
            self._bell.clear()  # before the look: what comes during it is seen by the next
            wait = self.again
            try:
                wait = await self.look_once()
            except AtollError as error:
                log.warning(f"{self.area}.look_failed", code=error.code)
            except Exception:  # the border of a task: the loop goes on
                log.exception(f"{self.area}.look_failed")
            await rung(self._bell, wait)
