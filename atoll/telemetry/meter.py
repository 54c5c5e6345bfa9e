"""The meter that Prometheus reads. Labels that come from data are bounded: a scrape stays small whatever is built."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from atoll.telemetry.catalogue import COUNTERS, TIMERS

VALUES = 100  # of one label; what comes later is counted as `other`


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
        ProcessCollector(registry=registry)

    def count(self, name: str, amount: float, labels: Mapping[str, str]) -> None:
        found = self._counters[name]
        (found.labels(**self._bounded(labels)) if labels else found).inc(amount)

    def time(self, name: str, seconds: float, labels: Mapping[str, str]) -> None:
        found = self._timers[name]
        (found.labels(**self._bounded(labels)) if labels else found).observe(seconds)

    def _bounded(self, labels: Mapping[str, str]) -> dict[str, str]:
        bounded = {}
        for label, value in labels.items():
            seen = self._seen.setdefault(label, set())
            if value not in seen:
                if len(seen) >= VALUES:
                    value = "other"
                seen.add(value)
            bounded[label] = value
        return bounded
