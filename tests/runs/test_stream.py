"""Stored, then live, without hole or repetition; and the text so far for who comes late."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from atoll.engine.events import Event
from atoll.kit.clock import now_ms
from atoll.runs import store
from atoll.runs.service import RunService
from atoll.runs.tail.tail import EVERYTHING, MOST_WAITING, Stored, Tail
from tests.runs.world import SOON, WS, World, chain, collect, finished, kinds, new, node, soon


def stored(events: list[Event]) -> list[int]:
    return [event.seq for event in events if event.seq]


def text(events: list[Event]) -> str:
    """What a reader shows of the deltas: offset 0 begins anew."""
    said = ""
    for event in events:
        if event.type == "node.delta":
            assert event.seq == 0
            assert event.data["offset"] in (0, len(said)), "a piece is missing or comes twice"
            said = said * bool(event.data["offset"]) + event.data["text"]
    return said


async def saying(world: World, **options: Any) -> tuple[RunService, str, asyncio.Event]:
    """A run in the middle of an answer."""
    gate = asyncio.Event()
    world.stage.parts["say"] = ["Hel", "lo ", gate, "wor", "ld"]
    service = world.service(**options)
    run = await service.create(WS, new(chain(node("a"), node("say", "say"))))
    await soon(world.stage.reached["say"].wait())
    return service, run.id, gate


@pytest.mark.parametrize("after", range(7))
async def test_a_reader_gets_what_is_stored_and_then_what_happens(world: World, after: int) -> None:
    """From any event on: before the gate four events are stored, after it two more come."""
    service, run_id, gate = await saying(world)
    seen: list[Event] = []
    async with asyncio.timeout(SOON), aclosing(service.stream(WS, run_id, after)) as stream:
        async for event in stream:
            if event is None or event.type == "node.delta":
                gate.set()
            if event is not None:
                seen.append(event)
    assert stored(seen) == list(range(after + 1, 7))
    if after < 5:
        assert text(seen) == "Hello world"
        assert {e.data["answer"] for e in seen if e.type == "node.delta"} == {True}


async def test_nothing_is_told_before_it_is_stored(world: World) -> None:
    service, run_id, gate = await saying(world)
    async with asyncio.timeout(SOON), aclosing(service.stream(WS, run_id)) as stream:
        async for event in stream:
            gate.set()
            if event is not None and event.seq:
                assert event.seq in stored(await service.events(WS, run_id))


async def test_readers_that_come_at_any_time_end_with_the_same(world: World) -> None:
    service, run_id, gate = await saying(world)
    early = [asyncio.create_task(collect(service, run_id)) for _ in range(3)]
    await asyncio.sleep(0)
    gate.set()
    late = [asyncio.create_task(collect(service, run_id)) for _ in range(3)]
    await soon(service.wait(WS, run_id))
    after = await collect(service, run_id)
    for reading in early + late:
        events = await soon(reading)
        assert stored(events) == [1, 2, 3, 4, 5, 6]
        assert [e.as_dict() for e in events if e.seq] == [e.as_dict() for e in after]
    assert text(await early[0]) == "Hello world" and text(after) == ""


async def test_a_dropped_connection_goes_on_where_it_was(world: World) -> None:
    """The reader hangs up after every single event and comes back with the last number it has."""
    service = world.service()
    run = await service.create(WS, new(chain(*(node(f"n{at}") for at in range(8)))))
    seen: list[int] = []
    while True:
        async with aclosing(service.stream(WS, run.id, seen[-1] if seen else 0)) as stream:
            event = await soon(anext(stream, None))
            if event is None:
                break
            seen.append(event.seq)
    assert seen == list(range(1, 19))


async def test_a_reader_of_a_run_that_another_process_carries_gets_everything(world: World) -> None:
    _, run_id, gate = await saying(world)
    elsewhere = world.service(world.worker(start=False))
    reading = asyncio.create_task(collect(elsewhere, run_id))
    await asyncio.sleep(0)
    gate.set()
    assert stored(await soon(reading)) == [1, 2, 3, 4, 5, 6]


async def test_text_whose_node_has_ended_is_not_shown_again(world: World) -> None:
    """A reader who comes between the storing of a node's end and its telling has the text from the end already."""
    worker = world.worker(start=False)
    service = world.service(worker)
    run = await service.create(WS, new(chain(node("say", "say"))))
    worker.tail.delta(run.id, "say", "Hello", True)
    async with world.db.begin() as tx:
        held = await store.claim(tx, "one", now_ms(), 10_000)
        assert held is not None
        ends = [Event("node.started", "say", {"attempt": 1}, 2), Event("node.succeeded", "say", {"outputs": {}}, 3)]
        await store.append(tx, held, ends, now_ms(), {})
    async with asyncio.timeout(SOON), aclosing(service.stream(WS, run.id)) as stream:
        shown = [await soon(anext(stream)) for _ in range(3)]
        assert kinds([event for event in shown if event]) == [
            ("run.started", None), ("node.started", "say"), ("node.succeeded", "say")]  # fmt: skip
        worker.tail.publish(run.id, ends)
        async with world.db.begin() as tx:
            held.seq = 3
            again = [Event("run.succeeded", None, {}, 4)]
            await store.append(tx, held, again, now_ms(), {"status": "succeeded"})
        worker.tail.publish(run.id, again)
        assert [event.type async for event in stream if event] == ["run.succeeded"]


async def test_a_second_attempt_begins_its_text_anew(world: World) -> None:
    world.models.answers["m"] = [["Hello wor", OSError("cut off")], ["Good ", "day"]]
    service = world.service()
    steps = chain(node("say", "llm", model="m", prompt_template="hi", retry={"attempts": 2, "delay": 0}))
    run = await service.create(WS, new(steps))
    events = await soon(collect(service, run.id))
    assert text(events) == "Good day"
    first, second = (e.data["text"] for e in events if e.type == "node.delta" and e.data["offset"] == 0)
    assert first == "Hello wor" and second in ("Good ", "Good day"), "pieces of one attempt may come as one"
    assert not [e for e in await service.events(WS, run.id) if e.type == "node.delta"], "pieces are not stored"


async def test_a_number_that_is_not_there_yet_still_ends_with_the_run(world: World) -> None:
    service, run_id, gate = await saying(world)
    reading = asyncio.create_task(collect(service, run_id, 999))
    await asyncio.sleep(0)
    gate.set()
    assert stored(await soon(reading)) == []


async def test_a_reader_of_a_run_that_has_ended_is_let_go(world: World) -> None:
    service = world.service()
    run = await finished(service, chain(node("a")))
    assert stored(await soon(collect(service, run.id, 2))) == [3, 4]
    assert await soon(collect(service, run.id, 4)) == []


async def test_nothing_is_kept_for_runs_that_nobody_reads(world: World) -> None:
    worker = world.worker()
    service = world.service(worker)
    world.stage.parts["say"] = ["Hello"]
    run = await finished(service, chain(node("say", "say")))
    async with aclosing(service.stream(WS, run.id)) as stream:
        await anext(stream)
    await soon(worker.settled(run.id))
    assert worker.tail._channels == {}


async def test_a_reader_who_is_behind_gets_the_pieces_that_came_meanwhile_as_one() -> None:
    """Never across nodes, never across a new beginning of the same node."""
    tail = Tail()
    reader, other = tail.subscribe("run"), tail.subscribe("run")
    for piece in ("one ", "two ", "three"):
        tail.delta("run", "a", piece, True)
    tail.delta("run", "b", "else", False)
    tail.delta("run", "a", ".", True)
    tail.publish("run", [Event("node.retrying", "a", {"attempt": 2}, 7)])
    tail.delta("run", "a", "again", True)
    got = [await reader.next(0) for _ in range(5)]
    shown = [
        (event.type, event.node, event.data.get("text"), event.data.get("offset"))
        if isinstance(event, Event) else event
        for event in got
    ]  # fmt: skip
    assert shown == [
        ("node.delta", "a", "one two three.", 0),
        ("node.delta", "b", "else", 0),
        ("node.retrying", "a", None, None),
        ("node.delta", "a", "again", 0),
        None,
    ]
    one = await other.next(0)
    assert isinstance(one, Event) and one.data == {"text": "one two three.", "offset": 0, "answer": True}


async def test_a_reader_who_does_not_read_keeps_little_waiting_and_is_sent_to_the_store() -> None:
    tail = Tail()
    reader = tail.subscribe("run")
    for seq in range(1, MOST_WAITING + 2):
        tail.delta("run", "a", "x", True)
        tail.publish("run", [Event("node.started", "a", {"attempt": 1}, seq)])
    assert len(reader._waiting) < MOST_WAITING
    assert await reader.next(0) == Stored(EVERYTHING)
    tail.delta("run", "a", "y", True)
    while (event := await reader.next(0)) and (not isinstance(event, Event) or event.type != "node.delta"):
        pass
    assert event is not None and event.data["text"] == (MOST_WAITING + 1) * "x" + "y", "no piece of the text is lost"
