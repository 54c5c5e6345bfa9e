"""Calls beside and after each other: one leaves nothing for the next, and takes nothing from who runs beside it."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from atoll.kit.jail import Jail, JailError

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def jail() -> AsyncIterator[Jail]:
    jail = Jail("code")
    yield jail
    await jail.stop()


LEAVES = {
    "python": """
import builtins, fcntl, gc, json, os, sys, threading
def main():
    builtins.left = os.environ['LEFT'] = json.left = sys.left = 'secret of A'
    json.dumps = lambda *a, **k: 'secret of A'
    sys.modules['left'] = json
    sys.path.append('/tmp'); sys.setrecursionlimit(5000)
    threading.Thread(target=lambda: __import__('time').sleep(60)).start()
    for n in range(3): fcntl.fcntl(n, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK)
    print('secret of A')
    os._exit(0)
""",
    "javascript": """
globalThis.left = 'secret of A'; Object.prototype.left = 1; JSON.parse = () => 'secret of A'; Array.prototype.map = null;
function main() { return { left } }
""",
}
LOOKS = {
    "python": """
import builtins, fcntl, gc, json, os, sys
def main():
    flags = [n for n in range(3) if fcntl.fcntl(n, fcntl.F_GETFL) & (os.O_APPEND | os.O_NONBLOCK)]
    texts = [o for o in gc.get_objects() if isinstance(o, dict) and any(v == 'secret of ' + 'A' for v in list(o.values())[:200])]
    marks = [hasattr(m, 'left') for m in (builtins, json, sys)]
    return {'found': [*texts, *flags, *filter(None, marks), *('left' in sys.modules or [] and [1]), *os.environ.get('LEFT', '')],
            'json': json.dumps([1]), 'path': sys.path, 'limit': sys.getrecursionlimit()}
""",
    "javascript": """
function main() {
  return { found: Object.keys({}).concat(typeof left === 'undefined' ? [] : [left], [1].map(() => [])).flat(),
           json: JSON.stringify(JSON.parse('[1]')), path: [], limit: 1000 };
}
""",
}


@pytest.mark.attack("S-47")
@pytest.mark.parametrize("first", LEAVES)
@pytest.mark.parametrize("second", LOOKS)
async def test_nothing_is_left_for_the_next(jail: Jail, first: Any, second: Any) -> None:
    for _ in range(2):
        try:
            await jail.code(LEAVES[first], {}, language=first)
        except JailError as fault:
            assert fault.code == "code_killed" and fault.printed == "secret of A\n"
        result, printed = await jail.code(LOOKS[second], {}, language=second)
        assert result == {"found": [], "json": "[1]", "path": [], "limit": 1000} and printed == ""


BOMBS = [
    ("python", "def main():\n    while True: pass"),
    ("python", "def main():\n    x = []\n    while True: x.append(bytearray(1 << 20))"),
    ("python", "import os\ndef main():\n    while True:\n        try: os.fork()\n        except OSError: pass"),
    ("python", "import threading, time\ndef main():\n    while True: threading.Thread(target=time.sleep, args=(9,)).start()"),
    ("python", "import re\ndef main(): re.match(r'(a+)+$', 'a' * 50 + 'b')"),
    ("python", "import signal, time\ndef main():\n    signal.signal(15, signal.SIG_IGN)\n    while True: time.sleep(9)"),
    ("python", "def main(): return {'n': 7 ** 10**9}"),
    ("python", "def main():\n    while True: print('x' * 10**6)"),
    ("javascript", "function main() { for (;;); }"),
    ("javascript", "function main() { const a = []; for (;;) a.push(new Uint8Array(1 << 20)) }"),
]  # fmt: skip


@pytest.mark.attack("S-48")
async def test_bombs_end_in_time_and_their_neighbours_work_on(jail: Jail) -> None:
    crowd = Jail("code", at_once=len(BOMBS) + 2)
    await crowd.check()

    async def bomb(language: Any, source: str) -> float:
        begun = time.monotonic()
        with pytest.raises(JailError) as caught:
            await crowd.code(source, {}, language=language, timeout=0.5, memory_mb=64)
        assert caught.value.code in (
            "code_timeout",
            "code_memory",
            "code_error",
            "code_killed",
            "code_output_too_large",
        )
        return time.monotonic() - begun

    bombs = [asyncio.create_task(bomb(*one)) for one in BOMBS]
    worked = 0
    while not all(one.done() for one in bombs):
        result, _ = await crowd.code("def main(n): return {'n': n + 1}", {"n": worked})
        worked += 1
        assert result == {"n": worked}
    took = await asyncio.gather(*bombs)
    await crowd.stop()
    assert worked > 0
    assert max(took) < 0.5 + 2.0, "the limit, and what a busy machine takes to notice"


@pytest.mark.attack("S-48")
async def test_a_call_stands_behind_the_server_for_the_processor(jail: Jail) -> None:
    """In the zygote's session, for a kernel may share the processor between sessions; and it can't step forward."""
    source = """
import os
def main():
    try: return {"forward": os.nice(-5)}
    except OSError: pass
    while True: pass
"""
    calling = asyncio.create_task(jail.code(source, {}, timeout=0.5))
    await asyncio.sleep(0.2)
    assert jail._zygote
    (number,) = jail._zygote.busy
    pids = Path(f"/proc/{jail._zygote.pid}/task/{jail._zygote.pid}/children").read_text().split()
    seen = [
        (os.getpriority(os.PRIO_PROCESS, int(pid)), os.sched_getscheduler(int(pid)), os.getsid(int(pid)))
        for pid in pids
    ]
    behind = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    assert (behind, os.SCHED_BATCH, jail._zygote.pid) in seen and number
    assert os.getpriority(os.PRIO_PROCESS, jail._zygote.pid) == os.getpriority(os.PRIO_PROCESS, 0)
    with pytest.raises(JailError, match="ran longer"):
        await calling
