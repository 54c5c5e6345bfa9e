"""One node, run for real with the inputs that a test gives it."""

from typing import Any

from atoll.engine.check import check
from atoll.engine.graph import Graph
from atoll.runs.schemas import NodeTrace
from tests.runs.world import WS, World, edge, finished, graph, node

KINDS = {str: "string", int: "number", float: "number", bool: "boolean", dict: "object", list: "list"}


def around(type: str, config: dict[str, Any], given: dict[str, Any]) -> Graph:
    """The node `n` under test, with each of `given` bound to its input of that name."""
    asked = [{"name": f"v_{name}", "type": KINDS.get(value.__class__, "string"), "required": False,
              "max_length": 1_000_000} for name, value in given.items()]  # fmt: skip
    under_test = {"id": "n", "type": type, "config": config}
    if not asked:
        return graph(under_test)
    mapping = {f"v_{name}": name for name in given}
    return graph(node("ask", "input", variables=asked), under_test, edge("ask", "n", None, **mapping))


async def play(world: World, type: str, config: dict[str, Any], **given: Any) -> NodeTrace:
    steps = around(type, config, given)
    problems = [problem.code for problem in check(steps.model_dump(), world.catalogue).problems]
    assert problems == [], "the case itself is faulty"
    service = world.service()
    run = await finished(service, steps, {f"v_{name}": value for name, value in given.items()})
    return await service.node(WS, run.id, "n")


def failed(trace: NodeTrace) -> str:
    assert trace.status == "failed" and trace.error is not None
    assert trace.error.message["en"] and trace.error.message["zh"]
    return trace.error.code
