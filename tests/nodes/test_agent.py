"""`agent`: turns, calls, limits, labels; and a crash at every write of its log."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from atoll.engine.check import check
from atoll.engine.events import Event
from atoll.engine.graph import Graph
from atoll.llm import Gateway, extractive
from atoll.policy import Label
from atoll.runs.debugging import Going
from atoll.runs.schemas import Run
from atoll.sdk import Ask, ChatMessage, ChatReply, NodeError, Passage, ToolCall
from tests.nodes.play import around, failed, play
from tests.product import ROOT
from tests.runs.dying import Lives, Side, at_every_write
from tests.runs.world import WS, ScriptedPeer, World, chain, collect, debugging, edge, finished, graph, new, node, soon

REPORTS = [Passage(f"c{n}", "d1", "储能.pdf", "reports", f"事实 {n}", 0.5, page=n, heading="市场") for n in (1, 2, 3)]
FIND = {"name": "find", "dataset": "reports"}
WORK = {"name": "work", "kind": "node", "node": "work", "parameters": [{"name": "value", "type": "number"}]}
PAY = {**WORK, "name": "pay", "node": "pay"}


def agent(*tools: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "m", "tools": list(tools), **more}


def call(name: str, id: str = "a", **arguments: Any) -> ToolCall:
    return ToolCall(id, name, arguments)


def told(world: World, at: int) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in world.models.asked[at][1]]


async def events_of(world: World) -> list[Event]:
    async with world.db.read() as tx:
        (run,) = (await tx.exec_driver_sql("SELECT id FROM runs")).all()
    return await world.service(world.worker(start=False)).events(WS, run.id)


async def notes_of(world: World) -> list[dict[str, Any]]:
    return [event.data for event in await events_of(world) if event.type == "node.noted"]


# -- turns


async def test_it_searches_and_answers_with_citations(world: World) -> None:
    world.knowledge.passages["reports"] = REPORTS
    world.models.answers["m"] = [["Let me look. ", call("find", query="澜海")], ["27% ", "[2]"]]
    trace = await play(world, "agent", agent(FIND, instruction="Be exact, {{ query }}"), query="澜海增速?")
    assert trace.outputs["text"] == "27% [2]"
    assert [(one["n"], one["chunk_id"]) for one in trace.outputs["citations"]] == [(2, "c2")]
    (step,) = trace.outputs["steps"]
    assert (step["tool"], step["arguments"], step["error"]) == ("find", {"query": "澜海"}, None)
    assert step["result"].startswith("[1] 储能.pdf, p. 1 · 市场\n事实 1\n\n[2] ")
    assert told(world, 1) == [
        ("system", "Be exact, 澜海增速?"), ("user", "澜海增速?"), ("assistant", "Let me look. "), ("tool", step["result"]),
    ]  # fmt: skip
    spec = world.models.asked[0][2]["tools"][0]
    assert (spec.name, spec.parameters["required"]) == ("find", ["query"]) and "reports" in spec.description
    facts = trace.facts
    assert (facts["usage"], facts["turns"], facts["calls"]) == ({"input": 6, "output": 4}, 2, 1)
    assert [note["kind"] for note in await notes_of(world)] == ["thought", "call", "result", "thought"]


async def test_passages_keep_their_numbers_over_calls_and_from_the_question(world: World) -> None:
    world.knowledge.passages |= {"reports": REPORTS[:2], "more": REPORTS[1:]}
    world.models.answers["m"] = [[call("find", query="a")], [call("also", query="b")], ["[1] [3] [9]"]]
    also = {"name": "also", "dataset": "more"}
    world.datasets["more"] = ("local", Label())
    world.knowledge.passages["first"] = REPORTS[:1]
    world.datasets["first"] = ("local", Label())
    steps = graph(
        node("ask", "input", variable="q"), node("get", "retriever", vector_index="first"),
        node("n", "agent", **agent(FIND, also, query="{{ context }}\n{{ q }}")),
        edge("ask", "get"), edge("get", "n", None, output="context"),
    )  # fmt: skip
    run = await finished(world.service(), steps, {"q": "?"})
    assert run.status == "succeeded"
    assert [one.chunk_id for one in run.citations] == ["c1", "c3"]
    numbers = [
        [int(n) for n in re_numbers(note["result"])] for note in await notes_of(world) if note["kind"] == "result"
    ]
    assert numbers == [[1, 2], [2, 3]]


def re_numbers(said: str) -> list[str]:
    return [line[1] for line in said.split("\n") if line.startswith("[")]


async def test_only_the_answer_is_left_of_what_streams(world: World) -> None:
    world.stage.parts["n"] = ["4"]
    world.models.answers["m"] = [["Let me see. ", call("work", value=2)], ["It ", "is 4."]]
    service = world.service()
    steps = chain(node("ask", "input", variable="query"), node("n", "agent", **agent(WORK)))
    run = await service.create(WS, new(steps, {"query": "2+2"}))
    deltas = [event.data for event in await collect(service, run.id) if event.type == "node.delta"]
    seen = ""
    for delta in deltas:
        seen = seen[: delta["offset"]] + delta["text"]
    assert seen == "It is 4." and all(delta["answer"] for delta in deltas)


async def test_several_calls_of_one_turn_are_made_in_their_order(world: World) -> None:
    world.stage.parts["n"] = ["one", "two"]
    world.models.answers["m"] = [
        [call("work", "x", value=1), call("work", "x", value=2)],
        [call("work", "x", value=3)],
        ["done"],
    ]
    trace = await play(world, "agent", agent(WORK), query="go")
    assert [step["result"] for step in trace.outputs["steps"]] == ["one", "two", "two"]
    run_id = world.stage.calls[0][2].split(":")[0]
    assert [key for _, _, key in world.stage.calls] == [f"{run_id}:n:{n}" for n in (1, 2, 3)]
    ids = [one.id for message in world.models.asked[2][1] for one in message.tool_calls]
    assert ids == ["x", "x_2", "x_3"], "each result must find its call"


WRONG: list[tuple[ToolCall, str, str]] = [
    (
        ToolCall("a", "fly", {}, "", NodeError("tool_unknown", "There is no tool fly.", "没有。")),
        "tool_unknown",
        "no tool fly",
    ),
    (
        ToolCall("a", "work", {}, "{", NodeError("tool_arguments_invalid", "No JSON.", "不是。")),
        "tool_arguments_invalid",
        "JSON",
    ),
    (call("work"), "tool_arguments_missing", "needs value"),
    (call("work", value=None), "tool_arguments_missing", "needs value"),
    (call("work", value=1), "broken", "It broke"),
]


@pytest.mark.parametrize(("wrong", "code", "words"), WRONG, ids=[f"{n}" for n in range(len(WRONG))])
async def test_what_goes_wrong_with_a_call_is_what_the_model_sees(
    world: World, wrong: ToolCall, code: str, words: str
) -> None:
    world.stage.parts["n"] = [NodeError("broken", "It broke.", "坏了。")]
    world.models.answers["m"] = [[wrong], ["Sorry."]]
    trace = await play(world, "agent", agent(WORK), query="go")
    (step,) = trace.outputs["steps"]
    assert (trace.outputs["text"], step["error"]) == ("Sorry.", code)
    assert words in step["result"] and told(world, 1)[-1] == ("tool", step["result"])
    assert "error" not in (await notes_of(world))[0]


async def test_errors_are_told_in_the_language_of_the_question(world: World) -> None:
    world.stage.parts["n"] = [NodeError("broken", "It broke.", "坏了。")]
    world.models.answers["m"] = [[call("work", value=1)], ["抱歉"]]
    assert "坏了" in (await play(world, "agent", agent(WORK), query="算一下")).outputs["steps"][0]["result"]


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (ValueError("bad"), "node_crashed"),
        ({"value": object()}, "output_not_json"),
        ("hang", "node_timeout"),
        ("ask", "tool_asks"),
    ],
)
async def test_a_tool_has_the_border_of_a_node(
    world: World, monkeypatch: pytest.MonkeyPatch, part: Any, code: str
) -> None:
    async def play_part(_node: Any, _inputs: Any) -> Any:
        if part == "hang":
            await asyncio.Event().wait()
        if part == "ask":
            raise Ask({})
        return part

    world.stage.parts["n"] = [part if isinstance(part, Exception) else play_part]
    monkeypatch.setattr(world.catalogue["work"], "timeout", 0.05)
    world.models.answers["m"] = [[call("work", value=1)], ["Sorry."]]
    trace = await play(world, "agent", agent(WORK), query="go")
    assert (trace.outputs["text"], trace.outputs["steps"][0]["error"]) == ("Sorry.", code)


async def test_arguments_and_fixed_inputs_get_their_types(world: World) -> None:
    got: list[dict[str, Any]] = []

    async def keep(_node: Any, inputs: dict[str, Any]) -> dict[str, Any]:
        got.append(inputs)
        return {"value": [1, {"a": None}]}

    world.stage.parts["n"] = [keep]
    tool = {**WORK, "values": {"other": "{{ query }}!"}}
    world.models.answers["m"] = [[call("work", value="7", made_up=1)], ["done"]]
    trace = await play(world, "agent", agent(tool), query="go")
    assert got == [{"value": 7, "other": "go!"}]
    assert trace.outputs["steps"][0]["result"] == '[1,{"a":null}]'
    assert list(world.models.asked[0][2]["tools"][0].parameters["properties"]) == ["value"]


async def test_an_http_tool_fills_in_what_the_model_gives(world: World) -> None:
    world.http = ScriptedPeer([(200, "sunny")])
    tool = {"name": "weather", "kind": "http", "url": "https://w.example/{{ city | urlencode }}?who={{ who }}&q={{ query }}",
            "parameters": [{"name": "city"}], "values": {"who": "me"}}  # fmt: skip
    world.models.answers["m"] = [[call("weather", city="Den Haag")], ["Sunny."]]
    steps = chain(node("ask", "input", variable="query"), node("n", "agent", **agent(tool)))
    assert check(steps.model_dump(), world.catalogue).problems == []
    run = await finished(world.service(), steps, {"query": "x"})
    assert run.outputs["text"] == "Sunny."
    assert world.http.asked[0][:2] == ("GET", "https://w.example/Den%20Haag?who=me&q=x")


async def test_long_results_are_cut(world: World) -> None:
    world.stage.parts["n"] = ["x" * 40_000]
    world.models.answers["m"] = [[call("work", value=1)], ["done"]]
    result = (await play(world, "agent", agent(WORK), query="go")).outputs["steps"][0]["result"]
    assert len(result) < 17_000 and "24000 more characters" in result


async def test_without_tools_it_is_a_model(world: World) -> None:
    world.models.answers["m"] = [["Hello."]]
    assert (await play(world, "agent", agent(), query="hi")).outputs["text"] == "Hello."
    assert "tools" not in world.models.asked[0][2]


@pytest.mark.parametrize(
    ("answers", "query", "code"),
    [([[""]], "go", "model_no_answer"), ([["x"]], "  ", "agent_no_question"),
     ([[NodeError("model_auth", "No.", "不。")]], "go", "model_auth")],
)  # fmt: skip
async def test_what_ends_it(world: World, answers: Any, query: str, code: str) -> None:
    world.models.answers["m"] = answers
    assert failed(await play(world, "agent", agent(WORK), query=query)) == code


async def test_a_retry_goes_on_from_the_notes(world: World) -> None:
    busy = NodeError("model_busy", "Busy.", "忙。", retryable=True)
    world.models.answers["m"] = [[call("work", value=1)], [busy], ["done"]]
    n = {"id": "n", "type": "agent", "config": agent(WORK, query="go"), "retry": {"attempts": 2, "delay": 0}}
    run = await finished(world.service(), graph(n))
    assert (run.status, world.stage.count("n"), len(world.models.asked)) == ("succeeded", 1, 3)


# -- limits


@pytest.mark.attack("S-85")
async def test_the_limit_of_turns_ends_it(world: World) -> None:
    world.models.answers["m"] = [[call("work", value=1)]]
    trace = await play(world, "agent", agent(WORK, max_steps=3), query="go")
    assert (
        failed(trace) == "agent_steps"
        and trace.error is not None
        and "3 turns (max_steps)" in trace.error.message["en"]
    )
    assert (world.stage.count("n"), len(world.models.asked), trace.facts["turns"]) == (2, 3, 3)


@pytest.mark.attack("S-85")
async def test_the_limit_of_tokens_ends_it(world: World) -> None:
    world.models.answers["m"] = [[call("work", value=1)]]
    trace = await play(world, "agent", agent(WORK, max_tokens=10), query="go")
    assert failed(trace) == "agent_tokens" and trace.facts["usage"] == {"input": 6, "output": 4}


@pytest.mark.parametrize("last", [["So far: 1."], ["So far: 1.", call("work", value=2)]])
async def test_or_it_answers_without_tools(world: World, last: list[Any]) -> None:
    world.models.answers["m"] = [[call("work", value=1)], last]
    trace = await play(world, "agent", agent(WORK, max_steps=1, at_limit="answer"), query="go")
    assert (trace.outputs["text"], world.stage.count("n")) == ("So far: 1.", 1)
    assert world.models.asked[1][2]["tool_choice"] == "none" and told(world, 1)[-1][0] == "user"


async def test_or_fails_where_that_gives_nothing(world: World) -> None:
    world.models.answers["m"] = [[call("work", value=1)]]
    trace = await play(world, "agent", agent(WORK, max_steps=1, at_limit="answer"), query="go")
    assert failed(trace) == "agent_steps" and world.stage.count("n") == 1


# -- ReAct


async def test_react_is_a_conversation_in_plain_text(world: World) -> None:
    world.knowledge.passages["reports"] = REPORTS
    world.models.answers["m"] = [
        ["Thought: look\nAction: find\nAction Input: ", '{"query": "澜海"}'], ["Thought: hm"],
        ["Thought: I know\nFinal Ans", "wer: 27% ", "[1]"],
    ]  # fmt: skip
    trace = await play(world, "agent", agent(FIND, strategy="react"), query="澜海?")
    assert (trace.outputs["text"], len(trace.outputs["citations"])) == ("27% [1]", 1)
    assert "tools" not in world.models.asked[0][2] and "Action: one of find" in told(world, 0)[0][1]
    assert told(world, 1)[-1][1].startswith("Observation: [1] 储能.pdf")
    assert "neither an action" in told(world, 2)[-1][1]


@pytest.mark.parametrize(
    ("said", "answer"),
    [([["Thought: 4"]], "4"), ([["It is 4."]], "It is 4."), ([["Thought: x"], ["Final Answer: 4"]], "4")],
)
async def test_react_takes_what_it_gets_in_the_end(world: World, said: Any, answer: str) -> None:
    world.models.answers["m"] = said
    assert (await play(world, "agent", agent(WORK, strategy="react"), query="2+2")).outputs["text"] == answer


async def test_react_at_its_limit_answers(world: World) -> None:
    world.models.answers["m"] = [["Action: work\nAction Input: 1"], ["Final Answer: so far"]]
    trace = await play(world, "agent", agent(WORK, strategy="react", max_steps=1, at_limit="answer"), query="go")
    assert trace.outputs["text"] == "so far"


@pytest.mark.parametrize("strategy", ["function_calling", "react"])
async def test_offline_it_searches_once_quotes_and_says_so(world: World, strategy: str) -> None:
    async def nobody() -> list[Any]:
        return []

    world.models = Gateway(nobody, offline=True)  # type: ignore[assignment]
    facts = ["澜海储能营收同比增长27%。", "朔方微电营收下降3%。"]
    world.knowledge.passages["reports"] = [
        Passage(f"c{n}", "d", "a.pdf", "reports", one, 1.0) for n, one in enumerate(facts)
    ]
    trace = await play(world, "agent", agent(FIND, model="gpt", strategy=strategy), query="澜海储能的营收增速是多少?")
    assert trace.outputs["text"] == "澜海储能营收同比增长27%。[1]" and len(trace.outputs["citations"]) == 1
    assert world.knowledge.asked[0][:2] == ("reports", "澜海储能的营收增速是多少?")
    facts_kept = trace.facts
    assert (facts_kept["offline"], facts_kept["model"], facts_kept["requested"]) == (True, extractive.NAME, "gpt")


async def test_the_sample_runs(world: World) -> None:
    sample = orjson.loads((ROOT / "samples" / "agent.json").read_bytes())
    assert check(sample, world.catalogue).problems == []
    world.knowledge.passages["internal_reports"] = REPORTS
    world.datasets["internal_reports"] = ("local", Label())
    world.models.answers["qwen-max"] = [[call("search_reports", query="澜海")], ["事实 [1]"]]
    run = await finished(world.service(), Graph.model_validate(sample), {"user_query": "澜海?"})
    assert (run.outputs, [one.n for one in run.citations]) == ({"answer": "事实 [1]"}, [1])


# -- what the checker says, and policy


@pytest.mark.parametrize(
    ("tools", "words"),
    [
        ([{**WORK, "node": "nothing"}], "no node type “nothing”"),
        ([{**WORK, "node": "input", "config": {"variable": "v"}}], "can't be a tool"),
        ([{**WORK, "node": "iteration"}], "can't be a tool"),
        ([{**WORK, "node": "approval"}], "can't be a tool"),
        ([{**WORK, "node": "agent", "config": agent(WORK)}], "can't be a tool"),
        ([{**WORK, "parameters": [{"name": "unheard"}]}], "takes no “unheard”"),
        ([{**FIND, "parameters": [], "kind": "node", "node": "retriever", "config": {"vector_index": "a", "top_k": 0}}], "“Passages”"),
        ([{"name": "find", "kind": "node", "node": "retriever", "config": {"vector_index": "reports"}, "values": {},
           "parameters": [{"name": "nope"}]}], "takes no “nope”"),
        ([{"name": "say", "kind": "node", "node": "template", "config": {"template": "{{ x"}}], "Template, line 1"),
        ([WORK, WORK], "two tools have the same name"),
        ([{"name": "find"}], "names no dataset"),
        ([{**WORK, "values": {"value": "1"}}], "names a parameter twice"),
    ],
)  # fmt: skip
def test_a_tool_that_can_not_be_is_a_problem(world: World, tools: list[Any], words: str) -> None:
    found = check(around("agent", agent(*tools), {"query": "x"}).model_dump(), world.catalogue)
    (problem,) = found.problems
    assert problem.code == "config_invalid" and words in problem.message["en"] and problem.node == "n"
    assert problem.pointer.startswith("/nodes/1/config")


@pytest.mark.parametrize(
    ("tool", "name"),
    [({**WORK, "values": {"other": "{{ unheard }}"}}, "unheard"),
     ({"name": "say", "kind": "node", "node": "template", "config": {"template": "{{ x }} {{ unheard }}"},
       "parameters": [{"name": "x"}]}, "unheard")],
)  # fmt: skip
def test_names_that_no_call_gives_must_come_from_around(world: World, tool: dict[str, Any], name: str) -> None:
    found = check(around("agent", agent(tool), {"query": "x"}).model_dump(), world.catalogue)
    assert [problem.code for problem in found.problems] == ["name_unknown"] and name in found.problems[0].message["en"]
    broken = check(
        around("agent", agent({**WORK, "values": {"other": "{{ x"}}), {"query": "x"}).model_dump(), world.catalogue
    )
    assert [(p.code, p.pointer) for p in broken.problems] == [("template_syntax", "/nodes/1/config/tools")]


def test_what_is_wrong_with_a_tool_is_shown_where_it_stands(world: World) -> None:
    find = {"name": "find", "kind": "node", "node": "retriever", "config": {"top_k": 0}}
    call = {"name": "web", "kind": "http", "url": "https://x.example/{{ unheard }}"}
    found = check(around("agent", agent(find), {"query": "x"}).model_dump(), world.catalogue).problems
    found += check(around("agent", agent(FIND, call), {"query": "x"}).model_dump(), world.catalogue).problems
    assert [(problem.code, problem.pointer) for problem in found] == [
        ("config_missing", "/nodes/1/config/tools/0/config/vector_index"),
        ("config_invalid", "/nodes/1/config/tools/0/config/top_k"),
        ("name_unknown", "/nodes/1/config/tools/1/url"),
    ]


async def test_its_tools_count_as_its_own_before_and_during(world: World) -> None:
    world.datasets["secret"] = ("local", Label("confidential"))
    web = {"name": "web", "kind": "http", "url": "https://w.example/{{ q }}", "parameters": [{"name": "q"}]}
    secret = {"name": "secret", "dataset": "secret"}
    report = check(around("agent", agent(secret, web), {"query": "x"}).model_dump(), world.catalogue)
    kinds = [(resource.kind, resource.name) for resource in report.steps["n"].resources]
    assert kinds == [("model", "m"), ("dataset", "secret"), ("host", "w.example")]
    trace = await play(world, "agent", agent(secret, web), query="go")
    assert failed(trace) == "label_forbidden" and world.models.asked == []


async def test_what_tools_give_labels_the_answer(world: World) -> None:
    world.datasets["secret"] = ("local", Label("confidential", frozenset({"pii"})))
    world.knowledge.passages["secret"] = REPORTS
    world.models.answers["m"] = [[call("secret", query="x")], ["done"]]
    await play(world, "agent", agent({"name": "secret", "dataset": "secret"}), query="go")
    (label,) = [event.data["label"] for event in await events_of(world) if event.node == "n" and "label" in event.data]
    assert label == {"level": "confidential", "tags": ["pii"]}


@pytest.mark.attack("S-80", "S-81")
async def test_policy_is_asked_again_at_each_call(world: World) -> None:
    """What changes while an agent thinks counts for the calls that come after."""

    async def think(model: str, messages: Sequence[ChatMessage], **_: Any) -> AsyncIterator[ChatReply]:
        world.datasets["reports"] = ("public", Label("restricted"))
        done = any(message.role == "tool" for message in messages)
        yield ChatReply("Sorry." if done else "", model, "s", tool_calls=() if done else (call("find", query="x"),))

    world.models.chat = think  # type: ignore[method-assign]
    trace = await play(world, "agent", agent(FIND), query="go")
    assert (trace.outputs["text"], trace.outputs["steps"][0]["error"]) == ("Sorry.", "label_forbidden")
    assert world.knowledge.asked == []


# -- crashes


@dataclass
class Thinking:
    """A model that decides by what it is shown, as a real one does: a process more makes no difference."""

    script: Sequence[Sequence[ToolCall] | str]
    asked: list[int] = field(default_factory=list)

    async def chat(self, model: str, messages: Sequence[ChatMessage], **_: Any) -> AsyncIterator[str | ChatReply]:
        turn = sum(message.role == "assistant" for message in messages)
        self.asked.append(turn)
        said = self.script[turn]
        if isinstance(said, str):
            yield said
            yield ChatReply(said, model, "scripted", usage={"input": 1, "output": 1})
        else:
            yield ChatReply("", model, "scripted", usage={"input": 1, "output": 1}, tool_calls=tuple(said))


SCRIPT = [[call("find", query="x")], [call("work", "b", value=1), call("pay", "c", value=2)], "all done [1]"]
AGENT = chain(
    node("ask", "input", variable="query"), node("n", "agent", **agent(FIND, WORK, PAY)), node("end", "output")
)


class Case(Lives):
    """One run of `AGENT`: what was done outside, by idempotency key. What the model asks for is one process's matter."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name, AGENT, {"query": "go"}, self.look)
        self.worked: list[str] = []
        world.models = Thinking(SCRIPT)  # type: ignore[assignment]
        world.knowledge.passages["reports"] = REPORTS
        world.stage.parts = {"n": [self.do]}

    async def do(self, at: Any, _inputs: Any) -> dict[str, Any]:
        (self.effects if at.name == "pay" else self.worked).append(at.context.idempotency_key)
        await asyncio.sleep(0)
        return {"value": at.name}

    def look(self, paused: Run) -> Going:
        """The person looks at the bank's statement."""
        assert paused.pause is not None and paused.pause.node == "n" and paused.pause.asks is not None
        wanted = "skip" if self.effects else "repeat"
        (choice,) = [one["id"] for one in paused.pause.asks.form["choices"] if one["id"].startswith(wanted)]
        return Going("n", answer={"choice": choice})


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_crash_at_any_write_repeats_no_finished_call(world: World, side: Side) -> None:
    runs, questions = 0, 0
    async for lives, ended in at_every_write(world, side, lambda name: Case(world, name)):
        assert isinstance(lives, Case)
        assert (ended.status, ended.outputs) == ("succeeded", {"output": "all done [1]"}), lives.name
        assert len(lives.effects) == 1, lives.name
        assert len(set(lives.worked)) == 1, "a repeated call has the same key"
        noted = [event.data for event in await lives.log(ended) if event.type == "node.noted"]
        results = [note["call"] for note in noted if note["kind"] == "result"]
        thoughts = [note["step"] for note in noted if note["kind"] == "thought"]
        assert (results, thoughts) == ([1, 2, 3], [1, 2, 3]), lives.name
        assert [one.chunk_id for one in ended.citations] == ["c1"]
        runs, questions = runs + 1, questions + len(lives.pauses)
    assert runs > 6 and questions > 0


def first_choice(run: Run) -> str:
    assert run.pause is not None and run.pause.asks is not None
    return str(run.pause.asks.form["choices"][0]["id"])


@pytest.mark.parametrize(
    ("wanted", "paid", "status"), [("repeat", 2, "succeeded"), ("skip", 1, "succeeded"), ("fail", 1, "failed")]
)
async def test_a_person_decides_on_a_call_in_doubt_each_time_anew(
    world: World, wanted: str, paid: int, status: str
) -> None:
    """The process dies in the middle of paying, and, told to repeat it, once more: the old answer is not taken again."""
    keys: list[str] = []
    reached = asyncio.Event()

    async def pay(at: Any, _inputs: Any) -> dict[str, Any]:
        keys.append(at.context.idempotency_key)
        reached.set()
        if len(keys) < 2:
            await asyncio.Event().wait()
        return {"value": "paid"}

    world.stage.parts["n"] = [pay]
    world.models = Thinking([[call("pay", value=1)], "done"])  # type: ignore[assignment]
    service = world.service()
    run = await service.create(
        WS, new(chain(node("ask", "input", variable="query"), node("n", "agent", **agent(PAY))), {"query": "go"})
    )
    await soon(reached.wait())
    await world.workers[-1].stop()
    service = world.service()
    paused = await soon(service.wait(WS, run.id))
    assert paused.status == "paused" and first_choice(paused) == "repeat_1_1"
    await debugging(service).resume(WS, run.id, Going("n", answer={"choice": f"{wanted}_1_1"}), "ann")
    ended = await soon(service.wait(WS, run.id))
    assert (ended.status, len(keys), len(set(keys))) == (status, paid, 1)
    if status == "failed":
        assert ended.error is not None and ended.error.code == "agent_call_unknown"


async def test_an_old_answer_does_not_count_for_a_new_doubt(world: World) -> None:
    keys: list[str] = []
    reached = asyncio.Event()

    async def pay(at: Any, _inputs: Any) -> dict[str, Any]:
        keys.append(at.context.idempotency_key)
        reached.set()
        await asyncio.Event().wait()
        return {}

    world.stage.parts["n"] = [pay]
    world.models = Thinking([[call("pay", value=1)], "done"])  # type: ignore[assignment]
    service = world.service()
    run = await service.create(
        WS, new(chain(node("ask", "input", variable="query"), node("n", "agent", **agent(PAY))), {"query": "go"})
    )
    for times in (1, 2):
        await soon(reached.wait())
        await world.workers[-1].stop()
        reached.clear()
        service = world.service()
        paused = await soon(service.wait(WS, run.id))
        assert paused.status == "paused" and first_choice(paused) == f"repeat_1_{times}"
        await debugging(service).resume(WS, run.id, Going("n", answer={"choice": f"repeat_1_{times}"}), "ann")
    await soon(reached.wait())
    assert len(keys) == 3


async def test_an_agent_in_each_pass_of_an_iteration_has_keys_and_notes_of_its_own(world: World) -> None:
    world.stage.parts = {f"each/{n}/do": [f"result {n}"] for n in range(2)}
    world.models = Thinking([[call("work", value=1)], "done"])  # type: ignore[assignment]
    inner = {"nodes": [node("do", "agent", **agent(WORK, query="{{ item }}"))], "edges": []}
    steps = chain(
        node("ask", "input", variables=[{"name": "items", "type": "list"}]),
        node("each", "iteration", graph=inner, output="do.steps"), node("end", "output"),
    )  # fmt: skip
    assert check(steps.model_dump(), world.catalogue).problems == []
    run = await finished(world.service(), steps, {"items": ["a", "b"]})
    assert [[step["result"] for step in steps] for steps in run.outputs["output"]] == [["result 0"], ["result 1"]]
    assert [key for _, _, key in world.stage.calls] == [f"{run.id}:each/{n}/do:1" for n in range(2)]
