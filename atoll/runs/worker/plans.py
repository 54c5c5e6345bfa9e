"""Compiled plans, kept: an app is run more often than it is changed."""

from atoll.engine.graph import Graph
from atoll.engine.plan import Plan, compile_plan
from atoll.engine.step import Catalogue

MOST = 256


class Plans:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._kept: dict[tuple[str, str], Plan] = {}

    def of(self, content: str, graph: Graph) -> Plan:
        """`content`: the hash of the graph. Raises UserError `graph_not_runnable`."""
        key = (content, getattr(self._catalogue, "digest", ""))
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST:
                self._kept.clear()
            found = self._kept[key] = compile_plan(graph, self._catalogue)
        return found
