"""Cold start to ready, and what the idle process holds, against a bare Starlette under uvicorn."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2

from benchmarks.http import BARE
from benchmarks.measure import Row, process_memory
from tests.product import free_port, serving


def bare() -> tuple[float, float]:
    """Seconds until it answers, MB resident."""
    port, started = free_port(), time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", BARE, str(port)])
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            while True:
                try:
                    client.get("/run")
                    return time.monotonic() - started, process_memory(process.pid)["Rss"]
                except httpx2.TransportError:
                    time.sleep(0.01)
    finally:
        process.terminate()
        process.wait(10)


def measure() -> list[Row]:
    seconds, memory = [], {"Rss": 0.0, "Pss": 0.0}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with serving(data) as product:  # an empty folder: schema made, sample put in and read
            first = product.seconds_to_ready
            owner = product.client()
            owner.set_up()
            for dataset in owner.call("GET", "/datasets")["items"]:
                owner.documents_ready(dataset["id"], 120)
            loaded = process_memory(product.process.pid)
        for _ in range(3):
            with serving(data) as product:
                seconds.append(product.seconds_to_ready)
                product.client().get("/")
                time.sleep(2)  # idle: what a start leaves behind, garbage collected or not
                memory = process_memory(product.process.pid)
    control, base = bare()
    return [
        Row("first start, empty folder, to ready", first, "s", control, "bare Starlette", 3),
        Row("cold start to ready", statistics.median(seconds), "s", control, "bare Starlette", 3),
        Row("idle memory, resident, all processes", memory["Rss"], "MB", base, "bare Starlette", 150),
        Row("idle memory, proportional", memory["Pss"], "MB"),
        Row("after reading the sample reports, proportional", loaded["Pss"], "MB"),
    ]
