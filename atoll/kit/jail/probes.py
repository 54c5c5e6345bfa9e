"""Twelve attempts to leave the jail, made from inside before it is trusted. One that succeeds closes it for good.

By raw calls of the C library, so that an attempt fails because of the fences and not because of Python.
Loaded before the fork, like all that runs in there.
"""

import ctypes
import fcntl
import mmap
import os
import resource
from collections.abc import Callable
from typing import Any

from atoll.kit.jail.fence import libc

_AF_UNIX, _AF_INET, _STREAM, _DATAGRAM = 1, 2, 1, 2
_CLONE_NEWUSER, _PTRACE_SEIZE = 0x10000000, 0x4206  # which does not stop whom it traces


def _opened(descriptor: int) -> bool:
    return descriptor >= 0


def _create(_: int) -> bool:
    path = f"/tmp/atoll-probe-{os.getpid()}".encode()
    if not _opened(libc.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)):
        return False
    libc.unlink(path)
    return True


def _fork(_: int) -> bool:
    pid: int = libc.fork()
    if pid == 0:
        os._exit(0)
    return pid > 0


def _execute(_: int) -> bool:
    # with a path that is not there: behind the fences the refusal comes before anybody looks for it
    libc.execve(b"/nonexistent", None, None)
    return ctypes.get_errno() not in (1, 13)


def _executable_page(_: int) -> bool:
    try:
        mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
    except OSError:
        return False
    return True


def _unlimited(_: int) -> bool:
    """A limit that is not there, or can be set by whom it limits."""
    if resource.getrlimit(resource.RLIMIT_AS)[1] == resource.RLIM_INFINITY:
        return True
    if any(resource.getrlimit(name)[1] for name in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)):
        return True
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, resource.getrlimit(resource.RLIMIT_NOFILE))
    except (OSError, ValueError):
        return False
    return True


def _inherited(_: int) -> bool:
    """Any descriptor beyond the standard ones and the result pipe; any variable but the time zone."""
    for number in range(4, 64):
        try:
            fcntl.fcntl(number, fcntl.F_GETFD)
        except OSError:
            continue
        return True
    return bool(set(os.environ) - {"TZ"})


# each gets the pid of the parent and says whether it got through
PROBES: dict[str, Callable[[int], bool]] = {
    "open a file": lambda _: _opened(libc.open(b"/proc/self/status", os.O_RDONLY)),
    "look at a path": lambda _: bool(libc.access(b"/", os.F_OK) == 0),
    "create a file": _create,
    "open a network socket": lambda _: _opened(libc.socket(_AF_INET, _STREAM, 0)),
    "open a local socket": lambda _: _opened(libc.socket(_AF_UNIX, _DATAGRAM, 0)),
    "start a process": _fork,
    "run a program": _execute,
    "signal the parent": lambda parent: bool(libc.kill(parent, 0) == 0),
    "trace the parent": lambda parent: bool(libc.ptrace(_PTRACE_SEIZE, parent, None, None) == 0),
    "make memory executable": _executable_page,
    "enter a new namespace": lambda _: bool(libc.unshare(_CLONE_NEWUSER) == 0),
    "go beyond its limits or use what it inherited": lambda parent: _unlimited(parent) or _inherited(parent),
}

# for the page that says what got through
IN_CHINESE = {
    "open a file": "打开文件",
    "look at a path": "查看路径",
    "create a file": "创建文件",
    "open a network socket": "打开网络套接字",
    "open a local socket": "打开本地套接字",
    "start a process": "启动进程",
    "run a program": "运行程序",
    "signal the parent": "向父进程发送信号",
    "trace the parent": "跟踪父进程",
    "make memory executable": "把内存设为可执行",
    "enter a new namespace": "进入新的命名空间",
    "go beyond its limits or use what it inherited": "突破资源限制或使用继承的资源",
}


def run(_: bytes) -> dict[str, Any]:
    """{"tried": number, "succeeded": [names]}"""
    succeeded = []
    for name, probe in PROBES.items():
        ctypes.set_errno(0)
        if probe(os.getppid()):
            succeeded.append(name)
    return {"tried": len(PROBES), "succeeded": succeeded}
