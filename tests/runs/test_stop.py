"""A stop takes effect within a second, whatever the run is doing; so does a pause's answer."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import update

from atoll.db.tables.runs import events as events_table
from atoll.engine.graph import Graph
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict
from atoll.kit.jail.profiles import CodeJails
from atoll.runs.debugging import Going
from atoll.runs.execution.code import RunCode
from atoll.runs.schemas import Run
from atoll.runs.service import RunService
from atoll.sdk import Node, Output
from tests.runs.world import (
    SOON,
    WS,
    World,
    asked_at,
    chain,
    debugging,
    edge,
    finished,
    graph,
    kinds,
    new,
    node,
    soon,
)


async def stopped(service: RunService, run: Run, by: str = "ann") -> Run:
    """Stop it, and see that this took less than a second."""
    asked = now_ms()
    await service.cancel(WS, run.id, by)
    ended: Run = await soon(service.wait(WS, run.id))
    assert ended.status == "cancelled" and ended.ended_at is not None
    assert ended.ended_at - asked < 1000
    last = (await service.events(WS, run.id))[-1]
    assert (last.type, last.data) == ("run.cancelled", {"by": by})
    return ended


async def test_a_model_that_is_writing_is_hung_up_on(world: World) -> None:
    world.models.answers["m"] = [["Hel", asyncio.Event()]]
    service = world.service()
    run = await service.create(WS, new(chain(node("say", "llm", model="m", prompt_template="hi"), node("b"))))
    await soon(world.models.reached.wait())
    await stopped(service, run)
    assert world.models.left.is_set() and world.stage.count("b") == 0


@asynccontextmanager
async def jail_of(world: World) -> AsyncIterator[None]:
    jail = CodeJails()
    world.code = RunCode(jail, world.http)
    await jail.start()
    assert (await jail.check())["available"]
    try:
        yield
    finally:
        await jail.stop()


async def test_code_that_runs_for_ever_is_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    forever = "def main():\n    while True: pass\n"
    async with jail_of(world):
        service = world.service()
        steps = graph(node("c", "code", code=forever, inputs=[], timeout=10), node("b"), edge("c", "b"))
        asked = CodeJails.run
        reached = asyncio.Event()

        async def python(*args: Any, **more: Any) -> Any:
            reached.set()
            return await asked(*args, **more)

        monkeypatch.setattr(CodeJails, "run", python)
        run = await service.create(WS, new(steps))
        await soon(reached.wait())
        await stopped(service, run)
        quick = node("c", "code", code="def main():\n    return {'result': 1}", inputs=[])
        assert (await finished(service, graph(quick))).outputs == {"result": 1}


async def test_a_plain_function_is_not_waited_for(world: World) -> None:
    reached, go = threading.Event(), threading.Event()

    def invoke(self: Node, inputs: Any) -> Any:
        reached.set()
        go.wait(10)
        return {"value": 1}

    world.catalogue["slow"] = type("Slow", (Node,), {"name": "slow", "outputs": (Output("value"),), "invoke": invoke})
    service = world.service()
    run = await service.create(WS, new(chain(node("a", "slow"))))
    await soon(asyncio.to_thread(reached.wait, 5))
    await stopped(service, run)
    go.set()


async def test_a_node_that_will_not_be_stopped_holds_nothing_up(world: World) -> None:
    go = asyncio.Event()

    async def stubborn(_node: Any, _inputs: Any) -> dict[str, Any]:
        while not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:
                continue
        return {"value": 1}

    world.stage.parts["a"] = [stubborn]
    service = world.service()
    run = await service.create(WS, new(chain(node("a"))))
    await soon(world.stage.reached["a"].wait())
    try:
        await stopped(service, run)
    finally:
        go.set()
    assert len(await service.events(WS, run.id)) == 3


async def test_what_a_node_says_after_its_run_was_stopped_is_heard_by_nobody(world: World) -> None:
    go, said = asyncio.Event(), asyncio.Event()

    async def invoke(self: Node, inputs: Any) -> Any:
        yield "before"
        world.stage.reached["a"].set()
        while not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:
                continue
        yield "after"
        said.set()

    world.catalogue["talks"] = type("Talks", (Node,), {"name": "talks", "outputs": (Output("v"),), "invoke": invoke})
    worker = world.worker()
    service = world.service(worker)
    run = await service.create(WS, new(chain(node("a", "talks"))))
    await soon(world.stage.reached["a"].wait())
    await stopped(service, run)
    await soon(worker.settled(run.id))
    go.set()
    await soon(said.wait())
    assert worker.tail._channels == {}


async def test_a_run_that_waits_for_a_worker_is_stopped_by_the_next(world: World) -> None:
    idle = world.service(world.worker(start=False))
    run = await idle.create(WS, new(chain(node("a"))))
    await idle.cancel(WS, run.id, "ann")
    ended = await soon(world.service().wait(WS, run.id))
    assert (ended.status, world.stage.count("a")) == ("cancelled", 0)


async def test_a_run_that_another_process_carries_hears_of_it(world: World) -> None:
    carrier = world.worker(lease_seconds=0.3)  # looks every 100 ms
    world.stage.parts["a"] = [world.stage.hold]
    run = await world.service(carrier).create(WS, new(chain(node("a"))))
    await soon(world.stage.reached["a"].wait())
    elsewhere = world.service(world.worker(start=False))
    asked = now_ms()
    await elsewhere.cancel(WS, run.id, "ann")
    await soon(carrier.settled(run.id))
    ended = await elsewhere.get(WS, run.id)
    assert ended.status == "cancelled" and ended.ended_at is not None and ended.ended_at - asked < 1000
    assert world.stage.stopped["a"].is_set()


async def test_a_stop_meets_a_node_that_is_resting(world: World) -> None:
    world.stage.parts["a"] = [OSError("away")]
    service = world.service()
    run = await service.create(WS, new(graph(node("a", retry={"attempts": 2, "delay": 60}))))
    async with asyncio.timeout(SOON), aclosing(service.stream(WS, run.id)) as stream:
        async for event in stream:
            if event is not None and event.type == "node.retrying":
                break
    await stopped(service, run)


async def test_a_run_that_has_ended_stays_as_it_is(world: World) -> None:
    service = world.service()
    run = await finished(service, chain(node("a")))
    assert (await service.cancel(WS, run.id, "ann")).status == "succeeded"
    assert (await service.events(WS, run.id))[-1].type == "run.succeeded"


# Pause


PAYING = graph(node("p", "pay", default_outputs={"value": "assumed"}, on_error="branch"), node("after"),
               node("wrong", "template", template="{{ p.error.code }}"), node("beside"),
               edge("p", "after"), edge("p", "wrong", "error"))  # fmt: skip


async def paused(world: World, what: Graph = PAYING) -> tuple[RunService, Run]:
    """A run whose worker died while `p` was paying, and the service of the next worker."""
    first = world.worker()
    world.stage.parts["p"] = [world.stage.hold, "paid again"]
    run = await world.service(first).create(WS, new(what))
    await soon(world.stage.reached["p"].wait())
    await soon(world.stage.reached["beside"].wait())
    await first.stop()
    service = world.service()
    return service, await soon(service.wait(WS, run.id))


async def test_a_payment_that_was_cut_off_is_asked_about(world: World) -> None:
    service, run = await paused(world)
    assert (run.status, asked_at(run), run.ended_at) == ("paused", "p", None)
    row = await world.row(run.id)
    assert (row["owner"], row["lease_until"]) == (None, None)
    last = (await service.events(WS, run.id))[-1]
    assert (last.type, last.node, last.data) == ("run.paused", "p", {"reason": "effect_unknown"})
    assert world.stage.count("p") == 1


@pytest.mark.parametrize(
    ("decision", "times", "after", "outputs"),
    [
        ("repeat", 2, 1, {"after": {"value": "after(paid again)"}}),
        ("skip", 1, 1, {"after": {"value": "after(assumed)"}}),
        ("fail", 1, 0, {"wrong": {"text": "effect_unknown", "passages": []}}),
    ],
)
async def test_a_person_decides_what_became_of_it(
    world: World, decision: Any, times: int, after: int, outputs: dict[str, Any]
) -> None:
    service, run = await paused(world)
    await debugging(service).resume(WS, run.id, Going("p", decision), "ann")
    ended = await soon(service.wait(WS, run.id))
    assert ended.status == "succeeded" and ended.outputs is not None
    assert ended.outputs == outputs | {"beside": {"value": "beside()"}}
    assert (world.stage.count("p"), world.stage.count("after")) == (times, after)
    resumed = next(e for e in await service.events(WS, run.id) if e.type == "run.resumed")
    assert (resumed.node, resumed.data) == ("p", {"decision": decision, "by": "ann"})
    assert {key for name, _, key in world.stage.calls if name == "p"} == {f"{run.id}:p"}


async def test_a_decision_to_fail_ends_a_run_that_has_no_other_way(world: World) -> None:
    service, run = await paused(world, graph(node("p", "pay"), node("beside"), node("after"), edge("p", "after")))
    await debugging(service).resume(WS, run.id, Going("p", "fail"), "ann")
    ended = await soon(service.wait(WS, run.id))
    assert ended.error is not None and (ended.error.code, ended.error.node) == ("effect_unknown", "p")


async def test_only_the_question_that_was_asked_can_be_answered_and_once(world: World) -> None:
    service, run = await paused(world)
    with pytest.raises(Conflict) as refused:
        await debugging(service).resume(WS, run.id, Going("after", "skip"), "ann")
    assert refused.value.code == "run_not_paused"
    await debugging(service).resume(WS, run.id, Going("p", "skip"), "ann")
    with pytest.raises(Conflict):
        await debugging(service).resume(WS, run.id, Going("p", "repeat"), "bob")
    assert (await soon(service.wait(WS, run.id))).status == "succeeded"


async def test_a_paused_run_can_be_stopped(world: World) -> None:
    service, run = await paused(world)
    await stopped(service, run, by="user")
    assert world.stage.count("p") == 1


async def test_a_persons_time_is_not_the_runs(world: World) -> None:
    service, run = await paused(world)
    async with world.db.begin() as tx:  # it all happened two hours ago, longer than a run may take
        await tx.execute(update(events_table).values(at=events_table.c.at - 7_200_000))
    await debugging(service).resume(WS, run.id, Going("p", "skip"), "ann")
    assert (await soon(service.wait(WS, run.id))).status == "succeeded"


async def test_two_payments_are_asked_about_one_after_the_other(world: World) -> None:
    first = world.worker()
    names = ("p", "q")
    world.stage.parts = {name: [world.stage.hold, f"{name} again"] for name in names}
    run = await world.service(first).create(WS, new(graph(*(node(name, "pay") for name in names))))
    for name in names:
        await soon(world.stage.reached[name].wait())
    await first.stop()
    service = world.service()
    for decision in ("skip", "repeat"):
        asked = await soon(service.wait(WS, run.id))
        assert asked.status == "paused" and asked_at(asked) is not None
        await debugging(service).resume(WS, run.id, Going(asked_at(asked), decision), "ann")
        await soon(collect_until_pause_or_end(service, run.id, asked))
    assert (await soon(service.wait(WS, run.id))).status == "succeeded"
    assert [(world.stage.count(name)) for name in names] == [1, 2]
    asked_about = [name for kind, name in kinds(await service.events(WS, run.id)) if kind == "run.paused"]
    assert asked_about == ["p", "q"]


async def collect_until_pause_or_end(service: RunService, run_id: str, before: Run) -> None:
    """Until another question is asked, or the run ends."""
    async with aclosing(service.stream(WS, run_id)) as stream:
        async for event in stream:
            if event is None:
                continue
            if event.type == "run.succeeded" or (event.type == "run.paused" and event.node != asked_at(before)):
                return


async def test_readers_see_a_pause_and_what_comes_after_it(world: World) -> None:
    """The answer is stored and not told: who hears of the next event finds it in the store."""
    service, run = await paused(world)
    seen = []
    async with asyncio.timeout(SOON), aclosing(service.stream(WS, run.id)) as stream:
        async for event in stream:
            if event is not None:
                seen.append(event)
            if event is not None and event.type == "run.paused":
                await debugging(service).resume(WS, run.id, Going("p", "skip"), "ann")
                await soon(service.wait(WS, run.id))
    assert [event.seq for event in seen] == list(range(1, len(seen) + 1))
    assert {"run.paused", "run.resumed", "run.succeeded"} < {event.type for event in seen}
