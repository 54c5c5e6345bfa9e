"""Many callers at once: a run of three nodes asked for and read to its end, in one process and through Celery, beside a
bare Starlette handler. This process asks by plain sockets; it shares the machine's cores with what it measures."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.http import BARE, GRAPH, beside
from benchmarks.measure import Row, percentile
from benchmarks.streaming import Line
from tests.postgresql import server
from tests.product import Client, serving
from tests.redis_server import redis_server
from tests.worker.cluster import cluster

CALLERS, SECONDS, WARM = (1, 16, 64), 5.0, 30
Once = Callable[[Line], Awaitable[None]]
Found = dict[int, tuple[float, list[float]]]
"""By callers: calls a second, and the milliseconds of each."""


async def loaded(base: str, headers: dict[str, str], once: Once) -> Found:
    found: Found = {}
    for callers in CALLERS:
        taken: list[float] = []

        async def caller(taken: list[float], end: float) -> None:
            line = Line(base, headers)
            while (begun := time.monotonic()) < end:
                await once(line)
                taken.append((time.monotonic() - begun) * 1000)
            line.close()

        warm = Line(base, headers)
        for _ in range(WARM):
            await once(warm)
        warm.close()
        begun = time.monotonic()
        async with asyncio.timeout(10 * SECONDS), asyncio.TaskGroup() as group:
            for _ in range(callers):
                group.create_task(caller(taken, begun + SECONDS))
        found[callers] = (len(taken) / (time.monotonic() - begun), taken)
    return found


def runs(owner: Client, base: str) -> Found:
    """Runs asked for by programs, and read to their ends."""
    app = owner.call("POST", "/apps", {"name": "bench", "graph": GRAPH})["id"]
    key = owner.call("POST", "/api-keys", {"name": "bench", "role": "editor"})["key"]
    body = {"inputs": {"name": "you"}, "version": "draft"}

    async def once(line: Line) -> None:
        run = await line.json("POST", f"/apps/{app}/runs", body)
        reader = await line.ask("GET", f"/runs/{run['id']}/events", accept="text/event-stream")
        await line.hear(reader, 0)

    return asyncio.run(loaded(f"{base}/api/v1", {"authorization": f"Bearer {key}"}, once))


def bare() -> Found:
    async def once(line: Line) -> None:
        await line.json("POST", "/run", {"inputs": {"name": "you"}})

    with beside(BARE) as (base, _):
        return asyncio.run(loaded(base, {}, once))


def rows(what: str, found: Found, control: Found) -> list[Row]:
    made = []
    for callers, (rate, taken) in found.items():
        who = f"{what}, {callers} {'caller' if callers == 1 else 'callers'}"
        made.append(Row(f"runs a second, {who}", rate, "runs/s", control[callers][0], "bare Starlette"))
        for per_cent in (50, 95, 99):
            least = percentile(control[callers][1], per_cent)
            made.append(Row(f"p{per_cent} of them", percentile(taken, per_cent), "ms", least, "bare Starlette"))
    return made


def measure() -> list[Row]:
    least = bare()
    with tempfile.TemporaryDirectory() as folder:
        with serving(Path(folder) / "one", ATOLL_SAMPLE="false") as product, product.client() as owner:
            owner.set_up()
            one = runs(owner, product.url)
        (Path(folder) / "several").mkdir()
        with (
            redis_server() as redis,
            server(durable=True) as database,
            cluster(Path(folder) / "several", database.database(), redis.url) as house,
        ):
            house.api()
            house.ready(house.celery())
            with house.client() as owner:
                owner.set_up()
                several = runs(owner, house.url)
    return rows("in one process", one, least) + rows("through Celery", several, least)
