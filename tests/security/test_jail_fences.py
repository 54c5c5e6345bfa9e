"""The fences are what holds: with one of them away the probes get through, and no code runs. None is there for show."""

import platform
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from atoll.kit.jail import Jail, JailError, process
from atoll.kit.jail.fence import _conditional, seccomp_program
from atoll.kit.jail.probes import IN_CHINESE, PROBES
from atoll.kit.jail.syscalls import AARCH64, ALLOWED, ARCHITECTURES, X86_64

pytestmark = pytest.mark.attack("S-46")

NO_FILTER = "f.seccomp_apply = lambda program: None"
NO_LANDLOCK = "f.landlock_ruleset = lambda: None"
NO_LIMITS = "f.limit = lambda *given: None"
SEEN = "f.prctl = lambda option, value, real=f.prctl: real(option, 1 if option == 4 else value)"  # may be traced
FILES = {"open a file", "create a file"}
# what no fence but one is there for
LEFT = {
    "without the filter": (NO_FILTER, {"look at a path", "open a network socket", "start a process", "make memory executable"}),
    "without limits": (NO_LIMITS, {"go beyond its limits or use what it inherited"}),
    "without filter and Landlock": (f"{NO_FILTER}; {NO_LANDLOCK}; {NO_LIMITS}", {*FILES, "signal the parent"}),
}  # fmt: skip


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def change(how: str) -> Jail:
        boot = process._BOOT.replace("from atoll", f"import atoll.kit.jail.fence as f; {how}; from atoll", 1)
        monkeypatch.setattr(process, "_BOOT", boot)
        return Jail("code")

    yield change


async def reason(jail: Jail) -> str:
    try:
        found = await jail.check()
        with pytest.raises(JailError) as caught:
            await jail.code("def main(): return {}", {})
        assert caught.value.code == "sandbox_unavailable" and found["reason"] == caught.value.message
        assert [probe for probe in PROBES if probe in caught.value.message["zh"]] == [], (
            "both languages in their own words"
        )
        return caught.value.message["en"]
    finally:
        await jail.stop()


@pytest.mark.parametrize("name", LEFT)
async def test_without_one_of_them_no_code_runs(world: Any, name: str) -> None:
    how, open_then = LEFT[name]
    said = await reason(world(how))
    assert [probe for probe in open_then if probe not in said] == []


async def test_no_probe_fails_for_another_reason_than_the_fences(world: Any) -> None:
    said = await reason(world(f"{NO_FILTER}; {NO_LANDLOCK}; {NO_LIMITS}; {SEEN}"))
    # these two the machine itself may refuse to everybody
    refused = {probe for probe in PROBES if probe not in said}
    assert set(PROBES) == set(IN_CHINESE)
    assert refused <= {"trace the parent", "enter a new namespace"} and len(PROBES) == 12


async def test_landlock_alone_keeps_files_away(world: Any) -> None:
    said = await reason(world(f"{NO_FILTER}; {NO_LIMITS}"))
    assert [probe for probe in FILES if probe in said] == []


async def test_the_filter_alone_holds_where_the_kernel_has_no_landlock(world: Any) -> None:
    jail = world(NO_LANDLOCK)
    assert await jail.check() == {"available": True, "reason": None}
    await jail.stop()


@pytest.mark.parametrize("how", ["f.seccomp_apply = None", "f.landlock_apply = None", "f.limit = None", "f.prctl = 1"])
async def test_a_fence_that_cant_be_put_up_stops_the_call(world: Any, how: str) -> None:
    assert "does not work on this machine" in await reason(world(how))


@pytest.fixture
async def jail() -> AsyncIterator[Jail]:
    jail = Jail("code")
    yield jail
    await jail.stop()


async def test_every_system_call_that_is_not_on_the_list_is_refused(jail: Jail) -> None:
    numbers = ARCHITECTURES[platform.machine()][1]
    # the kernel answers these two before any filter, and with SIGILL to who is not its own probe
    known = {335, 336} if platform.machine() == "x86_64" else set[int]()
    known |= {numbers[name] for name in {*ALLOWED, *_conditional(), "tgkill"} if name in numbers}
    source = """
import ctypes
def main(known, last):
    libc = ctypes.CDLL(None, use_errno=True)
    through = []
    for number in range(last):
        if number not in known:
            ctypes.set_errno(0)
            if libc.syscall(number, 0, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != 1:
                through.append(number)
    return {"through": through}
"""
    result, _ = await jail.code(source, {"known": sorted(known), "last": 520})
    assert result == {"through": []}


def test_both_architectures_have_a_filter_of_the_same_calls() -> None:
    only_old = {"poll", "select", "dup2", "epoll_wait", "time"}  # which aarch64 never had
    assert set(X86_64) - set(AARCH64) == only_old and set(AARCH64) <= set(X86_64)
    for machine in ARCHITECTURES:
        assert len(seccomp_program(1, machine)) % 8 == 0
    with pytest.raises(OSError, match="riscv64"):
        seccomp_program(1, "riscv64")
