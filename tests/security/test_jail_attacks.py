"""Attempts to get out of the jail, to see through its walls, or to leave something behind.

Each is the body of a `main(lab)`; it returns True (or anything true) if it got through. An exception, an early
end or a kill is a failed attack; running out of the given second is one too. `lab` names real targets: a
world-readable secret, a writable folder, listening sockets, a process. "libc" attacks go around Python.
"""

import asyncio
import os
import platform
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atoll.kit.jail import Jail, JailError

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.attack("S-46", "S-48", "S-96")]

PRELUDE = """
import array, asyncio, base64, ctypes, fcntl, gc, importlib, io, json, mmap, os, resource, signal, socket, struct, sys
import threading, time
libc = ctypes.CDLL(None, use_errno=True)
def main(lab):
    def attack():
{body}
    return {{"through": bool(attack())}}
"""

ATTACKS = {
    # files
    "read a secret": "return open(lab['secret']).read()",
    "read /etc/passwd": "return open('/etc/passwd').read()",
    "read by descriptor of a folder": "return os.open('secret', os.O_RDONLY, dir_fd=os.open(lab['folder'], os.O_RDONLY))",
    "read by libc": "return libc.open(lab['secret'].encode(), 0) >= 0",
    "read by openat2": "return libc.syscall(437, -100, lab['secret'].encode(), bytes(24), 24) >= 0",
    "stat": "return os.stat(lab['secret']).st_size",
    "stat by fstatat with an empty-path flag": (
        "return libc.fstatat(-100, lab['secret'].encode(), ctypes.create_string_buffer(256), 0x1000) == 0"
    ),
    "stat by statx": (
        "return libc.statx(-100, lab['secret'].encode(), 0x1000, 0xfff, ctypes.create_string_buffer(256)) == 0"
    ),
    "exists by access": "return os.access(lab['secret'], os.F_OK)",
    "exists by chdir": "os.chdir(lab['folder'])\nreturn True",
    "where am I": "return os.getcwd()",
    "list a folder": "return os.listdir(lab['folder'])",
    "list the root": "return os.listdir('/')",
    "read a link": "return os.readlink('/proc/self/exe')",
    "make a link": "os.symlink('/etc', lab['folder'] + '/link')\nreturn True",
    "write into an open folder": "open(lab['folder'] + '/evil', 'w').write('x')\nreturn True",
    "write beside the standard library": "open(os.path.dirname(json.__file__) + '/evil.py', 'w')\nreturn True",
    "remove": "os.unlink(lab['secret'])\nreturn True",
    "rename": "os.rename(lab['secret'], lab['secret'] + '2')\nreturn True",
    "change the mode": "os.chmod(lab['secret'], 0o777)\nreturn True",
    "fill the disk": "return os.write(os.open('/tmp/fill', os.O_CREAT | os.O_WRONLY), b'x')",
    "anonymous file": "return libc.syscall(319, b'x', 0) >= 0 or libc.syscall(279, b'x', 0) >= 0",
    "write through its own memory file": "return open('/proc/self/mem', 'r+b')",
    "import from disk": "import sqlite3\nreturn True",
    "load a library": "return ctypes.CDLL('libBrokenLocale.so.1')",
    # what the host left
    "environment": "return [k for k in os.environ if k != 'TZ']",
    "environment by libc": "libc.getenv.restype = ctypes.c_char_p\nreturn libc.getenv(b'LAB_CANARY')",
    "environment of the parent": "return open(f\"/proc/{lab['host']}/environ\", 'rb').read()",
    "inherited descriptors": (
        "def there(n):\n"
        "    try: return fcntl.fcntl(n, fcntl.F_GETFD) >= 0\n"
        "    except OSError: return False\n"
        "return [n for n in range(4, 1024) if there(n)]"
    ),
    "secrets of the host in memory": (
        "return [o for o in gc.get_objects() if isinstance(o, dict) and 'LAB_CANARY' in map(str, list(o)[:500])\n"
        "        and o is not lab]"
    ),
    "reach the zygote's objects": (
        "import atoll.kit.jail.zygote as z\n"
        "return [o for o in gc.get_objects() if isinstance(o, socket.socket) and o.fileno() >= 0 and o.getpeername()]"
    ),
    # network
    "TCP": "return socket.create_connection(('127.0.0.1', lab['tcp']), 1)",
    "UDP": "return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', lab['udp']))",
    "unix socket by path": "return socket.socket(socket.AF_UNIX).connect(lab['unix']) is None",
    "unix socket by abstract name": "return socket.socket(socket.AF_UNIX).connect('\\0' + lab['abstract']) is None",
    "bind the other end of a pair": "a, b = socket.socketpair()\nb.connect('\\0' + lab['abstract'])\nreturn True",
    "a pair of another family": "return socket.socketpair(socket.AF_INET)",
    "pass descriptors through a pair": ("a, b = socket.socketpair()\nreturn socket.send_fds(a, [b'x'], [1])"),
    "send to a name from a pair": (
        "a, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\nreturn a.sendto(b'x', '\\0' + lab['abstract'])"
    ),
    "netlink": "return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "packet socket": "return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "look up a name": "return socket.getaddrinfo('localhost', 80)",
    # processes
    "fork": "pid = os.fork()\nif pid == 0: os._exit(0)\nreturn True",
    "fork bomb": "while True:\n    os.fork()",
    "vfork by libc": "pid = libc.vfork()\nif pid == 0: libc._exit(0)\nreturn pid > 0",
    "clone3": "return libc.syscall(435, bytes(88), 88) > 0",
    "clone without a thread": "pid = libc.syscall(56 if lab['x86'] else 220, 17, 0, 0, 0, 0)\nreturn pid > 0",
    "run a shell": "import subprocess\nreturn subprocess.run(['/bin/sh', '-c', 'id'], capture_output=True).stdout",
    "system": "return os.system('true') == 0",
    "spawn": "return os.posix_spawn('/bin/true', ['true'], {})",
    "execve by libc": "libc.execve(b'/bin/true', None, None)\nreturn False",
    "execveat on its own descriptor": "return libc.syscall(322, 3, b'', None, None, 0x1000) == 0",
    "signal another process": "os.kill(lab['victim'], signal.SIGTERM)\nreturn True",
    "signal the host": "os.kill(lab['host'], 0)\nreturn True",
    "signal the zygote": "os.kill(os.getppid(), signal.SIGSTOP)\nreturn True",
    "signal a group": "os.killpg(0, 0)\nreturn True",
    "signal by tgkill": "return libc.syscall(234, lab['victim'], lab['victim'], 0) == 0",
    "signal by descriptor": "return os.pidfd_open(lab['victim'])",
    "trace": "return libc.ptrace(16, lab['victim'], 0, 0) == 0",
    "trace the zygote": "return libc.ptrace(16, os.getppid(), 0, 0) == 0",
    "read another's memory": (
        "b = ctypes.create_string_buffer(8)\n"
        "v = (ctypes.c_void_p * 2)(ctypes.addressof(b), 8)\n"
        "return libc.process_vm_readv(os.getppid(), v, 1, v, 1, 0) >= 0"
    ),
    "own session": "return os.setsid()",
    "outlive the zygote": "return libc.prctl(1, 0, 0, 0, 0) == 0",
    "be dumpable": "return libc.prctl(4, 1, 0, 0, 0) == 0",
    # powers and limits
    "become root": "os.setuid(0)\nreturn True",
    "is root": "return os.geteuid() == 0",
    "user namespace": "return libc.unshare(0x10000000) == 0",
    "chroot": "os.chroot('/')\nreturn True",
    "mount": "return libc.mount(b'x', b'/tmp', b'tmpfs', 0, None) == 0",
    "raise a limit": "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nreturn True",
    "raise a limit by prlimit": "return libc.prlimit(0, 9, (ctypes.c_ulong * 2)(2**40, 2**40), None) == 0",
    "limit of another": "return resource.prlimit(lab['victim'], resource.RLIMIT_NOFILE)",
    "raise its priority": "return os.nice(-1) < 0",
    "another filter": "return libc.prctl(22, 2, 0, 0, 0) == 0 or libc.syscall(317, 0, 0, 0) == 0",
    "host name": "return os.uname()",
    # the kernel's corners
    "executable memory": "return mmap.mmap(-1, 4096, prot=7)",
    "executable by mprotect": (
        "m = mmap.mmap(-1, 4096)\n"
        "return libc.mprotect(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(m))), 4096, 5) == 0"
    ),
    "executable by pkey_mprotect": "return libc.syscall(329, 0, 4096, 4, -1) == 0",
    "personality": "return libc.personality(0x0400000) >= 0",
    "io_uring": "return libc.syscall(425, 4, ctypes.create_string_buffer(120)) >= 0",
    "bpf": "return libc.syscall(321, 0, ctypes.create_string_buffer(120), 120) >= 0",
    "userfaultfd": "return libc.syscall(323, 0) >= 0",
    "perf": "return libc.syscall(298, ctypes.create_string_buffer(120), 0, -1, -1, 0) >= 0",
    "keys": "return libc.syscall(250, 0, -3, 1) >= 0",
    "shared memory": "return libc.shmget(4242, 4096, 0o1666) >= 0",
    "message queue": "return libc.msgget(4242, 0o1666) >= 0",
    "kernel log": "return libc.klogctl(10, None, 0) >= 0",
    "inotify": "return libc.inotify_init() >= 0",
    "type into the terminal": "return libc.ioctl(0, 0x5412, b'x') == 0",
    "widen a pipe": "return fcntl.fcntl(1, 1031, 1 << 20)",
    "share pages with others that have the same": (
        "a = ctypes.addressof(ctypes.c_char.from_buffer(mmap.mmap(-1, 1 << 21)))\n"
        "return libc.madvise(ctypes.c_void_p(a), 1 << 21, 12) == 0"
    ),
    "the host's clock of the processor": "return time.clock_gettime((~lab['host'] << 3) | 2)",
    "is the host there": "return os.sched_getaffinity(lab['host'])",
    "a lock that lends its priority": "return libc.syscall(202 if lab['x86'] else 98, ctypes.byref(ctypes.c_int(0)), 8, 0, 0) == 0",
    "interrupts for all processors": "return libc.syscall(324 if lab['x86'] else 283, 2, 0, 0) == 0",
    "the x32 interface": "return libc.syscall(0x40000000 + 39) > 0",
    # what broke out of others' sandboxes: names that lead to a module, exceptions that lead to a frame
    "os by another module": "import statistics\nreturn statistics.sys.modules['os'].popen('id').read()",
    "open by another module": "return io.open(lab['secret']).read() or importlib.import_module('_io').open('/etc/passwd')",
    "a class of a class": (
        "for c in object.__subclasses__():\n"
        "    if c.__name__ == 'Popen': return c(['true'])\n"
        "return ().__class__.__base__.__subclasses__()[0].__init__.__globals__ and False"
    ),
    "frames of those who called": (
        "frame, held = sys._getframe(), []\n"
        "while frame:\n"
        "    for v in frame.f_locals.values():\n"
        "        try: held += [v.send(b'{}')] if isinstance(v, socket.socket) else []\n"
        "        except OSError: pass\n"
        "    frame = frame.f_back\n"
        "return held"
    ),
    "an exception by format": (
        "try: '{0.x}'.format(lab)\nexcept AttributeError as e: g = e.__traceback__.tb_frame.f_globals\n"
        "return g['__builtins__'] and g['os'].listdir('/')"
    ),
    "a finder of its own": (
        "import importlib.machinery\n"
        "return importlib.machinery.SourceFileLoader('x', lab['secret']).get_data(lab['secret'])"
    ),
    "code of the machine, written over ours": (
        "a = ctypes.cast(libc.getpid, ctypes.c_void_p).value & ~4095\n"
        "if libc.mprotect(ctypes.c_void_p(a), 4096, 3): return False\n"
        "ctypes.memset(a, 0xC3, 4096)\n"
        "return libc.mprotect(ctypes.c_void_p(a), 4096, 5) == 0"
    ),
    "splice into a file": "return libc.splice(0, None, 1, None, 1, 0) >= 0 or libc.vmsplice(1, None, 0, 0) == 0",
    "a file by its handle": "return libc.open_by_handle_at(-100, bytes(64), 0) >= 0",
    "another's descriptor": "return libc.syscall(438, 3, 0, 0) >= 0",
    "join a namespace": "return libc.setns(0, 0) == 0",
    "the virtual machine's socket": "return socket.socket(40, socket.SOCK_STREAM)",
    "listen": "s = socket.socket()\ns.bind(('', 0))\nreturn s.listen() is None",
    "ports of this machine": (
        "def is_open(p):\n"
        "    try: return socket.socket().connect_ex(('127.0.0.1', p)) == 0\n"
        "    except OSError: return False\n"
        "return [p for p in (22, 80, 443, 5432, 6379, 8080, 8090, 9000, 19530, lab['tcp']) if is_open(p)]"
    ),
    "the cloud's metadata": "return socket.create_connection(('169.254.169.254', 80), 1)",
    "a host without a list": (
        "http = sys.modules['node_code'].http\n"
        "try: return http.get(f\"http://127.0.0.1:{lab['tcp']}\")\n"
        "except http.Error: return False"
    ),
    "a broker that is not there": (
        "http = sys.modules['node_code'].http\nhttp._descriptor = 5\n"
        "try: return http.get('http://x')\n"
        "except http.Error: return False"
    ),
    # memory and time
    "a power without end": "return len(str(9 ** 9 ** 9))",
    "an expression without end": "import re\nreturn re.match(r'(a+)+$', 'a' * 40 + 'b') is None",
    "text without end": "return len('%*d' % (10**10, 1))",
    "a bomb of zip": "import zlib\nreturn len(zlib.decompress(zlib.compress(bytes(10**8)) * 1, bufsize=10**10))",
    "output without end": "while True: print('x' * 10**6)",
    "errors without end": "while True: os.write(2, b'x' * 10**6)",
    "10 GB": "return len(bytearray(10 << 30))",
    "64 GB mapped": "return len(mmap.mmap(-1, 64 << 30))",
    "1000 threads": (
        "for _ in range(1000):\n    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\nreturn True"
    ),
    "1000 pipes": "return [os.pipe() for _ in range(1000)]",
    "no end": "while True: pass",
    "deaf to signals": (
        "for n in range(1, 32):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except OSError: pass\n"
        "while True: time.sleep(9)"
    ),
    "stack overflow in C": "sys.setrecursionlimit(10**9)\ndef f(): return f()\nreturn f()",
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("lab")
    for path in [folder, *list(folder.parents)[:-2]]:
        if os.geteuid() in (0, path.stat().st_uid):
            path.chmod(path.stat().st_mode | 0o055)
    folder.chmod(0o777)
    (folder / "secret").write_text("secret")
    (folder / "secret").chmod(0o644)
    os.environ["LAB_CANARY"] = "canary"
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with (
        victim,
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        udp.bind(("127.0.0.1", 0))
        unix.bind(str(folder / "socket"))
        unix.listen()
        name = f"lab-{os.getpid()}"
        abstract.bind("\0" + name)
        abstract.listen()
        yield {
            "folder": str(folder),
            "secret": str(folder / "secret"),
            "tcp": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "unix": str(folder / "socket"),
            "abstract": name,
            "victim": victim.pid,
            "host": os.getpid(),
            "x86": platform.machine() == "x86_64",
        }
        assert victim.poll() is None
        victim.kill()
    del os.environ["LAB_CANARY"]


def source(body: str) -> str:
    return PRELUDE.format(body="\n".join("        " + line for line in body.split("\n")))


@pytest.mark.parametrize("name", ATTACKS)
async def test_attack(jail: Jail, lab: dict[str, Any], name: str) -> None:
    try:
        result, _ = await jail.code(source(ATTACKS[name]), {"lab": lab}, timeout=1)
    except JailError as fault:
        assert fault.code in (*("code_error", "code_timeout", "code_memory", "code_killed", "code_output_too_large"),)
        # what the attack is about must have failed, not its own spelling
        assert not any(word in str(fault) for word in ("SyntaxError", "NameError", "AttributeError")), fault.detail
    else:
        assert result == {"through": False}


async def test_nothing_was_left_behind(lab: dict[str, Any]) -> None:
    assert sorted(path.name for path in Path(lab["folder"]).iterdir()) == ["secret", "socket"]
    assert not Path("/tmp/fill").exists() and not Path("/tmp/atoll-probe").exists()


async def test_after_all_of_them_the_jail_still_works(jail: Jail) -> None:
    results = await asyncio.gather(*(jail.code("def main(n): return {'n': n}", {"n": n}) for n in range(10)))
    assert [result["n"] for result, _ in results] == list(range(10))
