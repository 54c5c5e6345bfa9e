"""Problems in graphs inside of graphs: said from the outermost graph, with pointers into it and paths of nodes."""

from typing import Any

import pytest

from atoll.engine.check import Report, check
from atoll.engine.graph import MAX_NODES, Graph
from atoll.engine.plan import MAX_DEPTH, compile_plan
from atoll.kit.errors import UserError
from atoll.nodes.registry import Registry
from atoll.sdk import Node
from tests.engine.test_check import edge, graph, node

CATALOGUE = Registry()
ITEMS = node("start", "input", variables=[{"name": "items", "type": "list"}])
INSIDE = "/nodes/1/config/graph"


def text(id: str, template: str = "x") -> dict[str, Any]:
    return node(id, "template", template=template)


def each(*parts: dict[str, Any], **config: Any) -> dict[str, Any]:
    return node("each", "iteration", graph=graph(*parts), **config)


def around(inner: dict[str, Any], *more: dict[str, Any]) -> dict[str, Any]:
    return graph(ITEMS, inner, *more, edge("start", "each"))


def found(raw: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(problem.code, problem.pointer, problem.node) for problem in check(raw, CATALOGUE).problems]


def deep(levels: int) -> dict[str, Any]:
    body = graph(text("say"))
    for _ in range(levels):
        body = graph(node("again", "loop", graph=body))
    return body


SOUND = {
    "what the container gives": around(each(text("say", "{{ item }} {{ index }}"))),
    "a variable from outside": around(each(text("say", "{{ items | length }}"))),
    "a node outside that runs before": graph(
        ITEMS, each(text("say", "{{ first.text }}")), text("first"), edge("start", "first"), edge("first", "each"),
        edge("start", "each", items="items"),
    ),
    "the run's own names": around(each(text("say", "{{ sys.run_id }} {{ conversation.topic }}"))),
    "a variable two levels up": around(
        each(node("row", "iteration", graph=graph(text("cell", "{{ item }} {{ items }}"))), text("list"), edge("list", "row"))),
    "the deepest that is allowed": deep(MAX_DEPTH),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_names_that_are_given(name: str) -> None:
    report = check(SOUND[name], CATALOGUE)
    problems = [problem for problem in found(SOUND[name]) if problem[0] not in ("type_mismatch", "input_missing")]
    assert problems == []
    if report.ok:
        compile_plan(Graph.model_validate(SOUND[name]), CATALOGUE)


FAULTS: dict[str, tuple[dict[str, Any], tuple[str, str, str | None]]] = {
    "a name that nothing gives": (
        around(each(text("say", "{{ nobody }}"))),
        ("name_unknown", f"{INSIDE}/nodes/0/config/template", "each/say")),
    "a node outside that does not run before": (
        around(each(text("say", "{{ after.text }}")), text("after"), edge("each", "after")),
        ("name_not_upstream", f"{INSIDE}/nodes/0/config/template", "each/say")),
    "an output that a node outside has not": (
        around(each(text("say", "{{ start.nothing }}"))),
        ("name_unknown", f"{INSIDE}/nodes/0/config/template", "each/say")),
    "a node beside that does not run before": (
        around(each(text("say", "{{ other.text }}"), text("other"))),
        ("name_not_upstream", f"{INSIDE}/nodes/0/config/template", "each/say")),
    "a name two levels down": (
        around(each(node("again", "loop", graph=graph(text("say", "{{ nobody }}"))))),
        ("name_unknown", f"{INSIDE}/nodes/0/config/graph/nodes/0/config/template", "each/again/say")),
    "a cycle": (
        around(each(text("a"), text("b"), edge("a", "b"), edge("b", "a"))),
        ("cycle", f"{INSIDE}/nodes/0", "each/a")),
    "a template that can't be read": (
        around(each(text("say", "{% if %}"))),
        ("template_syntax", f"{INSIDE}/nodes/0/config/template", "each/say")),
    "an unknown type": (
        around(each(node("say", "templte"))), ("node_type_unknown", f"{INSIDE}/nodes/0/type", "each/say")),
    "a setting that is missing": (
        around(each(node("find", "retriever"))),
        ("config_missing", f"{INSIDE}/nodes/0/config/vector_index", "each/find")),
    "an input that is missing": (
        around(each(node("find", "retriever", vector_index="r"))), ("input_missing", f"{INSIDE}/nodes/0", "each/find")),
    "an edge to nowhere": (
        around(each(text("say"), edge("say", "gone"))), ("edge_dangling", f"{INSIDE}/edges/0/target", "each")),
    "a faulty mapping": (
        around(each(text("say"), text("b"), edge("say", "b", nothing="input"))),
        ("mapping_output_unknown", f"{INSIDE}/edges/0/data/mapping/nothing", "each/say")),
    "nothing inside": (around(each()), ("graph_empty", INSIDE, "each")),
    "an input node": (
        around(each(node("ask", "input", variable="q"), text("say", "{{ q }}"), edge("ask", "say"))),
        ("input_inside", f"{INSIDE}/nodes/0/config", "each/ask")),
    "a node that is called as a value of the pass": (
        around(each(text("item"))), ("name_taken", f"{INSIDE}/nodes/0/id", "each/item")),
    "a reserved name": (around(each(text("constructor"))), ("name_reserved", f"{INSIDE}/nodes/0/id", "each/constructor")),
    "a result that nothing gives": (
        around(each(text("say"), output="says.text")), ("name_unknown", "/nodes/1/config", "each")),
    "garbage": (
        around(node("each", "iteration", graph={"nodes": "x"})), ("graph_invalid", f"{INSIDE}/nodes", "each")),
    "more garbage": (
        around(node("each", "iteration", graph=[1])), ("config_invalid", "/nodes/1/config/graph", "each")),
    "nothing at all": (
        around(node("each", "iteration", graph={})), ("graph_invalid", f"{INSIDE}/nodes", "each")),
    "too deep": (
        deep(MAX_DEPTH + 1), ("graph_too_deep", "/nodes/0" + "/config/graph/nodes/0" * MAX_DEPTH + "/config/graph",
                              "/".join(["again"] * (MAX_DEPTH + 1)))),
    "too many nodes over all levels": (
        around(each(*(text(f"n{at}") for at in range(MAX_NODES - 1)))), ("graph_too_many_nodes", INSIDE, "each")),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_inside_has_its_place_from_outside(name: str) -> None:
    raw, expected = FAULTS[name]
    report = check(raw, CATALOGUE)
    assert expected in found(raw)
    assert not report.ok
    for problem in report.problems:
        assert problem.message["en"].endswith((".", "?")) and problem.message["zh"].endswith(("。", "？"))
        assert problem.edge is None, "the canvas draws the outermost graph's edges only"
        assert _at(raw, problem.pointer), f"{problem.pointer} leads nowhere"


def _at(raw: Any, pointer: str) -> bool:
    """Whether a pointer leads somewhere, or to what is missing just there."""
    parts = pointer.split("/")[1:]
    for at, part in enumerate(parts):
        if isinstance(raw, dict) and part not in raw:
            return at >= len(parts) - 2
        raw = raw[part] if isinstance(raw, dict) else raw[int(part)] if isinstance(raw, list) else None
    return True


def test_one_fault_inside_is_said_once() -> None:
    assert len(found(around(each(text("say", "{{ nobody }}"))))) == 1


def test_a_report_walks_all_levels_with_their_places() -> None:
    raw = around(each(node("again", "loop", graph=graph(text("say")))))
    report: Report = check(raw, CATALOGUE)
    assert [path for path, _, _ in report.walk()] == ["start", "each", "each/again", "each/again/say"]
    assert report.pointers()["each/again/say"] == f"{INSIDE}/nodes/0/config/graph/nodes/0"
    assert set(report.ports()) == set(report.pointers())


def test_layout_inside_is_not_a_new_version_and_meaning_is() -> None:
    one = Graph.model_validate(around(each(text("say"))))
    moved = around(each({**text("say"), "ui": {"x": 1}, "title": "Say"}))
    moved["nodes"][1]["config"]["graph"]["ui"] = {"zoom": 2}
    assert Graph.model_validate(moved).digest() == one.digest()
    assert Graph.model_validate(around(each(text("say", "y")))).digest() != one.digest()
    assert Graph.model_validate(around(node("each", "iteration", graph={"nodes": "x"}))).digest() != one.digest()


def test_an_edge_inside_that_changes_its_id_is_not_a_new_version() -> None:
    plain, named = (around(each(text("a"), text("b"), edge("a", "b"))) for _ in range(2))
    named["nodes"][1]["config"]["graph"]["edges"][0]["id"] = "e1"
    assert Graph.model_validate(named).digest() == Graph.model_validate(plain).digest()


class Remark(Node):
    """Stands on the canvas and does nothing."""

    name = "remark"
    decorative = True


NOTED = {**CATALOGUE, "remark": Remark}


def test_decorative_nodes_are_left_out_of_the_plan() -> None:
    raw = graph(text("say"), node("remark_1", "remark"))
    assert check(raw, NOTED).problems == []
    assert list(compile_plan(Graph.model_validate(raw), NOTED).steps) == ["say"]
    assert set(check(raw, NOTED).ports()) == {"say", "remark_1"}


def test_an_edge_to_a_decorative_node_is_a_problem_and_nothing_is_a_graph_of_them_alone() -> None:
    raw = graph(text("say"), node("remark_1", "remark"), edge("say", "remark_1"))
    (problem,) = check(raw, NOTED).problems
    assert (problem.code, problem.pointer, problem.edge) == ("edge_decorative", "/edges/0", 0)
    assert list(compile_plan(Graph.model_validate(raw), NOTED).links) == []
    assert [problem.code for problem in check(graph(node("remark_1", "remark")), NOTED).problems] == ["graph_empty"]


def test_a_plan_refuses_what_is_too_deep() -> None:
    with pytest.raises(UserError) as refused:
        compile_plan(Graph.model_validate(deep(MAX_DEPTH + 1)), CATALOGUE)
    assert refused.value.code == "graph_not_runnable"
