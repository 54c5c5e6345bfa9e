"""What /metrics answers: what was counted, and what a quick look at the database and the disk says.

Where PROMETHEUS_MULTIPROC_DIR names a folder, the processes that share it count together, and any of them says the sum.
"""

import asyncio
import os
import shutil
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from atoll import __version__
from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.tenancy import everything
from atoll.kit import meter
from atoll.kit.clock import now_ms
from atoll.telemetry import repository
from atoll.telemetry.meter import PrometheusMeter
from atoll.telemetry.readings import Readings

KEPT_SECONDS = 5.0  # of a look at the database: several may scrape
PATIENCE = 5.0  # seconds for that look: Prometheus itself waits for 10
TICK = 0.5  # seconds between looks at the event loop's lag


class Telemetry:
    """Counts for this process from `start` to `stop`."""

    def __init__(self, db: Database, data: Path, zone: str) -> None:
        self._db, self._data = db, data
        self._registry = counted = CollectorRegistry()
        if shared := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            MultiProcessCollector(self._registry, shared)  # type: ignore[no-untyped-call]
            counted = CollectorRegistry()
        self._meter = PrometheusMeter(counted)
        self._readings = Readings()
        self._readings.set("atoll_info", {(__version__, zone): 1})
        self._registry.register(self._readings)
        ProcessCollector(registry=self._registry)
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
        pools: dict[tuple[str, ...], float] = {
            (pool, state): float(count) for pool, use in self._db.pools().items() for state, count in use.items()
        }
        self._readings.set("atoll_database_connections", pools)
        return await asyncio.to_thread(generate_latest, self._registry)

    async def _look(self) -> None:
        length, oldest = "atoll_queue_length", "atoll_queue_oldest_seconds"
        up = 1.0
        found: dict[str, tuple[int, int]] = {}  # an old figure would look like a new one
        try:
            with everything("metrics"):
                async with asyncio.timeout(PATIENCE), self._db.read(slow=True) as tx:
                    found = await repository.queues(tx, now_ms())
        except (Unavailable, TimeoutError):
            up = 0.0
        self._readings.set("atoll_database_up", {(): up})
        self._readings.set(length, {(queue,): float(waiting) for queue, (waiting, _) in found.items()})
        self._readings.set(oldest, {(queue,): ms / 1000 for queue, (_, ms) in found.items()})
        try:
            disk = await asyncio.to_thread(shutil.disk_usage, self._data)
            free, size = float(disk.free), float(disk.total)
        except OSError:
            free = size = float("nan")
        self._readings.set("atoll_data_free_bytes", {(): free})
        self._readings.set("atoll_data_size_bytes", {(): size})

    async def _tick(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(TICK)
            meter.time("atoll_event_loop_lag_seconds", max(0.0, time.monotonic() - began - TICK))
