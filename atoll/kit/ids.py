"""Identifiers: sortable by time, unguessable, safe in URLs, with a prefix that says what they name."""

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case


def new_id(prefix: str) -> str:
    """`prefix_` and 26 characters: 48 bits of milliseconds, then 80 random bits (a ULID)."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    out = [""] * 26
    for place in range(25, -1, -1):
        out[place] = _ALPHABET[number & 31]
        number >>= 5
    return f"{prefix}_{''.join(out)}"
