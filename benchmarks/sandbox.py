"""A call of code in the jail, warm, by language and packages, beside a bare fork that does nothing, and its memory; and what
others of the same server feel of eight calls that burn all they get.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from atoll.kit.jail import CodeJails
from atoll.kit.jail.remote import RemoteJails
from atoll.kit.jail.runner import Runner
from benchmarks.http import GRAPH
from benchmarks.measure import Row, percentile, process_memory
from tests.product import Client, serving

CALLS = 60
APART = 0.02  # seconds between calls, as people make them
LOOKS, ROUNDS = 45, 3  # of each kind, without and with those that burn, in turn
EMPTY = "def main(): return {}"
KINDS = {
    "Python": ("python", "standard", EMPTY, 5.0),
    "Python, json and re": (
        "python",
        "standard",
        "import json, re\ndef main(): return json.loads(re.sub('x', '', '{}'))",
        None,
    ),
    "JavaScript": ("javascript", "standard", "function main() { return {} }", 10.0),
    "numpy": ("python", "numpy", "import numpy as np\ndef main(): return {'n': int(np.arange(9).sum())}", 15.0),
    "pandas": ("python", "pandas", "import pandas as pd\ndef main(): return {'n': int(pd.Series([1]).sum())}", None),
}


BURNING = {
    "compute": "def main():\n    while True: pass",
    "take memory": "def main():\n    while True: held = None; held = [bytearray(1 << 20) for _ in range(150)]",
    "try to fork": "import os\ndef main():\n    while True:\n        try: os.fork()\n        except OSError: pass",
}


def bare_fork() -> float:
    """Milliseconds for a child that ends at once."""
    begun = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return 1000 * (time.perf_counter() - begun)


async def warm(call: Callable[[], Awaitable[object]], apart: float = 0.0) -> list[float]:
    """Sorted milliseconds."""
    await call()
    took = []
    for _ in range(CALLS):
        await asyncio.sleep(apart)
        begun = time.perf_counter()
        await call()
        took.append(1000 * (time.perf_counter() - begun))
    return sorted(took)


async def measure() -> list[Row]:
    control = statistics.median(bare_fork() for _ in range(CALLS))
    jails, rows = CodeJails(), []
    for name, (language, packages, source, aim) in KINDS.items():
        took = await warm(lambda s=source, la=language, p=packages: jails.run(s, {}, language=la, packages=p))  # type: ignore[misc]
        rows.append(Row(f"code, warm, {name}, median", took[CALLS // 2], "ms", control, "bare fork", aim))
        rows.append(Row(f"code, warm, {name}, 95th", took[int(CALLS * 0.95)], "ms"))
    took = await warm(lambda: jails.run(EMPTY, {}), APART)
    rows.append(Row("code, warm, Python, 20 ms apart, median", took[CALLS // 2], "ms", control, "bare fork"))
    for packages, jail in jails._jails.items():
        if jail._zygote:
            rows.append(Row(f"warm process, {packages}, proportional", process_memory(jail._zygote.pid)["Pss"], "MB"))
    runner = Runner(jails, "benchmark-token")
    far = RemoteJails(f"tcp://127.0.0.1:{await runner.start('127.0.0.1', 0)}", "benchmark-token")
    took = await warm(lambda: far.run(EMPTY, {}))
    rows.append(Row("code, warm, Python on a runner, median", took[CALLS // 2], "ms", control, "bare fork"))
    await runner.stop()
    return [*rows, *await asyncio.to_thread(neighbours)]


def neighbours() -> list[Row]:
    """95th of others' requests beside 8 calls that burn, against the same without them in the same minute."""
    rows = []
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "data", forked=False, ATOLL_SAMPLE="0") as product,
    ):
        owner = product.client()
        owner.set_up()
        app = owner.call("POST", "/apps", {"name": "plain", "graph": GRAPH})["id"]
        looks: dict[str, Callable[[], object]] = {
            "GET /health": lambda: owner.get("/health"),
            "a list of apps": lambda: owner.call("GET", "/apps"),
            "a run of three nodes": lambda: owner.run(app, {"name": "Ada"}),
        }
        for what, source in BURNING.items():
            burning = _burning(owner, source)
            quiet: dict[str, list[float]] = {name: [] for name in looks}
            beside: dict[str, list[float]] = {name: [] for name in looks}
            for _ in range(ROUNDS):
                for name, look in looks.items():
                    quiet[name] += _timed(look)
                runs = [
                    owner.call("POST", f"/apps/{burning}/runs", {"inputs": {}, "version": "draft"})["id"]
                    for _ in range(8)
                ]
                time.sleep(0.3)
                for name, look in looks.items():
                    beside[name] += _timed(look)
                for run in runs:
                    owner.call("POST", f"/runs/{run}/cancel")
                time.sleep(0.3)
            for name in looks:
                alone = percentile(quiet[name], 95)
                rows.append(
                    Row(
                        f"{name}, beside 8 that {what}, 95th",
                        percentile(beside[name], 95),
                        "ms",
                        alone,
                        "without",
                        1.2 * alone,
                    )
                )
    return rows


def _burning(owner: Client, source: str) -> str:
    node = {"code": source, "inputs": [], "timeout": 60, "memory_mb": 256}
    graph = {"nodes": [{"id": "burn", "type": "code", "config": node}], "edges": []}
    app: dict[str, str] = owner.call("POST", "/apps", {"name": "burning", "graph": graph})
    return app["id"]


def _timed(look: Callable[[], object]) -> list[float]:
    took = []
    for _ in range(LOOKS // ROUNDS):
        time.sleep(0.005)
        begun = time.perf_counter()
        look()
        took.append(1000 * (time.perf_counter() - begun))
    return took
