"""The checker: every fault has its code, its place and words in both languages; nothing makes it raise."""

import time
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atoll.engine.check import Report, check
from atoll.nodes.registry import Registry

CATALOGUE = Registry()


def node(id: str, type: str, **config: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "config": config}


def edge(source: str, target: str, handle: str | None = None, **mapping: str) -> dict[str, Any]:
    return {"source": source, "target": target, "source_handle": handle, "data": {"mapping": mapping}}


def graph(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"nodes": [p for p in parts if "id" in p], "edges": [p for p in parts if "source" in p]}


ASK = node("ask", "input", variable="q")
FIND = node("find", "retriever", vector_index="reports")
SAY = node("say", "llm", model="m", prompt_template="{{ context }} {{ q }}")


def problems(raw: Any) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in check(raw, CATALOGUE).problems]


def test_a_sound_graph_has_no_problem() -> None:
    assert problems(graph(ASK, FIND, SAY, edge("ask", "find"), edge("find", "say", documents="context"))) == []


FAULTS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "nothing": (graph(), ("graph_empty", "")),
    "unknown type": (graph(node("a", "inptu", variable="q")), ("node_type_unknown", "/nodes/0/type")),
    "twice the same id": (graph(ASK, node("ask", "template")), ("node_id_duplicate", "/nodes/1/id")),
    "an id that is no name": (graph(node("a b", "template")), ("graph_invalid", "/nodes/0/id")),
    "a field of the DSL misspelt": ({"nodes": [], "edgs": []}, ("graph_invalid", "/edgs")),
    "a required setting missing": (graph(node("f", "retriever")), ("config_missing", "/nodes/0/config/vector_index")),
    "a setting of the wrong type": (
        graph(node("f", "retriever", vector_index="r", top_k="many")), ("config_invalid", "/nodes/0/config/top_k")),
    "a setting that doesn't exist": (
        graph(node("f", "answer", templte="x")), ("config_invalid", "/nodes/0/config/templte")),
    "an edge from nowhere": (graph(ASK, edge("gone", "ask")), ("edge_dangling", "/edges/0/source")),
    "an edge to nowhere": (graph(ASK, edge("ask", "gone")), ("edge_dangling", "/edges/0/target")),
    "a branch that doesn't exist": (
        graph(ASK, SAY, edge("ask", "say", "maybe")), ("edge_handle_unknown", "/edges/0/source_handle")),
    "an output that doesn't exist": (
        graph(ASK, FIND, edge("ask", "find", answer="query")), ("mapping_output_unknown", "/edges/0/data/mapping/answer")),
    "an input that doesn't exist": (
        graph(ASK, FIND, edge("ask", "find", q="question")), ("mapping_input_unknown", "/edges/0/data/mapping/q")),
    "types that don't fit": (
        graph(ASK, FIND, node("g", "retriever", vector_index="r"), edge("ask", "find"),
              edge("find", "g", documents="query")), ("type_mismatch", "/edges/1/data/mapping/documents")),
    "a required input missing": (graph(FIND), ("input_missing", "/nodes/0")),
    "a name that nothing gives": (
        graph(ASK, node("t", "template", template="{{ usr }}"), edge("ask", "t")), ("name_unknown", "/nodes/1/config/template")),
    "a name from a node that runs elsewhere": (
        graph(ASK, node("a", "template", template="x"), node("t", "template", template="{{ a.text }}"),
              edge("ask", "t"), edge("ask", "a")), ("name_not_upstream", "/nodes/2/config/template")),
    "an output of a node by a wrong name": (
        graph(ASK, FIND, node("t", "template", template="{{ find.docs }}"), edge("ask", "find"), edge("find", "t")),
        ("name_unknown", "/nodes/2/config/template")),
    "a namespace that is empty": (
        graph(ASK, node("t", "template", template="{{ env.KEY }}"), edge("ask", "t")), ("name_unknown", "/nodes/1/config/template")),
    "a template that can't be read": (
        graph(ASK, node("t", "template", template="{% if %}"), edge("ask", "t")), ("template_syntax", "/nodes/1/config/template")),
    "a condition on an unknown variable": (
        graph(ASK, node("c", "condition", cases=[{"clauses": [{"variable": "nope", "operator": "is", "value": 1}]}]),
              edge("ask", "c")), ("name_unknown", "/nodes/1/config/cases")),
    "a variable declared twice": (graph(ASK, node("b", "input", variable="q")), ("variable_duplicate", "/nodes/1/config")),
    "a node with a name of the browser's language": (graph(node("__proto__", "template")), ("name_reserved", "/nodes/0/id")),
    "a variable with one": (graph(node("a", "input", variable="constructor")), ("name_reserved", "/nodes/0/config")),
    "a variable of a loop with one": (
        graph(node("a", "loop", variables=[{"name": "toString"}], graph=graph(node("t", "template", template="x")))),
        ("name_reserved", "/nodes/0/config")),
    "an input without a variable": (graph(node("i", "input")), ("config_invalid", "/nodes/0/config")),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_code_and_place(name: str) -> None:
    raw, expected = FAULTS[name]
    found = check(raw, CATALOGUE)
    assert expected in [(problem.code, problem.pointer) for problem in found.problems]
    assert not found.ok
    for problem in found.problems:
        assert problem.message["en"].endswith((".", "?")) and problem.message["zh"].endswith(("。", "？"))


def test_a_cycle_is_shown_as_the_way_round() -> None:
    raw = graph(*(node(n, "template", template="x") for n in "abc"), edge("a", "b"), edge("b", "c"), edge("c", "b"))
    (problem,) = check(raw, CATALOGUE).problems
    assert problem.code == "cycle" and "b → c → b" in problem.message["en"]


def test_a_close_name_is_suggested() -> None:
    (problem, *_) = check(graph(node("a", "retreiver", vector_index="r")), CATALOGUE).problems
    assert "“retriever”" in problem.message["en"]


def test_an_unconnected_node_is_a_warning_only() -> None:
    found = check(graph(ASK, node("t", "template", template="x")), CATALOGUE)
    assert found.ok and {p.code for p in found.problems} == {"node_unconnected"}


@pytest.mark.parametrize("broken", [node("r", "retriever"), node("r", "of a plugin that is gone")])
def test_a_node_with_a_fault_makes_no_fault_of_those_it_is_connected_to(broken: dict[str, Any]) -> None:
    """A new node has settings to make: what comes before it is connected all the same, and comes through it."""
    behind = node("t", "template", template="{{ input }} {{ q }}")
    found = check(
        graph(ASK, broken, behind, node("o", "output"), edge("ask", "r"), edge("r", "t"), edge("r", "o")), CATALOGUE
    )
    assert [problem.node for problem in found.problems] == ["r"]


@pytest.mark.parametrize(("config", "en", "zh"), [
    ({"type": "retriever"}, "“Knowledge base” is required.", "“知识库”为必填项。"),
    ({"type": "retriever", "vector_index": ""}, "“Knowledge base” is required.", "“知识库”为必填项。"),
    ({"type": "retriever", "vector_index": "a", "top_k": "x"}, "“Passages”: Input should be", "“段落数”的设置有误：应为整数。"),
    ({"type": "agent", "model": "m", "tools": [{"kind": "dataset"}]}, "“Tools 1 · Name” is", "“工具 1 · 名称”为必填项。"),
    ({"type": "answer", "templte": "x"}, "“templte”: ", "“templte”的设置有误：不支持该字段。"),
])  # fmt: skip
def test_a_setting_is_called_as_its_form_calls_it(config: dict[str, Any], en: str, zh: str) -> None:
    message = check(graph(node("n", **config)), CATALOGUE).problems[0].message
    assert message["en"].startswith(en) and message["zh"] == zh


@pytest.mark.parametrize(
    ("text", "code"),
    [(b"{", "graph_not_json"), (b"", "graph_not_json"), (b"[]", "graph_invalid"), (b"null", "graph_invalid"),
     (b'{"nodes": 3}', "graph_invalid"), (b"\xff\xfe", "graph_not_json"), (b"[" * 100_000, "graph_not_json")],
)  # fmt: skip
def test_text_that_is_no_graph(text: bytes, code: str) -> None:
    assert check(text, CATALOGUE).problems[0].code == code


def test_50_mb_are_refused_without_being_parsed() -> None:
    text = b'{"nodes": [' + b" " * 50_000_000 + b"]}"
    before = time.process_time()
    assert check(text, CATALOGUE).problems[0].code == "graph_too_large"
    assert time.process_time() - before < 1  # it is only measured, never read


def test_too_many_nodes_are_refused() -> None:
    raw = graph(*(node(f"n{i}", "template", template="x") for i in range(2_001)))
    assert problems(raw)[0] == ("graph_invalid", "/nodes")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
NODE = st.fixed_dictionaries(
    {"id": st.sampled_from("abcd") | st.text(max_size=3), "type": st.sampled_from([*CATALOGUE, "x"])},
    optional={
        "config": st.dictionaries(st.sampled_from(["template", "variable", "cases", "model", "url"]), JSON, max_size=3)
    },
)
MAPPING = st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2)
EDGE = st.fixed_dictionaries(
    {"source": st.sampled_from("abcde"), "target": st.sampled_from("abcde")},
    optional={"source_handle": st.text(max_size=4), "data": st.fixed_dictionaries({"mapping": MAPPING})},
)


@given(st.fixed_dictionaries({"nodes": st.lists(NODE, max_size=5), "edges": st.lists(EDGE, max_size=6)}) | JSON)
def test_nothing_makes_the_checker_raise(raw: Any) -> None:
    report = check(raw, CATALOGUE)
    assert isinstance(report, Report)
    report.ports()
    orjson.dumps([problem.as_dict() for problem in report.problems])


TEXTS = node("ask", "input", variable="q")
NUMBER = node("ask", "input", variables=[{"name": "q", "type": "number"}])


@pytest.mark.parametrize(("chat", "ask", "found"), [
    ({}, TEXTS, []),
    ({"question": "q", "opening": "**Hi**", "suggestions": [" a ", "b"], "memory_turns": 0}, TEXTS, []),
    ({"question": "other"}, TEXTS, [("chat_question_unknown", "/chat/question", "warning")]),
    ({}, NUMBER, [("chat_no_question", "/chat", "error")]),
    ({"question": "q"}, NUMBER, [("chat_no_question", "/chat", "error")]),
    ({}, node("ask", "input"), [("config_invalid", "/nodes/0/config", "error")]),
    ({"suggestions": ["a", "x" * 501]}, TEXTS, [("graph_invalid", "/chat/suggestions/1", "error")]),
    ({"suggestions": [" "]}, TEXTS, [("graph_invalid", "/chat/suggestions/0", "error")]),
    ({"suggestions": ["a"] * 11}, TEXTS, [("graph_invalid", "/chat/suggestions", "error")]),
    ({"memory_tokens": -1}, TEXTS, [("graph_invalid", "/chat/memory_tokens", "error")]),
    ({"mode": "party"}, TEXTS, [("graph_invalid", "/chat/mode", "error")]),
    ("on", TEXTS, [("graph_invalid", "/chat", "error")]),
])  # fmt: skip
def test_how_an_app_chats(chat: Any, ask: dict[str, Any], found: list[tuple[str, str, str]]) -> None:
    report = check({**graph(ask), "chat": chat}, CATALOGUE)
    assert [(one.code, one.pointer, one.severity) for one in report.problems] == found
