"""Many calls of all kinds on one set of jails: each must come to what it should, and nothing may be left or grow."""

import asyncio
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

from atoll.kit.jail import CodeJails, JailError

JSON = "import json, re\ndef main(n): return {'n': int(re.sub('x', '', json.loads('\"%dx\"' % n)))}"
PROMISE = "async function main({ n }) { return { n: await Promise.resolve(n) } }"
ARRAY = "import numpy as np\ndef main(n): return {'n': int(np.ones((50, 50)).sum() - 2500 + n)}"
FRAME = "import pandas as pd\ndef main(n): return {'n': int(pd.DataFrame({'a': [n]}).groupby('a').a.sum().sum())}"
THREAD = "import threading\ndef main(n):\n    t = threading.Thread(target=print)\n    t.start()\n    t.join()\n    return {'n': n}"
# (weight, language, packages, source, what it comes to: None for n, else a code)
KINDS = [
    (40, "python", "standard", JSON, None),
    (20, "javascript", "standard", PROMISE, None),
    (10, "python", "numpy", ARRAY, None),
    (5, "python", "pandas", FRAME, None),
    (10, "python", "standard", THREAD, None),
    (5, "python", "standard", "def main(n): return 1 / 0", "code_error"),
    (3, "python", "standard", "import os\ndef main(n): os._exit(3)", "code_killed"),
    (3, "python", "standard", "def main(n): return {'n': bytearray(10**9)}", "code_memory"),
    (2, "python", "standard", "def main(n):\n    while True: pass", "code_timeout"),
    (2, "javascript", "standard", "function main() { throw new Error('x') }", "code_error"),
]


async def soak(calls: int, seed: int = 7) -> dict[str, Any]:
    """{calls, wrong: what came instead, by kind, descriptors: before and after, zygotes_kb: least and most}."""
    chance, wrong, sizes = random.Random(seed), Counter[str](), list[int]()
    jails = CodeJails(at_once=4)
    kinds = chance.choices(KINDS, [kind[0] for kind in KINDS], k=calls)

    async def one(n: int) -> None:
        _, language, packages, source, expected = kinds[n]
        timeout = 0.3 if expected == "code_timeout" else 60
        try:
            result, _ = await jails.run(source, {"n": n}, language=language, packages=packages, timeout=timeout)
            came: Any = result == {"n": n} or result
        except JailError as fault:
            came = fault.code
        if came != (expected or True):
            wrong[f"{source[:60]!r}: {came}"] += 1

    try:
        await one(0)
        before = len(os.listdir("/proc/self/fd"))
        for start in range(0, calls, 50):
            await asyncio.gather(*(one(n) for n in range(start, min(start + 50, calls))))
            if zygote := jails._jails["standard"]._zygote:
                sizes.append(int(Path(f"/proc/{zygote.pid}/statm").read_text("ascii").split()[0]) * 4)
        after = len(os.listdir("/proc/self/fd")) - 7 * (
            len(jails._jails) - 1
        )  # of each more: its socket and those of the child that waits
    finally:
        await jails.stop()
    return {
        "calls": calls,
        "wrong": dict(wrong),
        "descriptors": (before, after),
        "zygotes_kb": (min(sizes), max(sizes)),
    }
