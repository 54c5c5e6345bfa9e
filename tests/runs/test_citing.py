"""Citations from inside of containers reach the run, and over all passes a number means one passage."""

from typing import Any

import pytest

from atoll.engine.citing import together
from atoll.runs.schemas import Run
from atoll.sdk import ChatMessage, ChatReply, NodeError, Passage
from atoll.sdk.container import Pass
from tests.runs.world import World, chain, edge, finished, graph, node

ITEMS = {"id": "start", "type": "input", "config": {"variables": [{"name": "items", "type": "list"}]}}
SHOW = node("show", "answer", template="{{ each.results | join(' ') }}")
FIND = node("find", "retriever", vector_index="reports", query="{{ item }}")
SAY = node("say", "llm", model="m", prompt_template="{{ find.documents }}")
BODY = {"nodes": [FIND, SAY], "edges": [edge("find", "say")]}


def passage(name: str) -> Passage:
    return Passage(name, "d", "a.pdf", "reports", f"{name} says [1] in a footnote", 0.5, page=1)


def finding(world: World, **by_query: list[str]) -> None:
    """What is found for each question; the model cites by the names that it is shown."""

    async def retrieve(dataset: str, query: str, **_: Any) -> list[Passage]:
        if query not in by_query:
            raise NodeError("nothing", "Nothing.", "无。")
        return [passage(name) for name in by_query[query]]

    world.knowledge.retrieve = retrieve  # type: ignore[method-assign]


def citing(world: World) -> None:
    """The model names every passage that it is shown: "c1 [1]" for one printed as `[1]`."""

    async def chat(model: str, messages: list[ChatMessage], **more: Any) -> Any:
        said = " ".join(f"{one['chunk_id']} [{one['n']}]" for one in more["context"])
        yield said
        yield ChatReply(said, model, "scripted")

    world.models.chat = chat  # type: ignore[method-assign]


def meaning(run: Run) -> dict[int, str]:
    assert run.status == "succeeded", run.error
    numbers = [one.n for one in run.citations]
    assert len(set(numbers)) == len(numbers)
    return {one.n: one.chunk_id for one in run.citations}


@pytest.mark.parametrize("parallel", [1, 3])
async def test_numbers_over_all_passes(world: World, parallel: int) -> None:
    """The second pass counts from 1 again: its marks are rewritten where they would mean another passage."""
    citing(world)
    finding(world, x=["c1", "c2"], y=["c3", "c1"], z=["c2"])
    each = node("each", "iteration", graph=BODY, parallel=parallel)
    steps = chain(ITEMS, each, SHOW)
    run = await finished(world.service(), steps, {"items": ["x", "y", "z"]})
    assert run.outputs == {"answer": "c1 [1] c2 [2] c3 [3] c1 [1] c2 [2]"}
    assert meaning(run) == {1: "c1", 2: "c2", 3: "c3"}
    assert run.citations[0].text == "c1 says [1] in a footnote"


async def test_a_failed_pass_cites_nothing(world: World) -> None:
    citing(world)
    finding(world, x=["c1"], z=["c2"])
    each = node("each", "iteration", graph=BODY, error_mode="null", output="say.text")
    run = await finished(world.service(), chain(ITEMS, each, node("end", "output")), {"items": ["x", "gone", "z"]})
    assert run.outputs == {"output": ["c1 [1]", None, "c2 [2]"]}
    assert meaning(run) == {1: "c1", 2: "c2"}


async def test_what_comes_after_goes_on_counting(world: World) -> None:
    citing(world)
    finding(world, x=["c1"], y=["c2"], all=["c2", "c9"])
    after = node("last", "retriever", vector_index="reports", query="all")
    sum_up = node("sum", "llm", model="m", prompt_template="{{ each.results | join(' ') }} {{ last.documents }}")
    steps = graph(ITEMS, node("each", "iteration", graph=BODY), after, sum_up, edge("start", "each"),
                  edge("start", "last"), edge("each", "sum"), edge("last", "sum"))  # fmt: skip
    run = await finished(world.service(), steps, {"items": ["x", "y"]})
    assert run.outputs is not None and run.outputs["text"] == "c1 [1] c2 [2] c9 [3]"
    assert meaning(run) == {1: "c1", 2: "c2", 3: "c9"}


async def test_a_text_from_around_keeps_its_numbers_inside(world: World) -> None:
    citing(world)
    finding(world, around=["c1", "c2"], x=["c2", "c5"])
    first = node("first", "retriever", vector_index="reports", query="around")
    print_it = node("quote", "template", template="{{ first.documents }}")
    say = {**SAY, "config": {**SAY["config"], "prompt_template": "{{ quote.text }} {{ find.documents }}"}}
    each = node("each", "iteration", graph={**BODY, "nodes": [FIND, say]})
    steps = graph(ITEMS, first, print_it, each, SHOW, edge("start", "first"), edge("first", "quote"),
                  edge("quote", "each"), edge("start", "each", None, items="items"), edge("each", "show"))  # fmt: skip
    run = await finished(world.service(), steps, {"items": ["x"]})
    assert run.outputs == {"answer": "c1 [1] c2 [2] c5 [3]"}
    assert meaning(run) == {1: "c1", 2: "c2", 3: "c5"}


async def test_items_with_numbers_keep_them(world: World) -> None:
    """One iteration works on the texts of another."""
    citing(world)
    finding(world, x=["c1"], y=["c2"])
    again = node("again", "llm", model="m", prompt_template="Shorter: {{ item }}")
    steps = chain(ITEMS, node("each", "iteration", graph=BODY),
                  node("short", "iteration", graph={"nodes": [again], "edges": []}))  # fmt: skip
    run = await finished(world.service(), steps, {"items": ["x", "y"]})
    assert run.outputs is not None and run.outputs["results"] == ["c1 [1] c2 [2]"] * 2
    assert meaning(run) == {1: "c1", 2: "c2"}


async def test_graphs_in_graphs(world: World) -> None:
    citing(world)
    finding(world, x=["c1"], y=["c2"], z=["c3"])
    row = node("row")

    async def items(one: Any, inputs: dict[str, Any]) -> dict[str, Any]:
        return {"value": one.context.value("item")}

    world.stage.parts |= {f"outer/{number}/row": [items] for number in range(2)}
    inner = {"nodes": [row, node("each", "iteration", graph=BODY)], "edges": [edge("row", "each", None, value="items")]}
    steps = chain(ITEMS, node("outer", "iteration", graph=inner))
    run = await finished(world.service(), steps, {"items": [["x", "y"], ["z", "x"]]})
    assert run.outputs is not None
    assert run.outputs["results"] == [["c1 [1]", "c2 [2]"], ["c3 [3]", "c1 [1]"]]
    assert meaning(run) == {1: "c1", 2: "c2", 3: "c3"}


async def test_a_loop_that_adds_to_a_text(world: World) -> None:
    """What an earlier pass put into a variable keeps its numbers in the next one."""
    citing(world)
    finding(world, **{"0": ["c1"], "1": ["c2", "c1"]})
    find = {**FIND, "config": {**FIND["config"], "query": "{{ index }}"}}
    say = {**SAY, "config": {**SAY["config"], "prompt_template": "{{ draft }} {{ find.documents }}"}}
    keep = node("keep", "variable_assigner",
                assignments=[{"variable": "draft", "operation": "set", "from": "variable", "value": "say.text"}])  # fmt: skip
    body = {"nodes": [find, say, keep], "edges": [edge("find", "say"), edge("say", "keep")]}
    loop = node("each", "loop", graph=body, variables=[{"name": "draft", "type": "string", "value": ""}], most=2)
    steps = chain(ITEMS, loop, node("show", "answer", template="{{ each.draft }}"))
    run = await finished(world.service(), steps, {"items": []})
    assert run.outputs == {"answer": "c1 [1] c2 [2]"}
    assert meaning(run) == {1: "c1", 2: "c2"}


async def test_the_system_prompt_goes_on_counting(world: World) -> None:
    citing(world)
    finding(world, here=["c1", "c2"], there=["c2", "c3"])
    shown: list[str] = []
    chat = world.models.chat

    async def listening(model: str, messages: list[ChatMessage], **more: Any) -> Any:
        shown.extend(message.content for message in messages)
        async for piece in chat(model, messages, **more):
            yield piece

    world.models.chat = listening  # type: ignore[method-assign]
    here = node("here", "retriever", vector_index="reports", query="here")
    there = node("there", "retriever", vector_index="reports", query="there")
    say = node("say", "llm", model="m", prompt_template="{{ here.documents }}", system="{{ there.documents }}")
    steps = graph(ITEMS, here, there, say, edge("start", "here"), edge("start", "there"), edge("here", "say"),
                  edge("there", "say"))  # fmt: skip
    run = await finished(world.service(), steps, {"items": []})
    assert meaning(run) == {1: "c1", 2: "c2", 3: "c3"}
    system, prompt = shown
    assert "[2] a.pdf" in system and "[3] a.pdf" in system and "[1] a.pdf" not in system
    assert "[1] a.pdf" in prompt and "[2] a.pdf" in prompt


def one(n: int, name: str) -> dict[str, Any]:
    return {"n": n, "chunk_id": name, "text": "as it says [1]"}


def test_marks_are_rewritten_wherever_they_stand_and_nothing_else_is() -> None:
    values = {0: "a [1]", 1: {"t": ["b [1] [7] x[1]", one(1, "c2")], "n": 1}, 2: None}
    found = together(values, {0: [one(1, "c1")], 1: [one(1, "c2")]}, Pass(1, {"draft": "[1]"}, "b [1]"))
    assert found.values == ["a [1]", {"t": ["b [8] [7] x[8]", one(8, "c2")], "n": 1}, None]
    assert found.last == Pass(1, {"draft": "[8]"}, "b [8]")
    assert [(item["n"], item["chunk_id"]) for item in found.citations] == [(1, "c1"), (8, "c2")]


def test_numbers_stay_where_they_can() -> None:
    values = {0: "a [4]", 1: "b [2] [4]"}
    found = together(values, {0: [one(4, "c1")], 1: [one(2, "c2"), one(4, "c1")]}, None)
    assert found.values == ["a [4]", "b [2] [4]"]
    assert together({0: "a [1]"}, {}, None).values == ["a [1]"]
