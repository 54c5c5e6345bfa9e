"""A Celery worker's process: which queues it serves, when its event loop begins and ends, and what a message does."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import structlog
from celery import Celery, signals

from atoll.kit.dispatcher import QUEUES, Queue
from atoll.worker.broker import celery_app
from atoll.worker.carrier import Carrier, Work

log = structlog.get_logger("atoll.worker")
STOPPING = 20.0  # seconds for handing work on

Make = Callable[[Sequence[Queue]], Work]


def worker_app(
    redis_url: str,
    make: Make,
    *,
    before: Callable[[], None],
    logging: Callable[[], None],
    failed: Callable[[Exception], NoReturn],
) -> Celery:
    """The application that `celery -A tasks worker` finds. `make(queues)` is called in each process that carries work,
    after any fork; `before` once, before all of them. What they raise goes to `failed`, which ends the process: Celery
    would write it down and go on.
    """
    carrier: Carrier | None = None

    def ring(queue: str) -> None:
        if carrier is not None and queue in QUEUES:
            carrier.ring(queue)

    app = celery_app(redis_url, ring)
    if not any(word.startswith(("-P", "--pool")) for word in sys.argv):
        # One process carries many runs, and a machine's processors may be many. Celery can't tell `--pool prefork` from
        # its own default: what is configured here would overrule it.
        app.conf.worker_pool = "solo"

    def check(**_: Any) -> None:
        try:
            before()
        except Exception as error:
            failed(error)

    def begin(**_: Any) -> None:
        nonlocal carrier
        queues = [name for name in QUEUES if name in app.amqp.queues.consume_from]
        carrier = Carrier(lambda: make(queues))
        try:
            carrier.start()
        except Exception as error:
            failed(error)

    def leave(**_: Any) -> None:
        """Celery itself may take a second to see that it was told to stop. Told a second time, it ends at once."""
        signal.signal(signal.SIGTERM, lambda *_: os._exit(1))
        if carrier is not None:
            carrier.leave()

    def end(**_: Any) -> None:
        if carrier is not None and not carrier.stop(STOPPING):
            log.warning("worker.left_behind", seconds=STOPPING)
            os._exit(1)

    # Weak references would let go of these functions.
    signals.setup_logging.connect(lambda **_: logging(), weak=False)
    signals.worker_init.connect(check, weak=False)
    signals.worker_process_init.connect(begin, weak=False)
    signals.worker_shutting_down.connect(leave, weak=False)
    signals.worker_shutdown.connect(end, weak=False)  # a pool of one
    signals.worker_process_shutdown.connect(end, weak=False)  # each process of a pool
    return app
