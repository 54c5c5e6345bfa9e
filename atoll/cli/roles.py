"""One role of several processes each: `migrate`, `api`, `worker`, `scheduler`, `web`. `serve` is all of them in one.

None but `migrate` changes the schema: while a new version is rolled out, the others wait until it has.
"""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import structlog

from atoll.cli import say
from atoll.cli.logs import configure, configured
from atoll.kit.dispatcher import QUEUES, Queue
from atoll.kit.errors import AtollError, OperationalError, UserError
from atoll.kit.settings import Settings

if TYPE_CHECKING:
    from celery import Celery
    from fastapi import FastAPI

    from atoll.cli.instance import Work

log = structlog.get_logger("atoll.roles")
PATIENCE = 60.0  # seconds for a database that is not there yet, or that nobody has migrated yet
LOOK = 0.5  # seconds between looks


def migrate(*, check: bool = False) -> int:
    """Exit code 0 once the schema is this version's. `check` changes nothing and waits for another to do it."""
    settings = configured()
    if check:
        asyncio.run(await_schema(settings))
    else:
        asyncio.run(_patiently_migrated(settings))
    say.note("The database is ready.", "数据库已就绪。")
    return 0


async def _patiently_migrated(settings: Settings) -> None:
    from atoll.db.database import Database
    from atoll.db.errors import Unavailable

    end = time.monotonic() + PATIENCE
    while True:
        db = Database(settings.resolved_database_url, connections=2)
        try:
            await db.migrate()
            return
        except Unavailable as away:
            if time.monotonic() > end:
                raise
            log.info("database.awaited", code=away.code)
        finally:
            await db.close()
        await asyncio.sleep(LOOK)


async def await_schema(settings: Settings, seconds: float = PATIENCE) -> None:
    """Returns once the schema is this version's. Raises UserError `database_newer`, OperationalError `database_older`,
    and Unavailable."""
    from atoll.db.database import Database
    from atoll.db.errors import Unavailable

    end, told = time.monotonic() + seconds, False
    while True:
        db = Database(settings.resolved_database_url, connections=2)
        try:
            if await db.is_current():
                return
            if time.monotonic() > end:
                raise OperationalError(
                    "database_older",
                    f"The database is not ready for this version, and has not been for {seconds:g} s. "
                    "Run `atoll migrate`, then start this process again.",
                    f"数据库架构早于本版本，已等待 {seconds:g} 秒。请先运行 `atoll migrate`，再启动本进程。",
                )
        except Unavailable:
            if time.monotonic() > end:
                raise
        finally:
            await db.close()
        if not told:
            log.info("database.awaited", seconds=seconds)
            told = True
        await asyncio.sleep(LOOK)


def api(host: str | None, port: int | None) -> None:
    """Answers HTTP and carries nothing. Raises OperationalError `port_taken`."""
    from atoll.cli.serve import serve_http

    settings = configured(host=host, port=port)
    serve_http(settings, lambda: asyncio.run(await_schema(settings)), ())


def api_application() -> "FastAPI":
    """What `gunicorn app:app` serves. The schema was awaited by `gunicorn.conf.py`, before any of its processes."""
    from atoll.cli.instance import Instance
    from atoll.cli.serve import application

    return application(Instance(configured()), ())


def worker_application() -> "Celery":
    """What `celery -A tasks worker` runs. Raises UserError `redis_needed`."""
    settings = configured()
    if not settings.redis_url:
        raise UserError(
            "redis_needed",
            "Celery needs Redis: set REDIS_URL. Without Redis run `atoll worker`, which looks for work by itself.",
            "Celery 需要 Redis：请设置 REDIS_URL。没有 Redis 时请运行 `atoll worker`，它会自行查找任务。",
        )
    from atoll.worker.consumer import worker_app

    return worker_app(
        settings.redis_url,
        lambda queues: Carried(settings, queues),
        before=lambda: asyncio.run(await_schema(settings)),
        logging=lambda: configure(settings),
        failed=_failed,
    )


def worker(queues: Sequence[Queue]) -> None:
    """Carries work until told to stop: woken by Redis where there is one, else by looking every few seconds."""
    settings = configured()
    if not settings.redis_url:
        log.info("worker.without_redis", looks_every_s=3)
        carry_until_told(settings, queues)
        return
    app = worker_application()
    flags = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    app.worker_main(["--quiet", "worker", "--pool", "solo", "-Q", ",".join(queues), *flags])


def scheduler() -> None:
    """Fires schedules and looks for what is stuck until told to stop. Several may run: the rows decide which of them acts."""
    carry_until_told(configured(), ("schedules", "incidents", "audit"))


def carry_until_told(settings: Settings, work: "Sequence[Work]") -> None:
    from atoll.worker.carrier import Carrier

    asyncio.run(await_schema(settings))
    carrier = Carrier(lambda: Carried(settings, work))
    told = False

    def leave(*_: object) -> None:
        nonlocal told
        if told:
            os._exit(1)
        told = True
        carrier.leave()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, leave)
    carrier.start()
    while not carrier.ended(1.0):
        pass


class Carried:
    """An instance that does some of the work, as `atoll.worker` wants it."""

    def __init__(self, settings: Settings, work: "Sequence[Work]") -> None:
        from atoll.cli.instance import Instance
        from atoll.cli.watched import HealthPort, Watched

        self._instance, self._work = Instance(settings), work
        self._watched = Watched(self._instance)
        self._health = HealthPort(self._instance, self._watched)

    async def start(self) -> None:
        from atoll.cli.serve import settle_memory

        self._watched.start()
        await self._instance.start(self._work, migrate=False)
        await self._health.start()
        settle_memory()
        log.info("worker.ready", work=list(self._work))

    async def stop(self) -> None:
        from atoll.cli.serve import GRACE, leave_within

        await self._health.stop()
        await self._instance.stop()
        await self._watched.stop()
        leave_within(GRACE)

    def ring(self, queue: Queue) -> None:
        self._instance.bells.ring(queue)


def queues_of(listed: str) -> list[Queue]:
    """Raises UserError `queue_unknown`."""
    names = [name.strip() for name in listed.split(",")]
    for name in names:
        if name not in QUEUES:
            raise UserError(
                "queue_unknown",
                f"There is no queue “{name[:40]}”. Queues are {', '.join(QUEUES)}.",
                f"没有队列“{name[:40]}”。可用队列：{'、'.join(QUEUES)}。",
            )
    return [queue for queue in QUEUES if queue in names]


def _failed(error: Exception) -> NoReturn:
    if isinstance(error, AtollError):
        say.error(error, as_json=False)
    else:
        log.error("worker.start_failed", exc_info=error)
    raise SystemExit(1)
