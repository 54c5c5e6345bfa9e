"""Graphs inside of graphs: passes one by one and at once, what they give, how they fail, and a crash in the middle."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from atoll.engine.fold import fold
from atoll.engine.plan import compile_plan
from atoll.runs.service import Begin
from atoll.sdk import NodeError
from tests.runs import invariants
from tests.runs.world import WS, World, chain, edge, finished, graph, kinds, new, node, soon

ITEMS = {"id": "start", "type": "input", "config": {"variables": [{"name": "items", "type": "list"}]}}


def inner(*nodes: dict[str, Any], edges: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"nodes": list(nodes), "edges": list(edges)}


def text(id: str, template: str) -> dict[str, Any]:
    return node(id, "template", template=template)


def each(**config: Any) -> dict[str, Any]:
    return node("each", "iteration", **config)


async def results(world: World, items: list[Any], **config: Any) -> Any:
    service = world.service()
    run = await finished(service, chain(ITEMS, each(**config)), {"items": items})
    plan = compile_plan(chain(ITEMS, each(**config)), world.catalogue)
    invariants.check(plan, await service.events(WS, run.id))
    return run.outputs["results"] if run.status == "succeeded" and run.outputs else run.error


@pytest.mark.parametrize("parallel", [1, 4])
async def test_each_item_is_done_and_results_keep_the_order(world: World, parallel: int) -> None:
    body = inner(text("say", "{{ index }}: {{ item }}"))
    assert await results(world, ["a", "b", "c"], graph=body, parallel=parallel) == ["0: a", "1: b", "2: c"]
    assert await results(world, [], graph=body, parallel=parallel) == []


async def test_what_a_pass_gives_may_be_named(world: World) -> None:
    body = inner(text("one", "{{ item }}"), text("two", "{{ input }}!"), edges=(edge("one", "two"),))
    assert await results(world, ["a"], graph=body) == ["a!"]
    assert await results(world, ["a"], graph=body, output="one.text") == ["a"]


async def test_nodes_inside_see_what_is_around(world: World) -> None:
    outer = text("greeting", "Hello")
    body = inner(text("say", "{{ greeting.text }} {{ item.name }} of {{ items | length }}"))
    steps = graph(
        ITEMS, outer, each(graph=body), edge("start", "greeting"), edge("start", "each"), edge("greeting", "each")
    )
    run = await finished(world.service(), steps, {"items": [{"name": "Ann"}, {"name": "Bob"}]})
    assert run.outputs is not None and run.outputs["results"] == ["Hello Ann of 2", "Hello Bob of 2"]


async def test_as_many_at_once_as_allowed_and_no_more(world: World) -> None:
    service = world.service()
    at_once, most = 0, 0

    async def work(node: Any, inputs: dict[str, Any]) -> dict[str, Any]:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        at_once -= 1
        return {"value": node.context.node_id}

    for number in range(10):
        world.stage.parts[f"each/{number}/w"] = [work]
    steps = chain(ITEMS, each(graph=inner(node("w")), parallel=3))
    run = await finished(service, steps, {"items": list(range(10))})
    assert run.outputs is not None and run.outputs["results"] == [f"each/{n}/w" for n in range(10)]
    assert most == 3
    keys = [key for _, _, key in world.stage.calls]
    assert len(set(keys)) == 10 and keys[0].startswith(f"{run.id}:each/")


@pytest.mark.parametrize(("mode", "expected"), [("stop", "broken"), ("null", ["a", None, "c"]), ("drop", ["a", "c"])])
@pytest.mark.parametrize("parallel", [1, 3])
async def test_a_pass_that_fails(world: World, mode: str, expected: Any, parallel: int) -> None:
    world.stage.parts |= {"each/0/w": ["a"], "each/1/w": [NodeError("broken", "No.")], "each/2/w": ["c"]}
    found = await results(world, [1, 2, 3], graph=inner(node("w")), error_mode=mode, parallel=parallel)
    assert (found.code if mode == "stop" else found) == expected


async def test_a_failure_stops_what_is_at_work_beside_it(world: World) -> None:
    world.stage.parts |= {"each/0/w": [world.stage.hold], "each/1/w": [NodeError("broken", "No.")]}
    run = await finished(
        world.service(), chain(ITEMS, each(graph=inner(node("w")), parallel=2), node("after")), {"items": [1, 2]}
    )
    assert run.status == "failed" and run.error is not None and run.error.code == "broken"
    await soon(world.stage.stopped["each/0/w"].wait())
    assert world.stage.count("after") == 0


async def test_a_failed_container_may_be_handled_outside(world: World) -> None:
    world.stage.parts["each/0/w"] = [NodeError("broken", "No.")]
    handled = {**each(graph=inner(node("w"))), "on_error": "branch"}
    steps = graph(ITEMS, handled, node("rescue"), edge("start", "each"), edge("each", "rescue", "error"))
    run = await finished(world.service(), steps, {"items": [1]})
    assert run.status == "succeeded" and world.stage.count("rescue") == 1


async def test_a_container_is_tried_again_from_its_first_pass(world: World) -> None:
    world.stage.parts["each/1/w"] = [NodeError("busy", "Busy.", retryable=True), "late"]
    again = {**each(graph=inner(node("w"))), "retry": {"attempts": 2, "delay": 0}}
    service = world.service()
    run = await finished(service, chain(ITEMS, again), {"items": [1, 2]})
    assert run.outputs is not None and run.outputs["results"] == ["each/0/w()", "late"]
    assert world.stage.count("each/0/w") == 2


@pytest.mark.parametrize("items", ["text", 7, {"a": 1}])
async def test_what_is_no_list_is_an_error_with_words(world: World, items: Any) -> None:
    source = {"id": "start", "type": "input", "config": {"variables": [{"name": "items", "type": "object"}]}}
    if not isinstance(items, dict):
        source["config"]["variables"][0]["type"] = "string" if isinstance(items, str) else "number"
    steps = graph(source, text("body", "x"), each(graph=inner(text("say", "x"))), edge("start", "each", items="items"))
    run = await finished(world.service(), steps, {"items": items})
    assert run.error is not None and run.error.code == "iteration_not_a_list"


async def test_branches_inside_are_skipped_pass_by_pass(world: World) -> None:
    even = [{"variable": "index", "operator": "in", "value": "0,2"}]
    body = inner(
        node("which", "condition", cases=[{"id": "even", "clauses": even}]),
        text("yes", "even {{ item }}"),
        text("no", "odd {{ item }}"),
        node("out", "output", name="said", template="{{ yes.text }}{{ no.text }}"),
        edges=(edge("which", "yes", "even"), edge("which", "no", "false"), edge("yes", "out"), edge("no", "out")),
    )
    assert await results(world, ["a", "b", "c"], graph=body) == ["even a", "odd b", "even c"]


async def test_iterations_inside_of_iterations(world: World) -> None:
    row = node("row", "iteration", graph=inner(text("cell", "{{ item * 2 }}")))
    body = inner(node("pass", "work"), row, edges=(edge("pass", "row", value="items"),))
    for number, cells in enumerate(([1, 2], [3])):
        world.stage.parts[f"each/{number}/pass"] = [cells]
    assert await results(world, [0, 1], graph=body, output="row.results") == [["2", "4"], ["6"]]


# Loops


def counting(**config: Any) -> dict[str, Any]:
    add = node(
        "add", "variable_assigner", assignments=[{"variable": "n", "operation": "add", "from": "value", "value": 1}]
    )
    fields = {"variables": [{"name": "n", "type": "number", "value": 0}], "graph": inner(add), **config}
    return node("again", "loop", **fields)


async def test_a_loop_goes_on_until_its_condition_holds(world: World) -> None:
    until = [{"variable": "n", "operator": "≥", "value": 3}]
    run = await finished(world.service(), chain(counting(until=until)))
    assert run.outputs is not None and (run.outputs["n"], run.outputs["passes"]) == (3, 3)


async def test_a_loop_ends_at_its_limit_and_begins_with_what_an_edge_gives(world: World) -> None:
    run = await finished(world.service(), chain(counting(most=4)))
    assert run.outputs is not None and (run.outputs["n"], run.outputs["passes"]) == (4, 4)
    source = {"id": "start", "type": "input", "config": {"variables": [{"name": "from", "type": "number"}]}}
    steps = graph(source, counting(most=2), edge("start", "again", **{"from": "n"}))
    run = await finished(world.service(), steps, {"from": 10})
    assert run.outputs is not None and run.outputs["n"] == 12


async def test_a_loop_sees_what_its_pass_gave(world: World) -> None:
    body = inner(text("say", "{{ 'x' * (index + 1) }}"))
    until = [{"variable": "last", "operator": "is", "value": "xxx"}]
    run = await finished(world.service(), chain(node("again", "loop", graph=body, until=until)))
    assert run.outputs is not None and (run.outputs["last"], run.outputs["passes"]) == ("xxx", 3)


async def test_a_condition_that_can_not_be_asked_fails_the_loop(world: World) -> None:
    until = [{"variable": "nothing", "operator": "is", "value": 1}]
    run = await finished(world.service(), chain(counting(until=until)))
    assert run.error is not None and run.error.code == "name_unknown"


# Crashes and size


@pytest.mark.parametrize("cut", range(2, 14))
async def test_a_container_goes_on_where_it_was(world: World, cut: int) -> None:
    """A log that is cut anywhere in the middle of an iteration goes on to the same end, doing nothing twice."""
    body = inner(node("w"), node("v"), edges=(edge("w", "v"),))
    steps = chain(ITEMS, each(graph=body, parallel=2), node("after"))
    service = world.service()
    whole = await service.events(WS, (await finished(service, steps, {"items": [1, 2]})).id)
    prefix = [event for event in whole[1:cut] if event.type != "run.succeeded"]
    done = {event.node for event in prefix if event.type == "node.succeeded"}
    world.stage.calls.clear()
    run = await service.create(WS, new(steps, {"items": [1, 2]}, begin=Begin(prefix=prefix)))
    ended = await soon(service.wait(WS, run.id))
    assert ended.status == "succeeded"
    assert not done & {name for name, _, _ in world.stage.calls}
    events = await service.events(WS, run.id)
    invariants.check_sequence(events)
    invariants.check_prefixes(compile_plan(steps, world.catalogue), events)
    assert set(Counter(event.node for event in events if event.type == "node.succeeded").values()) == {1}


async def test_many_items_keep_the_state_small(world: World) -> None:
    """What is known of an ended pass is what it gave: 2,000 passes leave no frame behind."""
    steps = chain(ITEMS, each(graph=inner(text("say", "{{ item }}")), parallel=8))
    service = world.service()
    run = await finished(service, steps, {"items": list(range(2000))})
    assert run.outputs is not None and run.outputs["count"] == 2000
    events = await service.events(WS, run.id)
    state = fold(compile_plan(steps, world.catalogue), events[:-2])
    passes = state.nodes["each"].passes
    assert passes is not None and passes.over and not passes.open and len(passes.values) == 2000


async def test_the_trace_of_a_node_inside(world: World) -> None:
    service = world.service()
    run = await finished(service, chain(ITEMS, each(graph=inner(text("say", "{{ item }}")))), {"items": ["a", "b"]})
    inside = await service.node(WS, run.id, "each/1/say")
    assert (inside.status, inside.outputs["text"]) == ("succeeded", "b")
    around = await service.node(WS, run.id, "each")
    assert around.passes is not None and (around.passes.begun, around.passes.failed) == (2, 0)
    assert around.inputs == {"items": ["a", "b"]}
    assert ("node.succeeded", "each/0/say") in kinds(await service.events(WS, run.id))


# Passes that end while more of them is about to begin


def broken_beside(*others: dict[str, Any]) -> dict[str, Any]:
    """A graph whose node `bad` fails at once when `index` is 1, beside others that could begin at the same time."""
    bad = text("bad", "{{ 'fine' if index != 1 else item.a.b }}")
    return inner(node("which", "condition", cases=[{"id": "on", "clauses": [{"variable": "index", "operator": "≥", "value": 0}]}]),
                 bad, *others, edges=(edge("which", "bad", "on"), *(edge("which", one["id"], "on") for one in others)))  # fmt: skip


@pytest.mark.parametrize("mode", ["stop", "null", "drop"])
@pytest.mark.parametrize(
    "beside", [text("also", "x"), node("also"), node("also", "loop", most=1, graph=inner(node("w")))]
)
async def test_a_pass_that_fails_begins_nothing_more(world: World, mode: str, beside: dict[str, Any]) -> None:
    found = await results(world, [1, 2, 3], graph=broken_beside(beside), parallel=3, error_mode=mode)
    if mode == "stop":
        assert found.code.startswith("template_")
    else:
        assert len(found) == (3 if mode == "null" else 2)


async def test_what_an_attempt_that_was_given_up_brings_later_is_not_taken_for_the_next_one(world: World) -> None:
    given_back = asyncio.Event()

    async def stubborn(node: Any, inputs: dict[str, Any]) -> dict[str, Any]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await world.stage.opened["stale"].wait()
        given_back.set()
        return {"value": "stale"}

    async def fresh(node: Any, inputs: dict[str, Any]) -> dict[str, Any]:
        world.stage.opened["stale"].set()
        await given_back.wait()
        await asyncio.sleep(0.05)  # the late outcome is on its way by now
        return {"value": "fresh"}

    world.stage.parts |= {
        "each/0/w": [stubborn, fresh],
        "each/1/w": [NodeError("busy", "Busy.", retryable=True), "b"],
    }
    again = {**each(graph=inner(node("w")), parallel=2), "retry": {"attempts": 2, "delay": 0}}
    run = await finished(world.service(), chain(ITEMS, again), {"items": [1, 2]})
    assert run.outputs is not None and run.outputs["results"] == ["fresh", "b"]
