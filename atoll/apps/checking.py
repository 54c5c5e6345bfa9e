"""A graph's check as people see it: problems, ports, and the names that a node's templates may use."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from atoll.apps import in_clear, own_kinds
from atoll.apps.errors import too_deep
from atoll.apps.schemas import Checked, Scoped
from atoll.engine.check import Report, check
from atoll.engine.graph import Graph
from atoll.engine.step import SYS, Catalogue, Step
from atoll.kit.depth import MOST, deeper
from atoll.sdk import Container

AROUND = 4  # levels of the graph itself, around the parts that hold anything
MOST_NAMES = 500  # offered to one node, nearest first


def sound(raw: bytes | dict[str, Any], catalogue: Catalogue) -> Report:
    """The engine's check, and that of a redaction's own kinds. Raises UserError `graph_too_deep`, which can't even be shown
    again."""
    report = check(raw, catalogue)
    if report.graph is not None and _deep(report.graph):
        raise too_deep()
    report.problems += own_kinds.faults(report)
    return report


def checked(graph: dict[str, Any], catalogue: Catalogue) -> tuple[Report, Checked]:
    report = sound(graph, catalogue)
    report.problems += in_clear.warnings(report)
    problems = [problem.as_dict() for problem in report.problems]
    return report, Checked.model_validate({"problems": problems, "ports": report.ports()})


def _deep(graph: Graph) -> bool:
    held = [graph.ui, *(edge.data.__pydantic_extra__ for edge in graph.edges), *(edge.ui for edge in graph.edges)]
    held += [part for node in graph.nodes for part in (node.config, node.default_outputs, node.ui)]
    return any(deeper(part, MOST - AROUND) for part in held if part)


def scope(report: Report, path: str) -> list[Scoped] | None:
    """The names that templates of a node may use, from the nearest outwards; None where there is no such node.

    Bound inputs, what nodes upstream give, then the same around each container that it is in, and the namespaces. One
    node at a time: all of a thousand nodes together would be half a million names.
    """
    found: dict[str, Scoped] = {}

    def offer(name: str, kind: str, source: str) -> None:
        if len(found) < MOST_NAMES:
            found.setdefault(name, Scoped(name=name, type=kind, source=source))

    frames = list(_frames(report, path.split("/")))
    if not frames:
        return None
    for depth, (step, steps) in enumerate(reversed(frames)):
        if depth and issubclass(step.node, Container):
            for variable in step.node.variables(step.config):
                offer(variable.name, variable.type, step.id)
        _offer_upstream(step, steps, offer, with_inputs=depth == 0)
    for declared in report.graph.conversation if report.graph else ():
        name = f"conversation.{declared.name}"
        found.setdefault(name, Scoped(name=name, type=declared.type, source=""))
    for name in SYS:
        found.setdefault(f"sys.{name}", Scoped(name=f"sys.{name}", type="string", source=""))
    return list(found.values())


def _frames(report: Report, path: list[str]) -> Iterator[tuple[Step, dict[str, Step]]]:
    """The containers on the way to a node and the node itself, each with the steps beside it; nothing if it is not there."""
    frames: list[tuple[Step, dict[str, Step]]] = []
    inside: Report | None = report
    for name in path:
        if inside is None or name not in inside.steps:
            return
        frames.append((inside.steps[name], inside.steps))
        inside = inside.inner.get(name)
    yield from frames


def _offer_upstream(
    step: Step, steps: dict[str, Step], offer: Callable[[str, str, str], None], with_inputs: bool
) -> None:
    types = {port.name: port.type for port in step.ports.inputs}
    for name, sources in step.bindings.items() if with_inputs else ():
        offer(name, types.get(name, "any"), sources[0].node)
    seen, queue = {step.id}, deque([step])
    while queue:
        for link in queue.popleft().incoming:
            if link.source in seen:
                continue
            seen.add(link.source)
            source = steps[link.source]
            queue.append(source)
            for variable in source.variables:
                offer(variable.name, variable.type, source.id)
            if not source.variables:
                for port in source.ports.outputs:
                    offer(f"{source.id}.{port.name}", port.type, source.id)
