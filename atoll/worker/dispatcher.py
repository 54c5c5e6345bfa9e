"""Ringing through Redis: a thread of its own sends, so that nobody waits for Redis."""

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from atoll.kit.dispatcher import Dispatcher, Queue
from atoll.worker.broker import RING, celery_app

if TYPE_CHECKING:
    from kombu import Connection

log = structlog.get_logger("atoll.worker")
ENOUGH = 64  # messages that wait in a queue: more would wake nobody else
PASS = 0.25  # seconds at least between rings that a full process passes on: it may get them back itself
TWICE = 2  # messages of a ring that is passed on: one may come to the very process that does not want it
AGAIN = 1.0  # seconds between tries to reach a Redis that is away
CLOSING = 0.5  # seconds for the last rings


class CeleryDispatcher:
    """`here` is rung too: this process may have room itself. Rings of one queue that wait to be sent are one ring, so that
    a Redis that is away costs no memory."""

    def __init__(self, redis_url: str, here: Dispatcher) -> None:
        self._here = here
        self._app = celery_app(redis_url)
        self._waiting: dict[Queue, tuple[float, int]] = {}  # when by the monotonic clock, and how often, each is sent
        self._passed: dict[Queue, float] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._away = False  # Redis, when it was last tried
        self._thread: threading.Thread | None = None

    def ring(self, queue: Queue) -> None:
        self._here.ring(queue)
        self._send(queue, time.monotonic(), 1)

    def pass_on(self, queue: Queue) -> None:
        at = max(time.monotonic(), self._passed.get(queue, 0.0) + PASS)
        self._passed[queue] = at
        self._send(queue, at, TWICE)

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(CLOSING)

    def _send(self, queue: Queue, at: float, times: int) -> None:
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._sending, name="dispatcher", daemon=True)
                self._thread.start()
            before, most = self._waiting.get(queue, (at, times))
            self._waiting[queue] = (min(at, before), max(times, most))
            self._changed.notify()

    def _due(self) -> dict[Queue, int] | None:
        """Waits for rings whose time has come; None when closed and all were sent."""
        with self._changed:
            while True:
                now = time.monotonic()
                due = {queue: times for queue, (at, times) in self._waiting.items() if at <= now or self._closing}
                if due:
                    for queue in due:
                        del self._waiting[queue]
                    return due
                if self._closing:
                    return None
                self._changed.wait(min(at for at, _ in self._waiting.values()) - now if self._waiting else None)

    def _sending(self) -> None:
        connection: Connection | None = None
        while (due := self._due()) is not None:
            try:
                connection = connection or self._app.connection_for_write()
                channel = connection.default_channel
                for queue, times in due.items():
                    for _ in range(times if channel.client.llen(queue) < ENOUGH else 0):
                        self._app.send_task(RING, [queue], queue=queue, connection=connection, retry=False)
                if self._away:
                    log.info("dispatch.back")
                self._away = False
            except Exception as error:  # the border of a task: kombu's and redis' errors have no common class
                if not self._away:
                    log.warning("dispatch.away", error=type(error).__name__)  # its words may hold the address
                self._away = True
                if self._closing:
                    return  # whoever has room looks by itself
                for queue, times in due.items():
                    self._send(queue, time.monotonic() + AGAIN, times)
                if connection is not None:
                    with suppress(Exception):
                        connection.release()
                connection = None
        if connection is not None:
            with suppress(Exception):
                connection.release()
