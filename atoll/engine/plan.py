"""A graph made ready to run: its steps in order, inputs bound to sources, graphs inside compiled too.

The binding rules are those of docs/reference/graph.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atoll.engine.config_faults import ConfigFault
from atoll.engine.graph import Graph
from atoll.engine.step import ERROR, Catalogue, Link, Name, Source, Step, make_step, output_named
from atoll.engine.types import assignable
from atoll.kit.errors import UserError
from atoll.kit.i18n import pick
from atoll.sdk import Output, declared
from atoll.sdk.container import Container

MAX_DEPTH = 4  # graphs inside of graphs


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
