"""What the host, the zygote and a child say to each other. Owns the formats and the limits of both sides.

Host ↔ zygote, one JSON object a packet: the host sends `{"run": id}` with five descriptors (request, result, printed,
network, gate), or `{"kill": id}`; the zygote sends `{"ready": landlock}` or `{"failed": why}` once, then
`{"exit": id, "status": wait status}` for each child. Through the gate a child gets `{"cpu": s, "memory": bytes,
"network": bool}` when its request is written, or the end where none comes.

A request (in a memory file) and a result (through a pipe) look alike: eight bytes with the length of a JSON
object, the object, and raw bytes up to the end. Where several follow each other, on the way to the network and between
a worker and a runner, eight bytes with the length of all that stand before each.
Must not import anything but the standard library.
"""

import json
import struct
from typing import Any

_LENGTH = struct.Struct("<Q")
PACKET = 65536
HEAD = _LENGTH.size


def pack(head: dict[str, Any], blob: bytes = b"") -> list[bytes]:
    """The pieces to write, in order. Raises TypeError, ValueError or RecursionError if `head` is not JSON."""
    text = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return [_LENGTH.pack(len(text)), text, blob]


def frame(head: dict[str, Any], blob: bytes = b"") -> bytes:
    """One message of several. Raises as `pack` does."""
    whole = b"".join(pack(head, blob))
    return _LENGTH.pack(len(whole)) + whole


def length(prefix: bytes, most: int) -> int:
    """How much follows the first `HEAD` bytes of a frame. Raises ValueError above `most`."""
    (size,) = _LENGTH.unpack(prefix)
    if size > most:
        raise ValueError("too long")
    return int(size)


class TooLong(ValueError):
    """The JSON is longer than was allowed."""


def unpack(data: bytes, most: int | None = None) -> tuple[dict[str, Any], bytes]:
    """Raises ValueError for anything that `pack` did not make, for the other side may be hostile; TooLong for more than
    `most` bytes of JSON, whose values take up to thirty times as much."""
    if len(data) < _LENGTH.size:
        raise ValueError("short")
    (length,) = _LENGTH.unpack_from(data)
    end = _LENGTH.size + length
    if end > len(data):
        raise ValueError("cut off")
    if most is not None and length > most:
        raise TooLong
    try:
        head = json.loads(data[_LENGTH.size : end], parse_constant=_not_json)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(head, dict):
        raise ValueError("not an object")
    return head, data[end:]


def _not_json(word: str) -> None:
    raise ValueError(f"{word} is not JSON")
