"""Large values in events: kept once, whole for every reader; and logs that this version can't read."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from atoll.db.tables.runs import event_values, runs
from atoll.db.tables.runs import events as events_table
from atoll.engine.events import Event
from atoll.engine.fold import fold
from atoll.kit.clock import now_ms
from atoll.runs import store, values
from atoll.runs.debugging import Going
from atoll.runs.service import Begin
from tests.runs.world import WS, World, chain, collect, debugging, finished, new, node, soon

LARGE = "长" * 40_000  # 120 kB
MB = "x" * 1_000_000

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.just("LARGE") | st.just("$value"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["$value", "a", "b"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["outputs", "$value", "x"]), JSON, max_size=3))
@settings(max_examples=300, deadline=None)
def test_what_is_stored_is_what_comes_back(data: dict[str, Any]) -> None:
    data = _enlarged(data)
    kept: dict[str, str] = {}
    text, version = values.stored(data, kept)
    raw = values.orjson.loads(text)
    if version == values.PLAIN:
        assert raw == data and not kept
        return

    def of(digest: str) -> Any:
        value = values.orjson.loads(kept[digest])
        return values.whole(value, {one: of(one) for one in values.referred(value)})

    back = {name: values.whole(v, {d: of(d) for d in values.referred(v)}) for name, v in raw.items()}
    assert back == data
    assert all(len(value) < len(values.dumps(data)) + 100 for value in kept.values())
    assert len(text) < 1_000


def _enlarged(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _enlarged(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_enlarged(inner) for inner in value]
    return LARGE if value == "LARGE" else value


async def count(world: World) -> int:
    async with world.db.read() as tx:
        return int((await tx.execute(select(func.count()).select_from(event_values))).scalar_one())


async def test_a_value_that_is_passed_on_is_kept_once_and_every_reader_has_it_whole(world: World) -> None:
    world.stage.parts["a"] = [LARGE]
    for name in ("b", "c"):
        world.stage.parts[name] = [lambda node, inputs: _give(inputs["value"])]
    service = world.service()
    run = await finished(service, chain(node("a"), node("b"), node("c")))
    assert run.outputs == {"value": LARGE} and await count(world) == 1
    events = await service.events(WS, run.id)
    assert [e.data["outputs"]["value"] == LARGE for e in events if e.type == "node.succeeded"] == [True] * 3
    assert [event.data for event in await collect(service, run.id)] == [event.data for event in events]
    plan = await service.plan_of_row(WS, await service.row(WS, run.id))
    assert fold(plan, events).nodes["c"].outputs == {"value": LARGE}
    assert (await service.node(WS, run.id, "c")).inputs == {"value": LARGE}
    same = [e.data["outputs"]["value"] for e in events if e.type == "node.succeeded"]
    assert same[0] is same[1] is same[2], "one value in memory too"


async def _give(value: Any) -> dict[str, Any]:
    return {"value": value}


async def test_inputs_forks_changes_and_the_next_worker_have_it_whole(world: World) -> None:
    ask = node("ask", "input", variables=[{"name": "q", "max_length": 1_000_000}])
    steps = chain(ask, node("a"), node("b"))
    service = world.service()
    run = await finished(service, steps, {"q": LARGE}, begin=Begin(breakpoints=[{"node": "b"}]))
    await debugging(service).set_value(WS, run.id, "a", "value", LARGE + "!", "ann")
    await world.workers[0].stop()
    again = world.service()
    await debugging(again).resume(WS, run.id, Going(mode="go"), "ann")
    ended = await soon(again.wait(WS, run.id))
    assert ended.outputs == {"value": f"b({LARGE}!)"}


async def test_workspaces_do_not_share_values(world: World) -> None:
    world.stage.parts["a"] = [LARGE]
    service = world.service()
    for workspace in (WS, "ws_2"):
        run = await service.create(workspace, new(chain(node("a"))))
        await soon(service.wait(workspace, run.id))
    assert await count(world) == 2


async def test_events_that_pass_a_megabyte_on_take_a_few_bytes_each(world: World, tmp_path: Path) -> None:
    """So 10,000 of them take a few megabytes; a fifth of that is written here."""
    service = world.service()
    run = await finished(service, chain(node("a")))
    async with world.db.begin() as tx:
        await tx.execute(
            update(runs).where(runs.c.id == run.id).values(status="running", owner="me", lease_until=2**50)
        )
    row = await world.row(run.id)
    held = store.Claim(run.id, WS, row["epoch"], "me", row["seq"])
    before = _size(tmp_path)
    for _ in range(4):
        group = [Event("node.noted", "a", {"text": MB, "n": n}, held.seq + 1 + n, now_ms()) for n in range(500)]
        async with world.db.begin() as tx:
            await store.append(tx, held, group, 2**50, {"status": "running"})
        held.seq += len(group)
    assert (_size(tmp_path) - before - len(MB)) / 2_000 < 400
    events = await service.events(WS, run.id, after=held.seq - 2_000)
    assert len(events) == 2_000 and all(event.data["text"] is events[0].data["text"] for event in events)
    assert events[0].data["text"] == MB


def _size(folder: Path) -> int:
    with sqlite3.connect(folder / "atoll.db") as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (folder / "atoll.db").stat().st_size


# A log of a newer version


async def test_a_log_with_an_unknown_event_sets_its_run_aside_until_a_newer_version_is_here(world: World) -> None:
    world.stage.parts["a"] = [world.stage.hold]
    service = world.service()
    run = await service.create(WS, new(chain(node("a"), node("b"))))
    await soon(world.stage.reached["a"].wait())
    await world.workers[0].stop()
    row = await world.row(run.id)
    async with world.db.begin() as tx:
        await tx.execute(
            events_table.insert().values(
                run_id=run.id, seq=row["seq"] + 1, type="node.dreamt", node="a", at=now_ms(), version=1, data="{}"
            )
        )
        await tx.execute(update(runs).where(runs.c.id == run.id).values(seq=row["seq"] + 1))
    again = world.service()
    aside = await soon(again.wait(WS, run.id))
    assert aside.status == "paused" and aside.pause is not None and aside.error is not None
    assert (aside.pause.reason, aside.pause.node, aside.error.code) == ("event_unknown", "", "event_unknown")
    assert "node.dreamt" in aside.error.message["en"] and aside.error.message["zh"]
    assert (await world.row(run.id))["owner"] is None and world.stage.count("a") == 1

    async with world.db.begin() as tx:  # a version that knows the event is here
        await tx.execute(events_table.update().where(events_table.c.type == "node.dreamt").values(
            type="node.noted"))  # fmt: skip
    world.stage.opened["a"].set()
    await debugging(again).resume(WS, run.id, Going(mode="go"), "ann")
    ended = await soon(again.wait(WS, run.id))
    assert ended.status == "succeeded" and ended.error is None


# Who asked


async def test_who_asked_for_a_stop_is_said_by_whoever_carries_it_out(world: World) -> None:
    world.stage.parts["a"] = [world.stage.hold]
    carrying, asking = world.service(), world.service(start=False)
    run = await carrying.create(WS, new(chain(node("a"))))
    await soon(world.stage.reached["a"].wait())
    await asking.cancel(WS, run.id, "ann")
    await soon(carrying.wait(WS, run.id))
    assert (await carrying.events(WS, run.id))[-1].data == {"by": "ann"}


@pytest.mark.parametrize("change", [{"app_id": "app_2"}, {"version": 2}])
async def test_one_key_for_two_apps_or_versions_is_a_mistake(world: World, change: dict[str, Any]) -> None:
    from atoll.kit.errors import Conflict

    service = world.service()
    first = {"app_id": "app_1", "version": 1, "idempotency_key": "k"}
    run = await service.create(WS, new(chain(node("a")), **first))
    assert (await service.create(WS, new(chain(node("a")), **first))).id == run.id
    with pytest.raises(Conflict):
        await service.create(WS, new(chain(node("a")), **(first | change)))
