"""A zygote that is killed under its calls: half an answer is no answer, and dying says nothing about the machine."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from atoll.kit.jail import Jail, JailLost
from atoll.kit.jail.pipe import Pipe
from atoll.kit.jail.process import Child, Zygote


@pytest.fixture
async def jail() -> AsyncIterator[Jail]:
    jail = Jail("code")
    yield jail
    await jail.stop()


@pytest.fixture
def deaths(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[int]]:
    """`deaths(n)`: each of the next `n` zygotes is killed as soon as it was asked for a child."""
    killed: list[int] = []

    def plan(number: int) -> list[int]:
        fork = Zygote.fork

        def fork_and_die(self: Zygote) -> Child:
            child = fork(self)
            if len(killed) < number and self.pid not in killed:
                killed.append(self.pid)
                os.kill(self.pid, signal.SIGKILL)
            return child

        monkeypatch.setattr(Zygote, "fork", fork_and_die)
        return killed

    return plan


@pytest.mark.parametrize("number", [1, 2, 3, 5])
async def test_probes_lost_with_their_zygote_are_made_again(
    jail: Jail, deaths: Callable[[int], list[int]], number: int
) -> None:
    killed = deaths(number)
    assert await jail.check() == {"available": True, "reason": None}
    assert len(set(killed)) == number


async def test_a_jail_that_never_lives_says_so_and_is_looked_at_again_by_the_next_call(
    jail: Jail, deaths: Callable[[int], list[int]]
) -> None:
    killed = deaths(6)
    status = await jail.check()
    assert status["reason"] and "killed each time" in status["reason"]["en"]
    assert len(killed) == 6
    assert await jail.code("def main(): return {'ok': 1}", {}) == ({"ok": 1}, "")
    assert jail.status() == {"available": True, "reason": None}


async def test_a_call_that_is_lost_twice_is_told_apart_from_one_that_failed(
    jail: Jail, deaths: Callable[[int], list[int]]
) -> None:
    await jail.check()
    deaths(2)
    with pytest.raises(JailLost) as caught:
        await jail.code("import time\ndef main(): time.sleep(60)", {}, timeout=60)
    assert caught.value.code == "code_killed"
    assert await jail.code("def main(): return {'ok': 1}", {}) == ({"ok": 1}, "")


async def test_a_host_that_is_done_before_the_zygote_is_warm_leaves_no_noise(
    jail: Jail, capfd: pytest.CaptureFixture[str]
) -> None:
    zygote = Zygote(tuple(sorted(jail._modules)))
    await zygote.stop()
    assert capfd.readouterr().err == ""


async def test_half_an_answer_is_never_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head of the answer is whole and its bytes are not: the zygote dies while they are being written."""
    (tmp_path / "tests_jail_long_answer.py").write_text(
        "def jail_warm_up(): pass\ndef long(payload): return {'size': 64 << 20}, b'x' * (64 << 20)\n"
    )
    tmp_path.chmod(0o755)
    monkeypatch.syspath_prepend(str(tmp_path))
    came: list[int] = []
    parts = iter((100, 8 << 20, 40 << 20))
    wanted = [0]

    class Watched(Pipe):
        def _take(self) -> None:
            super()._take()
            if wanted[0] and len(self.data) >= wanted[0]:
                wanted[0] = 0
                came.append(len(self.data))
                assert jail._zygote
                os.kill(jail._zygote.pid, signal.SIGKILL)

    monkeypatch.setattr("atoll.kit.jail.process.Pipe", Watched)
    jail = Jail("parser")
    try:
        await jail.call("tests_jail_long_answer", "long", b"", output_bytes=200_000_000)  # warm
        for part in parts:
            wanted[0] = part
            head, blob = await jail.call("tests_jail_long_answer", "long", b"", output_bytes=200_000_000)
            assert head["size"] == len(blob) == 64 << 20
        assert len(came) == 3 and max(came) < 64 << 20
    finally:
        await jail.stop()


async def test_the_child_that_waits_for_the_next_call_may_go_at_any_time(jail: Jail) -> None:
    """It is asked nothing of when it is found dead, and ends with its gate where no call comes."""
    source = "import os\ndef main(): return {'pid': os.getpid()}"
    assert (await jail.code(source, {}))[0]
    spare = jail._spare
    assert spare and not spare.ended.done()
    spare.kill()
    await spare.ended
    result, _ = await jail.code(source, {})
    spare = jail._spare
    assert result["pid"] and spare and spare.zygote.busy == {}
    jail._dismiss()
    assert os.waitstatus_to_exitcode(await spare.ended) == 0 and spare.zygote.children == {}
