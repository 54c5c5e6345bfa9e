"""Reads what a child left behind: its result, or why there is none. Owns the mapping from there to JailError.

Nothing that came through the pipe can be trusted to be as our side of the fence wrote it: every field is
checked for its type and cut to size.
"""

import os
import signal
from dataclasses import dataclass
from typing import Any

from atoll.kit.errors import UserError
from atoll.kit.jail import wire
from atoll.kit.jail.errors import SENTENCES, JailError


@dataclass(frozen=True, slots=True)
class Limits:
    timeout: float  # seconds
    memory_mb: int
    output_bytes: int
    json_bytes: int = 1_000_000  # of them, what is read as JSON


@dataclass(frozen=True, slots=True)
class Ending:
    stopped: str  # the code for which the host stopped it, or ""
    status: int  # as of wait(); 0 if stopped
    data: bytes
    printed: str
    limits: Limits

    def read(self, trusted: bool) -> tuple[dict[str, Any], bytes, str]:
        """(result, blob, printed). Raises JailError; and for a `trusted` function the UserError that it raised."""
        bounds: dict[str, Any] = {
            "timeout": self.limits.timeout,
            "memory_mb": self.limits.memory_mb,
            "output_bytes": self.limits.output_bytes,
        }
        if self.stopped or (not self.data and self._signal() == signal.SIGXCPU):
            raise JailError(self.stopped or "code_timeout", printed=self.printed, **bounds)
        try:
            head, blob = wire.unpack(self.data, self.limits.json_bytes)
        except wire.TooLong:
            raise JailError("code_output_too_large", printed=self.printed, **bounds) from None
        except ValueError:
            raise JailError("code_killed", printed=self.printed, signal=self._how()) from None
        if isinstance(result := head.get("ok"), dict):
            return result, blob, self.printed
        if "unfenced" in head:
            raise JailError("sandbox_unavailable", text=str(head["unfenced"])[:500])
        if head.get("fault") == "raised" and isinstance(error := head.get("error"), dict):
            raise _raised(error) if trusted else JailError("code_error", text=str(error.get("code"))[:200])
        raise _fault(head, self.printed, bounds)

    def _signal(self) -> int:
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else 0

    def _how(self) -> str:
        number = self._signal()
        if not number:
            return f"exit {os.waitstatus_to_exitcode(self.status)}"
        return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


def _fault(head: dict[str, Any], printed: str, bounds: dict[str, Any]) -> JailError:
    code = head.get("fault")
    if code not in SENTENCES:
        return JailError("code_killed", printed=printed, signal="?")
    line, names = head.get("line"), head.get("names")
    params: dict[str, Any] = {
        **bounds,
        "text": str(head.get("text", ""))[:500],
        "type": str(head.get("type", ""))[:100],
        "names": ", ".join(map(str, names))[:200] if isinstance(names, list) and names else "-",
        "signal": "?",
    }
    used = {key: value for key, value in params.items() if "{" + key + "}" in SENTENCES[code][0]}
    if type(line) is int:
        used["line"] = line
    return JailError(code, detail=str(head.get("detail", ""))[:5000], printed=printed, **used)


def _raised(error: dict[str, Any]) -> UserError:
    """The UserError that our own function raised, made anew from what it sent."""
    message, params = error.get("message"), error.get("params")
    words = message if isinstance(message, dict) else {}
    en = str(words.get("en", ""))[:1000]
    safe = {str(key): value for key, value in params.items()} if isinstance(params, dict) else {}
    reserved = {"code", "en", "zh", "pointer"}
    return UserError(
        str(error.get("code", "failed"))[:100],
        en,
        str(words.get("zh", en))[:1000],
        **{key: value for key, value in safe.items() if key not in reserved},
    )
