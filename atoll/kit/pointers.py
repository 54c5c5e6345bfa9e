"""JSON pointers (RFC 6901)."""

from collections.abc import Iterable


def pointer_of(path: Iterable[object]) -> str:
    return "".join(f"/{escaped(str(part))}" for part in path)


def escaped(part: str) -> str:
    """One part of a pointer."""
    return part.replace("~", "~0").replace("/", "~1")
