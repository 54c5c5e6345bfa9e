"""`subflow`: another app as one step. What is called is in the graph by then; looking it up is tested with the apps."""

from typing import Any

import pytest

from atoll.engine.fold import fold
from atoll.engine.plan import compile_plan
from atoll.runs.service import RunService
from atoll.sdk import NodeError, Passage
from tests.nodes.play import failed
from tests.runs import invariants
from tests.runs.world import WS, World, edge, finished, graph, node

ASK = node("ask", "input", variables=[
    {"name": "q"}, {"name": "n", "type": "number", "required": False, "default": 3},
    {"name": "tone", "type": "select", "options": ["kind", "plain"], "required": False},
])  # fmt: skip


def app(*parts: dict[str, Any]) -> dict[str, Any]:
    return graph(ASK, *parts).model_dump(exclude_defaults=True)


SAYS = app(
    node("say", "template", template="{{ q }}/{{ n }}/{{ tone }}"), node("end", "output", name="said"),
    edge("ask", "say"), edge("say", "end"),
)  # fmt: skip


def call(inner: dict[str, Any] = SAYS, **config: Any) -> dict[str, Any]:
    fields = {name: config.pop(name) for name in ("on_error", "default_outputs", "retry") if name in config}
    return node("sub", "subflow", app="inner", graph=inner, **config, **fields)


OUTER = node("start", "input", variables=[{"name": "text"}, {"name": "items", "type": "list", "required": False}])


async def called(world: World, sub: dict[str, Any], *more: dict[str, Any], **given: Any) -> tuple[RunService, Any]:
    steps = graph(
        OUTER, sub, *more, *([] if any("source" in part for part in more) else [edge("start", "sub", text="q")])
    )
    service = world.service()
    run = await finished(service, steps, {"text": "Hi", **given})
    events = await service.events(WS, run.id)
    invariants.check(compile_plan(steps, world.catalogue), events)
    return service, run


CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "Hi/3/"),
    ({"inputs": {"tone": "kind"}}, "Hi/3/kind"),
    ({"inputs": {"q": "{{ text }}!", "n": "{{ text | length }}"}}, "input_type"),
    ({"inputs": {"n": "{{ start.items.0 }}"}}, "Hi/7/"),
    ({"inputs": {"q": "over the edge: {{ text }}"}}, "over the edge: Hi/3/"),
    ({"inputs": {"tone": "rude"}}, "input_option"),
    ({"inputs": {"nothing": "x"}}, "input_unknown"),
    ({"inputs": {"q": ""}}, "input_missing"),
    ({"inputs": {"q": "{{ start.items.9 }}"}}, "name_unknown"),
    ({"inputs": {"q": "{{ text + 1 }}"}}, "template_fault"),
]  # fmt: skip


@pytest.mark.parametrize(("config", "said"), CASES)
async def test_what_goes_in_and_what_comes_out(world: World, config: dict[str, Any], said: str) -> None:
    service, run = await called(world, call(**config), items=[7])
    trace = await service.node(WS, run.id, "sub")
    if "/" in said:
        assert trace.outputs == {"said": said} and run.outputs["said"] == said
    else:
        assert failed(trace) == said


async def test_its_inputs_are_in_the_trace_and_in_the_log(world: World) -> None:
    service, run = await called(world, call(inputs={"tone": "plain"}))
    assert (await service.node(WS, run.id, "sub")).inputs == {"q": "Hi", "n": 3, "tone": "plain"}
    assert (await service.node(WS, run.id, "sub/0/say")).outputs["text"] == "Hi/3/plain"
    (began,) = [e for e in await service.events(WS, run.id) if (e.type, e.node) == ("node.started", "sub")]
    assert began.data["inputs"] == {"q": "Hi", "n": 3, "tone": "plain"}


async def test_it_sees_nothing_of_what_is_around(world: World) -> None:
    """Names of the caller don't reach into the app, even where they are the same ones."""
    seen: list[set[str]] = []

    async def look(node: Any, inputs: dict[str, Any]) -> dict[str, Any]:
        seen.append(set(node.context.scope))
        for name in ("text", "start", "sub"):
            with pytest.raises(NodeError):
                node.context.value(name)
        return {"value": 1}

    world.stage.parts["sub/0/w"] = [look]
    await called(world, call(app(node("w"), edge("ask", "w"))))
    assert seen == [{"q", "n", "tone", "ask", "value", "sys", "conversation"}]


async def test_every_name_comes_out_whichever_way_it_went(world: World) -> None:
    two = app(
        node("if", "condition", cases=[{"id": "true", "clauses": [{"variable": "q", "operator": "is", "value": "Hi"}]}]),
        node("yes", "output", name="yes", template="y"), node("no", "output", name="no", template="n"),
        edge("ask", "if"), edge("if", "yes", "true"), edge("if", "no", "false"),
    )  # fmt: skip
    service, run = await called(world, call(two))
    assert (await service.node(WS, run.id, "sub")).outputs == {"yes": "y", "no": None}


async def test_without_an_output_node_the_last_node_gives(world: World) -> None:
    service, run = await called(world, call(app(node("say", "template", template="x"), edge("ask", "say"))))
    assert (await service.node(WS, run.id, "sub")).outputs["text"] == "x"
    service, run = await called(
        world, call(app(node("a", "template", template="x"), node("b"), edge("ask", "a"), edge("ask", "b")))
    )
    outputs = (await service.node(WS, run.id, "sub")).outputs
    assert outputs["a"]["text"] == "x" and set(outputs) == {"a", "b"}


async def test_its_citations_are_the_callers(world: World) -> None:
    world.knowledge.passages["reports"] = [Passage("c1", "d1", "a.pdf", "reports", "fact", 0.9)]
    world.models.answers["m"] = [["So [1]."]]
    inner = app(
        node("find", "retriever", vector_index="reports", query="{{ q }}"),
        node("say", "llm", model="m", prompt_template="{{ context }}"), node("end", "answer"),
        edge("ask", "find"), edge("find", "say", documents="context"), edge("say", "end"),
    )  # fmt: skip
    _, run = await called(
        world, call(inner), node("end", "answer"), edge("start", "sub", text="q"), edge("sub", "end", answer="text")
    )
    assert run.outputs == {"answer": "So [1]."}
    assert [(one.n, one.chunk_id, one.node) for one in run.citations] == [(1, "c1", "sub")]


async def test_a_failure_inside_is_the_calls(world: World) -> None:
    world.stage.parts["sub/0/w"] = [NodeError("broken", "No.", "不。")]
    broken = app(node("w"), edge("ask", "w"))
    service, run = await called(world, call(broken))
    assert failed(await service.node(WS, run.id, "sub")) == "broken" and run.status == "failed"
    _, run = await called(world, call(broken, on_error="default", default_outputs={"value": "spare"}))
    assert run.status == "succeeded" and run.outputs["value"] == "spare"


async def test_a_call_in_a_call_and_in_an_iteration(world: World) -> None:
    middle = app(call(SAYS), node("end", "output", name="said"), edge("ask", "sub", q="q"), edge("sub", "end"))
    body = {"nodes": [call(middle, inputs={"q": "{{ item }}"})], "edges": []}
    steps = graph(OUTER, node("each", "iteration", graph=body, output="sub.said"), edge("start", "each", items="items"))
    run = await finished(world.service(), steps, {"text": "x", "items": ["a", "b"]})
    assert run.outputs is not None and run.outputs["results"] == ["a/3/", "b/3/"]


@pytest.mark.parametrize("cut", range(2, 9))
async def test_it_goes_on_where_it_was_after_a_crash(world: World, cut: int) -> None:
    service, run = await called(world, call(), node("after"), edge("start", "sub", text="q"), edge("sub", "after"))
    plan = await service.plan_of_row(WS, await service.row(WS, run.id))
    events = await service.events(WS, run.id)
    state = fold(plan, events[:cut])
    assert state == fold(plan, events[:cut]), "a fold of an open call compares"
    assert run.outputs == {"value": "after(Hi/3/)"}


def test_what_it_calls_decides_its_form(world: World) -> None:
    plan = compile_plan(graph(OUTER, call(inputs={"q": "x"})), world.catalogue)
    ports = plan.steps["sub"].ports
    assert [(port.name, port.required) for port in ports.inputs] == [("q", False), ("n", False), ("tone", False)]
    assert [port.name for port in ports.outputs] == ["said", "citations"]
