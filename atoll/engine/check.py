"""What is wrong with a graph, in words: a list of problems, each with a code, a pointer and what to do.

One function serves canvas, save, import, publish and the command line. It never raises for a bad graph.
"""

import difflib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from atoll.engine.conversation import chat_faults, faults
from atoll.engine.graph import MAX_NODES, Edge, Graph, GraphNode, reserved
from atoll.engine.plan import (
    ERROR,
    MAX_DEPTH,
    SYS,
    Catalogue,
    ConfigFault,
    Link,
    Step,
    connect,
    make_step,
    output_named,
    topological,
    with_inner,
)
from atoll.engine.problems import Problem, Report, parse, pointer_of
from atoll.engine.types import assignable
from atoll.kit.i18n import as_text, text
from atoll.kit.secret_names import is_reference
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


@dataclass(frozen=True, slots=True)
class _Free:
    """A name that a graph uses and does not give: whoever holds the graph must."""

    dotted: str
    pointer: str
    node: str


@dataclass(slots=True)
class _Total:
    """What is counted over all levels, and what the outermost graph declares for all of them."""

    nodes: int = 0
    conversation: Collection[str] = ()


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
        self.free: list[_Free] = []
        self.unclear: set[str] = set()
        """Calls of apps that can't run: what they take and give is not known, and that is fault enough."""
        self.needs: dict[str, list[_Free]] = {}
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
            self._edge(index, edge)
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
            self._add(*_reserved(name), f"{where}/id", name)
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
            close = difflib.get_close_matches(raw.type, list(self.catalogue), 1)
            hint = (f" Did you mean “{close[0]}”?", f"是否想用“{close[0]}”？") if close else ("", "")
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
            for path, kind, message in fault.faults:
                name = ".".join(str(part) for part in path)
                missing = kind == "missing"
                self._add(
                    "config_missing" if missing else "config_invalid",
                    f"“{name}” is required." if missing else f"“{name}”: {message}.",
                    f"“{name}”为必填项。" if missing else f"“{name}”的值无效：{message}。",
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
                self._add(*_reserved(variable.name), where, step.id)
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
                self._add(*_reserved(variable.name), where.removesuffix("/graph"), step.id)
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

    def _edge(self, index: int, edge: Edge) -> None:
        where = f"/edges/{index}"
        for end, node in (("source", edge.source), ("target", edge.target)):
            if node not in self.places:
                self._add(
                    "edge_dangling",
                    f"This edge's {end} “{node}” is not a node of the graph. Remove or reconnect it.",
                    f"连线的{'起点' if end == 'source' else '终点'}“{node}”不存在，请删除或重新连接。",
                    f"{where}/{end}",
                    None,
                    index,
                )
        source, target = self.steps.get(edge.source), self.steps.get(edge.target)
        if source is None or target is None:
            return
        for step in (source, target):
            if step.node.decorative:
                self._add(
                    "edge_decorative",
                    f"“{step.id}” takes no part in the run, so this edge does nothing. Remove it.",
                    f"“{step.id}”不参与运行，该连线没有作用，请删除。",
                    where,
                    step.id,
                    index,
                )
                return
        handles = {branch.id for branch in source.ports.branches}
        if source.on_error == "branch":
            handles.add(ERROR)
        if edge.source_handle is not None and edge.source_handle not in handles:
            known = ", ".join(sorted(handles)) or "none"
            self._add(
                "edge_handle_unknown",
                f"“{edge.source}” has no branch “{edge.source_handle}” (it has: {known}).",
                f"“{edge.source}”没有分支“{edge.source_handle}”（现有：{known}）。",
                f"{where}/source_handle",
                edge.source,
                index,
            )
        inputs = {port.name: port for port in target.ports.inputs}
        for given, taken in edge.data.mapping.items():
            place = f"{where}/data/mapping{pointer_of((given,))}"
            output = output_named(source, given)
            if source.id in self.unclear or target.id in self.unclear:
                continue
            if output is None:
                known = ", ".join(port.name for port in source.ports.outputs) or "none"
                self._add(
                    "mapping_output_unknown",
                    f"“{edge.source}” gives no “{given}” (it gives: {known}).",
                    f"“{edge.source}”没有输出“{given}”（现有：{known}）。",
                    place,
                    edge.source,
                    index,
                )
                continue
            port = inputs.get(taken)
            if port is None and not target.node.open_inputs:
                known = ", ".join(inputs) or "none"
                self._add(
                    "mapping_input_unknown",
                    f"“{edge.target}” takes no “{taken}” (it takes: {known}).",
                    f"“{edge.target}”没有输入“{taken}”（现有：{known}）。",
                    place,
                    edge.target,
                    index,
                )
            elif port is not None and not assignable(output.type, port.type):
                self._add(
                    "type_mismatch",
                    f"“{edge.source}.{output.name}” is {output.type}, but “{edge.target}.{port.name}” takes {port.type}. "
                    "Put a template or a code node between them.",
                    f"“{edge.source}.{output.name}”的类型是 {output.type},而“{edge.target}.{port.name}”需要 {port.type}。"
                    "请在中间加一个模板或代码节点。",
                    place,
                    edge.target,
                    index,
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
        for step in self.steps.values():
            unclear = any(link.source in self.unclear for link in step.incoming)
            for port in step.ports.inputs if not unclear else ():
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
        """Every name used must be suppliable: a bound input, a variable or a node upstream, or a namespace."""
        number = {node: 1 << place for place, node in enumerate(self.steps)}
        above: dict[str, int] = {}  # ancestors as bits: a set per node would be quadratic in memory
        variables = {port.name: step.id for step in self.steps.values() for port in step.variables}
        for node in order:
            step = self.steps[node]
            seen = 0
            for link in step.incoming:
                seen |= above.get(link.source, 0) | number[link.source]
            above[node] = seen

            def is_upstream(other: str, seen: int = seen) -> bool:
                return bool(seen & number[other])

            for name in step.names:
                where = f"{self.pointer}/nodes/{self.places[node]}/config/{name.field}"
                self._name(step, _Free(name.dotted, where, self.path + node), is_upstream, variables)
            for need in self.needs.get(node, ()):
                self._name(step, need, is_upstream, variables, inside=True)

    def _name(
        self,
        step: Step,
        name: _Free,
        is_upstream: Callable[[str], bool],
        variables: dict[str, str],
        *,
        inside: bool = False,
    ) -> None:
        head, _, rest = name.dotted.partition(".")
        if not inside and (head in step.bindings or any(port.name == head for port in step.ports.inputs)):
            return
        owner = variables.get(head) or (head if head in self.steps else None)
        if owner is not None and owner != step.id:
            self._owned(name, owner, is_upstream)
            return
        if head in self.places or head in self.own:
            return  # a node with problems of its own: one fault, one message
        if head == "sys" and rest.partition(".")[0] in SYS:
            return
        if is_reference(name.dotted):
            self._report(
                name,
                "secret_not_here",
                f"“{name.dotted}” can't be used here: a secret goes into headers, addresses and bodies of requests only.",
                f"此处不能使用“{name.dotted}”：密钥只能用于请求的请求头、地址和请求体。",
            )
            return
        if head == "conversation":
            self._conversation(name, rest.partition(".")[0])
            return
        if self.depth and not self.report.sealed:
            self.free.append(name)
            return
        reachable = [*step.bindings, *variables, *(other for other in self.steps if is_upstream(other)), "sys"]
        close = difflib.get_close_matches(head, reachable, 1)
        hint = (f" Did you mean “{close[0]}”?", f"是否想用“{close[0]}”？") if close else ("", "")
        self._report(
            name,
            "name_unknown",
            f"Nothing gives “{name.dotted}”.{hint[0]} Declare it in an input node or map it by an edge.",
            f"没有任何来源提供“{name.dotted}”。{hint[1]}请在输入节点中声明，或用连线传入。",
        )

    def _conversation(self, name: _Free, variable: str) -> None:
        """A variable of the conversation: any, unless the outermost graph declares which there are."""
        known = self.total.conversation
        if not known or not variable or variable in known:
            return
        close = difflib.get_close_matches(variable, known, 1)
        hint = (f" Did you mean “{close[0]}”?", f"是否想用“{close[0]}”？") if close else ("", "")
        self._report(
            name,
            "conversation_unknown",
            f"The conversation has no variable “{variable}”.{hint[0]} Declare it in the app's chat settings.",
            f"会话中没有变量“{variable}”。{hint[1]}请在应用的对话设置中声明。",
        )

    def _owned(self, name: _Free, owner: str, is_upstream: Callable[[str], bool]) -> None:
        """A name that a node of this graph gives, or seems to."""
        head, _, rest = name.dotted.partition(".")
        if not is_upstream(owner):
            self._report(
                name,
                "name_not_upstream",
                f"“{name.dotted}” comes from “{owner}”, which does not run before this node. Connect them.",
                f"“{name.dotted}”来自“{owner}”，但它不在此节点之前运行。请先连线。",
            )
        elif (
            head == owner
            and rest
            and owner not in self.unclear
            and output_named(self.steps[owner], rest.partition(".")[0]) is None
        ):
            known = ", ".join(port.name for port in self.steps[owner].ports.outputs)
            self._report(
                name,
                "name_unknown",
                f"“{owner}” gives no “{rest}” (it gives: {known}).",
                f"“{owner}”没有输出“{rest}”（现有：{known}）。",
            )

    def _report(self, name: _Free, code: str, en: str, zh: str) -> None:
        self.problems.append(Problem(code, text(en, zh), name.pointer, name.node))

    def _islands(self) -> None:
        working = [step for step in self.steps.values() if not step.node.decorative]
        for step in working if len(working) > 1 else ():
            if not step.incoming and not step.outgoing:
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


def _reserved(name: str) -> tuple[str, str, str]:
    return (
        "name_reserved",
        f"“{name}” is a name that programs keep for themselves. Rename it.",
        f"“{name}”是程序保留的名称，请改名。",
    )
