"""Runs through Redis and a worker of its own, against the same in one process, both over PostgreSQL; what each role holds
while it waits."""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.http import GRAPH
from benchmarks.measure import Row, percentile, process_memory
from tests.postgresql import server
from tests.product import COMMAND, Client, serving
from tests.redis_server import redis_server
from tests.worker.cluster import Cluster, cluster

ONE_BY_ONE, AT_ONCE, CALLERS = 60, 240, 16
Caller = Callable[[], Client]


def timed(owner: Client, caller: Caller) -> tuple[float, float, float]:
    """Milliseconds from a run's row to what its first node did: median, 95 of 100; runs a second of 16 callers."""
    app = owner.call("POST", "/apps", {"name": "bench", "graph": GRAPH})["id"]
    key = owner.call("POST", "/api-keys", {"name": "bench", "role": "editor"})["key"]
    body = {"inputs": {"name": "you"}, "version": "draft"}

    def program() -> Client:
        client = caller()
        client.headers["Authorization"] = f"Bearer {key}"
        return client

    def once(client: Client) -> list[dict[str, object]]:
        run = client.call("POST", f"/apps/{app}/runs", body, expect=201)["id"]
        events = list(client.events(run))
        assert events[-1]["type"] == "run.succeeded"
        return events

    alone = program()
    waits = []
    for at in range(ONE_BY_ONE + 10):
        events = once(alone)
        if at >= 10:
            waits.append(float(str(events[1]["at"])) - float(str(events[0]["at"])))
    clients = [program() for _ in range(CALLERS)]
    started = time.monotonic()
    with ThreadPoolExecutor(CALLERS) as threads:
        list(threads.map(lambda at: once(clients[at % CALLERS]), range(AT_ONCE)))
    return percentile(waits, 50), percentile(waits, 95), AT_ONCE / (time.monotonic() - started)


def memory(house: Cluster) -> list[Row]:
    """What each role holds of its own, beside what it shares with others of its kind."""
    roles = {
        "atoll api": house.processes[0],
        "celery -A tasks worker": house.processes[1],
        "atoll scheduler": house.begin([*COMMAND, "scheduler"]),
        "atoll worker without Redis": house.worker(REDIS_URL=""),
    }
    house.ready(*list(roles.values())[1:])
    time.sleep(2)
    return [
        Row(f"{role}: resident, idle", process_memory(one.process.pid)["Rss"], "MB", aim=150)
        for role, one in roles.items()
    ]


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, redis_server() as redis, server(durable=True) as database:
        with serving(Path(folder) / "one", ATOLL_SAMPLE="false", DATABASE_URL=database.database()) as product:
            owner = product.client()
            owner.set_up()
            here = timed(owner, product.client)
        (Path(folder) / "several").mkdir()
        with cluster(Path(folder) / "several", database.database(), redis.url) as house:
            house.api()
            house.ready(house.celery())
            idle = memory(house)
            with house.client() as owner:
                owner.set_up()
                there = timed(owner, house.client)
    return [
        Row("enqueue to start through Celery, median", there[0], "ms", here[0], "in one process"),
        Row("enqueue to start through Celery, 95 of 100", there[1], "ms", here[1], "in one process"),
        Row("runs a second, streamed, 16 callers, one worker", there[2], "runs/s", here[2], "in one process"),
        *idle,
    ]
