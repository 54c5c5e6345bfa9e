"""The live tail, within a process and between processes: the same promises to whoever reads a run."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog

from atoll.engine.events import Event
from atoll.runs.tail.redis import RedisTail
from atoll.runs.tail.tail import MOST_WAITING, Stored, Subscription, Tail
from atoll.runs.tail.wire import Unreadable, read_call, read_news
from tests.redis_server import PASSWORD, RedisServer, redis_server
from tests.runs.test_stream import stored, text
from tests.runs.world import SOON, WS, World, chain, new, node, soon

RUN = "run_1"


@pytest.fixture(scope="module")
def redis_() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@dataclass
class Ends:
    """`carries` is the tail of the process that carries the run, `reads` that of the process that reads it."""

    carries: Tail
    reads: Tail


@asynccontextmanager
async def apart(server: RedisServer) -> AsyncIterator[Ends]:
    ends = Ends(RedisTail(server.url), RedisTail(server.url))
    try:
        yield ends
    finally:
        await ends.carries.stop()
        await ends.reads.stop()


@pytest.fixture(params=["one process", "two over Redis"])
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[Ends]:
    if request.param == "one process":
        alone = Tail()
        yield Ends(alone, alone)
        return
    async with apart(request.getfixturevalue("redis_")) as two:
        yield two


@dataclass
class Told:
    """What a reader made of what it was told: the text of each node, and up to where the store has events."""

    reader: Subscription
    texts: dict[str, str] = field(default_factory=dict)
    seq: int = 0
    pieces: int = 0

    async def until(self, what: str, holds: Any) -> None:
        async with asyncio.timeout(SOON):
            while not holds(self):
                one = await self.reader.next(0.2)
                if isinstance(one, Event) and one.type == "node.delta":
                    assert one.node is not None
                    self.pieces += 1
                    said = self.texts.get(one.node, "") if one.data["offset"] else ""
                    assert one.data["offset"] == len(said), f"{what}: a hole"
                    self.texts[one.node] = said + one.data["text"]
                elif one is not None:
                    assert one.seq >= self.seq, f"{what}: out of order"
                    self.seq = one.seq

    async def text(self, node: str, whole: str) -> None:
        await self.until(f"text of {node}", lambda told: told.texts.get(node) == whole)

    async def stored(self, seq: int) -> None:
        await self.until(f"event {seq}", lambda told: told.seq == seq)


def started(seq: int, name: str = "say") -> Event:
    return Event("node.started", name, {"attempt": 1}, seq)


async def test_a_reader_hears_text_as_it_comes_and_how_far_the_store_is(ends: Ends) -> None:
    ends.carries.carry(RUN, 1)
    told = Told(ends.reads.subscribe(RUN))
    ends.carries.publish(RUN, [started(2)])
    ends.carries.delta(RUN, "say", "Hel", True)
    await told.text("say", "Hel")
    assert told.seq == 2
    ends.carries.delta(RUN, "say", "lo 世界🌍", True)
    await told.text("say", "Hello 世界🌍")
    ends.carries.publish(RUN, [Event("node.succeeded", "say", {}, 3), Event("run.succeeded", None, {}, 4)])
    await told.stored(4)


async def test_who_comes_late_gets_the_text_so_far_and_then_the_rest(ends: Ends) -> None:
    ends.carries.carry(RUN, 1)
    early = Told(ends.reads.subscribe(RUN))
    long = "".join(f"{at} " for at in range(60_000))
    for at in range(0, len(long), 5000):
        ends.carries.delta(RUN, "say", long[at : at + 5000], True)
    ends.carries.delta(RUN, "other", "aside", False)
    await early.text("say", long)
    late = Told(ends.reads.subscribe(RUN))
    ends.carries.delta(RUN, "say", "end", True)
    for told in (early, late):
        await told.text("say", long + "end")
        await told.text("other", "aside")


async def test_readers_who_subscribe_before_anybody_carries_the_run(ends: Ends) -> None:
    readers = [Told(ends.reads.subscribe(RUN)) for _ in range(3)]
    await asyncio.sleep(0.1)
    ends.carries.carry(RUN, 1)
    ends.carries.publish(RUN, [started(2)])
    ends.carries.delta(RUN, "say", "Hello", True)
    for told in readers:
        await told.text("say", "Hello")


async def test_half_a_character_spoils_nothing(ends: Ends) -> None:
    """A node may give any string of Python's; not every one can be sent."""
    ends.carries.carry(RUN, 1)
    told = Told(ends.reads.subscribe(RUN))
    for piece in ("Hello \ud83c", "\udf0d", " and \x00", " on"):
        ends.carries.delta(RUN, "say", piece, True)
    await told.text("say", "Hello ?? and \x00 on")


async def test_a_second_attempt_begins_its_text_anew(ends: Ends) -> None:
    ends.carries.carry(RUN, 1)
    told = Told(ends.reads.subscribe(RUN))
    ends.carries.delta(RUN, "say", "Hello wor", True)
    await told.text("say", "Hello wor")
    ends.carries.publish(RUN, [Event("node.retrying", "say", {"attempt": 2}, 3)])
    ends.carries.delta(RUN, "say", "Good day", True)
    await told.text("say", "Good day")
    late = Told(ends.reads.subscribe(RUN))
    await late.text("say", "Good day")


async def test_who_does_not_read_keeps_nothing_piling_up(ends: Ends) -> None:
    ends.carries.carry(RUN, 1)
    slow, quick = Told(ends.reads.subscribe(RUN)), Told(ends.reads.subscribe(RUN))
    for at in range(20):
        for _ in range(MOST_WAITING // 10):
            ends.carries.delta(RUN, "say", "word ", True)
            ends.carries.publish(RUN, [started(2 + at)])
        await quick.text("say", "word " * (at + 1) * (MOST_WAITING // 10))
    assert len(slow.reader._waiting) <= MOST_WAITING
    await slow.text("say", "word " * 20 * (MOST_WAITING // 10))
    assert slow.pieces == 1


async def test_nothing_is_kept_of_a_run_that_has_left(ends: Ends) -> None:
    ends.carries.carry(RUN, 1)
    told = Told(ends.reads.subscribe(RUN))
    ends.carries.delta(RUN, "say", "Hello", True)
    await told.text("say", "Hello")
    ends.carries.publish(RUN, [Event("run.failed", None, {}, 3)])
    ends.carries.forget(RUN)
    await told.stored(3)
    told.reader.close()
    for tail in (ends.carries, ends.reads):
        assert tail._channels == {}
        assert not isinstance(tail, RedisTail) or (tail._carried, tail._heard) == ({}, {})


# Only between processes


async def test_another_process_goes_on_with_the_run_and_the_first_one_is_no_longer_heard(redis_: RedisServer) -> None:
    async with apart(redis_) as ends, apart(redis_) as others:
        ends.carries.carry(RUN, 1)
        told = Told(ends.reads.subscribe(RUN))
        ends.carries.delta(RUN, "say", "Hello from the fi", True)
        await told.text("say", "Hello from the fi")
        others.carries.carry(RUN, 2)
        others.carries.delta(RUN, "say", "Good", True)
        await told.text("say", "Good")
        ends.carries.delta(RUN, "say", "rst", True)  # frozen for a while, it does not know yet
        await asyncio.sleep(0.1)
        others.carries.delta(RUN, "say", " day", True)
        await told.text("say", "Good day")
        others.carries.forget(RUN)  # as in a stop: it was not the end of the run
        ends.reads.carry(RUN, 3)
        ends.reads.delta(RUN, "say", "Here", True)
        await told.text("say", "Here")


async def test_whoever_leaves_is_no_longer_written_to(redis_: RedisServer) -> None:
    async with apart(redis_) as ends:
        assert isinstance(ends.carries, RedisTail)
        ends.carries.carry(RUN, 1)
        told = Told(ends.reads.subscribe(RUN))
        ends.carries.delta(RUN, "say", "Hello", True)
        await told.text("say", "Hello")
        assert len(ends.carries._carried[RUN].listeners) == 1
        told.reader.close()
        async with asyncio.timeout(SOON):
            while ends.carries._carried[RUN].listeners:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert ends.reads._channels == {}


async def test_a_process_that_dies_is_no_longer_written_to(redis_: RedisServer) -> None:
    async with apart(redis_) as ends:
        assert isinstance(ends.carries, RedisTail)
        ends.carries.carry(RUN, 1)
        told = Told(ends.reads.subscribe(RUN))
        ends.carries.delta(RUN, "say", "Hello", True)
        await told.text("say", "Hello")
        await ends.reads.stop()
        async with asyncio.timeout(SOON):
            while ends.carries._carried[RUN].listeners:
                ends.carries.delta(RUN, "say", "?", True)
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("harm", ["killed", "cut", "flushed"])
async def test_text_is_whole_again_after_redis_was_lost(redis_: RedisServer, harm: str) -> None:
    async with apart(redis_) as ends:
        ends.carries.carry(RUN, 1)
        told = Told(ends.reads.subscribe(RUN))
        ends.carries.delta(RUN, "say", "before, ", True)
        await told.text("say", "before, ")
        if harm == "killed":
            redis_.kill()
        else:
            with redis_.client() as client:
                client.flushall() if harm == "flushed" else client.client_kill_filter(_type="pubsub")
        for word in ("mean", "while, "):
            ends.carries.delta(RUN, "say", word, True)
            await asyncio.sleep(0.2)
        assert harm != "killed" or ends.reads.patience == Tail().patience, "readers look at the store meanwhile"
        if harm == "killed":
            redis_.start()
        ends.carries.publish(RUN, [started(7, "next")])
        ends.carries.delta(RUN, "say", "after", True)
        await told.text("say", "before, meanwhile, after")
        await told.stored(7)


async def test_a_redis_that_does_not_answer_holds_nobody_up_and_costs_no_memory(redis_: RedisServer) -> None:
    async with apart(redis_) as ends:
        assert isinstance(ends.carries, RedisTail)
        ends.carries.carry(RUN, 1)
        told = Told(ends.reads.subscribe(RUN))
        ends.carries.delta(RUN, "say", "before", True)
        await told.text("say", "before")
        redis_.freeze()
        try:
            began = asyncio.get_running_loop().time()
            for at in range(2000):
                ends.carries.carry(f"run_{at + 2}", 1)
                ends.carries.delta(RUN, "say", ".", True)
                ends.carries.publish(f"run_{at + 2}", [started(2), Event("run.succeeded", None, {}, 3)])
                ends.carries.forget(f"run_{at + 2}")
                ends.reads.subscribe(f"run_{at + 2}").close()
            assert asyncio.get_running_loop().time() - began < 1
            await asyncio.sleep(2.5)
            assert set(ends.carries._carried) == {RUN} and not ends.carries._due
        finally:
            redis_.thaw()
        await told.text("say", "before" + 2000 * ".")
        assert len(ends.carries._call.carries) <= 1


async def test_two_installations_on_one_redis_do_not_hear_each_other(redis_: RedisServer) -> None:
    async with apart(redis_) as ends:
        elsewhere = RedisTail(redis_.url.removesuffix("0") + "1")
        ends.carries.carry(RUN, 1)
        told, other = Told(ends.reads.subscribe(RUN)), elsewhere.subscribe(RUN)
        await asyncio.sleep(0.1)
        ends.carries.delta(RUN, "say", "Hello", True)
        await told.text("say", "Hello")
        assert await other.next(0.2) is None
        await elsewhere.stop()


def news(*said: Any, epoch: Any = 1) -> bytes:
    return json.dumps({RUN: [epoch, *said]}).encode()


HOSTILE_NEWS = [
    b"", b"\x00\xff", b"null", b"[]", b"7", b'"run"', b"{", b"[" * 100_000, b'{"run_1": 7}', b'{"": [1]}',
    b'{"run_1": {}}', b'{"run_1": []}', news(epoch=-1), news(epoch="1"), news(epoch=True), news(epoch=1.5),
    news(epoch=2**63), news(7), news({}), news([]), news(["say"]), news([None, []]), news([7, "say"]), news([7, [7]]),
    news([7, [{}]]), news([-7, []]), news([7, [""]]), news(["say", 1, 0, 7, True]), news(["say", 1, -1, "x", True]),
    news(["say", True, 0, "x", True]), news(["say", 1, 0, "x", "yes"]), news(["", 1, 0, "x", True]),
    news(["say", 1, 0, "x", True, 1]), news(["x" * 100_000, 1, 0, "x", True]), b" " * 9_000_000,
]  # fmt: skip
HOSTILE_CALLS = [
    b"", b"\xff", b"[]", b"{}", b'{"from": "x"}', b'{"from": 7, "carries": [], "asks": [], "leaves": []}',
    b'{"from": "x", "carries": "run_1", "asks": [], "leaves": []}',
    b'{"from": "x", "carries": [], "asks": [[]], "leaves": []}',
    b'{"from": "x", "carries": [], "asks": [], "leaves": {"run_1": 1}}',
]  # fmt: skip


@pytest.mark.parametrize("message", [*HOSTILE_NEWS, "not bytes", None], ids=range(len(HOSTILE_NEWS) + 2))
def test_news_that_nobody_sends_are_refused(message: object) -> None:
    with pytest.raises(Unreadable):
        read_news(message)


@pytest.mark.parametrize("message", HOSTILE_CALLS, ids=range(len(HOSTILE_CALLS)))
def test_calls_that_nobody_sends_are_refused(message: bytes) -> None:
    with pytest.raises(Unreadable):
        read_call(message)


async def test_what_somebody_else_writes_to_the_channels_is_ignored_with_one_line(redis_: RedisServer) -> None:
    """It is also no way to make up an event, or to have more kept than a text may be long."""
    async with apart(redis_) as ends:
        assert isinstance(ends.carries, RedisTail) and isinstance(ends.reads, RedisTail)
        ends.carries.carry(RUN, 1)
        told = Told(ends.reads.subscribe(RUN))
        ends.carries.delta(RUN, "say", "Hel", True)
        await told.text("say", "Hel")
        forged = [
            news(["say", 0, 3, "OLD", True]),  # an earlier text
            news(["say", 9, 0, "STALE", True], epoch=0),
            news(["say", 1, 0, "HEY", True]),  # what is there already stays
            news(["far", 1, 2**40, "x", True]),
            json.dumps({f"run_{at}": [1, ["n", 1, 0, "x", True], [9, []]] for at in range(5, 500)}).encode(),
        ]
        with structlog.testing.capture_logs() as logs, redis_.client() as client:
            for message in HOSTILE_NEWS + forged:
                client.publish(ends.reads._news_of + ends.reads._me, message)
            for message in HOSTILE_CALLS:
                client.publish(ends.carries._calls, message)
            ends.carries.delta(RUN, "say", "lo", True)
            await told.text("say", "Hello")
        assert [line["event"] for line in logs] == ["tail.unreadable"] * 2, "one for each process"
        assert set(told.texts) == {"say"} and set(ends.reads._channels) == {RUN}


async def test_no_line_of_the_log_holds_the_password_or_somebody_elses_request(redis_: RedisServer) -> None:
    wrong = RedisTail(redis_.url.replace(PASSWORD, "another-s3cret"))
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as logs:
        with structlog.contextvars.bound_contextvars(request_id="req_1"):
            wrong.carry(RUN, 1)
        await asyncio.sleep(0.5)
        await wrong.stop()
    assert [line["event"] for line in logs] == ["tail.away"] and "s3cret" not in str(logs)
    assert "request_id" not in logs[0], "it is not about whoever came first"


# The whole way: a run that one process carries and another one streams


@asynccontextmanager
async def read_elsewhere(world: World, redis_: RedisServer) -> AsyncIterator[Any]:
    async with apart(redis_) as ends:
        api = world.service(world.worker(start=False, tail=ends.reads))
        worker = world.worker(tail=ends.carries)
        yield api, worker, world.service(worker)


async def test_text_of_another_process_is_streamed_live(world: World, redis_: RedisServer) -> None:
    gate = asyncio.Event()
    world.stage.parts["say"] = ["Hel", "lo ", gate, "wor", "ld"]
    async with read_elsewhere(world, redis_) as (api, worker, _):
        run = await api.create(WS, new(chain(node("a"), node("say", "say"))))
        worker.ring()
        seen: list[Event] = []
        async with asyncio.timeout(SOON), aclosing(api.stream(WS, run.id)) as stream:
            async for event in stream:
                if event is not None:
                    seen.append(event)
                if text(seen) == "Hello ":  # before it goes on: so it came live
                    gate.set()
    assert stored(seen) == list(range(1, 7)) and text(seen) == "Hello world"


async def test_a_stream_is_whole_though_redis_dies_in_the_middle(world: World, redis_: RedisServer) -> None:
    gates = [asyncio.Event() for _ in range(2)]
    world.stage.parts["say"] = ["Hel", "lo ", gates[0], "wor", gates[1], "ld"]
    async with read_elsewhere(world, redis_) as (api, worker, _):
        run = await api.create(WS, new(chain(node("a"), node("say", "say"), node("b"))))
        worker.ring()
        seen: list[Event] = []
        async with asyncio.timeout(2 * SOON), aclosing(api.stream(WS, run.id)) as stream:
            async for event in stream:
                if event is not None:
                    seen.append(event)
                if text(seen) == "Hello " and not gates[0].is_set():
                    redis_.kill()
                    gates[0].set()
                    gates[1].set()
    redis_.start()
    assert stored(seen) == list(range(1, 9))
    assert seen[-1].type == "run.succeeded" and "Hello world" in str(seen[-3:])
