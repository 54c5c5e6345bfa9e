"""`variable_aggregator`: the first value that is there, whichever way the run went."""

from typing import Any

import pytest

from atoll.engine.check import check
from atoll.sdk import NodeError
from tests.nodes.play import play
from tests.runs.world import WS, World, edge, finished, graph, node


def joined(*candidates: dict[str, str]) -> dict[str, Any]:
    return node("n", "variable_aggregator", candidates=list(candidates))


def two_ways(question: str, last: dict[str, Any]) -> Any:
    """`long` or `short` runs, by the length of the question; then `n`."""
    ask = node("ask", "input", variable="q")
    split = node(
        "if", "condition", cases=[{"id": "true", "clauses": [{"variable": "q", "operator": "contains", "value": "?"}]}]
    )
    return graph(
        ask, split, node("yes", "template", template="yes {{ q }}"), node("no", "template", template="no {{ q }}"), last,
        edge("ask", "if"), edge("if", "yes", "true"), edge("if", "no", "false"), edge("yes", "n"), edge("no", "n"),
    )  # fmt: skip


@pytest.mark.parametrize(("question", "expected"), [("why?", "yes why?"), ("well", "no well")])
@pytest.mark.parametrize("candidates", [(), ({"variable": "yes.text"}, {"variable": "no.text"})])
async def test_whichever_branch_was_taken(
    world: World, question: str, expected: str, candidates: tuple[dict[str, str], ...]
) -> None:
    service = world.service()
    steps = two_ways(question, joined(*candidates))
    assert check(steps.model_dump(), world.catalogue).ok
    run = await finished(service, steps, {"q": question})
    assert (await service.node(WS, run.id, "n")).outputs == {"value": expected}


CASES: list[tuple[list[dict[str, str]], dict[str, Any], dict[str, Any]]] = [
    ([{"variable": "v_a"}, {"variable": "v_b"}], {"a": "", "b": "x"}, {"value": "x"}),
    ([{"variable": "v_a"}, {"variable": "v_b"}], {"a": [], "b": 0}, {"value": 0}),
    ([{"variable": "v_a"}, {"variable": "v_b"}], {"a": {}, "b": ""}, {"value": None}),
    ([{"variable": "v_a"}, {"variable": "v_b"}], {"a": False, "b": True}, {"value": False}),
    ([{"variable": "v_a.deep"}], {"a": {"deep": 7}}, {"value": 7}),
    ([{"variable": "v_a.deep"}, {"variable": "v_b"}], {"a": {}, "b": "x"}, {"value": "x"}),
    ([{"variable": "v_a", "group": "one"}, {"variable": "v_b", "group": "two"}, {"variable": "v_b", "group": "one"}],
     {"a": "", "b": "x"}, {"one": "x", "two": "x"}),
]  # fmt: skip


@pytest.mark.parametrize(("candidates", "given", "outputs"), CASES)
async def test_the_first_that_is_there(
    world: World, candidates: list[dict[str, str]], given: dict[str, Any], outputs: dict[str, Any]
) -> None:
    ask = node("ask", "input", variables=[
        {"name": f"v_{name}", "type": {list: "list", dict: "object", bool: "boolean", int: "number"}.get(type(value), "string"),
         "required": False} for name, value in given.items()])  # fmt: skip
    service = world.service()
    run = await finished(
        service, graph(ask, joined(*candidates), edge("ask", "n")), {f"v_{k}": v for k, v in given.items()}
    )
    assert (await service.node(WS, run.id, "n")).outputs == outputs


async def test_a_node_that_failed_counts_as_nothing(world: World) -> None:
    world.stage.parts["a"] = [NodeError("broken", "No.")]
    steps = graph(
        node("a", on_error="branch"), node("b"), joined({"variable": "a.value"}, {"variable": "b.value"}),
        edge("a", "b", "error"), edge("a", "n"), edge("b", "n"),
    )  # fmt: skip
    service = world.service()
    run = await finished(service, steps)
    assert (await service.node(WS, run.id, "n")).outputs == {"value": "b()"}


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({}, "input_missing"),
        ({"candidates": [{"variable": "nobody"}]}, "name_unknown"),
        ({"candidates": [{"variable": ""}]}, "config_missing"),
        ({"candidates": [{"variable": "x", "group": "a b"}]}, "config_invalid"),
    ],
)
def test_what_is_wrong_is_said_before_it_runs(world: World, config: dict[str, Any], code: str) -> None:
    raw = graph(node("n", "variable_aggregator", **config)).model_dump()
    assert code in [problem.code for problem in check(raw, world.catalogue).problems]


async def test_alone_it_passes_its_value_on(world: World) -> None:
    assert (await play(world, "variable_aggregator", {}, value="x")).outputs == {"value": "x"}
