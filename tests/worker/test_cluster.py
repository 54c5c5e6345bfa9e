"""An API process and two workers as real processes, over PostgreSQL and a real Redis: what is lost when one of them is.

Over SQLite: `test_roles.py` and `test_handing_on.py`.
"""

import base64
import json
import pickle
import signal
import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chaos.house import arrived, asking_and_paying, paying
from tests.chaos.peer import Peer, peering
from tests.postgresql import server as postgresql_server
from tests.product import ASKING, Client
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until
from tests.worker.cluster import Cluster, cluster

pytestmark = pytest.mark.xdist_group("cluster")
SETTINGS = {"ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_LEASE_SECONDS": "3"}


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.fixture(scope="module")
def house(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """`gunicorn app:app` and `celery -A tasks worker` as the article writes them, and one `atoll worker`."""
    folder = tmp_path_factory.mktemp("cluster")
    with postgresql_server() as server, cluster(folder, server.database(), redis.url, **SETTINGS) as made:
        made.gunicorn()
        made.ready(made.celery(), made.worker())
        yield made


@pytest.fixture(scope="module")
def owner(house: Cluster) -> Iterator[Client]:
    with house.client() as client:
        house.workspace_id = client.set_up()["workspace"]["id"]
        yield client


@pytest.fixture(scope="module")
def asking(owner: Client) -> str:
    made: str = owner.call("POST", "/apps", {"name": "asking", "graph": ASKING}, expect=201)["id"]
    return made


@pytest.fixture
def peer() -> Iterator[Peer]:
    with peering() as made:
        yield made


def _started(client: Client, app_id: str, **inputs: Any) -> str:
    run: str = client.call("POST", f"/apps/{app_id}/runs", {"inputs": inputs, "version": "draft"}, expect=201)["id"]
    return run


def _status(client: Client, run_id: str) -> str:
    status: str = client.call("GET", f"/runs/{run_id}")["status"]
    return status


def _app(client: Client, graph: dict[str, Any]) -> str:
    made: str = client.call("POST", "/apps", {"name": "calling", "graph": graph}, expect=201)["id"]
    return made


def test_a_run_made_by_the_api_is_carried_by_a_worker_at_once(house: Cluster, owner: Client, asking: str) -> None:
    waits = []
    for at in range(12):
        events = list(owner.events(_started(owner, asking, query=f"question {at}")))
        assert events[-1]["type"] == "run.succeeded"
        waits.append(events[1]["at"] - events[0]["at"])
    assert statistics.median(waits) < 500, "a worker's own look comes every 3 s: these were rung for"
    api, *workers = house.processes
    assert "run.ended" not in api.said
    assert sum(one.said.count("run.ended") for one in workers) == 12


def test_messages_that_are_doubled_unknown_or_hostile_do_nothing(
    house: Cluster, owner: Client, asking: str, redis: RedisServer
) -> None:
    with redis.client() as client:
        message = _message("runs")
        for one in [message] * 50 + [_message("else"), _message(["runs"]), _message("runs", task="os.system")]:
            client.lpush("atoll:runs", one)
        client.lpush("atoll:runs", _pickled(), b"\xff\xfe", b"{}", b"[]")
        run = _started(owner, asking, query="still there?")
        until("ended", lambda: _status(owner, run) == "succeeded")
        until("the queue is empty", lambda: client.llen("atoll:runs") == 0)
    assert [one.process.poll() for one in house.processes] == [None] * 3
    assert house.row(run)["epoch"] == 1, "carried once"


def _message(queue: Any, task: str = "atoll.ring") -> bytes:
    body = base64.b64encode(json.dumps([[queue], {}, {}]).encode()).decode()
    headers = {"lang": "py", "task": task, "id": "00000000-0000-0000-0000-000000000001", "argsrepr": "", "retries": 0}
    properties = {"delivery_tag": "t", "delivery_info": {"exchange": "", "routing_key": "runs"}, "priority": 0,
                  "body_encoding": "base64", "delivery_mode": 2}  # fmt: skip
    return json.dumps({"body": body, "content-encoding": "utf-8", "content-type": "application/json",
                       "headers": headers, "properties": properties}).encode()  # fmt: skip


class _Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return time.sleep, (600,)


def _pickled() -> bytes:
    whole = json.loads(_message("runs"))
    whole["body"] = base64.b64encode(pickle.dumps(_Hostile())).decode()
    return json.dumps(whole | {"content-type": "application/x-python-serialize", "content-encoding": "binary"}).encode()


def test_a_worker_told_to_stop_hands_on_within_a_second_and_one_that_is_killed_within_its_lease(
    house: Cluster, owner: Client, peer: Peer
) -> None:
    ask, pay = _app(owner, asking_and_paying(peer)), _app(owner, paying(peer))
    run, unsure = _started(owner, ask, name="x"), _started(owner, pay, name="x")
    arrived(peer, 2)
    carrier = house.carrier(run)
    if house.carrier(unsure) is not carrier:
        unsure = ""
    began = time.monotonic()
    carrier.tell(signal.SIGTERM)
    arrived(peer, 1)  # another process asks again
    assert time.monotonic() - began < 2.0  # a tenth of it, where nothing else runs
    assert carrier.ended() == 0
    second = house.carrier(run)
    assert second is not carrier
    third = house.worker("--queues", "runs")
    house.ready(third)
    second.tell(signal.SIGKILL)
    arrived(peer, 1)
    assert house.carrier(run) is third
    peer.open.set()
    until("ended", lambda: _status(owner, run) == "succeeded")
    assert [method for method, _ in peer.asked].count("GET") == 3
    assert peer.count("POST", f"{run}:pay") == 1
    if unsure:
        assert (_status(owner, unsure), peer.count("POST", f"{unsure}:pay")) == ("paused", 1), "a person decides"


def test_redis_gone_and_emptied_costs_time_only(house: Cluster, owner: Client, asking: str, redis: RedisServer) -> None:
    redis.kill()
    meanwhile = [_started(owner, asking, query=f"while it is away {at}") for at in range(5)]
    until("the workers look by themselves", lambda: all(_status(owner, run) == "succeeded" for run in meanwhile))
    redis.start()
    with redis.client() as client:
        client.flushall()
    until("rung again", lambda: _quick(owner, asking), 40)


def _quick(owner: Client, asking: str) -> bool:
    run, began = _started(owner, asking, query="and now?"), time.monotonic()
    until("ended", lambda: _status(owner, run) == "succeeded")
    return time.monotonic() - began < 1.0
