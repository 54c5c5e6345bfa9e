"""Time as the product stores it: UTC, milliseconds since 1970, as an integer."""

import time
from datetime import UTC, datetime


def now_ms() -> int:
    """Milliseconds since the Unix epoch, UTC."""
    return time.time_ns() // 1_000_000


def iso(ms: int) -> str:
    """RFC 3339 with milliseconds, e.g. 2026-11-24T09:30:00.123Z."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
