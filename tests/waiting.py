"""Waiting for what no event of this process tells: it is looked at again and again."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
WITHIN = 60.0  # seconds for what should happen; a busy machine takes its time


def until(what: str | Callable[[], str], look: Callable[[], T], seconds: float = WITHIN, pause: float = 0.02) -> T:
    """What `look` gives, once it is true. `what`: in words, for the error where it does not come to that."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"not within {seconds:g} s: {what if isinstance(what, str) else what()}"
        time.sleep(pause)
    return found
