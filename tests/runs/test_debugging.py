"""A run under a person's hands: breakpoints, steps, changed values, answers, forks, one node alone."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from atoll.db.tables.runs import runs
from atoll.engine.events import Event
from atoll.engine.graph import GraphNode
from atoll.kit.errors import Conflict, Forbidden, NotFound, UserError
from atoll.runs import store
from atoll.runs.debugging import Fork, Going
from atoll.runs.schemas import Run
from atoll.runs.service import Begin, RunService
from atoll.sdk import NodeError
from tests.runs.test_containers import ITEMS, each, inner, text
from tests.runs.world import SOON, WS, World, chain, debugging, edge, finished, graph, new, node, soon

ABC = chain(node("a"), node("b"), node("c"))


async def begun(world: World, what: Any = ABC, inputs: Any = None, **begin: Any) -> tuple[RunService, Run]:
    service = world.service()
    return service, await finished(service, what, inputs, begin=Begin(**begin))


async def go(service: RunService, run: Run, mode: Any = "go", **more: Any) -> Run:
    await debugging(service).resume(WS, run.id, Going(mode=mode, **more), "ann")
    ended: Run = await soon(service.wait(WS, run.id))
    return ended


def at(run: Run) -> tuple[str, str | None, str | None]:
    return run.status, run.pause and run.pause.reason, run.pause and run.pause.node


async def test_a_breakpoint_stops_before_its_node_and_lets_it_go_on(world: World) -> None:
    service, run = await begun(world, breakpoints=[{"node": "b"}])
    assert at(run) == ("paused", "breakpoint", "b")
    assert [name for name, _, _ in world.stage.calls] == ["a"]
    run = await go(service, run)
    assert run.status == "succeeded" and world.stage.count("b") == world.stage.count("c") == 1


async def test_a_breakpoint_with_a_condition(world: World) -> None:
    holds = [{"variable": "item", "operator": ">", "value": 1}]
    steps = chain(ITEMS, each(graph=inner(node("w"))))
    service, run = await begun(world, steps, {"items": [1, 2, 3]}, breakpoints=[{"node": "each/w", "condition": holds}])
    assert at(run) == ("paused", "breakpoint", "each/1/w")
    run = await go(service, run, breakpoints=[])
    assert run.status == "succeeded"


async def test_steps_go_node_by_node_and_into_containers(world: World) -> None:
    steps = chain(ITEMS, each(graph=inner(node("w"))), node("after"))
    service, run = await begun(world, steps, {"items": [1, 2]}, mode="step")
    seen = []
    while run.status == "paused":
        seen.append(run.pause.node if run.pause else "")
        run = await go(service, run, "step")
    assert seen == ["start", "each", "each/0/w", "each/1/w", "after"]


async def test_stepping_over_and_out_of_a_container(world: World) -> None:
    steps = chain(ITEMS, each(graph=inner(node("w"))), node("after"))
    service, run = await begun(world, steps, {"items": [1, 2]}, breakpoints=[{"node": "each"}])
    over = await go(service, run, "over")
    assert at(over) == ("paused", "step", "after")
    service, run = await begun(world, steps, {"items": [1, 2]}, breakpoints=[{"node": "each/w"}])
    assert at(run) == ("paused", "breakpoint", "each/0/w")
    out = await go(service, run, "out", breakpoints=[])
    assert at(out) == ("paused", "step", "after")


async def test_other_branches_stop_too(world: World) -> None:
    """All stops when something does: what is at work ends, nothing else begins."""
    world.stage.parts["slow"] = [world.stage.hold]
    steps = graph(node("a"), node("b"), node("slow"), node("after"), edge("a", "b"), edge("slow", "after"))
    service = world.service()
    run = await service.create(WS, new(steps, begin=Begin(breakpoints=[{"node": "b"}])))
    await soon(world.stage.reached["slow"].wait())
    assert (await service.get(WS, run.id)).status == "running"
    world.stage.opened["slow"].set()
    stopped = await soon(service.wait(WS, run.id))
    assert stopped.status == "paused" and world.stage.count("after") == 0


async def test_a_run_under_way_is_paused(world: World) -> None:
    world.stage.parts["a"] = [world.stage.hold]
    service = world.service()
    run = await service.create(WS, new(ABC))
    await soon(world.stage.reached["a"].wait())
    await debugging(service).pause(WS, run.id, "ann")
    world.stage.opened["a"].set()
    paused = await soon(service.wait(WS, run.id))
    assert at(paused) == ("paused", "asked", "b")
    assert (await go(service, paused)).status == "succeeded"
    with pytest.raises(Conflict) as refused:
        await debugging(service).pause(WS, run.id, "ann")
    assert refused.value.code == "run_not_open"


async def test_a_value_is_changed_and_the_run_goes_on_with_it(world: World) -> None:
    service, run = await begun(world, breakpoints=[{"node": "b"}])
    run = await debugging(service).set_value(WS, run.id, "a", "value", "changed", "ann")
    assert run.status == "paused" and (await service.node(WS, run.id, "a")).outputs == {"value": "changed"}
    run = await go(service, run)
    assert run.outputs == {"value": "c(b(changed))"}


async def test_a_variable_is_changed(world: World) -> None:
    source = {"id": "start", "type": "input", "config": {"variable": "q"}}
    service, run = await begun(
        world, chain(source, text("say", "{{ q }}")), {"q": "old"}, breakpoints=[{"node": "say"}]
    )
    await debugging(service).set_value(WS, run.id, None, "q", "new", "ann")
    run = await go(service, run)
    assert run.outputs is not None and run.outputs["text"] == "new"


async def test_what_is_not_there_can_not_be_changed_and_what_goes_on_neither(world: World) -> None:
    service, run = await begun(world, breakpoints=[{"node": "b"}])
    with pytest.raises(NotFound):
        await debugging(service).set_value(WS, run.id, "nobody", "value", 1, "ann")
    run = await go(service, run)
    with pytest.raises(Conflict):
        await debugging(service).set_value(WS, run.id, "a", "value", 1, "ann")
    with pytest.raises(Conflict):
        await debugging(service).resume(WS, run.id, Going(mode="go"), "ann")


async def test_a_paused_run_costs_no_worker_and_goes_on_after_a_restart(world: World) -> None:
    _, run = await begun(world, breakpoints=[{"node": "b"}])
    row = await world.row(run.id)
    assert row["owner"] is None and row["lease_until"] is None
    await world.workers[0].stop()
    again = world.service()
    assert (await go(again, run)).outputs == {"value": "c(b(a()))"}
    assert world.stage.count("a") == 1


async def test_pinned_nodes_do_not_run(world: World) -> None:
    _, run = await begun(world, pins={"b": {"value": "pinned"}})
    assert run.outputs == {"value": "c(pinned)"} and world.stage.count("b") == 0


# Forks


async def forked(service: RunService, run: Run, node: str | None, **more: Any) -> Run:
    made = await debugging(service).fork(WS, run.id, Fork(node, **more), "ann")
    ended: Run = await soon(service.wait(WS, made.id))
    assert (ended.kind, ended.parent_id) == ("fork", run.id)
    return ended


async def test_a_fork_does_again_what_follows_and_nothing_else(world: World) -> None:
    service = world.service()
    run = await finished(service, ABC)
    world.stage.calls.clear()
    fork = await forked(service, run, "b")
    assert [name for name, _, _ in world.stage.calls] == ["b", "c"]
    assert fork.outputs == run.outputs
    keys = {key for _, _, key in world.stage.calls}
    assert keys == {f"{fork.id}:b", f"{fork.id}:c"}, "effects of a fork have keys of their own"


async def test_a_fork_with_typed_inputs_and_with_another_graph(world: World) -> None:
    service = world.service()
    run = await finished(service, ABC)
    fork = await forked(service, run, "b", begin=Begin(given={"b": {"value": "typed"}}))
    assert fork.outputs == {"value": "c(b(typed))"}
    other = chain(node("a"), text("b", "now {{ input }}"), node("c"))
    fork = await forked(service, run, "b", graph=other)
    assert fork.outputs == {"value": "c(now a())"}


async def test_a_fork_of_a_failed_run_begins_at_what_failed(world: World) -> None:
    service = world.service()
    world.stage.parts["b"] = [UserError("broken", "No.", "不。"), "mended"]
    run = await finished(service, ABC)
    assert run.status == "failed"
    fork = await forked(service, run, "b")
    assert fork.outputs == {"value": "c(mended)"} and world.stage.count("a") == 1


async def test_a_fork_keeps_what_a_container_gave(world: World) -> None:
    service = world.service()
    steps = chain(ITEMS, each(graph=inner(node("w"))), node("after"))
    run = await finished(service, steps, {"items": [1, 2]})
    world.stage.calls.clear()
    fork = await forked(service, run, "after")
    assert fork.outputs == run.outputs and [name for name, _, _ in world.stage.calls] == ["after"]


async def test_a_fork_from_the_start_takes_changed_inputs(world: World) -> None:
    source = {"id": "start", "type": "input", "config": {"variable": "q"}}
    service = world.service()
    run = await finished(service, chain(source, text("say", "{{ q }}")), {"q": "old"})
    fork = await forked(service, run, None, inputs={"q": "new"})
    assert fork.outputs is not None and fork.outputs["text"] == "new"
    with pytest.raises(NotFound):
        await debugging(service).fork(WS, run.id, Fork("nobody"), "ann")
    with pytest.raises(NotFound):
        await debugging(service).fork("ws_2", run.id, Fork(None), "eve")


# One node alone


async def test_one_node_runs_with_typed_inputs_and_names(world: World) -> None:
    service = world.service()
    lone = GraphNode.model_validate(text("say", "{{ q }} {{ find.documents[0].title }} {{ input }}"))
    names = {"q": "Why?", "find": {"documents": [{"title": "T"}]}}
    run = await debugging(service).try_node(WS, lone.id, lone, {"input": "x"}, names, new(ABC))
    run = await soon(service.wait(WS, run.id))
    assert run.kind == "node" and run.outputs is not None and run.outputs["text"] == "Why? T x"


async def test_one_node_runs_with_what_a_run_recorded(world: World) -> None:
    source = {"id": "start", "type": "input", "config": {"variable": "q"}}
    service = world.service()
    past = await finished(service, chain(source, node("find"), text("say", "{{ q }}: {{ input }}")), {"q": "Why?"})
    lone = GraphNode.model_validate(text("say", "{{ q }} -> {{ input }}"))
    run = await debugging(service).try_node(WS, lone.id, lone, {}, {}, new(ABC, parent_id=past.id))
    run = await soon(service.wait(WS, run.id))
    assert run.outputs is not None and run.outputs["text"] == "Why? -> find(Why?)"
    assert world.stage.count("find") == 1


async def test_one_node_inside_runs_with_what_the_last_pass_had(world: World) -> None:
    """Its inputs, the item, and what is around; a pass that failed before it came to the node has nothing to give."""
    start = {
        "id": "start",
        "type": "input",
        "config": {"variables": [{"name": "items", "type": "list"}, {"name": "tone"}]},
    }
    body = graph(node("find"), text("say", "{{ find.value }}"), edge("find", "say", value="input"))
    held = body.model_dump(exclude_defaults=True)
    each = node("each", "iteration", graph=held, error_mode="null")
    world.stage.parts["each/2/find"] = [NodeError("gone", "Gone.", "没了。")]
    service = world.service()
    past = await finished(service, chain(start, each), {"items": ["a", "b", "c"], "tone": "dry"})
    lone = GraphNode.model_validate(text("say", "{{ tone }} {{ item }} {{ index }} {{ find.value }} {{ input }}"))
    recorded = new(ABC, parent_id=past.id)

    async def tried(place: str, **variables: Any) -> Run:
        run = await debugging(service).try_node(WS, place, lone, {}, variables, recorded)
        return await soon(service.wait(WS, run.id))

    assert _said(await tried("each/say")) == "dry b 1 each/1/find() each/1/find()"
    assert _said(await tried("each/say", item="typed")) == "dry typed 1 each/1/find() each/1/find()"
    assert _said(await tried("each/other", item="x", index=0, find={"value": "v"}, input="y")) == "dry x 0 v y"
    lost = await tried("each/other")
    assert lost.error is not None and lost.error.code == "template_unknown_name"


def _said(run: Run) -> Any:
    assert run.outputs is not None, run.error
    return run.outputs["text"]


# A person is asked


APPROVE = node("ok", "approval", message="Send {{ text }}?", roles=["admin"],
               fields=[{"name": "amount", "type": "number", "required": True}])  # fmt: skip
SIGNED = graph(node("a"), APPROVE, node("yes"), node("no"), edge("a", "ok", value="text"),
               edge("ok", "yes", "approve", amount="value"), edge("ok", "no", "reject"))  # fmt: skip


def answer(choice: str = "approve", **fields: Any) -> Going:
    return Going(node="ok", answer={"choice": choice, "fields": fields, "comment": "Fine."})


async def test_a_person_decides(world: World) -> None:
    service, run = await begun(world, SIGNED)
    assert at(run) == ("paused", "approval", "ok")
    assert run.pause is not None and run.pause.asks is not None
    assert run.pause.asks.form["text"] == "Send a()?" and run.pause.asks.roles == ["admin"]
    await debugging(service).resume(WS, run.id, answer(amount=7), "bob", lambda ids: "admin" in ids)
    run = await soon(service.wait(WS, run.id))
    assert run.outputs == {"value": "yes(7)"} and world.stage.count("no") == 0
    given = (await service.node(WS, run.id, "ok")).outputs
    assert given == {"choice": "approve", "comment": "Fine.", "amount": 7}


@pytest.mark.parametrize(("message", "hidden"), [("Send {{ text }}?", ""), ("", ""), ("May it go?", "a()")])
async def test_who_releases_is_shown_what_and_as_what(world: World, message: str, hidden: str) -> None:
    """Also where the message does not show it: nobody signs for what they have not seen."""
    ok = node(
        "ok", "approval", message=message, release_level="internal", release_choice="reject", release_tags=["pii"]
    )
    _, run = await begun(world, graph(node("a"), ok, edge("a", "ok", value="text")))
    assert run.pause is not None and run.pause.asks is not None
    assert run.pause.asks.form["releases"] == {"choice": "reject", "level": "internal", "tags": ["pii"], "text": hidden}


@pytest.mark.parametrize(
    ("told", "role", "error", "code"),
    [
        (answer("approve", amount=7), "analyst", Forbidden, "approval_role"),
        (answer("maybe", amount=7), "admin", UserError, "answer_choice"),
        (answer(), "admin", UserError, "answer_missing"),
        (answer(amount="much"), "admin", UserError, "answer_type"),
        (Going(node="ok", answer={"choice": "approve", "fields": [1]}), "admin", UserError, "answer_fields"),
        (Going(node="ok", decision="skip"), "admin", Conflict, "run_not_paused"),
        (Going(mode="go"), "admin", Conflict, "run_not_paused"),
        (Going(node="yes", answer={"choice": "approve"}), "admin", Conflict, "run_not_paused"),
    ],
)
async def test_what_is_no_answer_changes_nothing(
    world: World, told: Going, role: str, error: type[Exception], code: str
) -> None:
    service, run = await begun(world, SIGNED)
    with pytest.raises(error) as refused:
        await debugging(service).resume(WS, run.id, told, "bob", lambda ids: role in ids)
    assert getattr(refused.value, "code", "") == code
    assert at(await service.get(WS, run.id)) == ("paused", "approval", "ok")


@pytest.mark.attack("S-26")
async def test_an_answer_counts_for_no_question_that_was_asked_since(world: World) -> None:
    """Who may answer the first one waits for their turn to write while somebody answers it, and the next one is asked."""
    service, run = await begun(world, graph(node("ok", "approval"), node("then", "approval", roles=["admin"])))
    answered = Event("run.resumed", "ok", {"answer": {"choice": "approve"}, "by": "ann"}, at=1)
    async with world.db.begin() as tx:
        late = asyncio.create_task(debugging(service).resume(WS, run.id, Going(answer={"choice": "approve"}), "bob"))
        await asyncio.sleep(0.1)
        assert await store.resume(tx, WS, run.id, answered)
        asked = {"reason": "approval", "node": "then", "asks": {"roles": ["admin"]}}
        await tx.execute(update(runs).where(runs.c.id == run.id).values(status="paused", pause=asked))
    with pytest.raises(Conflict, match="not waiting"):
        await soon(late)
    assert (await service.events(WS, run.id))[-1].data["by"] == "ann"


@pytest.mark.attack("S-26")
async def test_what_somebody_is_asked_about_stays_as_they_were_shown_it(world: World) -> None:
    """Else who may debug has a person release what they never saw."""
    ok = node("ok", "approval", release_level="internal")
    service, run = await begun(
        world, graph(node("a"), ok, node("then"), edge("a", "ok", value="text"), edge("ok", "then"))
    )
    for changed, name in (("a", "value"), (None, "anything"), ("ok", "released")):
        with pytest.raises(Conflict) as refused:
            await debugging(service).set_value(WS, run.id, changed, name, "something else", "eve")
        assert refused.value.code == "approval_open"
    await debugging(service).resume(WS, run.id, Going(node="ok", answer={"choice": "approve"}), "bob")
    await soon(service.wait(WS, run.id))
    assert (await service.node(WS, run.id, "ok")).outputs["released"] == "a()"


async def test_a_question_waits_until_the_rest_is_done(world: World) -> None:
    steps = graph(node("ok", "approval"), node("a"), node("b"), edge("a", "b"))
    _, run = await begun(world, steps)
    assert at(run)[0] == "paused" and world.stage.count("b") == 1


async def test_two_questions_are_asked_one_after_the_other_in_passes_too(world: World) -> None:
    steps = chain(ITEMS, each(graph=inner(node("ok", "approval")), parallel=2, output="ok.choice"))
    service, run = await begun(world, steps, {"items": [1, 2]})
    asked: list[Any] = []
    while run.status == "paused":
        asked.append(at(run)[2])
        told = Going(answer={"choice": "approve" if len(asked) == 1 else "reject"})
        await debugging(service).resume(WS, run.id, told, "bob")
        run = await soon(service.wait(WS, run.id))
    assert asked == ["each/0/ok", "each/1/ok"]
    assert run.outputs is not None and run.outputs["results"] == ["approve", "reject"]


async def test_no_answer_in_time_takes_its_own_way(world: World) -> None:
    late = node("ok", "approval", hours=0.0001)
    steps = graph(late, node("yes"), node("late"), edge("ok", "yes", "approve"), edge("ok", "late", "timeout"))
    service, run = await begun(world, steps)
    assert run.pause is not None and run.pause.asks is not None and run.pause.asks.until is not None
    await _sweep_until_woken(world, service, run)
    run = await soon(service.wait(WS, run.id))
    assert run.status == "succeeded" and world.stage.count("late") == 1 and world.stage.count("yes") == 0


async def _sweep_until_woken(world: World, service: RunService, run: Run) -> None:
    async with asyncio.timeout(SOON):
        while (await service.get(WS, run.id)).status == "paused":
            world.workers[0].ring()
            await asyncio.sleep(0.02)  # the clock itself is waited for
