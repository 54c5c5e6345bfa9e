"""`Jail`: untrusted work as asynchronous calls. Owns the lives of the zygotes, the clock and the check of the fences.

What a call sends back is hostile: it is measured while it arrives, read as JSON, and never evaluated.
A call has no effect outside itself, so one that was lost with its zygote is simply made again; unless it has called a
host, for then it has.
"""

import asyncio
import math
import platform
import sys
import time
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, Literal, TypedDict

from atoll.kit.i18n import Text, as_text, text
from atoll.kit.jail import wire
from atoll.kit.jail.broker import Broker, Fetch
from atoll.kit.jail.errors import JailError, JailLost
from atoll.kit.jail.outcome import Ending, Limits
from atoll.kit.jail.pipe import TooMuch, write
from atoll.kit.jail.preload import BOTH_MODULES, CODE_MODULES
from atoll.kit.jail.probes import IN_CHINESE
from atoll.kit.jail.process import Child, Zygote, ZygoteGone, ZygoteLost
from atoll.kit.jail.syscalls import ARCHITECTURES

_CALLS, _SECONDS = 5000, 600  # of one zygote: its children share its memory layout and hash seed
_ROW_SECONDS = 0.01  # between calls that come one after the other
_RETRY_SECONDS = 30  # after a check that failed
_CHECKS = 3  # that may be lost with their zygote before the jail says so
_PROBES = 12
Language = Literal["python", "javascript"]


class Status(TypedDict):
    available: bool
    reason: Text | None


class Jail:
    """One kind of jail. `code` runs what people wrote; `parser` runs functions of our own on hostile files.

    Belongs to the event loop that first uses it. At most `at_once` calls run, over all jails that share `slots`; more
    wait their turn. The warm process is stopped when nothing was asked for `idle_seconds`, and started again by the next
    call. `packages` names the `modules` that code finds beside those of every jail.
    """

    def __init__(
        self,
        profile: Literal["code", "parser"] = "code",
        *,
        packages: str = "standard",
        modules: Iterable[str] = (),
        at_once: int = 8,
        slots: asyncio.Semaphore | None = None,
        idle_seconds: float = 120,
    ) -> None:
        self.profile = profile
        self.packages = packages
        own = CODE_MODULES if profile == "code" else ()
        self._modules = {"atoll.kit.jail.probes", *BOTH_MODULES, *own, *modules}
        self._slots = slots or asyncio.Semaphore(at_once)
        self._starting = asyncio.Lock()
        self._zygote: Zygote | None = None
        self._spare: Child | None = None  # waits for its call
        self._rested = 0.0  # when the last call ended
        self._idle_seconds = idle_seconds
        self._idle: asyncio.TimerHandle | None = None
        self._check: asyncio.Task[None] | None = None
        self._checked_at = 0.0
        self._reason: Text | None = text("it has not been checked yet", "尚未完成检查")
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begins to check the fences, in the background. Without it the first call does that."""
        if self.profile == "code":
            self._begin_check()

    async def stop(self) -> None:
        """Ends all calls and processes; returns when they are gone."""
        if self._idle:
            self._idle.cancel()
        if self._check and not self._check.done():
            self._check.cancel()
        self._dismiss()
        if self._zygote:
            await self._zygote.stop()
            self._zygote = None
        await asyncio.gather(*self._tasks)

    def status(self) -> Status:
        """What the last check found."""
        reason = _unavailable(self._reason).message if self._reason else None
        return {"available": reason is None, "reason": reason}

    async def check(self) -> Status:
        """What a check finds, made now if there was none."""
        await asyncio.shield(self._begin_check())
        return self.status()

    async def code(
        self,
        source: str,
        inputs: Mapping[str, Any],
        *,
        language: Language = "python",
        timeout: float = 10.0,
        memory_mb: int = 256,
        output_bytes: int = 1_000_000,
        fetch: Fetch | None = None,
    ) -> tuple[dict[str, Any], str]:
        """Runs `main` of `source` with the inputs, in Python by name and in JavaScript as one object: (the dict or
        object that it returned, what it printed). Raises JailError.

        `timeout` in seconds, from the moment it starts; `output_bytes` bounds the result and the printed text,
        each by itself. `fetch` makes the requests that the code asks for; without it there are none.
        """
        head = {"kind": language, "packages": self.packages, "memory": memory_mb << 20}
        head |= {"source": source, "inputs": dict(inputs)}
        limits = Limits(timeout, memory_mb, output_bytes, output_bytes)
        result, _, printed = await self._run(head, b"", limits, fetch)
        return result, printed

    async def call(
        self,
        module: str,
        function: str,
        payload: bytes,
        args: Mapping[str, Any] | None = None,
        *,
        timeout: float = 60.0,
        memory_mb: int = 1024,
        output_bytes: int = 40_000_000,
        json_bytes: int = 1_000_000,
    ) -> tuple[dict[str, Any], bytes]:
        """Runs `module.function(payload, **args)`, which returns a dict or (dict, bytes), of which the dict is at most
        `json_bytes` long. Raises JailError, or the UserError that the function raised.

        The module is loaded before the fences close, so it and what it uses must open no file later: see
        `preload.load` for how to make sure.
        """
        self._modules.add(module)
        head = {"kind": "call", "module": module, "function": function, "args": dict(args or {})}
        result, blob, _ = await self._run(head, payload, Limits(timeout, memory_mb, output_bytes, json_bytes))
        return result, blob

    # --- the check ---------------------------------------------------------------------------------------

    def _begin_check(self) -> asyncio.Task[None]:
        stale = self._reason is not None and time.monotonic() - self._checked_at > _RETRY_SECONDS
        if self._check is None or (self._check.done() and (stale or self._check.cancelled())):
            self._check = asyncio.create_task(self._look())
        return self._check

    async def _look(self) -> None:
        for _ in range(_CHECKS):
            try:
                self._reason = await self._fault()
                self._checked_at = time.monotonic()
                return
            except JailLost:
                continue
        self._reason = text("its process is killed each time it starts", "沙箱进程一启动就被终止")
        self._checked_at = -math.inf  # no verdict: the next call looks again

    async def _fault(self) -> Text | None:
        """Why the jail can't be trusted here; None if it can. Raises JailLost if that could not be found out."""
        if sys.platform != "linux" or platform.machine() not in ARCHITECTURES:
            known = ", ".join(ARCHITECTURES)
            return text(f"it needs Linux on one of {known}", f"需要 Linux 系统，架构为 {known} 之一")
        head = {"kind": "call", "module": "atoll.kit.jail.probes", "function": "run", "args": {}}
        try:
            found, _, _ = await self._attempt(wire.pack(head), Limits(20, 64, 10_000))
        except JailLost:
            raise
        except JailError as fault:
            return as_text(fault.params["text"]) if fault.code == "sandbox_unavailable" else fault.message
        if found.get("tried") == _PROBES and found.get("succeeded") == []:
            return None
        through = [str(name) for name in found.get("succeeded") or ["?"]]
        return text(
            f"code in it could {', '.join(through)}; it stays off until that is closed",
            f"其中的代码可以{'、'.join(IN_CHINESE.get(name, name) for name in through)}，在修复之前沙箱保持关闭",
        )

    # --- calls -------------------------------------------------------------------------------------------

    async def _run(
        self, head: dict[str, Any], payload: bytes, limits: Limits, fetch: Fetch | None = None
    ) -> tuple[dict[str, Any], bytes, str]:
        try:
            request = wire.pack(head, payload)
        except (TypeError, ValueError, RecursionError) as fault:
            raise JailError("code_bad_inputs", text=str(fault)[:200]) from None
        await self.check()
        if self._reason:
            raise _unavailable(self._reason)
        async with self._slots:
            return await self._attempt(request, limits, fetch)

    async def _attempt(
        self, request: list[bytes], limits: Limits, fetch: Fetch | None = None
    ) -> tuple[dict[str, Any], bytes, str]:
        for last in (False, True):
            try:
                child = await self._child()
            except ZygoteGone as fault:
                if isinstance(fault, ZygoteLost) and not last:
                    continue
                raise JailError("sandbox_unavailable", text=str(fault)) from None
            broker = Broker(fetch, child.network) if fetch else None
            try:
                await self._begin(child, request, limits, broker is not None)
                why = await self._follow(child, broker, limits)
            finally:
                child.close()
                self._prepare()
                self._rest()
            if why or not child.lost:
                break
            if broker and broker.desk.calls:
                raise JailLost
        else:
            raise JailLost  # whatever came through the pipe by then may be half of an answer
        status = child.ended.result() if child.ended.done() else 0
        printed = child.printed.data.decode(errors="replace")
        return Ending(why, status, bytes(child.result.data), printed, limits).read(trusted=self.profile == "parser")

    async def _begin(self, child: Child, request: list[bytes], limits: Limits, network: bool) -> None:
        size = sum(map(len, request))
        if size < 1_000_000:
            write(child.request, request)
        else:
            await asyncio.to_thread(write, child.request, request)
        # twice the size of the request: its bytes, and the values made of them
        memory = (limits.memory_mb << 20) + 2 * size
        child.begin(cpu=math.ceil(limits.timeout) + 1, memory=memory, network=network)
        if time.monotonic() - self._rested < _ROW_SECONDS:
            self._prepare()

    async def _follow(self, child: Child, broker: Broker | None, limits: Limits) -> str:
        """Waits for the child's end. A code of SENTENCES if it had to be stopped, else nothing."""
        serving = asyncio.create_task(broker.serve()) if broker else None
        result, printed = (pipe.read(limits.output_bytes) for pipe in (child.result, child.printed))
        try:
            async with asyncio.timeout(limits.timeout):
                await asyncio.gather(result, printed, asyncio.shield(child.ended))
        except TimeoutError:
            return "code_timeout"
        except TooMuch:
            return "code_output_too_large"
        finally:
            if not child.ended.done():
                child.kill()
                self._background(self._bury(child))
            if serving:
                serving.cancel()
                await asyncio.wait({serving})
        return ""

    async def _bury(self, child: Child) -> None:
        """Sees to it that a killed child is gone; a zygote that can't tell is ended with all it has."""
        await asyncio.wait({child.ended}, timeout=1)
        if not child.ended.done():
            await child.zygote.stop()

    # --- zygotes -----------------------------------------------------------------------------------------

    async def _child(self) -> Child:
        """A child that waits for its call: the spare one, or a new one. Raises ZygoteGone."""
        zygote = await self._warm()
        spare, self._spare = self._spare, None
        if spare and spare.zygote is zygote and not spare.ended.done():
            return spare
        if spare:
            spare.close()
        return zygote.fork()

    async def _warm(self) -> Zygote:
        """A zygote that is ready. Raises ZygoteGone."""
        async with self._starting:
            zygote = self._zygote
            if zygote is None or not self._fit(zygote):
                if zygote:
                    self._dismiss()
                    self._background(_retire(zygote))
                zygote = self._zygote = Zygote(tuple(sorted(self._modules)))
            await zygote.ready()
            return zygote

    def _fit(self, zygote: Zygote) -> bool:
        fresh = zygote.calls < _CALLS and time.monotonic() - zygote.born < _SECONDS
        return zygote.alive and fresh and self._modules <= set(zygote.modules)

    def _prepare(self) -> None:
        """Has the next call's child forked, which is most of what a call costs: after a call, or beside it where calls
        follow each other without a pause."""
        if self._spare is None and self._zygote and self._fit(self._zygote):
            self._spare = self._zygote.fork()

    def _rest(self) -> None:
        """Starts the wait for idleness anew."""
        self._rested = time.monotonic()
        if self._idle:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(self._idle_seconds, self._retire_idle)

    def _retire_idle(self) -> None:
        zygote = self._zygote
        if zygote and zygote.busy:
            self._rest()
        elif zygote:
            self._dismiss()
            self._zygote = None
            self._background(_retire(zygote))

    def _dismiss(self) -> None:
        """Ends the child that nothing was asked of."""
        if self._spare:
            self._spare.close()
            self._spare = None

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _retire(zygote: Zygote) -> None:
    """Ends a zygote when its last child has ended."""
    while zygote.children:
        await asyncio.wait({child.ended for child in zygote.children.values()})
    await zygote.stop()


def _unavailable(reason: Text) -> JailError:
    return JailError("sandbox_unavailable", text=reason["en"], text_zh=reason["zh"])
