"""Apps that call apps: the graphs that `subflow` nodes mean, put into the graph that is checked or run.

The engine sees one graph only. What a run runs is therefore fixed when it is made, whatever is published later.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from atoll.apps.schemas import GraphJson
from atoll.engine.check import Problem
from atoll.engine.graph import MAX_BYTES, MAX_NODES
from atoll.engine.plan import MAX_DEPTH
from atoll.kit.i18n import Text, text

SUBFLOW = "subflow"
EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class Called:
    """A version of an app that exists."""

    app_id: str
    name: str
    number: int
    graph: GraphJson


LookUp = Callable[[str, int | None], Awaitable[Called | None]]
"""(name or id, number or None for the published one) -> what is called; None where there is no such thing."""


@dataclass(slots=True)
class Resolved:
    """`graph` is the very one that was given where it calls nothing."""

    graph: GraphJson
    problems: list[Problem] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    """Paths of outermost calls that were left as they are, as something is wrong with them or before them."""


def calls(graph: Any) -> bool:
    """Whether a graph, which may be none, calls any app."""
    return any(node.get("type") == SUBFLOW or calls(_config(node).get("graph")) for node in _nodes(graph))


async def resolve(graph: GraphJson, look_up: LookUp, own: tuple[str, str] | None = None) -> Resolved:
    """The graph with all that it calls inside. `own`: id and name of the app that it is of."""
    if not calls(graph):
        return Resolved(graph)
    resolving = _Resolving(look_up)
    inside = await resolving.inside(graph, [own] if own else [], "", "", 0)
    return Resolved(inside, resolving.problems, resolving.left)


def embedded(graph: GraphJson) -> GraphJson:
    """A resolved graph that needs no app beside it: what a template holds."""

    def one(node: Any) -> Any:
        config = _config(node)
        if not isinstance(config.get("graph"), dict):
            return node
        changed = {**config, "graph": embedded(config["graph"])}
        return {**node, "config": {**changed, "version": EMBEDDED} if node.get("type") == SUBFLOW else changed}

    return {**graph, "nodes": [one(node) for node in _nodes(graph)]}


class _Resolving:
    """`nodes` and `size` are those of all graphs that were put in: a few calls in each of a few apps make very many."""

    def __init__(self, look_up: LookUp) -> None:
        self.look_up = look_up
        self.problems: list[Problem] = []
        self.left: set[str] = set()
        self.nodes = self.size = 0

    async def inside(
        self, graph: GraphJson, chain: list[tuple[str, str]], path: str, pointer: str, depth: int, at: str = ""
    ) -> GraphJson:
        """`at`: pointer and path of the outermost call on the way here, as "pointer path": there people can act."""
        nodes = []
        for place, node in enumerate(_nodes(graph)):
            config = _config(node)
            where, name = f"{pointer}/nodes/{place}", f"{path}{node.get('id')}"
            here = at or f"{where}/config/app {name}"
            if node.get("type") == SUBFLOW and config.get("version") != EMBEDDED:
                found = await self._called(config, chain, name, where, depth, here)
                config = {name: value for name, value in config.items() if name != "graph"} | found
                node = {**node, "config": config}
            elif isinstance(config.get("graph"), dict) and depth < MAX_DEPTH and calls(config["graph"]):
                held = await self.inside(config["graph"], chain, f"{name}/", f"{where}/config/graph", depth + 1, at)
                node = {**node, "config": {**config, "graph": held}}
            nodes.append(node)
        return {**graph, "nodes": nodes}

    async def _called(
        self, config: dict[str, Any], chain: list[tuple[str, str]], path: str, where: str, depth: int, at: str
    ) -> dict[str, Any]:
        """The part of the configuration that follows from the app that is called; nothing where there is a problem."""
        ref, version = config.get("app"), str(config.get("version", "published"))
        number = _number(version)
        if not isinstance(ref, str) or not ref or number == 0:
            return {}  # the check says what is wrong
        called = await self.look_up(ref, number)
        if called is None:
            return self._problem("subflow_unknown", _unknown(ref, version), at)
        ring = [*(name for _, name in chain), called.name]
        if any(app_id == called.app_id for app_id, _ in chain):
            return self._problem("subflow_recursion", _recursion(ring), at)
        if depth >= MAX_DEPTH:
            return self._problem("graph_too_deep", _too_deep(ring), at)
        self.nodes += sum(1 for _ in _nodes(called.graph))
        self.size += len(orjson.dumps(called.graph))
        if self.nodes > MAX_NODES or self.size > MAX_BYTES:
            return self._problem("graph_too_many_nodes", _too_large(ring), at)
        chain = [*chain, (called.app_id, called.name)]
        graph = await self.inside(called.graph, chain, f"{path}/", f"{where}/config/graph", depth + 1, at)
        return {"version": str(called.number), "graph": graph}

    def _problem(self, code: str, words: Text, at: str) -> dict[str, Any]:
        pointer, _, node = at.partition(" ")
        if node not in self.left and not (code == "graph_too_many_nodes" and code in {p.code for p in self.problems}):
            self.problems.append(Problem(code, words, pointer, node))
        self.left.add(node)
        return {}


def _number(version: str) -> int | None:
    """None for the published version, 0 for what is no version."""
    if version == "published":
        return None
    return int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0


def _nodes(graph: Any) -> list[dict[str, Any]]:
    nodes = graph.get("nodes") if isinstance(graph, dict) else None
    return [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []


def _config(node: dict[str, Any]) -> dict[str, Any]:
    config = node.get("config")
    return config if isinstance(config, dict) else {}


def _unknown(ref: str, version: str) -> Text:
    if version == "published":
        return text(
            f"There is no published app “{ref}” here, or more than one is called so. Publish it, or give its id.",
            f"没有已发布的应用“{ref}”，或有多个应用同名。请先发布，或填写其 id。",
        )
    return text(
        f"The app “{ref}” has no version {version}. Choose one that exists, or “published”.",
        f"应用“{ref}”没有版本 {version}。请选择已有版本，或填写“published”。",
    )


def _recursion(ring: list[str]) -> Text:
    shown = " → ".join(ring)
    return text(
        f"These apps would call each other without end: {shown}. Take one of the calls out, or use a loop.",
        f"这些应用会无限地相互调用：{shown}。请去掉其中一次调用，或使用循环。",
    )


def _too_deep(ring: list[str]) -> Text:
    shown = " → ".join(ring)
    return text(
        f"Calls and graphs are nested more than {MAX_DEPTH} deep here: {shown}. Take a level out.",
        f"此处调用与嵌套超过 {MAX_DEPTH} 层：{shown}。请减少一层。",
    )


def _too_large(ring: list[str]) -> Text:
    shown = " → ".join(ring)
    return text(
        f"With all that is called here there are more than {MAX_NODES:,} nodes or {MAX_BYTES // 1_000_000} MB: {shown}. "
        "Call less.",
        f"加上所有被调用的应用，节点超过 {MAX_NODES} 个或大小超过 {MAX_BYTES // 1_000_000} MB:{shown}。请减少调用。",
    )
