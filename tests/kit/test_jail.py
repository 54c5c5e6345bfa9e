"""What a caller of the jail gets: results, clean errors, and control over time, memory, output and life."""

import asyncio
import os
import select
import signal
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from atoll.kit.errors import UserError
from atoll.kit.jail import Jail, JailError, process
from atoll.kit.jail.errors import SENTENCES

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def fails(jail: Jail, source: str, inputs: dict[str, Any] | None = None, **limits: Any) -> JailError:
    with pytest.raises(JailError) as caught:
        await jail.code(source, inputs or {}, **limits)
    assert caught.value.message["en"] and caught.value.message["zh"]
    return caught.value


async def test_inputs_result_and_what_was_printed(jail: Jail) -> None:
    source = "def main(name, numbers):\n    print('你好', name)\n    return {'sum': sum(numbers), 'who': name}"
    result, printed = await jail.code(source, {"name": "阿托", "numbers": [1, 2.5, 10**30]})
    assert result == {"sum": 1 + 2.5 + 10**30, "who": "阿托"}
    assert printed == "你好 阿托\n"


async def test_async_main(jail: Jail) -> None:
    source = "import asyncio\nasync def main():\n    await asyncio.sleep(0)\n    return {'ok': True}"
    assert (await jail.code(source, {}))[0] == {"ok": True}


@pytest.mark.parametrize(
    ("source", "code", "words"),
    [
        ("def main(:\n  pass", "code_syntax", "line 1"),
        ("x = 1\n\n  y = 2", "code_syntax", "line 3"),
        ("x = '\0'", "code_syntax", "null"),
        ("(" * 5000, "code_syntax", ""),
        ("def main():\n    a = 1\n    return {'x': a / 0}", "code_error", "line 3: ZeroDivisionError"),
        ("1 / 0", "code_error", "line 1"),
        ("def main(x): return {}", "code_error", "missing 1 required positional argument: 'x'"),
        ("import pandas\ndef main(): return {}", "code_error", "no module pandas"),
        ("import sys\ndef main(): sys.exit(3)", "code_error", "SystemExit"),
        ("def main(): return main()", "code_error", "RecursionError"),
        ("class E(Exception):\n  def __str__(self): raise ValueError\ndef main(): raise E()", "code_error", "E"),
        ("result = 1\nother = 2", "code_no_main", "result, other"),
        ("", "code_no_main", "-"),
        ("main = 3", "code_no_main", "main"),
        ("def main(): return [1]", "code_not_a_dict", "list"),
        ("def main(): pass", "code_not_a_dict", "NoneType"),
        ("def main(): return {'a': {1, 2}}", "code_not_json", "set"),
        ("def main(): return {'a': float('nan')}", "code_not_json", "JSON"),
        ("def main(): return {'a': b'x'}", "code_not_json", "bytes"),
        ("def main(): return {(1, 2): 3}", "code_not_json", "tuple"),
        ("def main(): return {'a': '\\ud800'}", "code_not_json", "surrogates"),
        ("def main():\n  d = {}\n  d['d'] = d\n  return d", "code_not_json", "Circular"),
        ("def main(): return {'a': 10 ** 10000}", "code_not_json", "digits"),
        ("import os\ndef main(): os._exit(0)", "code_killed", "exit 0"),
        ("import os, signal\ndef main(): os.abort()", "code_killed", "SIGABRT"),
        ("import ctypes\ndef main(): ctypes.string_at(0)", "code_killed", "SIGSEGV"),
    ],
)
async def test_faults_have_codes_and_places(jail: Jail, source: str, code: str, words: str) -> None:
    fault = await fails(jail, source)
    assert fault.code == code
    assert words in fault.message["en"]


async def test_traceback_shows_the_persons_lines_and_no_paths(jail: Jail) -> None:
    source = "import json\n\ndef parse(text):\n    return json.loads(text)\n\ndef main():\n    return parse('{')\n"
    fault = await fails(jail, source)
    assert fault.params["line"] == 4
    assert "return json.loads(text)" in fault.detail and "return parse('{')" in fault.detail
    assert "/" not in fault.detail


async def test_what_was_printed_before_the_fault_is_kept(jail: Jail) -> None:
    assert (await fails(jail, "def main():\n    print('so far')\n    1 / 0")).printed == "so far\n"
    assert (await fails(jail, "def main():\n    print('here')\n    while True: pass", timeout=0.2)).printed == "here\n"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("while True: pass", "code_timeout"),
        ("9 ** (9 ** 9)", "code_timeout"),
        ("re.match('(a+)+$', 'a' * 40 + 'b')", "code_timeout"),
        ("time.sleep(60)", "code_timeout"),
        (
            "[signal.signal(s, signal.SIG_IGN) for s in (signal.SIGTERM, signal.SIGINT)]\n    time.sleep(60)",
            "code_timeout",
        ),
        (
            "[threading.Thread(target=time.sleep, args=(60,)).start() for _ in range(4)]\n    time.sleep(60)",
            "code_timeout",
        ),
        ("bytearray(10 << 30)", "code_memory"),
        ("x = []\n    while True: x.append('x' * 1_000_000)", "code_memory"),
        ("x = 'x'\n    while True: x += x", "code_memory"),
        ("while True: print('x' * 10_000)", "code_output_too_large"),
        ("while True: os.write(2, b'x' * 10_000)", "code_output_too_large"),
        ("while True: os.write(3, b'x' * 10_000)", "code_output_too_large"),
        ("return {'x': 'x' * 2_000_000}", "code_output_too_large"),
    ],
)
async def test_limits(jail: Jail, body: str, code: str) -> None:
    source = f"import os, re, signal, sys, threading, time\ndef main():\n    {body}\n    return {{}}"
    began = time.monotonic()
    fault = await fails(jail, source, timeout=0.5 if code == "code_timeout" else 20)
    assert fault.code == code
    assert time.monotonic() - began < 5


async def test_threads_fit_in_the_memory_limit(jail: Jail) -> None:
    source = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def main():\n    with ThreadPoolExecutor(8) as pool:\n        return {'x': list(pool.map(abs, range(-20, 0)))}"
    )
    assert len((await jail.code(source, {}))[0]["x"]) == 20


@pytest.mark.parametrize("inputs", [{"a": float("nan")}, {"a": "\ud800"}, {"a": {1}}])
async def test_inputs_that_are_not_json(jail: Jail, inputs: dict[str, Any]) -> None:
    assert (await fails(jail, "def main(a): return {}", inputs)).code == "code_bad_inputs"


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"\xff" * 20,
        b"\x02\0\0\0\0\0\0\0[]",
        b'\x0a\0\0\0\0\0\0\0{"ok": [1]}',
        b'\x0b\0\0\0\0\0\0\0{"ok": NaN}',
        b'\x14\0\0\0\0\0\0\0{"fault": "__init__"}',
        b'\x12\0\0\0\0\0\0\0{"fault": ["x", 1]}',
        (100_000).to_bytes(8, "little") + b"[" * 100_000,
    ],
)
async def test_a_forged_answer_is_just_a_failed_call(jail: Jail, forged: bytes) -> None:
    fault = await fails(jail, f"import os\ndef main():\n    os.write(3, {forged!r})\n    os._exit(0)")
    assert fault.code == "code_killed"


async def test_code_cant_speak_in_the_platforms_name(jail: Jail) -> None:
    source = (
        "from atoll.kit.errors import UserError\ndef main(): raise UserError('fine', 'Send your password to …', 'x')"
    )
    fault = await fails(jail, source)
    assert fault.code in ("code_error", "code_killed") and "password" not in str(fault.as_dict())


async def test_calls_share_nothing(jail: Jail) -> None:
    source = "import json\ndef main():\n    seen = hasattr(json, 'mark')\n    json.mark = 1\n    return {'seen': seen}"
    results = await asyncio.gather(*(jail.code(source, {}) for _ in range(20)))
    assert all(result == {"seen": False} for result, _ in results)
    source = "import random, uuid\ndef main(): return {'x': [random.random(), str(uuid.uuid4())]}"
    results = await asyncio.gather(*(jail.code(source, {}) for _ in range(10)))
    assert len({str(result) for result, _ in results}) == 10


async def test_at_most_so_many_at_once() -> None:
    jail = Jail("code", at_once=2)
    try:
        await jail.check()
        waiting = [
            asyncio.create_task(jail.code("import time\ndef main():\n  time.sleep(0.1)\n  return {}", {}))
            for _ in range(5)
        ]
        most = 0
        while not all(task.done() for task in waiting):
            await asyncio.wait(waiting, timeout=0.02)
            most = max(most, len(jail._zygote.busy) if jail._zygote else 0)
        assert most == 2
        assert all(task.result() == ({}, "") for task in waiting)
    finally:
        await jail.stop()


def _children(jail: Jail) -> dict[int, process.Child]:
    return jail._zygote.busy if jail._zygote else {}


async def _running(jail: Jail, before: Collection[int] = ()) -> process.Child:
    """The first child that is none of those of `before`: one of a call that has ended may not be buried yet."""
    while not (new := [child for number, child in _children(jail).items() if number not in before]):  # noqa: ASYNC110  (the jail announces no such event)
        await asyncio.sleep(0.005)
    return new[0]


async def test_cancelling_kills_within_a_second(jail: Jail) -> None:
    before = _children(jail)
    task = asyncio.create_task(jail.code("def main():\n    while True: pass", {}, timeout=60))
    child = await _running(jail, before)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(1):
        assert await asyncio.shield(child.ended) == signal.SIGKILL


async def test_a_dead_zygote_is_replaced_and_its_calls_are_made_again() -> None:
    jail = Jail("code")
    try:
        source = "import time\ndef main():\n    time.sleep(0.3)\n    return {'ok': 1}"
        task = asyncio.create_task(jail.code(source, {}))
        first = (await _running(jail)).zygote
        os.kill(first.pid, signal.SIGKILL)
        assert await task == ({"ok": 1}, "")
        assert jail._zygote is not first
    finally:
        await jail.stop()


async def test_an_idle_zygote_is_stopped_and_comes_back() -> None:
    jail = Jail("code", idle_seconds=0.05)
    try:
        await jail.code("def main(): return {}", {})
        assert jail._zygote
        gone = os.pidfd_open(jail._zygote.pid)
        assert await asyncio.to_thread(select.select, [gone], [], [], 5) == ([gone], [], [])
        os.close(gone)
        assert jail._zygote is None
        assert await jail.code("def main(): return {}", {}) == ({}, "")
    finally:
        await jail.stop()


async def test_a_worn_zygote_is_replaced_while_its_calls_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    jail = Jail("code")
    try:
        slow = asyncio.create_task(jail.code("import time\ndef main():\n    time.sleep(0.4)\n    return {'a': 1}", {}))
        first = (await _running(jail)).zygote
        first.calls = 5000
        assert await jail.code("def main(): return {}", {}) == ({}, "")
        assert jail._zygote is not first and not slow.done()
        assert await slow == ({"a": 1}, "")
    finally:
        await jail.stop()


HOST = """
import asyncio, sys
from atoll.kit.jail import Jail
async def main():
    jail = Jail("code")
    task = asyncio.create_task(jail.code("import time\\ndef main(): time.sleep(60)", {}, timeout=60))
    await jail.check()
    zygote = jail._zygote.pid
    while not jail._zygote.busy:
        await asyncio.sleep(0.01)
    print(zygote, open(f"/proc/{zygote}/task/{zygote}/children").read(), flush=True)
    await task
asyncio.run(main())
"""


async def test_a_host_that_is_killed_leaves_nothing_behind() -> None:
    host = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOST, cwd=process.ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert host.stdout
    pids = [int(word) for word in (await host.stdout.readline()).split()]
    assert len(pids) >= 2  # the zygote, the call, and the one that waits for the next
    waiting = {os.pidfd_open(pid) for pid in pids}
    host.kill()
    await host.wait()
    while waiting:
        ended, _, _ = await asyncio.to_thread(select.select, list(waiting), [], [], 5)
        assert ended, "a process outlived the host"
        for descriptor in ended:
            os.close(descriptor)
            waiting.remove(descriptor)


async def test_parser_gets_big_payloads_and_gives_big_blobs() -> None:
    jail = Jail("parser")
    try:
        payload = os.urandom(1 << 20) * 100
        result, blob = await jail.call("tests_jail_parser", "swap", payload, {"note": "页"}, output_bytes=200_000_000)
        assert result == {"size": len(payload), "note": "页"}
        assert blob == payload[::-1]
        with pytest.raises(UserError) as caught:
            await jail.call("tests_jail_parser", "refuse", b"", {})
        assert caught.value.code == "document_encrypted"
        assert caught.value.message == {"en": "Locked.", "zh": "已加密。"} and caught.value.params == {"page": 3}
        with pytest.raises(JailError) as broken:
            await jail.call("tests_jail_parser", "explode", b"", {})
        assert broken.value.code == "code_error"
        with pytest.raises(JailError) as greedy:
            await jail.call("tests_jail_parser", "eat", b"", {}, memory_mb=64)
        assert greedy.value.code == "code_memory"
        # another module joins: the zygote that knows both takes over
        again, _ = await jail.call("tests_jail_parser_2", "answer", b"", {})
        assert again == {"answer": 42}
    finally:
        await jail.stop()


@pytest.fixture(autouse=True)
def parsers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tests_jail_parser.py").write_text(
        "from atoll.kit.errors import UserError\n"
        "def swap(payload, note): return {'size': len(payload), 'note': note}, payload[::-1]\n"
        "def refuse(payload): raise UserError('document_encrypted', 'Locked.', '已加密。', page=3)\n"
        "def explode(payload): raise KeyError('x')\n"
        "def eat(payload): return {'x': len(bytearray(1 << 30))}\n"
    )
    (tmp_path / "tests_jail_parser_2.py").write_text(
        "def jail_warm_up():\n    global number\n    number = len(open(__file__).readlines()) and 42\n"
        "def answer(payload): return {'answer': number}\n"
    )
    tmp_path.chmod(0o755)
    monkeypatch.syspath_prepend(str(tmp_path))


async def test_a_parser_that_cant_be_loaded() -> None:
    jail = Jail("parser")
    try:
        with pytest.raises(JailError) as caught:
            await jail.call("no_such_module", "parse", b"")
        assert caught.value.code == "sandbox_unavailable" and "no_such_module" in caught.value.message["en"]
        assert jail.status()["available"] is False
    finally:
        await jail.stop()


async def test_an_unknown_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    jail = Jail("code")
    status = await jail.check()
    assert status["reason"] and "x86_64" in status["reason"]["en"]
    assert (await fails(jail, "def main(): return {}")).code == "sandbox_unavailable"


async def test_a_hole_in_the_fence_turns_the_jail_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probes are worth something: without the filter they get through, and then no code runs."""
    no_filter = "import atoll.kit.jail.fence as f; f.seccomp_apply = lambda program: None; from atoll"
    monkeypatch.setattr(process, "_BOOT", process._BOOT.replace("from atoll", no_filter, 1))
    jail = Jail("code")
    try:
        status = await jail.check()
        assert status["reason"] and "open a network socket" in status["reason"]["en"]
        assert (await fails(jail, "def main(): return {}")).code == "sandbox_unavailable"
    finally:
        await jail.stop()


async def test_a_fence_that_cant_be_put_up_stops_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    boot = process._BOOT.replace(
        "from atoll", "import atoll.kit.jail.fence as f; f.seccomp_apply = None; from atoll", 1
    )
    monkeypatch.setattr(process, "_BOOT", boot)
    jail = Jail("code")
    try:
        assert (await fails(jail, "def main(): return {}")).code == "sandbox_unavailable"
    finally:
        await jail.stop()


async def test_every_code_has_both_languages() -> None:
    for code in SENTENCES:
        fault = JailError(
            code,
            **dict.fromkeys(
                ("timeout", "memory_mb", "output_bytes", "names", "type", "signal", "packages", "known", "modules"), 1
            ),
        )
        assert "{" not in fault.message["en"].replace("{'result'", "") and fault.message["zh"]
