"""Each built-in node type, by tables: what it is given, what comes out, and how it says that it can't."""

from typing import Any, get_args

import pytest

from atoll.runs.service import Begin
from atoll.sdk import NodeError, Passage
from atoll.sdk.conditions import Operator, holds
from tests.nodes.play import failed, play
from tests.runs.world import WS, World, chain, edge, finished, graph, node

# input


async def test_input_gives_its_variables_and_their_defaults(world: World) -> None:
    config = {"variable": "q", "variables": [{"name": "n", "type": "number", "default": 3},
                                             {"name": "o", "type": "object", "required": False}]}  # fmt: skip
    service = world.service()
    run = await finished(service, graph({"id": "n", "type": "input", "config": config}), {"q": "x"})
    assert (await service.node(WS, run.id, "n")).outputs == {"q": "x", "n": 3, "o": None}
    run = await finished(
        service, graph({"id": "n", "type": "input", "config": config}), {"q": "x", "n": 0, "o": {"a": 1}}
    )
    assert (await service.node(WS, run.id, "n")).outputs == {"q": "x", "n": 0, "o": {"a": 1}}


# output and answer

SHOWN: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("output", {}, {"value": "x"}, {"output": "x"}),
    ("output", {"name": "market"}, {"value": {"share": [1, None]}}, {"market": {"share": [1, None]}}),
    ("output", {"template": "{{ value }}!"}, {"value": 3}, {"output": "3!"}),
    ("output", {"template": "{{ v_other }}"}, {"other": "by name"}, {"output": "by name"}),
    ("answer", {}, {"text": "**bold**"}, {"answer": "**bold**"}),
    ("answer", {}, {"text": 3.5}, {"answer": "3.5"}),
    ("answer", {"template": "{{ text }} {{ v_text }}"}, {"text": "twice"}, {"answer": "twice twice"}),
    ("template", {"template": "{{ input }}"}, {"input": "x"}, {"text": "x", "passages": []}),
    ("template", {"template": "{% for a in input %}{{ a }};{% endfor %}"}, {"input": [1, "b"]}, {"text": "1;b;", "passages": []}),
    ("template", {"template": "{{ input.a.b }}"}, {"input": {"a": {"b": "deep"}}}, {"text": "deep", "passages": []}),
    ("template", {"template": "{{ '海' if input else '澜' }}"}, {"input": True}, {"text": "海", "passages": []}),
    ("template", {"template": "{{ ask.v_input }}/{{ ask.output }}"}, {"input": "x"}, {"text": "x/x", "passages": []}),
]  # fmt: skip


@pytest.mark.parametrize(("type", "config", "given", "outputs"), SHOWN)
async def test_text_nodes(
    world: World, type: str, config: dict[str, Any], given: dict[str, Any], outputs: dict[str, Any]
) -> None:
    assert (await play(world, type, config, **given)).outputs == outputs


@pytest.mark.parametrize("type", ["output", "answer", "template"])
@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("{{ v.a.b }}", "template_unknown_name"),
        ("{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}", "template_too_much_work"),
        ("{{ v + 1 }}", "template_fault"),
    ],
)
async def test_a_template_that_fails_says_how(world: World, type: str, template: str, code: str) -> None:
    assert failed(await play(world, type, {"template": template}, v="text")) == code


PASSAGES = [
    Passage(f"c{at}", f"d{at}", f"report-{at}.pdf", "reports", f"fact {at}", 0.9 - at / 10, page=at, heading="Market")
    for at in (1, 2, 3)
]


# llm


async def test_llm_sends_its_prompts_and_gives_the_answer(world: World) -> None:
    world.models.answers["m"] = [["Hel", "lo"]]
    config = {"model": "m", "prompt_template": "Say {{ v_prompt }}", "system": "Be {{ mood }}", "temperature": 0.3,
              "max_tokens": 7}  # fmt: skip
    trace = await play(world, "llm", config, prompt="hello", mood="kind")
    assert trace.outputs == {"text": "Hello", "citations": []}
    ((model, messages, more),) = world.models.asked
    assert model == "m" and [(m.role, m.content) for m in messages] == [("system", "Be kind"), ("user", "Say hello")]
    assert more == {"temperature": 0.3, "max_tokens": 7, "context": []}
    facts = {"prompt": "Say hello", "model": "m", "provider": "scripted", "requested": "m", "offline": False,
             "finish_reason": "stop", "usage": {"input": 3, "output": 2}}  # fmt: skip
    assert trace.facts == facts


@pytest.mark.parametrize(("memory", "kept"), [({}, 0), ({"enabled": True}, 2), ({"enabled": True, "tokens": 3}, 1)])
async def test_llm_remembers_whole_turns_where_it_is_asked_to(world: World, memory: dict[str, Any], kept: int) -> None:
    world.models.answers["m"] = [["fine"]]
    turns = [{"question": "one", "answer": "eins"}, {"question": "two", "answer": "zwei"}]
    ask = node("n", "llm", model="m", prompt_template="{{ q }}", system="Be kind", memory=memory)
    steps = chain(node("in", "input", variable="q"), ask)
    await finished(world.service(), steps, {"q": "three"}, begin=Begin(history=turns))
    ((_, messages, _),) = world.models.asked
    told = [text for turn in turns[2 - kept :] for text in (turn["question"], turn["answer"])]
    assert [message.content for message in messages] == ["Be kind", *told, "three"]
    assert [message.role for message in messages] == ["system", *["user", "assistant"] * kept, "user"]


async def test_llm_cites_the_passages_that_it_names(world: World) -> None:
    """Numbers that it made up are none; the context is given to the model as passages too."""
    world.knowledge.passages["reports"] = PASSAGES
    world.models.answers["m"] = [["Three says so [3]", ", and one [1][9]."]]
    steps = graph(
        node("find", "retriever", vector_index="reports", query="?"),
        node("n", "llm", model="m", prompt_template="{{ context }}"),
        edge("find", "n", None, output="context"),
    )
    service = world.service()
    run = await finished(service, steps)
    ((_, messages, more),) = world.models.asked
    assert messages[0].content.startswith("[1] report-1.pdf, p. 1 · Market\nfact 1\n\n[2] report-2.pdf")
    assert [(p["n"], p["chunk_id"]) for p in more["context"]] == [(1, "c1"), (2, "c2"), (3, "c3")]
    assert [(c.n, c.document_name, c.page, c.node) for c in run.citations] == [
        (1, "report-1.pdf", 1, "n"), (3, "report-3.pdf", 3, "n")]  # fmt: skip
    assert (run.usage.input, run.usage.output, run.models[0].model) == (3, 2, "m")


async def test_llm_without_an_answer_fails(world: World) -> None:
    async def silent(*_: Any, **__: Any) -> Any:
        return
        yield

    world.models.chat = silent  # type: ignore[method-assign]
    trace = await play(world, "llm", {"model": "m"}, prompt="x")
    assert failed(trace) == "model_no_answer" and trace.error is not None and trace.error.retryable


async def test_llm_passes_the_models_error_on(world: World) -> None:
    world.models.answers["m"] = [["half ", NodeError("model_busy", "Busy.", "忙。", retryable=True, detail="429")]]
    trace = await play(world, "llm", {"model": "m"}, prompt="x")
    assert failed(trace) == "model_busy" and trace.error is not None
    assert (trace.error.detail, trace.outputs, trace.facts) == ("429", {}, {"prompt": "x"})


# retriever


async def test_retriever_asks_for_what_it_is_told_to(world: World) -> None:
    world.knowledge.passages["reports"] = PASSAGES
    asked = {"top_k": 2, "mode": "text", "threshold": 0.25, "per_document": 1}
    trace = await play(world, "retriever", {"vector_index": "reports", **asked}, query="share")
    assert world.knowledge.asked == [("reports", "share", asked)]
    assert trace.outputs["count"] == 2
    assert trace.outputs["documents"][0] == {
        "chunk_id": "c1", "document_id": "d1", "document_name": "report-1.pdf", "dataset": "reports", "text": "fact 1",
        "score": 0.8, "page": 1, "start": 0, "end": 0, "heading": "Market", "scores": {},
    }  # fmt: skip


async def test_retriever_may_make_its_question_from_a_template(world: World) -> None:
    world.knowledge.passages["reports"] = []
    trace = await play(world, "retriever", {"vector_index": "reports", "query": "{{ v_query }} in 2025"}, query="share")
    assert world.knowledge.asked[0][1] == "share in 2025" and trace.outputs == {"documents": [], "count": 0}


@pytest.mark.parametrize(
    ("dataset", "query", "code"), [("reports", " ", "query_empty"), ("reports", None, "query_empty"), ("no", "x", "dataset_not_found")]
)  # fmt: skip
async def test_retriever_says_what_is_wrong(world: World, dataset: str, query: Any, code: str) -> None:
    world.knowledge.passages["reports"] = PASSAGES
    assert failed(await play(world, "retriever", {"vector_index": dataset}, query=query)) == code


# condition


def case(*clauses: tuple[str, str, Any], id: str = "true", logic: str = "and") -> dict[str, Any]:
    return {
        "id": id,
        "logic": logic,
        "clauses": [dict(zip(("variable", "operator", "value"), c, strict=True)) for c in clauses],
    }


COMPARISONS: list[tuple[Any, str, Any, bool]] = [
    ("a", "is", "a", True), ("a", "is", "b", False), (True, "is", "true", True), (1, "is", "1", True), (None, "is", "", True),
    ("a", "is_not", "b", True), ("a", "is_not", "a", False), ([1], "is", [1], True),
    ("market share", "contains", "share", True), ("市场份额", "contains", "份额", True), ("a", "contains", "b", False),
    ([1, 2], "contains", 2, True), ([1, 2], "contains", 3, False), ("a", "not_contains", "b", True),
    ("abc", "starts_with", "ab", True), ("abc", "starts_with", "b", False), ("abc", "ends_with", "bc", True),
    ("", "empty", None, True), ([], "empty", None, True), ({}, "empty", None, True), (None, "empty", None, True),
    (0, "empty", None, False), (False, "empty", None, False), ("x", "not_empty", None, True),
    ("3", "=", 3, True), (3, "≠", 4, True), ("10", ">", "9", True), (3, "≥", 3, True), (2, "<", 3, True), (3, "≤", 2, False),
    ("b", "in", "a, b", True), ("c", "in", ["a"], False), (2, "in", [1, 2], True), ("c", "not_in", "a,b", True), (1, "in", "1,2", True),
]  # fmt: skip


@pytest.mark.parametrize(("left", "operator", "right", "expected"), COMPARISONS)
def test_a_comparison(left: Any, operator: str, right: Any, expected: bool) -> None:
    assert holds(left, operator, right) is expected


def test_every_operator_has_a_case() -> None:
    assert {operator for _, operator, _, _ in COMPARISONS} == set(get_args(Operator))


@pytest.mark.parametrize("operator", ["=", "≠", ">", "≥", "<", "≤"])
@pytest.mark.parametrize("left", ["many", None, [], {}])
@pytest.mark.attack("S-45")
def test_what_is_no_number_is_not_compared_as_one(left: Any, operator: str) -> None:
    with pytest.raises(NodeError) as refused:
        holds(left, operator, 3)
    assert refused.value.code == "not_a_number"


FIRST = [case(("input", ">", 10), id="high"), case(("input", ">", 5), id="middle")]
BOTH = [case(("input", ">", 1), ("v_other", "is", "x"))]
EITHER = [case(("input", ">", 1), ("v_other", "is", "x"), logic="or")]


@pytest.mark.parametrize(
    ("cases", "given", "branch"),
    [
        (FIRST, {"input": 11}, "high"), (FIRST, {"input": 6}, "middle"), (FIRST, {"input": 1}, "false"),
        (BOTH, {"input": 2, "other": "x"}, "true"), (BOTH, {"input": 2, "other": "y"}, "false"),
        (EITHER, {"input": 0, "other": "x"}, "true"), (EITHER, {"input": 0, "other": "y"}, "false"),
    ],
)  # fmt: skip
async def test_a_condition_takes_its_first_case_that_holds(
    world: World, cases: list[Any], given: dict[str, Any], branch: str
) -> None:
    trace = await play(world, "condition", {"cases": cases}, **given)
    assert (trace.branch, trace.outputs) == (branch, {"case": branch})


@pytest.mark.attack("S-45")
async def test_a_condition_that_can_not_compare_fails(world: World) -> None:
    assert failed(await play(world, "condition", {"cases": FIRST}, input="many")) == "not_a_number"


async def test_a_name_whose_branch_was_not_taken_prints_nothing(world: World) -> None:
    steps = graph(
        node("ask", "input", variable="q"),
        node("if", "condition", cases=[case(("q", "is", "left"))]),
        node("l", "template", template="left"),
        node("r", "template", template="right"),
        node("end", "output", template="<{{ one }}|{{ two }}|{{ r.text }}>"),
        edge("ask", "if"), edge("if", "l", "true"), edge("if", "r", "false"),
        edge("l", "end", None, text="one"), edge("r", "end", None, text="two"),
    )  # fmt: skip
    service = world.service()
    assert (await finished(service, steps, {"q": "left"})).outputs == {"output": "<left||>"}
    assert (await finished(service, steps, {"q": "no"})).outputs == {"output": "<|right|right>"}
