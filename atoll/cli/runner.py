"""`atoll runner`: runs the code of other processes' nodes, and holds no database, no files and no secrets but its token."""

import asyncio
import os
import random
import signal

import structlog

from atoll.cli.logs import configured
from atoll.kit.errors import OperationalError, UserError
from atoll.kit.jail import CodeJails
from atoll.kit.jail.profiles import read_profiles
from atoll.kit.jail.runner import Runner
from atoll.kit.jail.tls import of_runner
from atoll.kit.settings import Settings

log = structlog.get_logger("atoll.runner")
PATIENCE = 60.0  # seconds for the calls that run when it is told to stop
_SECRET = ("DATABASE_URL", "REDIS_URL", "ATOLL_SECRETS_KEY", "AWS_SECRET_ACCESS_KEY")


def serve(host: str | None, port: int | None, recycle: int) -> None:
    """Until told to stop, or `recycle` seconds long (0: no end): whoever keeps it running starts it anew.

    Raises UserError `runner_token_missing`, `runner_holds_secrets`, `runner_without_tls`,
    `runner_certificate_unreadable`, JailError `sandbox_unavailable` and OperationalError `port_taken`.
    """
    settings = configured(host=host, port=port)
    if held := [name for name in _SECRET if os.environ.get(name) or os.environ.get(f"{name}_FILE")]:
        listed = ", ".join(held)
        raise UserError(
            "runner_holds_secrets",
            f"A runner runs other people's code and must hold no secrets: start it without {listed}.",
            f"运行器执行他人的代码，不得持有机密：请在没有 {listed} 的环境中启动。",
        )
    token_of(settings)
    asyncio.run(_serve(settings, recycle))


def token_of(settings: Settings) -> str:
    """Raises UserError `runner_token_missing`."""
    if token := settings.runner_token.get_secret_value():
        return token
    raise UserError(
        "runner_token_missing",
        "A runner and its workers need the same ATOLL_RUNNER_TOKEN: openssl rand -hex 32.",
        "运行器与工作进程需要相同的 ATOLL_RUNNER_TOKEN:openssl rand -hex 32。",
    )


async def _serve(settings: Settings, recycle: int) -> None:
    host = settings.host
    tls = of_runner(settings.runner_certificate, settings.runner_key, host)
    runner = Runner(CodeJails(read_profiles(settings.code_profiles)), token_of(settings))
    ended = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, ended.set)
    try:
        port = await runner.start(host, settings.port, tls)
    except OSError as fault:
        await runner.stop()
        raise OperationalError(
            "port_taken",
            f"Can't listen on {host}:{settings.port}: {fault.strerror}. Choose another with --port.",
            f"无法监听 {host}:{settings.port}:{fault.strerror}。请用 --port 选择其他端口。",
        ) from None
    except UserError:
        await runner.stop()
        raise
    log.info("runner.ready", host=host, port=port)
    life = recycle * random.uniform(0.9, 1.1) if recycle else None  # several are not away at the same time
    try:
        await asyncio.wait_for(ended.wait(), life)
    except TimeoutError:
        log.info("runner.recycled", after_s=recycle)
    await runner.stop(PATIENCE)
