"""Figures and traces of several processes: behind one port they count together, and a trace goes on in a worker."""

import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from tests.redis_server import redis_server
from tests.telemetry.test_traces import PARENT, TRACE, ask, attributes, outside
from tests.waiting import until
from tests.worker.cluster import cluster

TOKEN = "canary-of-operations-1"
ROUTE = r'atoll_http_request_seconds_count\{method="GET",route="/api/v1/setup",status="2xx"\} (\S+)'


def started(url: str) -> str:
    """When the process that answers was started."""
    reply = httpx2.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
    assert re.findall(ROUTE, reply.text) == ["30.0"]
    assert 'atoll_queue_length{queue="runs"} 0.0' in reply.text
    return str(re.findall(r"(?m)^process_start_time_seconds (\S+)", reply.text)[0])


def test_processes_behind_one_port_count_together(tmp_path: Path) -> None:
    with cluster(tmp_path, ATOLL_METRICS_TOKEN=TOKEN) as made:
        gunicorn = made.gunicorn("--workers", "2")
        made.ready()
        for _ in range(30):  # each on a connection of its own
            assert httpx2.get(f"{made.url}/api/v1/setup", trust_env=False).status_code == 200
        answered: set[str] = set()
        end = time.monotonic() + 30
        with ThreadPoolExecutor(8) as at_once:  # one after the other may all go to one process
            while len(answered) < 2 and time.monotonic() < end:
                answered.update(at_once.map(started, [f"{made.url}/metrics"] * 8))
        assert len(answered) == 2
        folder = re.findall(
            rb"PROMETHEUS_MULTIPROC_DIR=([^\0]+)", Path(f"/proc/{gunicorn.process.pid}/environ").read_bytes()
        )
        assert folder == []  # it is the master's own choice, gone with it
        made_here = list(Path("/tmp").glob("atoll-metrics-*"))
        gunicorn.process.terminate()
        gunicorn.ended()
        assert len(list(Path("/tmp").glob("atoll-metrics-*"))) < len(made_here)


def test_processes_go_with_a_master_that_is_killed(tmp_path: Path) -> None:
    with cluster(tmp_path) as made:
        master = made.gunicorn("--workers", "2").process.pid
        made.ready()
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        assert len(workers) == 2
        os.kill(master, signal.SIGKILL)
        until("both are gone", lambda: not any(Path(f"/proc/{one}/cmdline").exists() for one in workers))


def test_a_trace_goes_on_in_the_process_that_carries_the_run(tmp_path: Path) -> None:
    with outside() as seen, redis_server() as queue:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": seen.url, "ATOLL_HTTP_ALLOW": "127.0.0.1"}
        with cluster(tmp_path, redis_url=queue.url, ATOLL_METRICS_TOKEN=TOKEN, **settings) as made:
            api, worker = made.api(), made.worker()
            made.ready(worker)
            with made.client() as client:
                client.set_up()
                run = ask(client, seen.url)
            for one in (worker, api):
                one.process.terminate()
                one.ended()
            until("spans of both", lambda: len(seen.spans) >= 6)
        request, whole = seen.named("POST /api/v1/apps/{app_id}/runs"), seen.named("run")
        assert whole.trace_id.hex() == TRACE == PARENT.split("-")[1]
        assert whole.parent_span_id == request.span_id
        assert attributes(whole)["atoll.run.id"] == run["id"]
        assert seen.named("chat qwen-72b").trace_id.hex() == TRACE
