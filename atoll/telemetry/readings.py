"""Gauges: what the last look said. They are made anew for each scrape, so that nothing old stands among them."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from atoll.telemetry.catalogue import GAUGES


class Readings(Collector):
    def __init__(self) -> None:
        self._values: dict[str, dict[tuple[str, ...], float]] = {one.name: {} for one in GAUGES}

    def set(self, name: str, values: dict[tuple[str, ...], float]) -> None:
        """All that is known of `name`, by the values of its labels; what is not in it is not known any more."""
        self._values[name] = values

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for one in GAUGES:
            family = GaugeMetricFamily(one.name, one.help, labels=one.labels)
            for labels, value in self._values[one.name].items():
                family.add_metric(labels, value)
            yield family
