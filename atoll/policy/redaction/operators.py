"""What is put in the place of what was found: a mask, a hash, a pseudonym, nothing.

A pseudonym holds its value, sealed with the zone's key (AES-SIV): the same value has the same pseudonym in its zone, so
texts stay readable, and who has the key can put the value back. Nothing else needs to be kept.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from atoll.policy.redaction.detectors import compact, mail_address

Operator = Literal["mask", "hash", "pseudonym", "drop"]
OPERATORS: tuple[Operator, ...] = ("mask", "hash", "pseudonym", "drop")
KEPT = {"mobile": 4, "bank_card": 4, "id_card": 4, "plate": 2}  # last places that a mask shows
PSEUDONYM = re.compile(r"<([A-Z][A-Z0-9_]{0,31})_([A-Za-z0-9-]{24,400})>")
_AS_TEXT = ("person", "address")  # what stands between their letters is theirs


@dataclass(frozen=True)
class ZoneKey:
    """The key of one workspace in one zone, 64 bytes. `seal` and `open` are each other's inverse."""

    secret: bytes

    @classmethod
    def derived(cls, word: str) -> "ZoneKey":
        """From a secret word of the installation that is only for this workspace and zone."""
        return cls(hashlib.sha512(b"atoll redaction\0" + word.encode()).digest())

    @cached_property
    def _siv(self) -> AESSIV:
        return AESSIV(self.secret)

    def hash(self, kind: str, value: str) -> str:
        """12 hex places; who lacks the key can't try all telephone numbers."""
        return hmac.new(self.secret, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()[:12]

    def seal(self, kind: str, value: str) -> str:
        sealed = self._siv.encrypt(value.encode(), [kind.encode()])
        return base64.b32encode(sealed).decode().rstrip("=").lower()

    def open(self, kind: str, token: str) -> str | None:
        """None where another key sealed it, or a place of it was changed."""
        try:
            sealed = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
            return self._siv.decrypt(sealed, [kind.encode()]).decode()
        except (ValueError, InvalidTag):
            return None


def replacement(kind: str, operator: Operator, key: ZoneKey | None) -> Callable[[str], str]:
    """The function that gives what stands for a found text. Raises ValueError where it needs a key and has none."""
    if operator == "drop":
        return lambda found: ""
    if operator == "mask":
        kept = KEPT.get(kind, 0)
        return lambda found: _masked(found, kept)
    if key is None:
        raise ValueError("no key")
    name, zone_key = kind.upper(), key
    if operator == "hash":
        return lambda found: f"<{name}#{zone_key.hash(kind, _canonical(kind, found))}>"
    return lambda found: f"<{name}_{zone_key.seal(kind, found)}>"


def restore(shown: str, key: ZoneKey) -> tuple[str, int]:
    """`shown` with the values that this key sealed, and how many there were. Others stay as they are."""
    count = 0

    def put_back(match: re.Match[str]) -> str:
        nonlocal count
        value = key.open(match[1].lower(), match[2])
        if value is None:
            return match[0]
        count += 1
        return value

    return PSEUDONYM.sub(put_back, shown), count


def _canonical(kind: str, found: str) -> str:
    if kind == "email":
        return mail_address(found)
    return " ".join(found.split()).lower() if kind in _AS_TEXT else compact(found).upper()


def _masked(found: str, kept: int) -> str:
    """Every letter and digit as `*`, except the last `kept`. The sign of an escape too: what follows it is none any more."""
    places = [at for at, char in enumerate(found) if char.isalnum()]
    shown = set(places[len(places) - kept :]) if kept and len(places) > kept * 2 else set()
    return "".join(
        "*" if (char.isalnum() and at not in shown) or char == "\\" else char for at, char in enumerate(found)
    )
