"""One call, in a forked child: close the fences, then run what was asked and send back what came of it.

Order matters: nothing of the caller's is read before the last fence stands. If a fence can't be put up, the
child says so and ends without having run anything. Standard library only, loaded before the fork.
"""

import fcntl
import os
import signal
import sys
import traceback
from typing import NamedTuple, NoReturn

from atoll.kit.jail import fence, wire
from atoll.kit.jail.work import answer

# after the three standard descriptors; the last goes before work begins
_RESULT, _REQUEST, _NETWORK, _RULESET = 3, 4, 5, 6


class Descriptors(NamedTuple):
    nothing: int
    request: int
    result: int
    printed: int
    network: int | None  # to the host's broker, where the code may call hosts
    ruleset: int | None


def become(parent: int, given: Descriptors, cpu_seconds: int, address_space: int) -> NoReturn:
    """Turns the forked copy of the zygote `parent` into a jailed process, which does its call and ends."""
    try:
        _place(given)
        _lock(parent, given.ruleset is not None, cpu_seconds, address_space)
    except BaseException as fault:  # the border of the process: whatever it is, nothing may run
        _send(wire.pack({"unfenced": f"{type(fault).__name__}: {fault}"}))
        os._exit(97)
    try:
        _reseed()
        _send(answer(_REQUEST, None if given.network is None else _NETWORK))
        os._exit(0)
    except BaseException:  # the caller's code broke the way back: it closed the pipe, say
        traceback.print_exc()
    finally:
        os._exit(98)


def _place(given: Descriptors) -> None:
    """Moves what was given to its fixed numbers and closes all else."""
    places = {0: given.nothing, 1: given.printed, 2: given.printed, _RESULT: given.result, _REQUEST: given.request}
    if given.network is not None:
        places[_NETWORK] = given.network
    if given.ruleset is not None:
        places[_RULESET] = given.ruleset
    # by way of numbers above all places, so that none is overwritten before it has moved
    above = {place: fcntl.fcntl(source, fcntl.F_DUPFD, 16) for place, source in places.items()}
    for place, source in above.items():
        os.dup2(source, place)
    for place in {_NETWORK, _RULESET} - set(places):
        os.closerange(place, place + 1)
    os.closerange(_RULESET + 1, 4096)


def _lock(parent: int, landlock: bool, cpu_seconds: int, address_space: int) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    fence.prctl(fence.PR_SET_PDEATHSIG, signal.SIGKILL)
    fence.prctl(fence.PR_SET_DUMPABLE, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(0)
    fence.limit(cpu_seconds, address_space)
    if landlock:
        fence.landlock_apply(_RULESET)
        os.close(_RULESET)
    fence.seccomp_apply(fence.seccomp_program(os.getpid()))


def _reseed() -> None:
    """Python's own generator does it by itself after a fork; numpy's does not, and all calls would draw the same."""
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()


def _send(pieces: list[bytes]) -> None:
    for piece in pieces:
        view = memoryview(piece)
        while view:
            view = view[os.write(_RESULT, view) :]
