"""One call, in a forked child: close the fences, then run what was asked and send back what came of it.

It is forked before there is a call, and waits for one. Order matters: nothing of the caller's is read before the
last fence stands. If a fence can't be put up, the child says so and ends without having run anything.
Standard library only, loaded before the fork.
"""

import fcntl
import json
import os
import signal
import sys
import traceback
from typing import NamedTuple, NoReturn

from atoll.kit.jail import fence, wire
from atoll.kit.jail.pipe import write
from atoll.kit.jail.work import answer, rehearse

# after the three standard descriptors; the last two go before work begins
_RESULT, _REQUEST, _NETWORK, _RULESET, _GATE = 3, 4, 5, 6, 7
_ORDER = 1024  # bytes


class Descriptors(NamedTuple):
    request: int
    result: int
    printed: int
    network: int  # to the host's broker, where the code may call hosts
    gate: int  # brings the host's order to begin
    ruleset: int | None


class _Order(NamedTuple):
    cpu: int  # seconds
    memory: int  # bytes
    network: bool


def become(parent: int, given: Descriptors, base: int) -> NoReturn:
    """Turns the forked copy of the zygote `parent` into a jailed process, which waits for its call, does it and ends.

    `base`: the address space of the zygote, in bytes.
    """
    try:
        _place(given)
        _part(parent)
        program = fence.seccomp_program(os.getpid())
        rehearse()
        order = _wait()
        _lock(order, base, given.ruleset is not None, program)
    except BaseException as fault:  # the border of the process: whatever it is, nothing may run
        _send(wire.pack({"unfenced": f"{type(fault).__name__}: {fault}"}))
        os._exit(97)
    try:
        _reseed()
        _send(answer(_REQUEST, _NETWORK if order.network else None))
        os._exit(0)
    except BaseException:  # the caller's code broke the way back: it closed the pipe, say
        traceback.print_exc()
    finally:
        os._exit(98)


def _place(given: Descriptors) -> None:
    """Moves what was given to its fixed numbers and closes all else."""
    # opened anew: flags that one call sets on it must not be there for the next
    places = {
        0: os.open(os.devnull, os.O_RDWR),
        1: given.printed,
        2: given.printed,
        _RESULT: given.result,
        _REQUEST: given.request,
    }
    places |= {_NETWORK: given.network, _GATE: given.gate}
    if given.ruleset is not None:
        places[_RULESET] = given.ruleset
    # by way of numbers above all places, so that none is overwritten before it has moved
    above = {place: fcntl.fcntl(source, fcntl.F_DUPFD, 16) for place, source in places.items()}
    for place, source in above.items():
        os.dup2(source, place)
    if given.ruleset is None:
        os.closerange(_RULESET, _RULESET + 1)
    os.closerange(_GATE + 1, 4096)


def _part(parent: int) -> None:
    """Leaves what the zygote is: its signals, its session, its parent's life."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setpgid(0, 0)  # no session: where the kernel shares the processor between sessions, each call would have a share
    fence.prctl(fence.PR_SET_PDEATHSIG, signal.SIGKILL)
    fence.prctl(fence.PR_SET_DUMPABLE, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(0)


def _wait() -> _Order:
    """The host's order; without one, the end."""
    data = os.read(_GATE, _ORDER)
    if not data:
        os._exit(0)
    os.close(_GATE)
    order = _Order(**json.loads(data))
    if not order.network:
        os.close(_NETWORK)
    return order


def _lock(order: _Order, base: int, landlock: bool, program: bytes) -> None:
    fence.stand_behind()
    fence.limit(order.cpu, base + order.memory)
    if landlock:
        fence.landlock_apply(_RULESET)
        os.close(_RULESET)
    fence.seccomp_apply(program)


def _reseed() -> None:
    """Python's own generator does it by itself after a fork; numpy's does not, and all calls would draw the same."""
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()


def _send(pieces: list[bytes]) -> None:
    write(_RESULT, pieces)
