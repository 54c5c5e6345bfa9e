"""`atoll serve`: the whole product in one process. `atoll api` is the same without the work."""

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any

import structlog

from atoll.cli import say
from atoll.cli.logs import configured
from atoll.cli.plugins import notices
from atoll.cli.watched import Watched
from atoll.kit.errors import OperationalError
from atoll.kit.i18n import Text, text
from atoll.kit.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from atoll.api.services import Services
    from atoll.cli.instance import Instance, Work


log = structlog.get_logger("atoll.serve")
GRACE = 3.0  # seconds for threads to end once everything else has


def serve(host: str | None, port: int | None) -> None:
    """Until told to stop. Raises OperationalError `port_taken`."""
    from atoll.cli.instance import EVERYTHING

    settings = configured(host=host, port=port)
    serve_http(settings, lambda: asyncio.run(_migrate(settings)), EVERYTHING)


def serve_http(settings: Settings, before: Callable[[], None], work: "Collection[Work]") -> None:
    """HTTP, and `work` beside it, until told to stop. `before` makes sure of the database, before anything uses it."""
    listener = listen(settings.host, settings.port)
    import uvicorn

    from atoll.cli.http_protocol import BoundedHead
    from atoll.cli.instance import Instance
    from atoll.cli.stores import look_at_stores

    before()
    asyncio.run(look_at_stores(settings))
    instance = Instance(settings)
    app = application(instance, work)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedHead,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )

    server = uvicorn.Server(config)
    address = listener.getsockname()
    app.state.address = f"http://{settings.host}:{address[1]}"
    try:
        server.run([listener])
    except KeyboardInterrupt:
        pass
    finally:
        leave_within(GRACE)


async def _migrate(settings: Settings) -> None:
    """Before the server: what keeps the database from being used is then said in a sentence, not in a traceback."""
    from atoll.db.database import Database

    db = Database(settings.resolved_database_url, connections=2)
    try:
        await db.migrate()
    finally:
        await db.close()


def leave_within(seconds: float) -> None:
    """All is written by now. Python waits at its end for every thread, and a plugin's function may never return."""

    def leave() -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()


def application(instance: "Instance", work: "Collection[Work]") -> "FastAPI":
    """The HTTP application over an instance; its lifespan starts and stops the instance, with its `work`."""
    from fastapi import FastAPI

    from atoll.api.app import create_app
    from atoll.cli.sample import install_sample

    async def on_setup(workspace_id: str, username: str, language: str) -> None:
        if instance.settings.sample:
            await install_sample(instance, workspace_id, username, language)

    watched = Watched(instance)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        watched.start()
        await instance.start(work, migrate=False)
        settle_memory()
        _hand_on_when_told(instance)
        await _greet(instance, getattr(app.state, "address", ""))
        try:
            yield
        finally:
            await instance.stop()
            await watched.stop()

    services = services_of(
        instance,
        sandbox=lambda: dict(instance.code_jail.status()),
        warnings=lambda: _warnings(instance) + notices(instance.settings, instance.registry),
        on_setup=on_setup,
        metrics=watched.metrics.scrape if watched.metrics is not None else None,
    )
    return create_app(services, lifespan)


def services_of(instance: "Instance", **more: Any) -> "Services":
    """What the HTTP application is given of an instance; `more` is what only its host knows (the sandbox's state)."""
    from atoll.api.services import Services

    return Services(
        settings=instance.settings,
        db=instance.db,
        workspaces=instance.workspaces,
        apps=instance.apps,
        templates=instance.templates,
        runs=instance.runs,
        chat=instance.chat,
        cases=instance.cases,
        evaluation=instance.evaluation,
        debugging=instance.debugging,
        triggers=instance.triggers,
        knowledge=instance.knowledge,
        incidents=instance.incidents,
        audit=instance.audit,
        gateway=instance.gateway,
        http=instance.http,
        vault=instance.vault,
        registry=instance.registry,
        changed=instance.changed,
        **more,
    )


def _hand_on_when_told(instance: "Instance") -> None:
    """A server that is told to stop waits first for those who watch runs: the work must not wait with it. Its own
    handler, which stands by now, is called too."""
    loop = asyncio.get_running_loop()

    def told(number: int, frame: FrameType | None, then: Any) -> None:
        loop.call_soon_threadsafe(lambda: leaving.append(loop.create_task(instance.hand_on(), name="hand_on")))
        signal.signal(number, then)
        then(number, frame)

    leaving: list[asyncio.Task[None]] = []
    if threading.current_thread() is not threading.main_thread():
        return  # which has no signals
    for one in (signal.SIGTERM, signal.SIGINT):
        then = signal.getsignal(one)
        if callable(then):
            signal.signal(one, partial(told, then=then))


def settle_memory() -> None:
    """What is loaded by now stays until the end: the collector need not look at it again and again. A run makes many
    objects that live as long as it does, so it looks less often at the young ones too."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def listen(host: str, port: int) -> socket.socket:
    """The socket, bound before anything else is done: a port that is taken is said at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OperationalError(
            "port_taken",
            f"Can't listen on {host}:{port}: {error.strerror}. "
            "Stop what uses it, or choose another with --port or ATOLL_PORT.",
            f"无法监听 {host}:{port}:{error.strerror}。请停止占用它的程序，或用 --port / ATOLL_PORT 另选端口。",
        ) from None
    return listener


async def _greet(instance: "Instance", address: str) -> None:
    setup = await instance.workspaces.setup_needed()
    token = ""
    if setup and instance.settings.host not in ("127.0.0.1", "localhost", "::1"):
        token = instance.workspaces.setup_token
    if instance.settings.run_mode == "production":  # whose standard error is read by programs
        log.info("server.ready", address=address, setup_needed=setup, **({"setup_word": token} if token else {}))
        return
    say.note(f"Atoll is ready at {address}", f"Atoll 已就绪：{address}")
    if setup:
        say.note("Open it and set the administrator's password.", "请打开该地址并设置管理员密码。")
    if token:
        say.note(f"From another machine, setting up needs this token: {token}", f"从其他机器设置需要此令牌：{token}")


def _warnings(instance: "Instance") -> list[Text]:
    found: list[Text] = []
    if not instance.rows_are_held:
        found.append(
            text(
                "PostgreSQL does not hold rows to their workspace for this role: it is a superuser or has BYPASSRLS. "
                "Let Atoll sign in as a plain role that owns the database.",
                "当前 PostgreSQL 角色为超级用户或拥有 BYPASSRLS，数据库不会按工作空间隔离行数据。请改用拥有该数据库的普通角色。",
            )
        )
    if instance.settings.offline_models:
        found.append(
            text(
                "The built-in offline model answers for models that no provider serves. It quotes and does not write.",
                "没有模型服务提供的模型将由内置离线模型回答：它只摘录原句，不会写作。",
            )
        )
    return found
