"""What is wrong with a graph, in words: a list of problems, each with a code, a pointer and what to do.

One function serves canvas, save, import, publish and the command line. It never raises for a bad graph.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from atoll.engine.check_edges import faults_of_edge
from atoll.engine.check_names import Free, Names
from atoll.engine.config_faults import ConfigFault
from atoll.engine.conversation import chat_faults, faults
from atoll.engine.graph import MAX_NODES, Graph, GraphNode, reserved
from atoll.engine.guesses import Guesses
from atoll.engine.plan import MAX_DEPTH, connect, topological, with_inner
from atoll.engine.problems import Problem, Report, name_reserved, parse
from atoll.engine.step import Catalogue, Link, Step, make_step
from atoll.kit.i18n import as_text, text
from atoll.kit.pointers import pointer_of
from atoll.kit.templates import TemplateFault
from atoll.sdk.container import Container

__all__ = ["Problem", "Report", "check"]


def check(raw: bytes | str | dict[str, Any], catalogue: Catalogue) -> Report:
    """Check a graph given as JSON text or as parsed JSON."""
    report = Report()
    report.graph = parse(raw, report.problems)
    if report.graph is not None:
        _Checker(report, report.graph, catalogue).run()
    return report


@dataclass(slots=True)
class _Total:
    """What is counted over all levels, and what the outermost graph declares for all of them."""

    nodes: int = 0
    conversation: Collection[str] = ()
    guesses: Guesses = field(default_factory=Guesses)


class _Checker:
    """One graph. A container's is checked by another one, with the place that it stands at and with `own`, the names
    that the container gives; the names that it needs besides are left in `free`. `sealed`: the graph of another app,
    which sees nothing of what is around it and whose input nodes are given values."""

    def __init__(
        self,
        report: Report,
        graph: Graph,
        catalogue: Catalogue,
        *,
        pointer: str = "",
        path: str = "",
        depth: int = 0,
        own: Collection[str] = (),
        total: _Total | None = None,
    ) -> None:
        self.report = report
        self.problems = report.problems
        self.steps = report.steps
        self.graph = graph
        self.catalogue = catalogue
        self.pointer, self.path, self.depth, self.own = pointer, path, depth, own
        self.total = total or _Total()
        self.places = {node.id: place for place, node in enumerate(graph.nodes)}
        self.free: list[Free] = []
        self.unclear: set[str] = set()
        """Nodes with faults of their own, and calls of apps that can't run: what they take and give is not known, and
        that is fault enough."""
        self.needs: dict[str, list[Free]] = {}
        """Names that the graph of a container needs, by container."""

    def run(self) -> None:
        if not self.depth:
            self.problems.extend(faults(self.graph.conversation))
            self.total.conversation = [variable.name for variable in self.graph.conversation]
        self.total.nodes += len(self.graph.nodes)
        if self.total.nodes > MAX_NODES:
            self._add(
                "graph_too_many_nodes",
                f"With the graphs inside of graphs there are more than {MAX_NODES:,} nodes. Split it into several apps.",
                f"加上各层内部流程，节点总数超过 {MAX_NODES} 个。请拆分为多个应用。",
            )
            return
        self._nodes()
        self.unclear |= self.places.keys() - self.steps.keys()
        if not any(not step.node.decorative for step in self.steps.values()) and len(self.steps) == len(
            self.graph.nodes
        ):
            self._add(
                "graph_empty",
                "The graph has no nodes. Add an input node first.",
                "流程中没有节点。请先添加一个输入节点。",
            )
            return
        for index, edge in enumerate(self.graph.edges):
            for fault in faults_of_edge(index, edge, self.places, self.steps, self.unclear):
                self._add(*fault)
        working = {node: step for node, step in self.steps.items() if not step.node.decorative}
        links = connect(working, self.graph)
        order, cyclic = topological(list(working), links)
        if cyclic:
            self._cycle(cyclic, links)
        self._inputs()
        self._names(order)
        self._islands()
        if self.graph.chat is not None and not self.depth and len(self.steps) == len(self.graph.nodes):
            self.problems.extend(chat_faults(self.graph.chat, self._asks()))

    def _asks(self) -> dict[str, str]:
        return {port.name: port.type for step in self.steps.values() for port in step.variables}

    def _nodes(self) -> None:
        seen: set[str] = set()
        declared: dict[str, str] = {}
        for place, raw in enumerate(self.graph.nodes):
            where = f"/nodes/{place}"
            if raw.id in seen:
                self._add(
                    "node_id_duplicate",
                    f"Two nodes have the id “{raw.id}”. Rename one.",
                    f"有两个节点的 id 都是“{raw.id}”，请改名。",
                    f"{where}/id",
                    raw.id,
                )
                continue
            seen.add(raw.id)
            self._node_name(raw.id, where)
            step = self._step(raw, where)
            if step is None:
                continue
            self._variables(step, declared, where)
            self.steps[raw.id] = step
            if issubclass(step.node, Container):
                self._inside(step, step.node, f"{where}/config/graph")

    def _node_name(self, name: str, where: str) -> None:
        if reserved(name):
            self._add(*name_reserved(name), f"{where}/id", name)
        elif name in self.own:
            self._add(
                "name_taken",
                f"“{name}” is what the node around calls a value of its own here. Rename this node.",
                f"“{name}”是外层节点在此处使用的变量名，请为该节点改名。",
                f"{where}/id",
                name,
            )

    def _step(self, raw: GraphNode, where: str) -> Step | None:
        node = self.catalogue.get(raw.type)
        if node is None:
            hint = self.total.guesses.hint(raw.type, self.catalogue)
            self._add(
                "node_type_unknown",
                f"There is no node type “{raw.type}” here. Install the plugin that brings it.{hint[0]}",
                f"这里没有节点类型“{raw.type}”，请安装提供它的插件。{hint[1]}",
                f"{where}/type",
                raw.id,
            )
            return None
        try:
            return make_step(raw, node, self.catalogue)
        except ConfigFault as fault:
            for path, called, missing, message in fault.faults:
                name = called if path else text(raw.id, raw.id)
                self._add(
                    "config_missing" if missing else "config_invalid",
                    f"“{name['en']}” is required." if missing else f"“{name['en']}”: {message['en']}.",
                    f"“{name['zh']}”为必填项。" if missing else f"“{name['zh']}”的设置有误：{message['zh']}。",
                    f"{where}/config{pointer_of(path)}",
                    raw.id,
                )
        except TemplateFault as fault:
            pointer = f"{self.pointer}{where}/config/{fault.params['field']}"
            self.problems.append(Problem(fault.code, fault.message, pointer, self.path + raw.id))
        return None

    def _variables(self, step: Step, declared: dict[str, str], where: str) -> None:
        """The variables that a node declares: of the run, so in the outermost graph, or of a call of another app."""
        where = f"{where}/config"
        if step.variables and self.depth and not self.report.sealed:
            self._add(
                "input_inside",
                f"“{step.id}” asks for inputs of the run, which only the outermost graph has. "
                "Use the names around it in here, and remove this node.",
                f"“{step.id}”声明了运行的输入，而只有最外层流程才有输入。请直接使用外层的名称，并删除该节点。",
                where,
                step.id,
            )
        for variable in step.variables:
            if reserved(variable.name):
                self._add(*name_reserved(variable.name), where, step.id)
            if variable.name in declared:
                self._add(
                    "variable_duplicate",
                    f"The variable “{variable.name}” is already declared by “{declared[variable.name]}”.",
                    f"变量“{variable.name}”已由“{declared[variable.name]}”声明。",
                    where,
                    step.id,
                )
            declared[variable.name] = step.id

    def _inside(self, step: Step, node: type[Container], where: str) -> None:
        """The graph that a container holds."""
        if self.depth >= MAX_DEPTH:
            self._add(
                "graph_too_deep",
                f"Graphs are nested more than {MAX_DEPTH} deep here. Take a level out.",
                f"此处嵌套超过 {MAX_DEPTH} 层，请减少一层。",
                where,
                step.id,
            )
            return
        sealed = node.given_inputs
        pointer = self.pointer + where
        for variable in node.variables(step.config):
            if reserved(variable.name):
                self._add(*name_reserved(variable.name), where.removesuffix("/graph"), step.id)
        found: list[Problem] = [] if sealed else self.problems
        report = self.report.inner[step.id] = Report(problems=found, sealed=sealed)
        faults: list[Problem] = []
        report.graph = parse(getattr(step.config, "graph", None) or {}, faults)
        for fault in faults:
            fault.pointer, fault.node = pointer + fault.pointer, self.path + step.id
        found.extend(faults)
        if report.graph is not None:
            own = [variable.name for variable in node.variables(step.config)]
            path = f"{self.path}{step.id}/"
            inner = _Checker(
                report, report.graph, self.catalogue,
                pointer=pointer, path=path, depth=self.depth + 1, own=own, total=self.total,
            )  # fmt: skip
            inner.run()
            self.needs[step.id] = inner.free
            inner.result_name(node.result_name(step.config), step.id, self)
            with_inner(step, report.steps)
        if sealed:
            self._called(step, found, where)

    def _called(self, step: Step, found: list[Problem], where: str) -> None:
        """What is wrong in another app can't be mended here: it is said where that app is called."""
        if not self.report.inner[step.id].ok or self.report.inner[step.id].graph is None:
            self.unclear.add(step.id)
        if not getattr(step.config, "graph", None):
            self._add(
                "subflow_unresolved",
                f"“{step.id}” calls an app that could not be looked up. Choose one that is published in this workspace.",
                f"“{step.id}”调用的应用无法找到。请选择本工作区中已发布的应用。",
                where.removesuffix("graph") + "app",
                step.id,
            )
            return
        for problem in [problem for problem in found if problem.severity == "error"][:1]:
            code = problem.code if problem.code in ("graph_too_deep", "graph_too_many_nodes") else "subflow_broken"
            self._add(
                code,
                f"The app that “{step.id}” calls can't run: {problem.message['en']}",
                f"“{step.id}”调用的应用无法运行：{problem.message['zh']}",
                where.removesuffix("graph") + "app",
                step.id,
            )

    def result_name(self, dotted: str, holder: str, outer: "_Checker") -> None:
        """The name of what a pass gives must be one of this graph's."""
        head = dotted.partition(".")[0]
        variables = {port.name for step in self.steps.values() for port in step.variables}
        if not dotted or head in self.own or head in self.places or head in variables:
            return
        outer._add(
            "name_unknown",
            f"Nothing inside of “{holder}” gives “{dotted}”. Choose an output of one of its nodes.",
            f"“{holder}”内部没有“{dotted}”，请选择其中某个节点的输出。",
            f"/nodes/{outer.places[holder]}/config",
            holder,
        )

    def _cycle(self, cyclic: list[str], links: Sequence[Link]) -> None:
        left = set(cyclic)
        following = {link.source: link.target for link in links if link.source in left and link.target in left}
        path, node = [], cyclic[0]
        while node in following and node not in path:
            path.append(node)
            node = following[node]
        ring = [*path[path.index(node) :], node] if node in path else cyclic
        shown = " → ".join(ring)
        self._add(
            "cycle",
            f"These nodes wait for each other: {shown}. Remove one of the edges, or use a loop node.",
            f"这些节点相互等待：{shown}。请删除其中一条连线，或使用循环节点。",
            f"/nodes/{self.places[ring[0]]}",
            ring[0],
        )

    def _inputs(self) -> None:
        unclear = {edge.target for edge in self.graph.edges if edge.source in self.unclear}
        for step in self.steps.values():
            for port in step.ports.inputs if step.id not in unclear else ():
                if port.required and port.name not in step.bindings:
                    label = as_text(port.display_name or port.name)
                    self._add(
                        "input_missing",
                        f"“{step.id}” needs a value for “{label['en']}”: connect an edge to it.",
                        f"“{step.id}”缺少输入“{label.get('zh', port.name)}”：请连一条线到它。",
                        f"/nodes/{self.places[step.id]}",
                        step.id,
                    )

    def _names(self, order: list[str]) -> None:
        names = Names(
            self.steps,
            places=self.places,
            own=self.own,
            unclear=self.unclear,
            conversation=self.total.conversation,
            guesses=self.total.guesses,
            behind=self._behind(),
            open=bool(self.depth) and not self.report.sealed,
        )
        names.look(order, self.needs, self.pointer, self.path)
        self.problems.extend(names.problems)
        self.free = names.free

    def _behind(self) -> set[str]:
        """The nodes that those without a step lead to: anything may come through."""
        found = list(self.places.keys() - self.steps.keys())
        targets: dict[str, list[str]] = {}
        for edge in self.graph.edges if found else ():
            targets.setdefault(edge.source, []).append(edge.target)
        for node in found:  # grows while it is walked
            found += [target for target in targets.pop(node, ()) if target in self.steps]
        return set(found)

    def _islands(self) -> None:
        ends = [{edge.source, edge.target} for edge in self.graph.edges]
        connected = {node for pair in ends if pair <= self.places.keys() for node in pair}
        working = [step for step in self.steps.values() if not step.node.decorative]
        for step in working if len(working) > 1 else ():
            if step.id not in connected:
                self._add(
                    "node_unconnected",
                    f"“{step.id}” is connected to nothing; it runs by itself.",
                    f"“{step.id}”没有任何连线，将单独运行。",
                    f"/nodes/{self.places[step.id]}",
                    step.id,
                    severity="warning",
                )

    def _add(
        self,
        code: str,
        en: str,
        zh: str,
        pointer: str = "",
        node: str | None = None,
        edge: int | None = None,
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        # The canvas draws the outermost graph: a faulty edge inside is shown on its container.
        if self.depth and node is None:
            node, edge = self.path.rstrip("/"), None
        elif node is not None:
            node, edge = self.path + node, None if self.depth else edge
        self.problems.append(Problem(code, text(en, zh), self.pointer + pointer, node, edge, severity))
