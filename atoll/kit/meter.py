"""What is counted and timed. The house says it here; it goes nowhere until a server installs a meter.

Names and labels are those of docs/guides/observability.md: `atoll.telemetry` refuses others. A label never holds what
a person wrote: ids, types, codes and outcomes only.
"""

from collections.abc import Mapping
from typing import Protocol


class Meter(Protocol):
    def count(self, name: str, amount: float, labels: Mapping[str, str]) -> None: ...

    def time(self, name: str, seconds: float, labels: Mapping[str, str]) -> None: ...


_meter: Meter | None = None


def install(meter: Meter | None) -> None:
    """From now on this process counts with `meter`; None stops it."""
    global _meter
    _meter = meter


def count(name: str, amount: float = 1.0, /, **labels: str) -> None:
    """`amount` more of `name`."""
    if _meter is not None:
        _meter.count(name, amount, labels)


def time(name: str, seconds: float, /, **labels: str) -> None:
    """`name` took so long once."""
    if _meter is not None:
        _meter.time(name, seconds, labels)
