"""Creating, listing and looking into runs: scoped, idempotent, inputs checked before anything is written."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from atoll.db.tables.runs import runs
from atoll.kit.errors import Conflict, NotFound, UserError
from atoll.runs.debugging import Going
from tests.runs.world import WS, World, chain, collect, debugging, edge, finished, graph, new, node, soon

ASK = node(
    "ask",
    "input",
    variables=[
        {"name": "who"},
        {"name": "count", "type": "number", "required": False},
        {"name": "tone", "default": "kind", "max_length": 8},
        {"name": "tags", "type": "list", "required": False},
        {"name": "sure", "type": "boolean", "required": False},
    ],
)
HELLO = chain(ASK, node("say", "template", template="Hello {{ who }}, {{ tone }}"), node("end", "output"))


async def count(world: World) -> int:
    async with world.db.read() as tx:
        return (await tx.execute(select(func.count()).select_from(runs))).scalar_one()


async def test_a_run_goes_from_inputs_to_outputs(world: World) -> None:
    service = world.service()
    run = await finished(service, HELLO, {"who": "Ann"}, app_id="app_1", app_name="Greeter", version=3)
    assert (run.status, run.outputs) == ("succeeded", {"output": "Hello Ann, kind"})
    assert (run.app_id, run.app_name, run.version, run.created_by) == ("app_1", "Greeter", 3, "ann")
    assert run.graph_digest == HELLO.digest()
    assert run.started_at is not None and run.ended_at is not None and run.started_at <= run.ended_at
    assert await service.graph(WS, run.id) == HELLO.model_dump(exclude_defaults=True)


@pytest.mark.parametrize(
    ("inputs", "code", "pointer"),
    [
        ({}, "input_missing", "/inputs/who"),
        ({"who": ""}, "input_missing", "/inputs/who"),
        ({"who": None}, "input_missing", "/inputs/who"),
        ({"who": 7}, "input_type", "/inputs/who"),
        ({"who": "a", "count": "7"}, "input_type", "/inputs/count"),
        ({"who": "a", "count": True}, "input_type", "/inputs/count"),
        ({"who": "a", "tags": "x"}, "input_type", "/inputs/tags"),
        ({"who": "a", "sure": 1}, "input_type", "/inputs/sure"),
        ({"who": "a", "tone": "very kind"}, "input_too_long", "/inputs/tone"),
        ({"who": "a", "whom": "b"}, "input_unknown", "/inputs/whom"),
    ],
)
async def test_a_wrong_input_is_refused_and_nothing_is_written(
    world: World, inputs: dict[str, Any], code: str, pointer: str
) -> None:
    with pytest.raises(UserError) as refused:
        await world.service().create(WS, new(HELLO, inputs))
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    assert await count(world) == 0


async def test_inputs_left_out_take_their_defaults(world: World) -> None:
    run = await finished(world.service(), HELLO, {"who": "Ann", "count": 2.5, "tags": [1], "tone": ""})
    assert run.inputs == {"who": "Ann", "count": 2.5, "tone": "kind", "tags": [1], "sure": None}


async def test_the_same_idempotency_key_gives_the_same_run(world: World) -> None:
    service = world.service()
    first, second = await asyncio.gather(
        *(service.create(WS, new(HELLO, {"who": "Ann"}, idempotency_key="k")) for _ in range(2))
    )
    assert first.id == second.id
    await soon(service.wait(WS, first.id))
    assert (await service.create(WS, new(HELLO, {"who": "Ann"}, idempotency_key="k"))).outputs is not None
    assert await count(world) == 1


@pytest.mark.parametrize(
    "other", [new(HELLO, {"who": "Bob"}, idempotency_key="k"), new(chain(ASK), {"who": "Ann"}, idempotency_key="k")]
)
async def test_an_idempotency_key_is_for_one_request(world: World, other: Any) -> None:
    service = world.service()
    await service.create(WS, new(HELLO, {"who": "Ann"}, idempotency_key="k"))
    with pytest.raises(Conflict) as refused:
        await service.create(WS, other)
    assert refused.value.code == "idempotency_mismatch"
    elsewhere = await service.create("ws_2", other)
    assert elsewhere.inputs == other.inputs | {"count": None, "tone": "kind", "tags": None, "sure": None}


async def test_another_workspace_sees_nothing_of_a_run(world: World) -> None:
    service = world.service()
    run = await finished(service, HELLO, {"who": "Ann"})
    for ask in (
        service.get("ws_2", run.id),
        service.events("ws_2", run.id),
        service.cancel("ws_2", run.id, "eve"),
        debugging(service).resume("ws_2", run.id, Going("say", "fail"), "eve"),
        service.node("ws_2", run.id, "say"),
        service.graph("ws_2", run.id),
        anext(service.stream("ws_2", run.id)),
    ):
        with pytest.raises(NotFound) as refused:
            await ask
        assert refused.value.code == "run_not_found"
    assert (await service.page("ws_2"))[0] == []


async def test_runs_are_listed_newest_first_by_pages_and_filters(world: World) -> None:
    service = world.service()
    made = [await finished(service, HELLO, {"who": str(at)}, app_id=f"app_{at % 2}") for at in range(5)]
    ids = [run.id for run in reversed(made)]
    first, cursor = await service.page(WS, limit=2)
    second, cursor = await service.page(WS, limit=2, cursor=cursor)
    third, end = await service.page(WS, limit=2, cursor=cursor)
    assert [run.id for run in first + second + third] == ids and end is None
    assert [run.id for run in (await service.page(WS, app_id="app_1"))[0]] == ids[1::2]
    assert (await service.page(WS, status="failed"))[0] == []


async def test_the_trace_of_a_node_shows_what_went_in_and_what_came_out(world: World) -> None:
    service = world.service()
    world.stage.parts["b"] = [ValueError("once"), "done"]
    steps = graph(
        ASK, node("a"), node("b", retry={"attempts": 2, "delay": 0}), node("late"),
        edge("ask", "a"), edge("a", "b", value="other"), edge("b", "late", "error"),
    )  # fmt: skip
    run = await finished(service, steps, {"who": "Ann"})
    trace = await service.node(WS, run.id, "b")
    assert (trace.inputs, trace.outputs) == ({"other": "a(Ann)"}, {"value": "done"})
    assert (trace.status, trace.attempt, trace.error, trace.type) == ("succeeded", 2, None, "work")
    assert trace.label == {"level": "internal", "tags": []}
    assert (await service.node(WS, run.id, "late")).status == "skipped"
    with pytest.raises(NotFound) as refused:
        await service.node(WS, run.id, "nobody")
    assert refused.value.code == "node_not_found"


async def test_a_node_sees_what_its_run_is_called(world: World) -> None:
    told = "{{ sys.run_id }} {{ sys.app_id }} {{ sys.user }} {{ sys.started_at }}"
    run = await finished(world.service(), chain(node("t", "template", template=told)), app_id="app_1")
    assert run.outputs is not None
    run_id, app_id, user, at = run.outputs["text"].split(" ")
    assert (run_id, app_id, user) == (run.id, "app_1", "ann")
    assert at.endswith("Z")


async def test_the_citations_of_a_plugin_that_are_none_are_left_out(world: World) -> None:
    async def cites(_node: Any, _inputs: Any) -> dict[str, Any]:
        return {"value": "x", "citations": ["a book", {"n": 1}]}

    world.stage.parts["a"] = [cites]
    run = await finished(world.service(), chain(node("a")))
    assert (run.status, run.citations) == ("succeeded", [])


async def test_a_run_can_be_awaited_again_after_a_pause_was_answered(world: World) -> None:
    """Waiting follows the log from where it is, instead of meeting the old pause again and again."""
    first = world.service(world.worker(start=True))
    world.stage.parts["p"] = [world.stage.hold]
    run = await first.create(WS, new(chain(node("p", "pay"), node("b"))))
    await soon(world.stage.reached["p"].wait())
    await world.workers[0].stop()
    world.stage.parts["b"] = [world.stage.hold]
    second = world.service()
    assert (await soon(second.wait(WS, run.id))).status == "paused"
    await debugging(second).resume(WS, run.id, Going("p", "skip"), "ann")
    await soon(world.stage.reached["b"].wait())
    reads = 0
    look = second.get

    async def counted(*of: str) -> Any:
        nonlocal reads
        reads += 1
        return await look(*of)

    second.get = counted  # type: ignore[method-assign]
    waiting = asyncio.create_task(second.wait(WS, run.id))
    events = asyncio.create_task(collect(second, run.id))
    for _ in range(200):
        await asyncio.sleep(0)
    world.stage.opened["b"].set()
    assert (await soon(waiting)).status == "succeeded"
    assert (await events)[-1].type == "run.succeeded"
    assert reads <= 3
