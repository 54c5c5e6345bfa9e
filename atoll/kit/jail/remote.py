"""Code on a runner: the same calls as on jails of this process, made over a connection of their own.

A runner is trusted with the code and its inputs, and with no more: what it sends is measured and checked as what a
child sends, and the requests of code are made here, by this side's rules. Where it is away, nothing runs.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from atoll.kit.errors import OperationalError
from atoll.kit.i18n import text
from atoll.kit.jail import tls, wire
from atoll.kit.jail.ask import SENT
from atoll.kit.jail.broker import Desk, Fetch
from atoll.kit.jail.errors import SENTENCES, JailError
from atoll.kit.jail.jail import Language, Status
from atoll.kit.jail.runner import BEAT_SECONDS, REQUEST, receive

_TRIES, _PAUSE = 4, 0.5  # connections, seconds between them: a runner that is renewed is away for a moment
_CONNECT_SECONDS, _SILENCE_SECONDS = 5.0, 4.0 * BEAT_SECONDS


class RunnerAway(OperationalError):
    """Nothing has run, or nobody knows what came of it. Trying again may help."""

    def __init__(self) -> None:
        super().__init__(
            "runner_unavailable",
            "The runner of code does not answer (ATOLL_RUNNER_URL). Code runs nowhere else; try again when it is back.",
            "代码运行器没有响应（ATOLL_RUNNER_URL）。代码不会在别处运行，请待其恢复后重试。",
        )


class RemoteJails:
    """`url` as `tls.address` reads it; `certificate`: what the runner's must be or come from. Raises UserError
    `runner_certificate_unreadable`."""

    def __init__(self, url: str, token: str, certificate: Path | None = None) -> None:
        with_tls, self._host, self._port = tls.address(url)
        self._tls = tls.of_worker(certificate) if with_tls else None
        self._token = token
        self._status: Status = {"available": False, "reason": text("it has not been checked yet", "尚未完成检查")}
        self._looking: asyncio.Task[Status] | None = None

    async def start(self) -> None:
        self._looking = asyncio.create_task(self.check())

    async def stop(self) -> None:
        if self._looking:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    def status(self) -> Status:
        """What was found last. Asking makes it look again, in the background."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self.check())
        return self._status

    async def check(self) -> Status:
        try:
            head = await self._converse(wire.frame({"do": "status"}), None, wire.PACKET)
            self._status = _status(head.get("status"))
        except (RunnerAway, ValueError):
            self._status = {"available": False, "reason": RunnerAway().message}
        return self._status

    async def run(
        self,
        source: str,
        inputs: Mapping[str, Any],
        *,
        language: Language = "python",
        packages: str = "standard",
        timeout: float = 10.0,
        memory_mb: int = 256,
        output_bytes: int = 1_000_000,
        fetch: Fetch | None = None,
    ) -> tuple[dict[str, Any], str]:
        """As `Jail.code`. Raises JailError, and RunnerAway."""
        asked: dict[str, Any] = {
            "do": "run",
            "source": source,
            "inputs": dict(inputs),
            "language": language,
            "packages": packages,
        }
        asked |= {
            "timeout": timeout,
            "memory_mb": memory_mb,
            "output_bytes": output_bytes,
            "network": fetch is not None,
        }
        try:
            request = wire.frame(asked)
        except (TypeError, ValueError, RecursionError) as fault:
            raise JailError("code_bad_inputs", text=str(fault)[:200]) from None
        if len(request) > REQUEST:
            raise JailError("code_bad_inputs", text=f"they are larger than {REQUEST} bytes")
        desk = Desk(fetch) if fetch else None
        try:
            return _read(await self._converse(request, desk, 12 * output_bytes + wire.PACKET), output_bytes)
        except ValueError:
            raise RunnerAway from None

    async def _converse(self, request: bytes, desk: Desk | None, most: int) -> dict[str, Any]:
        """Sends the request, answers what comes of it, and gives the last frame. Raises RunnerAway, and ValueError for
        what is no frame."""
        reader, writer = await self._connected()
        try:
            writer.write(wire.frame({"token": self._token}))
            writer.write(request)
            await writer.drain()
            while True:
                async with asyncio.timeout(_SILENCE_SECONDS):
                    frame = await receive(reader, max(most, SENT + wire.PACKET))
                head, body = wire.unpack(frame)
                if "busy" in head:
                    continue
                if "ask" not in head:
                    if len(frame) > most:
                        raise ValueError("it sent more than was asked for")
                    return head
                ask = head["ask"]
                if desk is None or not isinstance(ask, dict):
                    raise ValueError("it asked for what it may not")
                writer.write(await desk.answer(ask, body))
                await writer.drain()
        except (OSError, EOFError, TimeoutError):
            raise RunnerAway from None
        finally:
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for left in reversed(range(_TRIES)):
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await asyncio.open_connection(self._host, self._port, ssl=self._tls)
            except (OSError, TimeoutError):
                if not left:
                    raise RunnerAway from None
            await asyncio.sleep(_PAUSE)
        raise AssertionError("unreachable")


def _status(found: Any) -> Status:
    """Raises ValueError for what no runner of ours sends."""
    if not isinstance(found, dict) or not isinstance(reason := found.get("reason"), dict | None):
        raise ValueError("status")
    if reason is None:
        return {"available": True, "reason": None}
    en, zh = (str(reason.get(language, ""))[:500] for language in ("en", "zh"))
    return {"available": False, "reason": text(en, zh)}


def _read(head: dict[str, Any], output_bytes: int) -> tuple[dict[str, Any], str]:
    """(result, printed) of the last frame. Raises JailError; ValueError for what no runner of ours sends."""
    printed = head.get("printed", "")
    if not isinstance(printed, str) or len(printed) > output_bytes:
        raise ValueError("printed")
    if isinstance(result := head.get("ok"), dict):
        return result, printed
    code, params = head.get("fault"), head.get("params")
    if code not in SENTENCES or not isinstance(params, dict):
        raise ValueError("fault")
    plain = {name: value for name, value in params.items() if isinstance(value, str | int | float)}
    try:
        raise JailError(code, detail=str(head.get("detail", ""))[:5000], printed=printed, **plain)
    except (KeyError, TypeError):  # a parameter is missing, or is one of ours
        raise ValueError("params") from None
