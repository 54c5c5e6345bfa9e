"""Large values in events: each is kept once, by the hash of its content, and an event refers to it.

In the stored form of an event that has any (version 2) an object with the one key `$value` stands for something else:
a text is the hash of the value that belongs there, an object is itself an object that happens to look like that. All
other events are stored as they are (version 1). Pure; `store` keeps the values in the transaction of the events.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

LARGE = 65_536  # bytes of JSON
MARK = "$value"
PLAIN, REFERRING = 1, 2  # versions of the stored form


def dumps(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def stored(data: Mapping[str, Any], kept: dict[str, str]) -> tuple[str, int]:
    """The stored form of an event's data and its version; the large values in it are added to `kept`, by their hash."""
    plain = dumps(data)
    if len(plain) <= LARGE:
        return plain.decode(), PLAIN
    return dumps({name: _referring(value, kept) for name, value in data.items()}).decode(), REFERRING


def _referring(value: Any, kept: dict[str, str]) -> Any:
    """From the inside out: what is large in a large value is kept by itself, as others may have it too."""
    if isinstance(value, dict):
        value = {name: _referring(inner, kept) for name, inner in value.items()}
        if set(value) == {MARK}:
            value = {MARK: value}
    elif isinstance(value, list):
        value = [_referring(inner, kept) for inner in value]
    elif not isinstance(value, str) or len(value) * 6 <= LARGE:  # no character is longer than six bytes in JSON
        return value
    text = dumps(value)
    if len(text) <= LARGE:
        return value
    digest = hashlib.sha256(text).hexdigest()
    if digest not in kept:
        kept[digest] = text.decode()
    return {MARK: digest}


def referred(value: Any) -> Iterator[str]:
    """The hashes that a stored form refers to."""
    if isinstance(value, dict):
        held = value.get(MARK) if len(value) == 1 else None
        if isinstance(held, str):
            yield held
            return
        for inner in (held if isinstance(held, dict) else value).values():
            yield from referred(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from referred(inner)


def whole(value: Any, known: Mapping[str, Any]) -> Any:
    """The value that a stored form means. `known`: whole values by hash; they are shared, so nobody may change them."""
    if isinstance(value, dict):
        if len(value) == 1 and MARK in value:
            held = value[MARK]
            if isinstance(held, str):
                return known[held]
            return {name: whole(inner, known) for name, inner in held.items()}
        return {name: whole(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner, known) for inner in value]
    return value
