"""A graph made ready to run: nodes resolved to classes, configurations validated, inputs bound to sources.

`resolve` does the part that may fail and tells how; `check` turns that into problems for people,
and `compile_plan` into a `Plan` for the engine. The binding rules are those of docs/reference/graph.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pydantic import BaseModel

from atoll.engine.config_faults import ConfigFault, Fault, faults_of, refusal
from atoll.engine.graph import Graph, GraphNode
from atoll.engine.tools import tool_fault
from atoll.engine.types import assignable
from atoll.kit import templates
from atoll.kit.errors import UserError
from atoll.kit.i18n import pick, text
from atoll.kit.template_plain import is_plain
from atoll.kit.validation import unstopped
from atoll.sdk import Input, Node, Output, Ports, Resource, declared
from atoll.sdk.container import Container

Catalogue = Mapping[str, type[Node]]
SYS = ("run_id", "app_id", "user", "started_at")
ERROR = "error"  # the branch a node leaves by when it fails and `on_error` is "branch"
PRIMARY = "output"  # names the primary output whatever its own name is
MAX_DEPTH = 4  # graphs inside of graphs


class Name(NamedTuple):
    """A dotted name that a node's configuration looks up: `llm_1.text`, in config field `prompt`."""

    dotted: str
    field: str


class Source(NamedTuple):
    """Where a bound input comes from. `link` is the edge's index, so that only a delivered edge gives."""

    node: str
    output: str
    link: int


class Link(NamedTuple):
    edge: int
    source: str
    target: str
    handle: str | None

    def decides(self, source: "Step") -> bool:
        """Whether it tells something that this edge delivered: its source might have left by another way."""
        return self.handle is not None or source.on_error == "branch"


@dataclass(slots=True)
class Step:
    """One node, ready to run."""

    id: str
    title: str
    node: type[Node]
    config: BaseModel
    ports: Ports
    names: list[Name]
    attempts: int
    delay: float
    timeout: float
    on_error: str
    default_outputs: dict[str, Any]
    side_effects: bool
    resources: Sequence[Resource]
    variables: Sequence[Input]
    plain: bool
    """Whether every template in its configuration is plain: rendering one takes no time worth waiting for."""
    incoming: list[Link] = field(default_factory=list)
    outgoing: list[Link] = field(default_factory=list)
    bindings: dict[str, list[Source]] = field(default_factory=dict)
    upstream: set[str] = field(default_factory=set)
    """The nodes whose values it uses or waits for: sources of edges, and nodes that its templates name."""
    answers: bool = False
    """True if its streamed text is the run's answer, so that a reader may be shown it as it comes."""
    inner: "Plan | None" = None
    """The plan of a container's own graph."""
    outer: Sequence[Resource] | None = None
    """Of a container: the resources that it has without what is inside."""
    tools: dict[str, "Step"] = field(default_factory=dict)
    """Other nodes that it may run while it works, by the names that it calls them by."""

    @property
    def calls(self) -> bool:
        """Whether the graph that it holds is another app's."""
        return issubclass(self.node, Container) and self.node.given_inputs

    @property
    def own(self) -> Sequence[Resource]:
        """Its resources without those of nodes inside."""
        return self.resources if self.outer is None else self.outer

    @property
    def primary_output(self) -> str | None:
        return self.ports.outputs[0].name if self.ports.outputs else None


@dataclass(slots=True)
class Plan:
    """`steps` in topological order. `variables`: workflow variable -> (node, output) that gives it.

    `free`: the names that its nodes use and that must come from outside: only a container's graph has any.
    """

    steps: dict[str, Step]
    links: list[Link]
    variables: dict[str, Source]
    digest: str
    free: frozenset[str] = frozenset()


def make_step(raw: GraphNode, node: type[Node], catalogue: Catalogue | None = None) -> Step:
    """Resolve one node, with its tools out of `catalogue`. Raises ConfigFault, or TemplateFault with a `field` parameter."""
    from pydantic import ValidationError

    try:
        config = node.Config.model_validate(raw.config)
    except ValidationError as error:
        raise ConfigFault(faults_of(node.Config, error)) from None
    step = Step(
        id=raw.id,
        title=raw.title,
        node=node,
        config=config,
        ports=node.ports(config),
        names=names_in(node, config),
        attempts=raw.retry.attempts if raw.retry else 1,
        delay=raw.retry.delay if raw.retry else 0.0,
        timeout=raw.timeout or node.timeout,
        on_error=raw.on_error,
        default_outputs=raw.default_outputs,
        side_effects=node.has_side_effects(config),
        resources=[*node.resources(config), *declared(node.name, node.level, node.tags)],
        variables=node.declares(config),
        plain=_plain(raw.config),
    )
    allowed = {(f"secrets.{one.name}", one.field) for one in step.resources if one.kind == "secret"}
    step.names = [name for name in step.names if tuple(name) not in allowed]
    if catalogue is not None:
        attach_tools(step, catalogue)
    return step


def attach_tools(step: Step, catalogue: Catalogue) -> None:
    """The tools of a node, ready to run. What they send and give, the node does; names that no call gives them are its."""
    faults: list[Fault] = []
    found: list[Resource] = []
    for use in step.node.tools(step.config):
        node = catalogue.get(use.type)
        if node is None:
            unknown = text(f"there is no node type “{use.type}” here", f"这里没有节点类型“{use.type}”")
            faults.append(refusal(step.node.Config, use.where, unknown))
            continue
        try:
            tool = make_step(GraphNode(id=step.id, type=use.type, config=dict(use.config)), node)
        except ConfigFault as fault:
            faults += [one._replace(path=use.place(*one.path)) for one in fault.faults]
            continue
        except UserError as fault:  # in a template
            faults.append(refusal(step.node.Config, use.place(fault.params["field"]), unstopped(fault.message)))
            continue
        given = list(use.given or ())
        if use.given is None or use.partial:
            given += [port.name for port in tool.ports.inputs if port.name not in given]
        fault_of_tool = tool_fault(tool.node, tool.config, tool.ports, given)
        if fault_of_tool is not None or use.name in step.tools:
            twice = text(f"two tools are called “{use.name}”", f"有两个工具都叫“{use.name}”")
            faults.append(refusal(step.node.Config, use.where, fault_of_tool or twice))
            continue
        step.tools[use.name] = tool
        step.names += [
            Name(name.dotted, _path(use.place(name.field)))
            for name in tool.names
            if name.dotted.partition(".")[0] not in given
        ]
        found += [replace(one, field=_path(use.place(one.field)) if one.field else "") for one in tool.resources]
    if faults:
        raise ConfigFault(faults)
    step.resources = list(dict.fromkeys([*step.resources, *found]))
    if not step.node.notes_calls:
        step.side_effects = step.side_effects or any(tool.side_effects for tool in step.tools.values())


def _plain(value: Any) -> bool:
    if isinstance(value, str):
        return is_plain(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(map(_plain, inner))


def _path(parts: Sequence[str | int]) -> str:
    return "/".join(str(part) for part in parts)


def names_in(node: type[Node], config: BaseModel) -> list[Name]:
    """Every dotted name that the configuration uses: in templates, in variable fields, and by `names_used`."""
    found = [Name(dotted, field) for dotted, field in node.names_used(config)]
    for field_name, info in node.Config.model_fields.items():
        extra = info.json_schema_extra
        hints = extra.get("x-ui") if isinstance(extra, dict) else None
        widget = hints.get("widget") if isinstance(hints, dict) else None
        value = getattr(config, field_name)
        if not isinstance(value, str) or not value:
            continue
        if widget in ("prompt", "template"):
            try:
                found.extend(Name(name, field_name) for name in sorted(templates.names(value)))
            except templates.TemplateFault as fault:
                fault.params["field"] = field_name
                raise
        elif widget == "variable":
            found.append(Name(value, field_name))
    return found


def output_named(step: Step, name: str) -> Output | None:
    """The output port `name` of a step; `output` names the primary one, `error` what it gives by its way out for errors."""
    for port in step.ports.outputs:
        if port.name == name:
            return port
    if name == PRIMARY and step.ports.outputs:
        return step.ports.outputs[0]
    return Output(ERROR, "object") if name == ERROR and step.on_error == "branch" else None


def topological(ids: Sequence[str], links: Sequence[Link]) -> tuple[list[str], list[str]]:
    """(order, nodes left over because they are on or behind a cycle)."""
    waiting = dict.fromkeys(ids, 0)
    targets: dict[str, list[str]] = {node: [] for node in ids}
    for link in links:
        waiting[link.target] += 1
        targets[link.source].append(link.target)
    order = [node for node, count in waiting.items() if count == 0]
    for node in order:  # grows while it is walked
        for target in targets[node]:
            waiting[target] -= 1
            if waiting[target] == 0:
                order.append(target)
    done = set(order)
    return order, [node for node in ids if node not in done]


def connect(steps: Mapping[str, Step], graph: Graph) -> list[Link]:
    """Links and bindings of the edges whose ends exist. Faulty mappings are left out: `check` reports them."""
    links: list[Link] = []
    plain: list[Link] = []
    for index, edge in enumerate(graph.edges):
        source, target = steps.get(edge.source), steps.get(edge.target)
        if source is None or target is None:
            continue
        link = Link(index, edge.source, edge.target, edge.source_handle)
        links.append(link)
        source.outgoing.append(link)
        target.incoming.append(link)
        target.upstream.add(source.id)
        for given, taken in edge.data.mapping.items():
            port = output_named(source, given)
            if port is not None:
                target.bindings.setdefault(taken, []).append(Source(source.id, port.name, index))
        if not edge.data.mapping:
            plain.append(link)
    _bind_plain(steps, plain)
    return links


def _bind_plain(steps: Mapping[str, Step], plain: list[Link]) -> None:
    """Edges without a mapping bind primary to primary, where no mapping has bound that input and the types fit."""
    mapped = {step.id: frozenset(step.bindings) for step in steps.values()}
    for link in plain:
        source, target = steps[link.source], steps[link.target]
        if not source.ports.outputs or not target.ports.inputs or link.handle == ERROR:
            continue
        given, taken = source.ports.outputs[0], target.ports.inputs[0]
        if taken.name not in mapped[target.id] and assignable(given.type, taken.type):
            target.bindings.setdefault(taken.name, []).append(Source(source.id, given.name, link.edge))


def inner_graph(step: Step) -> Graph | None:
    """The graph that a container holds. Raises pydantic's ValidationError where it is none."""
    if not issubclass(step.node, Container):
        return None
    return Graph.model_validate(getattr(step.config, "graph", None))


def compile_plan(graph: Graph, catalogue: Catalogue, depth: int = 0) -> Plan:
    """The plan of a graph that `check` found without errors. Raises UserError `graph_not_runnable` otherwise."""
    if depth > MAX_DEPTH:
        raise not_runnable(f"graphs are nested more than {MAX_DEPTH} deep", f"嵌套超过 {MAX_DEPTH} 层")
    steps: dict[str, Step] = {}
    for raw in graph.nodes:
        node = catalogue.get(raw.type)
        if node is None:
            raise not_runnable(f"node type {raw.type} is not installed", f"节点类型 {raw.type} 未安装")
        if node.decorative:
            continue
        try:
            steps[raw.id] = make_step(raw, node, catalogue)
        except ConfigFault as fault:
            first = fault.faults[0].message
            raise not_runnable(f"node {raw.id}: {first['en']}", f"节点 {raw.id}：{pick(first, 'zh')}") from None
    for step in steps.values():
        _compile_inner(step, catalogue, depth)
    links = connect(steps, graph)
    order, cyclic = topological(list(steps), links)
    if cyclic:
        raise not_runnable("it has a cycle", "存在循环")
    steps = {node: steps[node] for node in order}
    variables = {
        variable.name: Source(step.id, variable.name, -1) for step in steps.values() for variable in step.variables
    }
    free: set[str] = set()
    for step in steps.values():
        for name in step.names:
            head = name.dotted.partition(".")[0]
            if head in step.bindings:
                continue
            if head in variables:
                step.upstream.add(variables[head].node)
            elif head in steps:
                step.upstream.add(head)
            else:
                free.add(name.dotted)
        step.upstream.discard(step.id)
    _mark_answers(steps)
    return Plan(steps, links, variables, graph.digest(), frozenset(free))


def _compile_inner(step: Step, catalogue: Catalogue, depth: int) -> None:
    """The plan inside of a container: what its nodes use from outside, the container uses; what they reach, it reaches."""
    from pydantic import ValidationError

    try:
        graph = inner_graph(step)
    except ValidationError:
        raise not_runnable(f"what {step.id} holds is no graph", f"{step.id} 内部不是合法的流程") from None
    if graph is None or not issubclass(step.node, Container):
        return
    step.inner = compile_plan(graph, catalogue, depth + 1)
    own = {variable.name for variable in step.node.variables(step.config)}
    step.names.extend(
        Name(dotted, "graph")
        for dotted in sorted(step.inner.free)
        if dotted.partition(".")[0] not in own and not step.calls
    )
    with_inner(step, step.inner.steps)


def with_inner(step: Step, inner: Mapping[str, Step]) -> None:
    """What a container has of the graph that it holds: it sends and gives what the nodes inside do, so labels and places
    are asked for all of it at once. Who asks and who is answered stay outside: inside, input and output nodes only pass
    values on, under what is declared of them. Where the graph is another app's, its inputs and outputs are the container's ports."""
    for each in inner.values():
        outside = [one for one in each.resources if one.kind in ("subject", "destination")]
        said = [given for one in outside for given in declared(each.id, one.level, one.tags)]
        each.resources = [one for one in each.resources if one not in outside] + said
    found = [one for each in inner.values() for one in each.resources]
    step.outer, step.resources = step.resources, list(dict.fromkeys([*step.resources, *found]))
    if issubclass(step.node, Container) and step.calls:
        variables = [variable for each in inner.values() for variable in each.variables]
        step.ports = step.node.ports_of_call(step.config, variables, results_of(inner))


def ends_of(steps: Mapping[str, Step]) -> list[Step]:
    """The nodes whose outputs are what a graph gives: those made for it, else its last ones."""
    last = [step for step in steps.values() if not step.outgoing and not step.node.decorative]
    return [step for step in steps.values() if step.node.result] or last


def results_of(steps: Mapping[str, Step]) -> list[Output]:
    """What a graph gives as a whole: the outputs of the nodes made to give them, else those of its last node, else one
    object for each of its last nodes."""
    ends = ends_of(steps)
    if len(ends) == 1 or any(step.node.result for step in ends):
        return list({port.name: port for step in ends for port in step.ports.outputs}.values())
    return [Output(step.id, "object", display_name=step.title) for step in ends]


def _mark_answers(steps: Mapping[str, Step]) -> None:
    """A streaming step answers if it ends the graph, or gives its text to a step whose outputs are the result."""
    for step in steps.values():
        if step.node.streams and not step.outgoing:
            step.answers = True
        if step.node.result:
            for source in step.upstream:
                steps[source].answers = steps[source].node.streams


def not_runnable(en: str, zh: str) -> UserError:
    return UserError(
        "graph_not_runnable",
        f"This graph can't run: {en}. Run `atoll check` or open it on the canvas to see where.",
        f"该流程无法运行：{zh}。请运行 `atoll check` 或在画布中打开查看位置。",
    )
