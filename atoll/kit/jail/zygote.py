"""The process that waits, warm, and forks one child a call. Run by `main` in a fresh interpreter, see `process.py`.

It is started with an empty environment and one descriptor, so that nothing of the host's is in its memory;
loads the modules of its profile; gives up root; and from then on only forks, kills and reports.
It never runs what callers sent: its children do, behind the fences.
"""

import array
import gc
import io
import json
import os
import select
import signal
import socket
import sys
from typing import Any

from atoll.kit.jail import fence, preload, wire
from atoll.kit.jail.child import Descriptors, become

NOBODY = 65534


def main(modules: list[str]) -> None:
    """Serves until the host hangs up. Descriptor 0 is the socket to the host."""
    control = socket.socket(fileno=os.dup(0))
    try:
        zygote = Zygote(control, modules)
    except Exception as fault:  # the border of the process: whatever a module raises, the host hears of it
        _tell(control, {"failed": f"{type(fault).__name__}: {fault}"})
        return
    _tell(control, {"ready": zygote.ruleset is not None})
    zygote.serve()


def _tell(control: socket.socket, message: dict[str, Any]) -> None:
    try:
        control.send(json.dumps(message).encode())
    except ConnectionError:  # the host hung up: what is read next says so, and ends this process in good order
        pass


class Zygote:
    def __init__(self, control: socket.socket, modules: list[str]) -> None:
        self.control = control
        self.pid = os.getpid()
        self.children: dict[int, int] = {}  # pid → call
        preload.load(modules)
        for stream in (sys.stdout, sys.stderr):  # a child prints by these, into its pipe
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
        _give_up_root()
        # after the change of user, which clears it; a host that died before this line has closed the socket
        fence.prctl(fence.PR_SET_PDEATHSIG, signal.SIGKILL)
        fence.prctl(fence.PR_SET_DUMPABLE, 0)
        fence.prctl(fence.PR_SET_NO_NEW_PRIVS, 1)
        fence.seccomp_program(0)  # refuses an unknown architecture now, and is made for all children but for its end
        self.ruleset = fence.landlock_ruleset()
        os.environ.clear()
        self.base = fence.address_space()
        self.bell, bell = os.pipe()
        for end in (self.bell, bell):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        gc.collect()
        gc.freeze()  # keeps the collector from touching, and so copying, every page in every child

    def serve(self) -> None:
        control = self.control.fileno()
        while True:
            ready, _, _ = select.select([control, self.bell], [], [])
            if self.bell in ready:
                os.read(self.bell, 4096)
            self._reap()
            if control in ready and not self._hear():
                break
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)
        for pid in self.children:
            os.waitpid(pid, 0)

    def _hear(self) -> bool:
        """One message from the host. False when it hung up."""
        try:
            data, ancillary, _, _ = self.control.recvmsg(wire.PACKET, socket.CMSG_SPACE(5 * 4))
        except ConnectionError:
            return False
        if not data:
            return False
        descriptors = array.array("i")
        for _, _, raw in ancillary:
            descriptors.frombytes(raw)
        message = json.loads(data)
        if "kill" in message:
            for pid, call in self.children.items():
                if call == message["kill"]:
                    os.kill(pid, signal.SIGKILL)
            return True
        self._fork(message, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _fork(self, message: dict[str, Any], descriptors: "array.array[int]") -> None:
        try:
            pid = os.fork()
        except OSError:  # no process or no memory left: the same to the caller as a child that was killed
            _tell(self.control, {"exit": message["run"], "status": signal.SIGKILL})
            return
        if pid == 0:
            request, result, printed, network, gate = descriptors
            given = Descriptors(request, result, printed, network, gate, self.ruleset)
            become(self.pid, given, self.base)
        self.children[pid] = message["run"]

    def _reap(self) -> None:
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _tell(self.control, {"exit": self.children.pop(pid), "status": status})


def _give_up_root() -> None:
    if os.geteuid() != 0:
        return
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError:  # a container without the capability, or without that user: root there has no powers either
        print("jail: could not give up root", file=sys.stderr)
