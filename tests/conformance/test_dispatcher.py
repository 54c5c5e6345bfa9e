"""Both dispatchers, one behaviour: a ring is heard, at least once after the last, and whoever rings never waits."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from celery.contrib.testing.worker import start_worker

from atoll.kit.dispatcher import QUEUES, Bells, Dispatcher, Queue
from atoll.worker.broker import celery_app
from atoll.worker.dispatcher import ENOUGH, CeleryDispatcher
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until

SOON = 5.0  # seconds


@dataclass
class Heard:
    """What was heard where the dispatcher leads to."""

    dispatcher: Dispatcher
    rings: list[str] = field(default_factory=list)

    def ring(self, queue: str) -> None:
        self.rings.append(queue)


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.fixture(params=["in process", "celery"])
def heard(request: pytest.FixtureRequest, redis: RedisServer) -> Iterator[Heard]:
    if request.param == "in process":
        bells = Bells()
        heard = Heard(bells)
        for queue in QUEUES:
            bells.hang(queue, lambda queue=queue: heard.ring(queue))  # type: ignore[misc]
        yield heard
        return
    dispatcher = CeleryDispatcher(redis.url, Bells())
    heard = Heard(dispatcher)
    with start_worker(celery_app(redis.url, heard.ring), perform_ping_check=False, loglevel="ERROR"):
        yield heard
    dispatcher.close()


def test_a_ring_is_heard_in_its_queue(heard: Heard) -> None:
    for queue in QUEUES:
        heard.dispatcher.ring(queue)
    until("rings", lambda: set(heard.rings) == set(QUEUES), SOON)
    heard.rings.clear()
    heard.dispatcher.ring("ingestion")
    until("rings", lambda: heard.rings == ["ingestion"], SOON)


def test_whoever_rings_often_and_at_once_does_not_wait_and_the_last_ring_is_heard(heard: Heard) -> None:
    began = time.monotonic()
    threads = [threading.Thread(target=lambda: [heard.dispatcher.ring("runs") for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 1.0
    until("rings", lambda: bool(heard.rings), SOON)
    time.sleep(0.2)
    heard.rings.clear()
    heard.dispatcher.ring("runs")
    until("rings", lambda: bool(heard.rings), SOON)


def test_closing_is_quick_and_ringing_afterwards_does_no_harm(heard: Heard) -> None:
    heard.dispatcher.ring("housekeeping")
    began = time.monotonic()
    heard.dispatcher.close()
    assert time.monotonic() - began < 1.0
    heard.dispatcher.ring("housekeeping")
    heard.dispatcher.pass_on("housekeeping")
    until("rings", lambda: "housekeeping" in heard.rings, SOON)


# What Redis may do to it


def test_full_queues_take_no_more(redis: RedisServer) -> None:
    with redis.client() as client:
        client.flushall()
        dispatcher = CeleryDispatcher(redis.url, Bells())
        for _ in range(3 * ENOUGH):
            dispatcher.ring("runs")
            time.sleep(0.002)
        time.sleep(0.2)
        assert 1 <= client.llen("atoll:runs") <= ENOUGH + 1
        dispatcher.close()
        client.flushall()


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_a_redis_that_is_away_is_nobodys_error_and_the_ring_comes_when_it_is_back(how: str) -> None:
    here: list[Queue] = []
    bells = Bells()
    bells.hang("runs", lambda: here.append("runs"))
    with redis_server() as server:
        dispatcher = CeleryDispatcher(server.url, bells)
        dispatcher.ring("ingestion")
        with server.client() as client:
            end = time.monotonic() + SOON
            while not client.llen("atoll:ingestion") and time.monotonic() < end:
                time.sleep(0.01)
            assert client.llen("atoll:ingestion") == 1
        server.kill() if how == "killed" else server.freeze()
        began = time.monotonic()
        for _ in range(1000):
            dispatcher.ring("runs")
        assert time.monotonic() - began < 0.5
        assert len(here) == 1000  # whoever has room here does not wait for Redis
        server.start() if how == "killed" else server.thaw()
        with server.client() as client:
            end = time.monotonic() + SOON
            while not client.llen("atoll:runs") and time.monotonic() < end:
                time.sleep(0.02)
            assert client.llen("atoll:runs") == 1
        dispatcher.close()
