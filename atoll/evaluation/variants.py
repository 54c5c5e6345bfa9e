"""A graph with one node's configuration changed: the variant of an app that tuning compares with the app as it is."""

from collections.abc import Mapping
from typing import Any

from atoll.apps.errors import no_node
from atoll.apps.schemas import GraphJson


def changed(graph: GraphJson, path: str, config: Mapping[str, Any]) -> tuple[GraphJson, dict[str, Any]]:
    """(a copy of the graph, the node's merged configuration). A field of `config` takes the place of the node's.

    `path` leads into containers: `each_1/llm_1`. Raises NotFound `node_not_found`.
    """
    return _inside(graph, path.split("/"), path, config)


def _inside(graph: Any, way: list[str], path: str, config: Mapping[str, Any]) -> tuple[GraphJson, dict[str, Any]]:
    found = graph.get("nodes") if isinstance(graph, dict) else None
    nodes = found if isinstance(found, list) else []
    for at, node in enumerate(nodes):
        if not isinstance(node, dict) or node.get("id") != way[0]:
            continue
        own = node.get("config") or {}
        if len(way) == 1:
            merged = {**own, **config}
            mine = merged
        else:
            inner, merged = _inside(own.get("graph"), way[1:], path, config)
            mine = {**own, "graph": inner}
        return {**graph, "nodes": [*nodes[:at], {**node, "config": mine}, *nodes[at + 1 :]]}, merged
    raise no_node(path)


def outermost(path: str) -> str:
    """The node that a fork begins at: what is in a container can't begin without it."""
    return path.partition("/")[0]
