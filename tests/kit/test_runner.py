"""Code on a runner: the same answers as from jails of one's own, nothing for strangers, and nothing where it is away."""

import asyncio
import os
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from atoll.kit.errors import OperationalError
from atoll.kit.jail import Answer, Ask, CodeJails, Jail, JailError, process, remote, tls, wire
from atoll.kit.jail import runner as served
from atoll.kit.jail.remote import RemoteJails
from atoll.kit.jail.runner import Runner

pytestmark = pytest.mark.asyncio(loop_scope="module")
TOKEN = "t" * 32


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def runner() -> AsyncIterator[tuple[Runner, int]]:
    runner = Runner(CodeJails(), TOKEN)
    yield runner, await runner.start("127.0.0.1", 0)
    await runner.stop()


@pytest.fixture
def far(runner: tuple[Runner, int]) -> RemoteJails:
    return RemoteJails(f"tcp://127.0.0.1:{runner[1]}", TOKEN)


async def peer(ask: Ask) -> Answer:
    return Answer(200, {"x-method": ask.method}, ask.content[::-1], ask.url)


async def test_it_answers_as_a_jail_does(far: RemoteJails) -> None:
    assert await far.check() == {"available": True, "reason": None} and far.status()["available"]
    source = "def main(a):\n    print('ö')\n    return {'a': a, 'r': http.post('x', data='abc').text}"
    assert await far.run(source, {"a": [1, "澜"]}, fetch=peer) == ({"a": [1, "澜"], "r": "cba"}, "ö\n")
    result, _ = await far.run("function main({ a }) { return { a } }", {"a": 2}, language="javascript")
    assert result == {"a": 2}
    assert (await far.run("import numpy\ndef main(): return {'n': numpy.__name__}", {}, packages="numpy"))[0] == {
        "n": "numpy"
    }


@pytest.mark.parametrize(
    ("source", "more", "code", "words"),
    [
        ("def main():\n    print('before')\n    return 1 / 0", {}, "code_error", "line 3: ZeroDivisionError"),
        ("def main(:", {}, "code_syntax", "line 1"),
        ("def main():\n    while True: pass", {"timeout": 0.3}, "code_timeout", "0.3 seconds"),
        ("def main(): return {'x': bytearray(10**9)}", {"memory_mb": 64}, "code_memory", "64 MB"),
        ("def main(): return {'x': 'y' * 9000}", {"output_bytes": 5000}, "code_output_too_large", "5000 bytes"),
        ("def main(): return {}", {"packages": "none"}, "code_packages_unknown", "none"),
        ("def main(): return http.get('x')", {}, "code_error", "may call no host"),
        ("", {}, "code_no_main", "main"),
    ],
)
async def test_faults_are_the_same(far: RemoteJails, source: str, more: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(JailError) as caught:
        await far.run(source, {}, **more)
    assert caught.value.code == code and words in caught.value.message["en"] and caught.value.message["zh"]
    assert caught.value.printed == ("before\n" if "before" in source else "")


async def test_inputs_that_are_none_never_leave(far: RemoteJails) -> None:
    with pytest.raises(JailError) as caught:
        await far.run("def main(): return {}", {"a": float("nan")})
    assert caught.value.code == "code_bad_inputs"


@pytest.mark.attack("S-96")
async def test_a_stranger_gets_nothing(runner: tuple[Runner, int]) -> None:
    run = wire.frame({"do": "run", "source": "def main(): return {}", "inputs": {}, "language": "python"})
    for sent in (
        wire.frame({"token": "t" * 31}) + run,
        wire.frame({"token": ["t"]}) + run,
        wire.frame({}) + run,
        run,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        struct.pack("<Q", 1 << 62),
        struct.pack("<Q", 5000) + b"x" * 5000,
        b"\0" * 100,
        wire.frame({"token": TOKEN}) + wire.frame({"do": "run"}),
        wire.frame({"token": TOKEN})
        + wire.frame({"do": "run", "source": [], "inputs": 5, "language": 1, "packages": 2}),
        wire.frame({"token": TOKEN}) + struct.pack("<Q", 1 << 40),
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", runner[1])
        writer.write(sent)
        writer.write_eof()
        try:
            assert await asyncio.wait_for(reader.read(), 5) == b"", sent[:60]
        except ConnectionResetError:
            pass
        writer.close()
    strange = RemoteJails(f"tcp://127.0.0.1:{runner[1]}", "u" * 32)
    with pytest.raises(OperationalError) as caught:
        await strange.run("def main(): return {}", {})
    assert caught.value.code == "runner_unavailable"


async def _children(jail: Jail, number: int) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if jail._zygote and len(jail._zygote.busy) == number:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_who_hangs_up_takes_its_code_with_it(far: RemoteJails, runner: tuple[Runner, int]) -> None:
    call = asyncio.create_task(far.run("import time\ndef main(): time.sleep(60)", {}, timeout=60))
    jail = runner[0]._jails._jails["standard"]
    assert await _children(jail, 1)
    call.cancel()
    assert await _children(jail, 0)


async def test_where_it_is_away_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_PAUSE", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    away = RemoteJails(f"tcp://127.0.0.1:{port}", TOKEN)
    assert not away.status()["available"]
    with pytest.raises(OperationalError) as caught:
        await away.run("def main(): return {}", {})
    assert caught.value.code == "runner_unavailable" and "Code runs nowhere else" in caught.value.message["en"]
    status = await away.check()
    assert status["reason"] and "ATOLL_RUNNER_URL" in status["reason"]["zh"]
    await away.stop()


LIES: list[Callable[[], bytes]] = [
    lambda: b"",
    lambda: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    lambda: struct.pack("<Q", 1 << 60),
    lambda: wire.frame({"ok": [1]}),
    lambda: wire.frame({"ok": {}, "printed": 5}),
    lambda: wire.frame({"ok": {}, "printed": "x" * 2000}),
    lambda: wire.frame({"ok": {"x": "y" * 10**6}}),
    lambda: wire.frame({"fault": "admin", "params": {}}),
    lambda: wire.frame({"fault": "code_timeout", "params": {}}),
    lambda: wire.frame({"fault": "code_timeout", "params": {"code": "x", "timeout": 1}}),
    lambda: wire.frame({"fault": "code_timeout", "params": [1]}),
    lambda: wire.frame({"ask": {"method": "GET", "url": "http://x", "headers": {}, "timeout": 1}}),
    lambda: wire.frame({"ask": 5}),
]


@pytest.mark.attack("S-49")
async def test_a_runner_that_lies_is_as_one_that_is_away() -> None:
    answer = b""

    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        if answer:
            await reader.read(10)
        writer.close()

    async with await asyncio.start_server(lie, "127.0.0.1", 0) as server:
        far = RemoteJails(f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}", TOKEN)
        for make in LIES:
            answer = make()
            with pytest.raises(OperationalError) as caught:
                await far.run("def main(): return {}", {}, output_bytes=1000)
            assert caught.value.code == "runner_unavailable"
            assert not (await far.check())["available"]


async def test_a_runner_whose_fences_are_off_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    hole = "import atoll.kit.jail.fence as f; f.seccomp_apply = lambda program: None; from atoll"
    monkeypatch.setattr(process, "_BOOT", process._BOOT.replace("from atoll", hole, 1))
    runner = Runner(CodeJails(), TOKEN)
    with pytest.raises(JailError) as caught:
        await runner.start("127.0.0.1", 0)
    assert caught.value.code == "sandbox_unavailable"
    await runner.stop()


def certified(folder: Path, name: str) -> Path:
    """A certificate of `name`, with its key beside it in key.pem."""
    folder.mkdir()
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    about = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(["openssl", "req", *kind, *about, *files], check=True, capture_output=True)
    return folder / "cert.pem"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls") / "runner", "localhost")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def encrypted(certificate: Path) -> AsyncIterator[int]:
    runner = Runner(CodeJails(), TOKEN)
    context = tls.of_runner(certificate, certificate.with_name("key.pem"), "0.0.0.0")
    yield await runner.start("localhost", 0, context)
    await runner.stop()


def older() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


@pytest.mark.attack("S-96")
async def test_over_tls_a_stranger_learns_and_gets_nothing(
    encrypted: int, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"tls://localhost:{encrypted}"
    known = RemoteJails(url, TOKEN, certificate)
    assert await known.run("def main(n): return {'n': n}", {"n": "x" * 300_000}) == ({"n": "x" * 300_000}, "")

    monkeypatch.setattr(remote, "_TRIES", 1)
    downgraded = RemoteJails(url, TOKEN, certificate)
    downgraded._tls = older()
    downgraded._tls.load_verify_locations(certificate)
    away = {
        "another token": RemoteJails(url, "u" * 32, certificate),
        "another certificate of the same name": RemoteJails(url, TOKEN, certified(tmp_path / "other", "localhost")),
        "what the machine trusts": RemoteJails(url, TOKEN),
        "another name": RemoteJails(f"tls://127.0.0.1:{encrypted}", TOKEN, certificate),
        "without TLS": RemoteJails(f"tcp://localhost:{encrypted}", TOKEN),
        "TLS 1.2": downgraded,
    }
    for what, jails in away.items():
        with pytest.raises(OperationalError) as caught:
            await jails.run("def main(): return {}", {})
        assert caught.value.code == "runner_unavailable", what

    for sent in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00" + b"\xff" * 600, b"\0" * 70_000):
        reader, writer = await asyncio.open_connection("localhost", encrypted)
        writer.write(sent)
        try:
            answer = await asyncio.wait_for(reader.read(), 5)
            assert len(answer) < 50, "an alert at most"
        except ConnectionResetError:
            pass
        writer.close()
    assert (await known.check())["available"]


@pytest.mark.attack("S-96")
async def test_a_worker_shows_its_token_to_nobody_but_the_runner(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither to who answers in its place in plain text, nor to who has another certificate."""
    monkeypatch.setattr(remote, "_TRIES", 1)
    heard = bytearray()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(wire.frame({"status": {"available": True, "reason": None}}))
        heard.extend(await reader.read(100_000))
        writer.close()

    other = certified(tmp_path / "other", "localhost")
    for context in (None, tls.of_runner(other, other.with_name("key.pem"), "localhost")):
        async with await asyncio.start_server(hear, "localhost", 0, ssl=context) as server:
            port = server.sockets[0].getsockname()[1]
            far = RemoteJails(f"tls://localhost:{port}", TOKEN, certificate)
            assert not (await far.check())["available"]
    assert TOKEN.encode() not in heard


@pytest.mark.attack("S-96")
async def test_who_dawdles_or_comes_in_crowds_keeps_nobody_out(
    runner: tuple[Runner, int], far: RemoteJails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "_HELLO_SECONDS", 0.5)
    monkeypatch.setattr(served, "STRANGERS", 20)

    async def dawdle() -> float:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", runner[1])
        try:
            for byte in wire.frame({"token": TOKEN})[:40]:
                writer.write(bytes([byte]))
                if await asyncio.wait({ended := asyncio.create_task(reader.read())}, timeout=0.05) and ended.done():
                    break
                ended.cancel()
                await asyncio.wait({ended})
        except ConnectionError:
            pass
        writer.close()
        return time.monotonic() - began

    slow = [asyncio.create_task(dawdle()) for _ in range(19)]
    await asyncio.sleep(0.1)
    assert await far.run("def main(): return {'ok': 1}", {}) == ({"ok": 1}, "")
    crowd = [asyncio.create_task(dawdle()) for _ in range(10)]
    lasted = await asyncio.gather(*slow)
    assert max(lasted) < 2, "each was shown out in time"
    assert sorted(await asyncio.gather(*crowd))[7] < 0.5, "the crowd was not let in at all"
    assert await far.run("def main(): return {'ok': 2}", {}) == ({"ok": 2}, "")


@pytest.mark.parametrize(
    "url",
    ["tcp://runner:8090", "tcp://10.0.0.5:8090", "tls://runner", "tls://a@b:1", "http://localhost:1", "tcp://[::1", ""],
)
async def test_an_address_that_would_be_read_on_its_way_is_none(url: str) -> None:
    with pytest.raises(ValueError):
        tls.address(url)


async def test_the_command(certificate: Path) -> None:
    """The whole process over TLS: it starts, answers, ends when told, and refuses to hold secrets."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ATOLL_", "DATABASE", "REDIS"))}
    env = {
        **plain,
        "ATOLL_RUNNER_TOKEN": TOKEN,
        "ATOLL_RUNNER_CERTIFICATE": str(certificate),
        "ATOLL_RUNNER_KEY": str(certificate.with_name("key.pem")),
    }
    command = [sys.executable, "-m", "atoll.cli.main", "runner", "--port", str(port)]

    async def start(**more: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=process.ROOT,
            env={name: value for name, value in {**env, **more}.items() if value},
            stderr=asyncio.subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )

    running = await start()
    far = RemoteJails(f"tls://localhost:{port}", TOKEN, certificate)
    end = time.monotonic() + 30
    while not (await far.check())["available"]:
        assert time.monotonic() < end and running.returncode is None
    assert await far.run("def main(n): return {'n': n}", {"n": 1}) == ({"n": 1}, "")
    running.terminate()
    assert await asyncio.wait_for(running.wait(), 10) == 0

    for more, words in (
        ({"REDIS_URL": "redis://x:6379/0"}, b"must hold no secrets"),
        ({"ATOLL_RUNNER_TOKEN": ""}, b"ATOLL_RUNNER_TOKEN"),
        ({"ATOLL_HOST": "0.0.0.0", "ATOLL_RUNNER_CERTIFICATE": ""}, b"needs ATOLL_RUNNER_CERTIFICATE"),
        ({"ATOLL_RUNNER_KEY": "/nothing"}, b"can't be used"),
    ):
        refused = await start(**more)
        _, said = await asyncio.wait_for(refused.communicate(), 30)
        assert refused.returncode == 1 and words in said
