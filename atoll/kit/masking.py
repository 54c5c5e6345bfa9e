"""Known secret values taken out of what comes back from outside: as they are, escaped, in hexadecimal, in base64.

A limit: a value that somebody cuts, reverses or encrypts is not found. Whoever is sent a secret can give it away.
"""

import base64
import re
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import quote, quote_plus

import orjson

SHORTEST = 8  # characters of a value: a shorter one would be found in any text


class Mask:
    """`values` by their names; each becomes `[secret NAME]`."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._names: dict[bytes, bytes] = {}
        for name, value in values.items():
            for form in _forms(value):
                self._names.setdefault(form, f"[secret {name}]".encode())

    @cached_property
    def _any(self) -> re.Pattern[bytes] | None:
        forms = sorted(self._names, key=len, reverse=True)
        return re.compile(b"|".join(re.escape(form) for form in forms)) if forms else None

    def bytes(self, given: bytes) -> bytes:
        return self._any.sub(lambda found: self._names[found[0]], given) if self._any else given

    def text(self, given: str) -> str:
        plain = given.encode("utf-8", "surrogatepass")
        masked = self.bytes(plain)
        return given if masked is plain or masked == plain else masked.decode("utf-8", "surrogatepass")


class Known:
    """The values that this process has opened last, for what is written to its log: a second line of defence, as nothing
    should put one there."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._values: dict[str, None] = {}

    def add(self, value: str) -> None:
        if len(value) >= SHORTEST and value not in self._values:
            while len(self._values) >= self._most:
                self._values.pop(next(iter(self._values)), None)
            self._values[value] = None

    def mask(self, text: str) -> str:
        for value in list(self._values):
            if value in text:
                text = text.replace(value, "[secret]")
        return text


KNOWN = Known()


def _forms(value: str) -> set[bytes]:
    plain = value.encode()
    if len(plain) < SHORTEST:
        return set()
    found = {plain, quote(value, safe="").encode(), quote_plus(value).encode(), orjson.dumps(value)[1:-1]}
    found |= {plain.hex().encode(), plain.hex().upper().encode()}
    for shift in range(3):  # wherever in a longer text it begins: `user:value` of a Basic header
        whole = base64.b64encode(bytes(shift) + plain)
        first, last = (shift * 8 + 5) // 6, (shift + len(plain)) * 8 // 6
        core = whole[first:last]
        if len(core) >= SHORTEST:
            found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return found
