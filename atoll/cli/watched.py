"""What a process says of itself while it works: metrics, traces, and whether it is well. Each is off until it is asked for."""

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from atoll.kit.errors import OperationalError

if TYPE_CHECKING:
    import uvicorn

    from atoll.cli.instance import Instance
    from atoll.telemetry.service import Telemetry
    from atoll.telemetry.traces import OtelTracer

log = structlog.get_logger("atoll.roles")


class Watched:
    """Metrics where ATOLL_METRICS_TOKEN is set, traces where an endpoint is named. Raises UserError `traces_protocol`."""

    def __init__(self, instance: "Instance") -> None:
        self.metrics = _metrics(instance)
        self._tracer = _tracer(instance.settings.zone)

    def start(self) -> None:
        if self.metrics is not None:
            self.metrics.start()
        if self._tracer is not None:
            self._tracer.start()

    async def stop(self) -> None:
        if self.metrics is not None:
            await self.metrics.stop()
        if self._tracer is not None:
            await asyncio.to_thread(self._tracer.stop)


def _metrics(instance: "Instance") -> "Telemetry | None":
    if not instance.settings.metrics_token.get_secret_value():
        return None
    from atoll.telemetry.service import Telemetry

    return Telemetry(instance.db, instance.settings.data, instance.settings.zone)


def _tracer(zone: str) -> "OtelTracer | None":
    if not any(name.startswith("OTEL_") for name in os.environ):
        return None
    from atoll.telemetry import traces

    return traces.OtelTracer(zone) if traces.wanted() else None


class HealthPort:
    """/health and /metrics of a process that has no other HTTP, at ATOLL_HEALTH_PORT."""

    def __init__(self, instance: "Instance", watched: Watched) -> None:
        self._instance, self._watched = instance, watched
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """A port that is taken is said and is no reason not to work: of several processes of one pool one has it."""
        settings = self._instance.settings
        if not settings.health_port:
            return
        import uvicorn
        from fastapi import FastAPI

        from atoll.api import metrics, problems, system
        from atoll.cli.serve import listen, services_of

        try:
            listener = listen(settings.host, settings.health_port)
        except OperationalError as taken:
            log.warning("health.port_taken", port=settings.health_port, code=taken.code)
            return
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        problems.install(app)
        app.include_router(system.health)
        app.include_router(metrics.router)
        scrape = self._watched.metrics.scrape if self._watched.metrics is not None else None
        app.state.services = services_of(self._instance, sandbox=dict, metrics=scrape)
        config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve([listener]), name="health")

    async def stop(self) -> None:
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = self._server.force_exit = True
        with suppress(asyncio.CancelledError):
            await self._serving
