"""Saying that work waits. The row is the truth and is found by looking; this only shortens the wait until somebody looks."""

from collections.abc import Callable
from typing import Literal, Protocol

Queue = Literal["runs", "ingestion", "housekeeping"]
QUEUES: tuple[Queue, ...] = ("runs", "ingestion", "housekeeping")  # housekeeping: evaluations


class Dispatcher(Protocol):
    """What is lost costs time only, never work: neither method blocks or raises."""

    def ring(self, queue: Queue) -> None:
        """Work may be waiting in this queue, for whichever process has room."""

    def pass_on(self, queue: Queue) -> None:
        """This process is full, or leaves, and something may be waiting: another one shall look."""

    def close(self) -> None:
        """What was rung is sent, if that takes no longer than a moment."""


class Bells:
    """The dispatcher of one process that does everything, and the local part of any other."""

    def __init__(self) -> None:
        self._bells: dict[Queue, Callable[[], None]] = {}

    def hang(self, queue: Queue, bell: Callable[[], None]) -> None:
        """`bell` is called in the thread of whoever rings."""
        self._bells[queue] = bell

    def ring(self, queue: Queue) -> None:
        if bell := self._bells.get(queue):
            bell()

    def pass_on(self, queue: Queue) -> None:
        """There is nobody else."""

    def close(self) -> None:
        pass


def alone(queue: Queue, bell: Callable[[], None]) -> Bells:
    """The dispatcher of whoever does all the work of a queue by itself."""
    bells = Bells()
    bells.hang(queue, bell)
    return bells
