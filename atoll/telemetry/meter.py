"""The meter that Prometheus reads. Labels that come from data are bounded: a scrape stays small whatever is built."""

from collections.abc import Mapping
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram

from atoll.telemetry.catalogue import COUNTERS, TIMERS

M = TypeVar("M", Counter, Histogram)
OPEN = {"app", "model", "type"}  # labels that people make values of; the others' are the code's
VALUES = 100  # of one of these; what comes later is counted as `other`


class PrometheusMeter:
    """Implements `kit.meter.Meter`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counters = {one.name: Counter(one.name, one.help, one.labels, registry=registry) for one in COUNTERS}
        self._timers = {
            one.name: Histogram(one.name, one.help, one.labels, registry=registry, buckets=buckets)
            for one, buckets in TIMERS
        }
        for one in COUNTERS:
            for values in one.first:
                self._counters[one.name].labels(*values)
        self._seen: dict[str, set[str]] = {}
        self._children: dict[tuple[object, ...], Any] = {}

    def count(self, name: str, amount: float, labels: Mapping[str, str]) -> None:
        self._child(self._counters, name, labels).inc(amount)

    def time(self, name: str, seconds: float, labels: Mapping[str, str]) -> None:
        self._child(self._timers, name, labels).observe(seconds)

    def _child(self, of: Mapping[str, M], name: str, labels: Mapping[str, str]) -> M:
        key = (name, *labels.items())
        if (known := self._children.get(key)) is not None:
            return known  # type: ignore[no-any-return]
        bounded = self._bounded(labels)
        child = of[name].labels(**bounded) if labels else of[name]
        if bounded == labels:  # else there may be any number of them
            self._children[key] = child
        return child

    def _bounded(self, labels: Mapping[str, str]) -> dict[str, str]:
        bounded = {}
        for label, value in labels.items():
            if label in OPEN:
                seen = self._seen.setdefault(label, set())
                if value not in seen:
                    if len(seen) >= VALUES:
                        value = "other"
                    seen.add(value)
            bounded[label] = value
        return bounded
