"""A call of code in the jail, warm, by language and packages, beside a bare fork that does nothing, and its memory."""

import os
import statistics
import time
from collections.abc import Awaitable, Callable

from atoll.kit.jail import CodeJails
from atoll.kit.jail.remote import RemoteJails
from atoll.kit.jail.runner import Runner
from benchmarks.measure import Row, process_memory

CALLS = 60
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


def bare_fork() -> float:
    """Milliseconds for a child that ends at once."""
    begun = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return 1000 * (time.perf_counter() - begun)


async def warm(call: Callable[[], Awaitable[object]]) -> list[float]:
    """Sorted milliseconds."""
    await call()
    took = []
    for _ in range(CALLS):
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
    for packages, jail in jails._jails.items():
        if jail._zygote:
            rows.append(Row(f"warm process, {packages}, proportional", process_memory(jail._zygote.pid)["Pss"], "MB"))
    runner = Runner(jails, "benchmark-token")
    far = RemoteJails(f"tcp://127.0.0.1:{await runner.start('127.0.0.1', 0)}", "benchmark-token")
    took = await warm(lambda: far.run(EMPTY, {}))
    rows.append(Row("code, warm, Python on a runner, median", took[CALLS // 2], "ms", control, "bare fork"))
    await runner.stop()
    return rows
