"""A graph's check as people see it: problems, ports, and the names that each node's templates may use."""

from collections import deque
from typing import Any

from atoll.apps.schemas import Checked
from atoll.engine.check import Report, check
from atoll.engine.plan import SYS, Catalogue, Step

MOST_NAMES = 200  # offered to one node, nearest first: a chain of a thousand nodes has half a million pairs


def checked(graph: dict[str, Any], catalogue: Catalogue) -> tuple[Report, Checked]:
    report = check(graph, catalogue)
    ports = report.ports()
    for node, step in report.steps.items():
        ports[node]["scope"] = _scope(step, report.steps)
    problems = [problem.as_dict() for problem in report.problems]
    return report, Checked.model_validate({"problems": problems, "ports": ports})


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
