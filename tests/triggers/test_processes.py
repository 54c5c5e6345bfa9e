"""Several processes and sudden deaths: a tick, and a message, start exactly one run."""

import asyncio
import json
import signal
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from atoll.kit.signature import sign
from tests import launcher
from tests.product import ROOT, Client, environment, serving
from tests.triggers.conftest import GRAPH, opened

MANY = 20
FIRES = """
import asyncio, os, signal, sys, time
from pathlib import Path
from atoll.cli.instance import Instance
from atoll.kit.settings import Settings
from atoll.triggers import repository

data, dies, begin = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])

def die():
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    instance = Instance(Settings(data=data, web=data))
    await instance.open()
    instance.worker.start()
    start, create, move_on = instance.triggers._firing.start, instance.runs.create, repository.move_on

    async def started(*given):
        if dies == "before":
            die()
        return await start(*given)

    async def moved(*given):
        done = await move_on(*given)
        if dies == "inside":  # the run and the row are written, and not committed
            die()
        return done

    async def created(*given):
        run = await create(*given)
        if dies == "after":
            die()
        return run

    instance.triggers._firing.start, instance.runs.create, repository.move_on = started, created, moved
    print("ready", flush=True)
    time.sleep(max(0, begin - time.time()))
    await instance.triggers.ticker.fire_due()
    await instance.stop()

asyncio.run(main())
"""


def fires(data: Path, dies: str = "", begin: float = 0) -> launcher.Process:
    """A process that opens the data and fires what is due, all others being asleep."""
    command = [sys.executable, "-c", FIRES, str(data), dies, str(begin)]
    return launcher.begin(command, cwd=ROOT, env=environment(data), out=sys.__stdout__)


def rows(data: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(data / "atoll.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def due(data: Path) -> None:
    """Every schedule's time has come, a moment ago."""
    connection = sqlite3.connect(data / "atoll.db")
    minute = int(time.time()) // 60 * 60_000
    connection.execute("UPDATE triggers SET wake_at = ? WHERE kind = 'schedule'", (minute,))
    connection.commit()
    connection.close()


async def prepared(folder: Path, count: int) -> Path:
    scene = await opened(folder)
    scene.clock.now = int(time.time() * 1000)
    for _ in range(count):
        await scene.schedule("0 0 1 1 *")  # its next time does not fall into the test
    data = scene.instance.settings.data
    await scene.instance.close()
    due(data)
    return data


def test_of_two_processes_one_fires_each_tick(tmp_path: Path) -> None:
    data = asyncio.run(prepared(tmp_path, MANY))
    begin = time.time() + 3
    processes = [fires(data, begin=begin) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    ticks = rows(data, "SELECT trigger_id, count(*) FROM runs GROUP BY trigger_id")
    assert len(ticks) == MANY and {count for _, count in ticks} == {1}
    assert rows(data, "SELECT count(*) FROM triggers WHERE wake_at > last_fired_at AND failures = 0") == [(MANY,)]


@pytest.mark.parametrize(("dies", "made"), [("before", 0), ("inside", 0), ("after", 1)])
def test_killed_while_it_fires_the_next_start_makes_it_exactly_one(tmp_path: Path, dies: str, made: int) -> None:
    data = asyncio.run(prepared(tmp_path, 1))
    assert fires(data, dies).wait(60) == -signal.SIGKILL
    assert rows(data, "SELECT count(*) FROM runs") == [(made,)]
    with serving(data, ATOLL_LEASE_SECONDS="1"):
        end = time.monotonic() + 20
        while (found := rows(data, "SELECT status FROM runs")) != [("succeeded",)] and time.monotonic() < end:
            time.sleep(0.1)
        assert found == [("succeeded",)]
    assert rows(data, "SELECT count(*) FROM triggers WHERE wake_at > last_fired_at AND last_run_id IS NOT NULL") == [
        (1,)
    ]


def test_a_server_fires_a_schedule_and_takes_messages_again_after_a_kill(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, ATOLL_SAMPLE="false") as product:
        client = product.client()
        client.set_up()
        app = client.call("POST", "/apps", {"name": "a", "graph": GRAPH}, expect=201)["id"]
        client.call("POST", f"/apps/{app}/publish", {}, expect=201)
        tick = client.call("GET", "/schedules/preview", params={"cron": "* * * * *", "time_zone": "Asia/Shanghai"})
        assert len(tick["items"]) == 5 and tick["items"][0]["local"].endswith("+08:00")
        hook = client.call("POST", f"/apps/{app}/triggers", {"kind": "webhook", "name": "h"}, expect=201)
        new = {"kind": "schedule", "name": "s", "cron": "0 0 1 1 *", "inputs": {"day": "{{ date }}"}}
        schedule = client.call("POST", f"/apps/{app}/triggers", new, expect=201)
        due(data)
        client.call("PATCH", f"/triggers/{schedule['id']}", {"name": "soon"})  # the loop hears of it and looks
        by_schedule = _one_run(client, schedule["id"])
        assert by_schedule["trigger"] == {"id": schedule["id"], "kind": "schedule", "name": "soon"}
        first = _send(client, hook)
        assert first.status_code == 202
        product.kill()
    with serving(data, ATOLL_SAMPLE="false") as product:
        again = _send(product.client(), hook)
    assert (again.status_code, again.json()) == (200, first.json())
    assert rows(data, "SELECT count(*) FROM runs WHERE trigger_id IS NOT NULL") == [(2,)]


def _one_run(client: Client, trigger_id: str) -> dict[str, Any]:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found: list[dict[str, Any]] = client.call("GET", "/runs", params={"trigger": trigger_id})["items"]
        if found and found[0]["status"] == "succeeded":
            assert len(found) == 1
            return found[0]
        time.sleep(0.05)
    raise AssertionError("the schedule was not fired")


def _send(client: Client, hook: dict[str, Any]) -> Any:
    body, at = json.dumps({"day": "today"}).encode(), str(int(time.time()))
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": at,
        "webhook-signature": sign(hook["secret"], "msg_1", at, body),
    }
    return client.post(hook["path"], content=body, headers=headers)
