"""How a graph becomes a plan: order, bindings, what each node waits for, whose text is the answer."""

from typing import Any

import pytest

from atoll.engine.graph import Graph
from atoll.engine.plan import Plan, compile_plan
from atoll.engine.step import Source
from atoll.kit.errors import UserError
from atoll.nodes.registry import Registry

CATALOGUE = Registry()


def node(id: str, type: str, **config: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "config": config}


def edge(source: str, target: str, handle: str | None = None, **mapping: str) -> dict[str, Any]:
    return {"source": source, "target": target, "source_handle": handle, "data": {"mapping": mapping}}


def plan(*parts: dict[str, Any]) -> Plan:
    nodes = [part for part in parts if "id" in part]
    edges = [part for part in parts if "source" in part]
    return compile_plan(Graph.model_validate({"nodes": nodes, "edges": edges}), CATALOGUE)


ASK = node("ask", "input", variable="q")
FIND = node("find", "retriever", vector_index="reports")
SAY = node("say", "llm", model="m", prompt_template="{{ context }} {{ q }}")
END = node("end", "output")


def test_steps_are_in_the_order_of_their_edges_whatever_the_order_of_the_nodes() -> None:
    made = plan(END, SAY, FIND, ASK, edge("say", "end"), edge("find", "say"), edge("ask", "find"))
    assert list(made.steps) == ["ask", "find", "say", "end"]


def test_output_names_the_primary_output() -> None:
    made = plan(ASK, FIND, SAY, edge("ask", "find"), edge("find", "say", None, output="context"))
    assert made.steps["say"].bindings == {"context": [Source("find", "documents", 1)]}


def test_an_edge_without_a_mapping_binds_primary_to_primary() -> None:
    assert plan(ASK, FIND, edge("ask", "find")).steps["find"].bindings == {"query": [Source("ask", "q", 0)]}


def test_it_binds_nothing_where_a_mapping_does_where_types_differ_or_on_error() -> None:
    find = node("two", "retriever", vector_index="reports")
    mapped = plan(ASK, FIND, edge("ask", "find"), edge("ask", "find", None, q="query"))
    assert mapped.steps["find"].bindings == {"query": [Source("ask", "q", 1)]}
    assert plan(FIND, find, edge("find", "two")).steps["two"].bindings == {}
    assert plan(SAY, END, edge("say", "end", "error")).steps["end"].bindings == {}


def test_two_edges_without_a_mapping_are_two_sources_of_one_input() -> None:
    one, two = node("one", "template"), node("two", "template")
    made = plan(one, two, END, edge("one", "end"), edge("two", "end"))
    assert made.steps["end"].bindings == {"value": [Source("one", "text", 0), Source("two", "text", 1)]}


def test_a_node_is_labelled_by_all_whose_values_it_uses() -> None:
    told = node("told", "template", template="{{ find.count }} {{ q }}")
    made = plan(
        ASK, FIND, SAY, told, edge("ask", "find"), edge("find", "say", None, output="context"), edge("say", "told")
    )
    assert made.steps["told"].upstream == {"say", "find", "ask"}
    assert made.steps["find"].upstream == {"ask"}
    assert made.variables == {"q": Source("ask", "q", -1)}


@pytest.mark.parametrize(
    ("parts", "answers"),
    [
        ((SAY,), True), ((SAY, END, edge("say", "end")), True),
        ((SAY, node("t", "template"), edge("say", "t")), False),
        ((SAY, node("t", "template"), END, edge("say", "t"), edge("t", "end")), False),
    ],
)  # fmt: skip
def test_whose_text_is_the_answer(parts: tuple[Any, ...], answers: bool) -> None:
    assert plan(ASK, *parts).steps["say"].answers is answers


def test_what_the_graph_says_of_a_node_goes_before_its_type() -> None:
    own = {
        **SAY,
        "timeout": 5,
        "retry": {"attempts": 3, "delay": 2},
        "on_error": "default",
        "default_outputs": {"text": "x"},
    }
    step, plain = plan(own).steps["say"], plan(SAY).steps["say"]
    assert (step.timeout, step.attempts, step.delay, step.on_error) == (5, 3, 2, "default")
    assert (plain.timeout, plain.attempts, plain.delay, plain.on_error) == (300, 1, 0, "stop")


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ((node("a", "nothing"),), "nothing"),
        ((node("a", "retriever"),), "node a"),
        ((node("a", "template"), node("b", "template"), edge("a", "b"), edge("b", "a")), "cycle"),
    ],
)
def test_a_graph_that_can_not_run_says_why(parts: tuple[Any, ...], why: str) -> None:
    with pytest.raises(UserError) as refused:
        plan(*parts)
    assert refused.value.code == "graph_not_runnable" and why in refused.value.message["en"]


def test_moving_and_renaming_is_no_new_version_and_anything_else_is() -> None:
    def digest(**more: Any) -> str:
        nodes = [{**SAY, **more.pop("node", {})}, END]
        edges = [{**edge("say", "end"), **more.pop("edge", {})}]
        return Graph.model_validate({"nodes": nodes, "edges": edges, **more}).digest()

    same = digest()
    assert same == digest(node={"ui": {"x": 1}, "title": "Say"}, edge={"id": "e1", "ui": {"a": 1}}, ui={"zoom": 2})
    changes: list[dict[str, Any]] = [
        {"node": {"config": {"model": "other"}}}, {"node": {"timeout": 3}}, {"node": {"on_error": "branch"}},
        {"edge": {"source_handle": "error"}}, {"edge": {"data": {"mapping": {"text": "value"}}}},
    ]  # fmt: skip
    assert len({same, *(digest(**change) for change in changes)}) == 6


def test_what_a_chat_says_is_no_new_version_and_what_a_turn_is_given_is() -> None:
    def digest(**chat: Any) -> str:
        return Graph.model_validate({"nodes": [SAY, END], "edges": [], "chat": chat}).digest()

    same = Graph.model_validate({"nodes": [SAY, END], "edges": []}).digest()
    assert same == digest() == digest(opening="Hi", suggestions=["a"], memory_turns=20)
    assert len({same, digest(question="q"), digest(memory_turns=1), digest(memory_tokens=1, opening="Hi")}) == 4
