"""What happens inside one run: retries, time limits, sizes, failures and the ways out of them, labels."""

import asyncio
import os
import threading
from typing import Any

import pytest

from atoll.policy import Label, Policy, Zone
from atoll.sdk import Input, Node, NodeError, Output
from tests.runs.world import WS, World, chain, collect, edge, finished, graph, kinds, new, node, soon

TWICE = {"attempts": 2, "delay": 0}


def passing(code: str = "busy") -> NodeError:
    return NodeError(code, "Busy.", retryable=True)


def calls(function: Any, **more: Any) -> type[Node]:
    """A node type that calls a plain function."""
    return type("Calls", (Node,), {"name": "calls", "outputs": (Output("value"),), "inputs": (Input("value"),),
                                   "invoke": lambda self, inputs: function(self, inputs), **more})  # fmt: skip


# Retries


async def test_a_retry_keeps_its_key_and_says_why(world: World) -> None:
    service = world.service()
    world.stage.parts["a"] = [passing(), "done"]
    run = await finished(service, chain(node("a", retry=TWICE)))
    events = await service.events(WS, run.id)
    assert kinds(events) == [
        ("run.started", None), ("node.started", "a"), ("node.retrying", "a"), ("node.started", "a"),
        ("node.succeeded", "a"), ("run.succeeded", None)]  # fmt: skip
    assert world.stage.calls == [("a", 1, f"{run.id}:a"), ("a", 2, f"{run.id}:a")]
    assert events[2].data["attempt"] == 2 and events[2].data["error"]["code"] == "busy"


async def test_back_off_doubles_and_only_what_may_pass_is_tried_again(world: World) -> None:
    service = world.service()
    world.stage.parts["a"] = [passing(), passing(), NodeError("no", "Never.")]
    run = await finished(service, chain(node("a", retry={"attempts": 9, "delay": 0.01})))
    delays = [e.data["delay"] for e in await service.events(WS, run.id) if e.type == "node.retrying"]
    assert delays == [0.01, 0.02]
    assert run.error is not None and run.error.code == "no"
    assert world.stage.count("a") == 3


@pytest.mark.parametrize("parallel", [1, 4])
async def test_a_rest_before_a_retry_holds_back_no_other_branch(world: World, parallel: int) -> None:
    service = world.service(limits={"parallel": parallel})
    world.stage.parts["a"] = [passing(), "done"]
    steps = graph(
        node("a", retry={"attempts": 2, "delay": 60}), node("b"), node("c"), node("d"),
        edge("b", "c"), edge("c", "d"),
    )  # fmt: skip
    run = await service.create(WS, new(steps))
    await soon(world.stage.reached["d"].wait())
    assert (await service.cancel(WS, run.id, "ann")).status in ("running", "cancelled")
    assert (await soon(service.wait(WS, run.id))).status == "cancelled"
    assert world.stage.count("a") == 1


async def test_no_more_nodes_work_at_once_than_the_limit_says(world: World) -> None:
    service = world.service(limits={"parallel": 2})
    most = working = 0

    async def count(_node: Any, _inputs: Any) -> dict[str, Any]:
        nonlocal most, working
        working += 1
        most = max(most, working)
        await asyncio.sleep(0)
        working -= 1
        return {"value": 1}

    names = [f"n{at}" for at in range(7)]
    world.stage.parts = {name: [count] for name in names}
    assert (await finished(service, graph(*map(node, names)))).status == "succeeded"
    assert most == 2


async def test_that_a_node_began_is_stored_before_it_does_anything(world: World) -> None:
    service = world.service()

    async def look(at: Any, _inputs: Any) -> dict[str, Any]:
        return {"value": kinds(await service.events(WS, at.context.run_id))}

    world.stage.parts["a"] = [look]
    run = await finished(service, chain(node("a")))
    assert run.outputs == {"value": [["run.started", None], ["node.started", "a"]]}


# Limits


async def test_a_node_that_takes_too_long_is_stopped_and_may_be_tried_again(world: World) -> None:
    service = world.service()
    world.stage.parts["a"] = [world.stage.hold, "done"]
    run = await finished(service, chain(node("a", timeout=0.05, retry=TWICE)))
    assert run.status == "succeeded"
    assert world.stage.stopped["a"].is_set()
    retrying = next(e for e in await service.events(WS, run.id) if e.type == "node.retrying")
    assert retrying.data["error"]["code"] == "node_timeout"
    assert "0.05 s" in retrying.data["error"]["message"]["en"]


async def test_a_time_out_of_the_nodes_own_is_not_its_time_limit(world: World) -> None:
    world.stage.parts["a"] = [TimeoutError("the printer does not answer")]
    run = await finished(world.service(), chain(node("a")))
    assert run.error is not None and run.error.code == "node_crashed"
    assert "the printer does not answer" in run.error.message["en"]


async def test_a_run_that_takes_too_long_ends_and_names_the_limit(world: World) -> None:
    service = world.service(limits={"seconds": 0.5})
    world.stage.parts["b"] = [world.stage.hold]
    run = await finished(service, chain(node("a"), node("b")))
    assert run.error is not None and run.error.code == "limit_run_seconds"
    assert "ATOLL_RUN_SECONDS = 0.5" in run.error.message["en"] and "ATOLL_RUN_SECONDS" in run.error.message["zh"]
    assert world.stage.stopped["b"].is_set()


async def test_a_run_that_ends_for_its_time_in_the_middle_of_a_write_has_no_hole(world: World) -> None:
    """The time is over while a group of events is being stored: they are all there, and the end comes after them."""
    worker = world.worker(limits={"seconds": 0.5})
    service = world.service(worker)
    world.stage.parts["a"] = [world.stage.hold]
    run = await service.create(WS, new(chain(node("a"), node("b"))))
    await soon(world.stage.reached["a"].wait())
    async with world.db.begin():  # the database is busy with another
        world.stage.opened["a"].set()
        await asyncio.sleep(0.55)  # the limit is a matter of time
    await soon(worker.settled(run.id))
    events = await service.events(WS, run.id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[2].type == "node.succeeded" and events[-1].type == "run.failed"


@pytest.mark.parametrize("kind", ["work", "template"])
@pytest.mark.parametrize("shape", ["chain", "fan"])
async def test_a_run_executes_no_more_nodes_than_the_limit_says(world: World, shape: str, kind: str) -> None:
    service = world.service(limits={"steps": 3})
    more = {"template": "x"} if kind == "template" else {}
    nodes = [node(f"n{at}", kind, **more) for at in range(4)]
    run = await finished(service, chain(*nodes) if shape == "chain" else graph(*nodes))
    assert run.error is not None and run.error.code == "limit_run_steps"
    assert "ATOLL_RUN_STEPS = 3" in run.error.message["en"]
    assert sum(e.type == "node.started" for e in await service.events(WS, run.id)) <= 3
    assert (await finished(service, chain(*nodes[:3]))).status == "succeeded"


@pytest.mark.parametrize("last", [node("a"), node("a", "template", template="{{ '0123456789' * 300000 }}")])
async def test_an_output_that_is_too_large_ends_the_run_and_names_the_limit(world: World, last: Any) -> None:
    world.stage.parts["a"] = ["x" * 2_500_000]
    run = await finished(world.service(limits={"output_bytes": 2_000_000}), chain(last))
    assert run.error is not None and run.error.code == "output_too_large"
    assert "ATOLL_RUN_OUTPUT_MB" in run.error.message["en"]


# What a node may do wrong


def _exits(_node: Node, _inputs: Any) -> Any:
    raise SystemExit(3)


def _stops(_node: Node, _inputs: Any) -> Any:
    return {"value": next(iter(()))}


def _surrogate(_node: Node, _inputs: Any) -> Any:
    raise ValueError(os.fsdecode(b"\xff"))


FAULTS: dict[str, tuple[Any, str]] = {
    "leaves the process": (_exits, "node_crashed"),
    "lets StopIteration out": (_stops, "node_crashed"),
    "raises with words that are no text": (_surrogate, "node_crashed"),
    "returns nothing": (lambda _node, _inputs: None, "output_not_a_dict"),
    "returns what is no JSON": (lambda _node, _inputs: {"value": {1, 2}}, "output_not_json"),
    "returns words that are no text": (lambda _node, _inputs: {"value": os.fsdecode(b"\xff")}, "output_not_json"),
    "looks up what nobody gives": (lambda node, _inputs: {"value": node.context.value("nope")}, "name_unknown"),
}


@pytest.mark.parametrize("instant", [False, True], ids=["in a thread", "instant"])
@pytest.mark.parametrize(("fault", "code"), FAULTS.values(), ids=FAULTS)
async def test_a_faulty_node_fails_and_harms_nothing_else(world: World, fault: Any, code: str, instant: bool) -> None:
    world.catalogue["calls"] = calls(fault, instant=instant)
    service = world.service()
    run = await finished(service, chain(node("a", "calls")))
    assert run.status == "failed" and run.error is not None
    assert (run.error.code, run.error.node) == (code, "a")
    assert (await finished(service, chain(node("b")))).status == "succeeded"


async def test_facts_that_are_no_json_are_kept_as_words(world: World) -> None:
    def records(node: Node, _inputs: Any) -> dict[str, Any]:
        node.context.record(what={1}, many={2: [object]}, words=os.fsdecode(b"\xff"), fine={"n": 1})
        return {"value": "done"}

    world.catalogue["calls"] = calls(records)
    service = world.service()
    run = await finished(service, chain(node("a", "calls")))
    assert run.status == "succeeded"
    facts = (await service.node(WS, run.id, "a")).facts
    assert facts["what"] == "{1}" and facts["fine"] == {"n": 1} and set(facts) == {"what", "many", "words", "fine"}


async def test_what_a_node_returned_can_not_change_afterwards(world: World) -> None:
    kept: list[Any] = [1]
    world.catalogue["calls"] = calls(lambda _node, _inputs: {"value": kept}, instant=True)
    service = world.service()
    world.stage.parts["b"] = [world.stage.hold]
    run = await service.create(
        WS, new(chain(node("a", "calls"), node("b"), node("c", "output", template="{{ a.value }}")))
    )
    await soon(world.stage.reached["b"].wait())
    kept.append(2)
    world.stage.opened["b"].set()
    assert (await soon(service.wait(WS, run.id))).outputs == {"output": "[1]"}


@pytest.mark.parametrize("instant", [False, True], ids=["in a thread", "instant"])
async def test_a_node_that_changes_what_it_is_given_changes_nobody_elses(world: World, instant: bool) -> None:
    def spoils(node: Node, inputs: Any) -> dict[str, Any]:
        for given in (inputs["value"], node.context.value("a.value"), node.context.scope["a"]["value"]):
            given.append("spoilt")
        return {"value": inputs["value"]}

    world.catalogue["calls"] = calls(spoils, instant=instant)
    world.stage.parts["a"] = [[1]]
    steps = graph(
        node("a"), node("b", "calls"), node("c"), edge("a", "b"), edge("b", "c"), edge("a", "c", None, value="other")
    )
    run = await finished(world.service(), steps)
    assert run.outputs == {"value": "c([1], [1, 'spoilt'])"}


async def test_text_of_an_attempt_that_was_given_up_is_not_shown(world: World) -> None:
    """A thread can't be stopped: what it says after its time is over belongs to nobody, while the next attempt speaks."""
    second, late = threading.Event(), threading.Event()

    def invoke(self: Node, inputs: Any) -> Any:
        if self.context.attempt == 1:
            yield "first "
            second.wait(5)
            yield "too late"
            late.set()
        else:
            yield "sec"
            second.set()
            late.wait(5)
            yield "ond"
            yield {"value": "second"}

    world.catalogue["talks"] = type(
        "Talks", (Node,), {"name": "talks", "outputs": (Output("value"),), "invoke": invoke}
    )
    service = world.service()
    run = await service.create(WS, new(chain(node("a", "talks", timeout=0.5, retry=TWICE))))
    said = [(e.data["text"], e.data["offset"]) for e in await collect(service, run.id) if e.type == "node.delta"]
    assert said in (
        [("first ", 0), ("sec", 0), ("ond", 3)],
        [("first ", 0), ("second", 0)],
    )  # two pieces may come as one


# Ways out of a failure


async def test_a_failure_ends_the_run_and_stops_the_others(world: World) -> None:
    service = world.service()

    async def fail(_node: Any, _inputs: Any) -> dict[str, Any]:
        await world.stage.reached["b"].wait()
        raise NodeError("broken", "Broken.", "坏了。", detail="line 1")

    world.stage.parts = {"a": [fail], "b": [world.stage.hold]}
    made = await service.create(WS, new(graph(node("a"), node("b"), node("c"), edge("a", "c"))))
    assert (await collect(service, made.id))[-1].type == "run.failed"
    assert world.stage.stopped["b"].is_set(), "the end is told when all has stopped"
    run = await service.get(WS, made.id)
    assert run.status == "failed" and run.error is not None
    assert (run.error.code, run.error.node, run.error.detail) == ("broken", "a", "line 1")
    assert run.error.message == {"en": "Broken.", "zh": "坏了。"}
    assert world.stage.count("c") == 0
    assert kinds(await service.events(WS, run.id))[-2:] == [("node.failed", "a"), ("run.failed", "a")]


async def test_a_failure_with_a_default_goes_on_with_it(world: World) -> None:
    service = world.service()
    world.stage.parts["a"] = [NodeError("broken", "Broken.")]
    steps = graph(
        node("a", on_error="default", default_outputs={"value": "spare"}), node("b"), node("c"),
        edge("a", "b"), edge("a", "c", "error"),
    )  # fmt: skip
    run = await finished(service, steps)
    assert run.outputs == {"value": "b(spare)"}
    assert ("node.skipped", "c") in kinds(await service.events(WS, run.id))


async def test_a_failure_with_a_branch_leaves_by_it(world: World) -> None:
    service = world.service()
    world.stage.parts["a"] = [NodeError("broken", "Broken.")]
    steps = graph(
        node("a", on_error="branch"), node("b"), node("c", "template", template="{{ a.error.code }}"), node("end", "output"),
        edge("a", "b"), edge("a", "c", "error"), edge("b", "end"), edge("c", "end"),
    )  # fmt: skip
    run = await finished(service, steps)
    assert run.outputs == {"output": "broken"}
    assert world.stage.count("b") == 0
    world.stage.parts["a"] = ["fine"]
    assert (await finished(service, steps)).outputs == {"output": "b(fine)"}


async def test_a_skipped_branch_never_blocks_a_join(world: World) -> None:
    """The dead half is skipped to its end, and the join takes what was delivered."""
    yes = {"id": "true", "clauses": [{"variable": "q", "operator": "is", "value": "yes"}]}
    left = [node(f"l{at}") for at in range(3)]
    right = [node(f"r{at}") for at in range(3)]
    steps = graph(
        node("ask", "input", variable="q"), node("if", "condition", cases=[yes]), *left, *right, node("join"),
        edge("ask", "if"), edge("if", "l0", "true", case="value"), edge("if", "r0", "false", case="value"),
        edge("l0", "l1"), edge("l1", "l2"), edge("r0", "r1"), edge("r1", "r2"),
        edge("l2", "join", None, value="value"), edge("r2", "join", None, value="other"),
    )  # fmt: skip
    service = world.service()
    for answer, dead, said in (("yes", "r", "join(l2(l1(l0(true))))"), ("no", "l", "join(r2(r1(r0(false))))")):
        run = await finished(service, steps, {"q": answer})
        events = await service.events(WS, run.id)
        assert [e.node for e in events if e.type == "node.skipped"] == [f"{dead}{at}" for at in range(3)]
        assert run.outputs == {"value": said}


# Labels

SECRET = Policy(zones=(Zone("local"), Zone("far")), input_label=Label("public"))


def answering(world: World) -> Any:
    world.policy = SECRET
    world.datasets["reports"] = ("local", Label("confidential", frozenset({"pii"})))
    world.models.answers["m"] = [["fine"]]
    world.knowledge.passages["reports"] = []
    return chain(
        node("ask", "input", variable="q"),
        node("find", "retriever", vector_index="reports"),
        node("say", "llm", model="m", prompt_template="{{ q }}"),
        node("end", "output"),
    )


async def test_a_label_travels_with_the_data(world: World) -> None:
    service = world.service()
    run = await finished(service, answering(world), {"q": "?"}, label={"level": "public", "tags": []})
    found = {e.node or e.type: e.data.get("label") for e in await service.events(WS, run.id) if e.data.get("label")}
    public, secret = {"level": "public", "tags": []}, {"level": "confidential", "tags": ["pii"]}
    assert found == {
        "run.started": public, "ask": public, "find": secret, "say": secret, "end": secret, "run.succeeded": secret,
    }  # fmt: skip


async def test_the_label_of_what_a_run_was_given_travels_too(world: World) -> None:
    given = {"level": "restricted", "tags": ["mnpi"]}
    service = world.service()
    run = await finished(service, answering(world), {"q": "?"}, label=given)
    found = {e.node: e.data["label"] for e in await service.events(WS, run.id) if e.node and "label" in e.data}
    assert found["ask"] == given
    assert found["end"] == {"level": "restricted", "tags": ["mnpi", "pii"]}


async def test_data_does_not_go_where_its_label_forbids(world: World) -> None:
    graph_of = answering(world)
    world.model_zones["m"] = "far"
    run = await finished(world.service(), graph_of, {"q": "?"})
    assert run.error is not None and (run.error.code, run.error.node) == ("label_forbidden", "say")
    assert world.models.asked == []


async def test_the_label_of_a_result_counts_though_a_skipped_node_follows_it(world: World) -> None:
    world.policy = SECRET
    world.datasets["reports"] = ("local", Label("confidential"))
    world.knowledge.passages["reports"] = []
    steps = graph(
        node("find", "retriever", vector_index="reports", query="x"), node("end", "output", on_error="branch"),
        node("after"), edge("find", "end"), edge("end", "after", "error"),
    )  # fmt: skip
    service = world.service()
    run = await finished(service, steps)
    last = (await service.events(WS, run.id))[-1]
    assert last.type == "run.succeeded" and last.data["label"] == {"level": "confidential", "tags": []}


async def test_who_begins_after_a_variable_of_the_conversation_was_set_has_its_label(world: World) -> None:
    """Though no edge leads there: any node may read the conversation."""
    world.policy = SECRET
    world.datasets["reports"] = ("local", Label("confidential"))
    world.knowledge.passages["reports"] = []
    world.stage.parts["other"] = [world.stage.hold]
    keep = {"variable": "conversation.found", "from": "variable", "value": "find.documents"}
    steps = graph(
        node("ask", "input", variable="q"), node("find", "retriever", vector_index="reports"),
        node("keep", "variable_assigner", assignments=[keep]), node("kept"), node("other"),
        node("read", "template", template="{{ conversation.found }}"),
        edge("ask", "find"), edge("find", "keep"), edge("keep", "kept"), edge("ask", "other"), edge("other", "read"),
    )  # fmt: skip
    service = world.service()
    run = await service.create(WS, new(steps, {"q": "?"}, label={"level": "public", "tags": []}))
    await soon(world.stage.reached["kept"].wait())
    world.stage.opened["other"].set()
    await soon(service.wait(WS, run.id))
    found = {e.node: e.data["label"]["level"] for e in await service.events(WS, run.id) if e.type == "node.succeeded"}
    assert (found["other"], found["read"]) == ("public", "confidential")
    row = await world.row(run.id)
    assert row["label"]["level"] == "confidential" and row["conversation"] == {"found": []}


async def test_a_template_changes_nothing_but_its_own_text(world: World) -> None:
    """A template may call methods of lists and objects; what they change is its own copy."""
    steps = graph(
        node("ask", "input", variables=[{"name": "items", "type": "list"}]),
        node("first", "template", template="{{ items.pop() }}{{ items | length }}"),
        node("second", "template", template="{{ items | length }}"),
        node("end", "output", template="{{ first.text }} {{ second.text }}"),
        edge("ask", "first"), edge("first", "second"), edge("second", "end"),
    )  # fmt: skip
    service = world.service()
    run = await service.wait(WS, (await service.create(WS, new(steps, {"items": [1, 2, 3]}))).id)
    assert run.outputs == {"output": "32 3"}
