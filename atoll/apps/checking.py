"""A graph's check as people see it: problems, ports, and the names that each node's templates may use."""

from collections import deque
from typing import Any

from atoll.apps.errors import too_deep
from atoll.apps.schemas import Checked
from atoll.engine.check import Problem, Report, check
from atoll.engine.graph import Graph
from atoll.engine.plan import SYS, Catalogue, Step
from atoll.kit.depth import MOST, deeper
from atoll.kit.i18n import text

AROUND = 4  # levels of the graph itself, around the parts that hold anything
MOST_NAMES = 200  # offered to one node, nearest first: a chain of a thousand nodes has half a million pairs


def sound(raw: bytes | dict[str, Any], catalogue: Catalogue) -> Report:
    """The engine's check and this level's own. Raises UserError `graph_too_deep`, which can't even be shown again."""
    report = check(raw, catalogue)
    if report.graph is not None and _deep(report.graph):
        raise too_deep()
    report.problems += _reserved(report)
    return report


def checked(graph: dict[str, Any], catalogue: Catalogue) -> tuple[Report, Checked]:
    report = sound(graph, catalogue)
    ports = report.ports()
    for node, step in report.steps.items():
        ports[node]["scope"] = _scope(step, report.steps)
    problems = [problem.as_dict() for problem in report.problems]
    return report, Checked.model_validate({"problems": problems, "ports": ports})


def _deep(graph: Graph) -> bool:
    held = [graph.ui, *(edge.data.__pydantic_extra__ for edge in graph.edges), *(edge.ui for edge in graph.edges)]
    held += [part for node in graph.nodes for part in (node.config, node.default_outputs, node.ui)]
    return any(deeper(part, MOST - AROUND) for part in held if part)


def _reserved(report: Report) -> list[Problem]:
    """Names such as `__proto__` mean something else to the languages that a graph passes through."""
    found = []
    for at, node in enumerate(report.graph.nodes if report.graph else ()):
        step = report.steps.get(node.id)
        places = {node.id: "id"} | {variable.name: "config" for variable in (step.variables if step else ())}
        for name, place in places.items():
            if name.startswith("__"):
                words = text(
                    f"“{name}” begins with two underscores, as names do that programs keep for themselves. Rename it.",
                    f"“{name}”以两个下划线开头,这类名称由程序保留,请改名。",
                )
                found.append(Problem("name_reserved", words, f"/nodes/{at}/{place}", node.id))
    return found


def _scope(step: Step, steps: dict[str, Step]) -> list[dict[str, str]]:
    """Bound inputs, then what nodes upstream give (nearest first), then the namespaces."""
    types = {port.name: port.type for port in step.ports.inputs}
    found: dict[str, dict[str, str]] = {}

    def offer(name: str, kind: str, source: str) -> None:
        found.setdefault(name, {"name": name, "type": kind, "from": source})

    for name, sources in step.bindings.items():
        offer(name, types.get(name, "any"), sources[0].node)
    seen, queue = {step.id}, deque([step])
    while queue and len(found) < MOST_NAMES:
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
    for name in SYS:
        offer(f"sys.{name}", "string", "")
    return list(found.values())
