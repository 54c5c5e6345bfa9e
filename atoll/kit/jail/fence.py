"""The fences around a jailed process: resource limits, Landlock, seccomp. Called in the child, after the fork.

Plain `ctypes`, no privilege needed. Two fences overlap on purpose: Landlock does not govern `stat`, `chdir`
or UDP, and a kernel before 5.13 has none; the seccomp filter alone already refuses every call that names a path.
Must not import anything but the standard library: it runs in the zygote, which starts with nothing.
"""

import ctypes
import errno
import functools
import os
import platform
import resource
import struct

from atoll.kit.jail.syscalls import ALLOWED, ARCHITECTURES

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_SET_NO_NEW_PRIVS = 1, 4, 15, 16, 38
LANDLOCK_CREATE, LANDLOCK_RESTRICT = 444, 446  # the same on every architecture

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def syscall(number: int, *arguments: int) -> int:
    """One raw system call. Raises OSError."""
    result: int = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) for a in arguments))
    if result < 0:
        fault = ctypes.get_errno()
        raise OSError(fault, os.strerror(fault))
    return result


def prctl(option: int, value: int) -> None:
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


# --- Landlock ------------------------------------------------------------------------------------------------


def landlock_ruleset() -> int | None:
    """A descriptor of a rule set that handles all there is and allows nothing; None where the kernel has none."""
    try:
        abi = syscall(LANDLOCK_CREATE, 0, 0, 1)
    except OSError:
        return None
    files = (1 << 13) - 1
    for since, bit in ((2, 13), (3, 14), (5, 15)):  # refer, truncate, ioctl on devices
        if abi >= since:
            files |= 1 << bit
    # tcp bind and connect since 4; abstract unix sockets and signals out of the domain since 6
    fields = [files] + [3] * (abi >= 4) + [3] * (abi >= 6)
    attributes = ctypes.create_string_buffer(struct.pack(f"{len(fields)}Q", *fields))
    return syscall(LANDLOCK_CREATE, ctypes.addressof(attributes), 8 * len(fields), 0)


def landlock_apply(ruleset: int) -> None:
    syscall(LANDLOCK_RESTRICT, ruleset, 0)


# --- seccomp -------------------------------------------------------------------------------------------------

_LOAD, _JUMP_EQ, _JUMP_GE, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant

_CLONE_THREAD = 0x10000
_CLONE_NEW = 0x7E020080  # every namespace flag
_PROT_EXEC = 4


def _refuse(fault: int) -> Instruction:
    return (_RETURN, 0, 0, 0x00050000 | fault)


def _argument(index: int, high: bool = False) -> Instruction:
    return (_LOAD, 0, 0, 16 + 8 * index + (4 if high else 0))


_YES: Instruction = (_RETURN, 0, 0, _ALLOW)
_NO = _refuse(errno.EPERM)


def _none_of(index: int, bits: int) -> list[Instruction]:
    """Allowed if the argument has none of `bits`."""
    return [_argument(index), (_JUMP_SET, 0, 1, bits), _NO, _YES]


def _one_of(index: int, *values: int) -> list[Instruction]:
    """Allowed if the argument (its lower 32 bits: the kernel reads an int) is one of `values`."""
    tests: list[Instruction] = [(_JUMP_EQ, len(values) - i, 0, value) for i, value in enumerate(values)]
    return [_argument(index), *tests, _NO, _YES]


def _conditional() -> dict[str, list[Instruction]]:
    """Calls that are allowed with some arguments only. A body returns on every way."""
    return {
        "mmap": _none_of(2, _PROT_EXEC),
        "mprotect": _none_of(2, _PROT_EXEC),
        # not that pages which are the same as others' be shared with them, which can be told by the clock
        "madvise": _one_of(2, 0, 1, 2, 3, 4, 8, 14, 15),
        # none that lends priorities: nothing uses them, and much went wrong in them
        "futex": _one_of(
            1, *(operation | flags for operation in (0, 1, 3, 4, 5, 9, 10) for flags in (0, 128, 256, 384))
        ),
        "sched_getaffinity": _one_of(0, 0),  # its own: of others it tells whether they are there
        # the clocks with a name: others are of processes, and tell what those use
        **dict.fromkeys(("clock_gettime", "clock_getres", "clock_nanosleep"), _one_of(0, *range(12))),
        # a thread, never a process: CLONE_THREAD must be set and no namespace flag
        "clone": [_argument(0), (_JUMP_SET, 0, 2, _CLONE_THREAD), (_JUMP_SET, 1, 0, _CLONE_NEW), _YES, _NO],
        # its flags lie in memory, out of the filter's sight; the C library then falls back to clone
        "clone3": [_refuse(errno.ENOSYS)],
        "socketpair": _one_of(0, 1),  # AF_UNIX: asyncio wakes itself with one
        # what send() on such a pair is; with an address it could name a stranger
        "sendto": [
            *(_argument(4), (_JUMP_EQ, 0, 3, 0)),
            *(_argument(4, high=True), (_JUMP_EQ, 0, 1, 0)),
            *(_YES, _NO),
        ],
        "ioctl": _one_of(1, 0x5401, 0x5421, 0x541B, 0x5450, 0x5451),  # is a tty?, non-blocking, bytes there, cloexec
        "fcntl": _one_of(1, 0, 1, 2, 3, 4, 1030),  # dup, descriptor flags, status flags
        "prctl": _one_of(0, PR_SET_NAME, PR_GET_NAME),
        # read one's own limits: pid 0 and no new limit (a pointer, so both halves)
        "prlimit64": [
            *(_argument(0), (_JUMP_EQ, 0, 5, 0)),
            *(_argument(2), (_JUMP_EQ, 0, 3, 0)),
            *(_argument(2, high=True), (_JUMP_EQ, 0, 1, 0)),
            *(_YES, _NO),
        ],
    }


def seccomp_program(pid: int, machine: str | None = None) -> bytes:
    """The filter for process `pid`, as BPF. All that is not allowed fails with EPERM.

    An error rather than a kill, because libraries try things and go on without. Raises OSError on an
    architecture that has no table.
    """
    machine = machine or platform.machine()
    own = _one_of(0, pid)  # abort() and raise_signal(); nobody else
    return _common(machine) + _bytes([_call(machine, "tgkill", len(own)), *own, _NO])


@functools.cache
def _common(machine: str) -> bytes:
    """What is the same for every process: made once, before the forks."""
    if machine not in ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no system call table for {machine}")
    architecture, numbers = ARCHITECTURES[machine]
    program: list[Instruction] = [
        *((_LOAD, 0, 0, 4), (_JUMP_EQ, 1, 0, architecture), (_RETURN, 0, 0, _KILL)),
        # numbers from 2^30 are the x32 interface: the same calls by other numbers
        *((_LOAD, 0, 0, 0), (_JUMP_GE, 0, 1, 0x40000000), (_RETURN, 0, 0, _KILL)),
    ]
    bodies = {name: [_YES] for name in ALLOWED} | _conditional()
    for name, body in bodies.items():
        if name in numbers:
            program += [_call(machine, name, len(body)), *body]
    return _bytes(program)


def _call(machine: str, name: str, length: int) -> Instruction:
    """Skips the `length` instructions that follow where the call is another."""
    return (_JUMP_EQ, 0, length, ARCHITECTURES[machine][1][name])


def _bytes(program: list[Instruction]) -> bytes:
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def seccomp_apply(program: bytes) -> None:
    """From here on there is no way back. Needs no_new_privs."""
    buffer = ctypes.create_string_buffer(program, len(program))
    header = _Program(len(program) // 8, ctypes.addressof(buffer))
    number = ARCHITECTURES[platform.machine()][1]["seccomp"]
    syscall(number, 1, 0, ctypes.addressof(header))  # SECCOMP_SET_MODE_FILTER


# --- turns ---------------------------------------------------------------------------------------------------

_NICE = 10


def stand_behind() -> None:
    """The processor goes to the server first. A tenth of its share is left for code where both want all of it."""
    os.nice(_NICE)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


# --- limits --------------------------------------------------------------------------------------------------


def limit(cpu_seconds: int, address_space: int) -> None:
    """Hard limits. `address_space` in bytes counts what is mapped, not what is used."""
    limits = {
        resource.RLIMIT_AS: address_space,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_STACK: 8 << 20,
    }
    for name, value in limits.items():
        _, hard = resource.getrlimit(name)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(name, (value, value))
    # SIGXCPU first, which says why; the second after it is SIGKILL
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))


def address_space() -> int:
    """Bytes that this process has mapped now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
