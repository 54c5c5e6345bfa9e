"""How deeply JSON is nested. Encoders give up at about 250 levels, so nothing deeper than `MOST` is let in."""

from typing import Any

MOST = 100  # levels of a request's body and of a graph


def deeper(value: Any, most: int = MOST) -> bool:
    """Is anything nested deeper than `most`? Level by level, so that depth itself does no harm."""
    level: list[Any] = [value]
    for _ in range(most):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
