"""What /metrics answers: what this process counted, and what a quick look at the database and the disk says."""

import asyncio
import shutil
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from atoll import __version__
from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.kit import meter
from atoll.kit.clock import now_ms
from atoll.telemetry import repository
from atoll.telemetry.catalogue import GAUGES
from atoll.telemetry.meter import PrometheusMeter

KEPT_SECONDS = 5.0  # of a look at the database: several may scrape
PATIENCE = 5.0  # seconds for that look: Prometheus itself waits for 10
TICK = 0.5  # seconds between looks at the event loop's lag


class Telemetry:
    """Counts for this process from `start` to `stop`."""

    def __init__(self, db: Database, data: Path, zone: str) -> None:
        self._db, self._data = db, data
        self._registry = CollectorRegistry()
        self._meter = PrometheusMeter(self._registry)
        self._gauges = {one.name: Gauge(one.name, one.help, one.labels, registry=self._registry) for one in GAUGES}
        self._gauges["atoll_info"].labels(version=__version__, zone=zone).set(1)
        self._looked = float("-inf")
        self._looking = asyncio.Lock()
        self._ticking: asyncio.Task[None] | None = None

    def start(self) -> None:
        meter.install(self._meter)
        self._ticking = asyncio.create_task(self._tick(), name="telemetry.lag")

    async def stop(self) -> None:
        meter.install(None)
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)

    async def scrape(self) -> bytes:
        """Prometheus' text format, version 0.0.4. A database that is away is a reading, not an error."""
        async with self._looking:
            if time.monotonic() - self._looked > KEPT_SECONDS:
                await self._look()
                self._looked = time.monotonic()
        return await asyncio.to_thread(generate_latest, self._registry)

    async def _look(self) -> None:
        length, oldest = self._gauges["atoll_queue_length"], self._gauges["atoll_queue_oldest_seconds"]
        up = self._gauges["atoll_database_up"]
        try:
            async with asyncio.timeout(PATIENCE), self._db.read(slow=True) as tx:
                found = await repository.queues(tx, now_ms())
        except (Unavailable, TimeoutError):
            up.set(0)
            length.clear()  # an old figure would look like a new one
            oldest.clear()
        else:
            up.set(1)
            for queue, (waiting, ms) in found.items():
                length.labels(queue=queue).set(waiting)
                oldest.labels(queue=queue).set(ms / 1000)
        try:
            disk = await asyncio.to_thread(shutil.disk_usage, self._data)
            free, size = float(disk.free), float(disk.total)
        except OSError:
            free = size = float("nan")
        self._gauges["atoll_data_free_bytes"].set(free)
        self._gauges["atoll_data_size_bytes"].set(size)

    async def _tick(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(TICK)
            meter.time("atoll_event_loop_lag_seconds", max(0.0, time.monotonic() - began - TICK))
