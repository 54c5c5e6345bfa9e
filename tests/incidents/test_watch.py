"""What nobody takes is found, what was given up is written down with it, and operations are told once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select, update

from atoll.db.incidents import over, report
from atoll.db.tables.incidents import incidents
from atoll.db.tables.runs import runs
from atoll.incidents.alert import TRIES, Alert
from atoll.incidents.service import Incidents
from atoll.incidents.watch import Watch
from atoll.kit.clock import now_ms
from atoll.kit.signature import new_secret, signed
from tests.llm.peer import Answer, Asked, Peer, peer
from tests.runs.test_worker import POISON_CLAIMS, queued, soon, take
from tests.runs.world import WS, World

SECRET = new_secret()


def _status(code: int) -> Answer:
    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {code} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()

    return answer


@asynccontextmanager
async def _alerting(world: World, url: str, secret: str = "") -> AsyncIterator[Alert]:
    alert = Alert(world.db, url, secret)
    try:
        yield alert
    finally:
        await alert.aclose()


async def _rows(world: World) -> list[dict[str, Any]]:
    async with world.db.read() as tx:
        found = (await tx.execute(select(incidents).order_by(incidents.c.id))).mappings().all()
    return [dict(row) for row in found]


async def _reported(world: World, subject: str = "run_1") -> None:
    async with world.db.begin() as tx:
        await report(tx, "given_up", "run", workspace_id=WS, subject_id=subject, title="An app", code="run_poison")


def _watch(world: World, alert: Alert, seconds: float = 0.0) -> Watch:
    return Watch(world.db, alert, stuck_seconds=seconds)


async def test_a_run_that_nobody_takes_is_reported_once_and_no_more_when_somebody_does(world: World) -> None:
    run_id = await queued(world)
    async with _alerting(world, "") as alert:
        patient, watch, other = _watch(world, alert, 0.2), _watch(world, alert), _watch(world, alert)
        await patient.look()
        assert await _rows(world) == [], "it has just come"
        await asyncio.sleep(0.25)
        await patient.look()
        await asyncio.gather(watch.look(), other.look())
        (row,) = await _rows(world)
        assert (row["what"], row["kind"], row["subject_id"], row["ended_at"]) == ("stuck", "run", run_id, None)
        (shown,) = await Incidents(world.db).listing(WS)
        assert (shown.subject, shown.code) == (run_id, "nobody_takes_it")
        assert await Incidents(world.db).listing("ws_2") == []
        assert await take(world, "a worker") is not None
        await watch.look()
        (row,) = await _rows(world)
        assert row["ended_at"] is not None and row["next_at"] is None
        assert await Incidents(world.db).listing(WS) == []


async def test_a_run_that_is_taken_between_two_looks_has_not_waited(world: World) -> None:
    run_id = await queued(world)
    async with _alerting(world, "") as alert:
        watch = _watch(world, alert, 0.2)
        await watch.look()
        await asyncio.sleep(0.25)
        held = await take(world, "dies at once")
        assert held is not None
        await world.lapse(run_id)
        await watch.look()  # nobody has it now, but somebody had
        assert await _rows(world) == []


async def test_a_run_that_is_held_or_has_ended_or_waits_for_a_person_is_not_stuck(world: World) -> None:
    held, ended, paused = [await queued(world) for _ in range(3)]
    async with world.db.begin() as tx:
        await tx.execute(update(runs).where(runs.c.id == held).values(lease_until=now_ms() + 60_000))
        await tx.execute(update(runs).where(runs.c.id == ended).values(status="failed"))
        await tx.execute(update(runs).where(runs.c.id == paused).values(status="paused"))
    async with _alerting(world, "") as alert:
        await _watch(world, alert).look()
    assert await _rows(world) == []


async def test_a_run_that_kills_its_workers_is_an_incident_in_the_transaction_that_ends_it(world: World) -> None:
    run_id = await queued(world)
    for _ in range(POISON_CLAIMS):
        assert await take(world, "killed") is not None
        await world.lapse(run_id)
    run = await soon(world.service().wait(WS, run_id))
    assert run.error is not None and run.error.code == "run_poison"
    (row,) = await _rows(world)
    assert (row["what"], row["kind"], row["subject_id"], row["code"]) == ("given_up", "run", run_id, "run_poison")


async def test_the_same_again_is_the_same_until_it_is_over(world: World) -> None:
    await _reported(world)
    await _reported(world)
    assert len(await _rows(world)) == 1
    async with world.db.begin() as tx:
        await over(tx, "run_1")
    await _reported(world)
    assert [row["ended_at"] is None for row in await _rows(world)] == [False, True]


async def test_operations_are_told_once_and_signed_and_of_nothing_that_a_person_wrote(world: World) -> None:
    await _reported(world)
    async with peer(_status(204)) as receiver, _alerting(world, receiver.url, SECRET) as alert:
        async with _alerting(world, receiver.url, SECRET) as other:
            await asyncio.gather(*(one.send_due() for one in (alert, other, alert, other)))
        (asked,) = receiver.asked
        (row,) = await _rows(world)
        body = orjson.dumps(asked.json)
        assert signed([SECRET], asked.headers, body, now_ms()) == row["id"]
        assert signed([new_secret()], asked.headers, body, now_ms()) is None
        assert asked.json["type"] == "work.given_up"
        assert asked.json["data"] == {
            "incident": row["id"], "workspace": WS, "kind": "run", "id": "run_1", "code": "run_poison",
        }  # fmt: skip
        assert b"An app" not in body
        assert row["sent_at"] is not None and row["next_at"] is None


@pytest.mark.parametrize("fault", [_status(500), _status(302), _status(410)], ids=["error", "elsewhere", "gone"])
async def test_a_message_that_is_not_taken_comes_again_later_within_bounds(world: World, fault: Answer) -> None:
    await _reported(world)
    async with peer(fault) as receiver, _alerting(world, receiver.url) as alert:
        waits = []
        for _ in range(TRIES + 2):
            before = now_ms()
            await alert.send_due()
            await alert.send_due()  # not yet due
            (row,) = await _rows(world)
            waits.append((row["next_at"] or before) - before)
            if row["next_at"] is not None:
                await _set(world, next_at=0)
        assert len(receiver.asked) == TRIES and len({one.headers["webhook-id"] for one in receiver.asked}) == 1
        assert row["next_at"] is None and row["sent_at"] is None
        assert waits[: TRIES - 1] == sorted(waits[: TRIES - 1]) and waits[0] >= 10_000 and waits[TRIES - 2] <= 3_600_500
        assert "webhook-signature" not in receiver.asked[0].headers


async def test_a_receiver_that_is_not_there_and_old_news(world: World) -> None:
    await _reported(world)
    async with _alerting(world, "http://127.0.0.1:9/") as alert:
        await alert.send_due()
    (row,) = await _rows(world)
    assert row["tries"] == 1 and row["next_at"] > now_ms()
    await _set(world, next_at=0, found_at=now_ms() - 25 * 3600 * 1000)
    async with peer(_status(200)) as receiver, _alerting(world, receiver.url) as alert:
        await alert.send_due()
        assert receiver.asked == []


async def test_the_message_goes_to_that_host_alone(world: World) -> None:
    await _reported(world)
    async with peer(_status(200)) as other, peer(_to(other)) as receiver, _alerting(world, receiver.url) as alert:
        await alert.send_due()
        assert len(receiver.asked) == 1 and other.asked == []


def _to(other: Peer) -> Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]:
    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        where = other.url.replace("127.0.0.1", "localhost")
        writer.write(f"HTTP/1.1 307 x\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()

    return answer


async def test_the_loop_looks_and_tells_by_itself(world: World) -> None:
    run_id = await queued(world)
    async with peer(_status(200)) as receiver, _alerting(world, receiver.url) as alert:
        watch = _watch(world, alert)
        watch.start()
        await asyncio.wait_for(receiver.came.wait(), 10)
        await watch.stop()
        assert receiver.asked[0].json["data"]["id"] == run_id


async def test_only_seven_days_of_what_was_given_up_are_shown(world: World) -> None:
    old = {"id": "inc_0", "workspace_id": WS, "what": "given_up", "kind": "document", "subject_id": "doc_1",
           "title": "old.pdf", "code": "doc_gave_up", "found_at": now_ms() - 8 * 24 * 3600 * 1000, "tries": 0}  # fmt: skip
    async with world.db.begin() as tx:
        await tx.execute(insert(incidents).values(old))
    await _reported(world)
    assert [one.subject for one in await Incidents(world.db).listing(WS)] == ["run_1"]


async def _set(world: World, **values: Any) -> None:
    async with world.db.begin() as tx:
        await tx.execute(update(incidents).values(values))
