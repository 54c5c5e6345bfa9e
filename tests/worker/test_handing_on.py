"""A worker that is told to stop in the middle of all kinds of work: another goes on at once, from where it was.

Leases are far longer than the test, so nothing but the hand-over can bring the work to its end.
"""

import signal
import time
from pathlib import Path

import pytest

from tests.chaos.house import arrived, asking_and_paying
from tests.chaos.peer import peering
from tests.redis_server import redis_server
from tests.waiting import until
from tests.worker.cluster import cluster

pytestmark = pytest.mark.xdist_group("cluster")
LONG = "\n\n".join(f"Paragraph {at}. " + "The heron stands in the shallow water and waits. " * 30 for at in range(1000))


def test_runs_documents_and_test_runs_are_handed_on(tmp_path: Path) -> None:
    settings = {"ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_LEASE_SECONDS": "600"}
    with redis_server() as redis, peering() as peer, cluster(tmp_path, "", redis.url, **settings) as house:
        house.api()
        first = house.worker()
        house.ready(first)
        with house.client() as client:
            client.set_up()
            app = client.call("POST", "/apps", {"name": "held", "graph": asking_and_paying(peer)}, expect=201)["id"]
            client.call(
                "POST", f"/apps/{app}/cases", {"name": "one", "inputs": {"name": "x"}, "expect": []}, expect=201
            )
            tests = client.call("POST", f"/apps/{app}/evaluations", {"version": "draft"}, expect=201)["id"]
            run = client.call("POST", f"/apps/{app}/runs", {"inputs": {"name": "x"}, "version": "draft"}, expect=201)[
                "id"
            ]
            arrived(peer, 2)
            second = house.worker()
            house.ready(second)
            dataset = client.call("POST", "/datasets", {"name": "birds"}, expect=201)["id"]
            for one in (first, second):  # both take one in, so that the first surely has one
                upload = {"file": (f"{one.process.pid}.txt", (LONG + str(one.process.pid)).encode(), "text/plain")}
                client.call("POST", f"/datasets/{dataset}/documents", files=upload, expect=201)

            def documents() -> list[dict[str, object]]:
                items: list[dict[str, object]] = client.call("GET", f"/datasets/{dataset}/documents")["items"]
                return items

            until("one is under way", lambda: any(item["status"] == "embedding" for item in documents()))
            assert any(item["status"] != "ready" for item in documents())
            began = time.monotonic()
            first.tell(signal.SIGTERM)
            arrived(peer, 2)  # the run's question, and the test run's
            assert time.monotonic() - began < 3.0  # a fifth of it, where nothing else runs
            assert first.ended() == 0 and "run.handed_on" in first.said
            peer.open.set()
            until("the run", lambda: client.call("GET", f"/runs/{run}")["status"] == "succeeded")
            until("the test runs", lambda: client.call("GET", f"/evaluations/{tests}")["status"] == "done")
            items = client.documents_ready(dataset)
            assert {item["status"] for item in items} == {"ready"}
            assert len({item["counts"]["chunks"] for item in items}) == 1 and items[0]["counts"]["chunks"] > 500
            asked = [method for method, _ in peer.asked]
            assert (asked.count("GET"), asked.count("POST")) == (4, 2), "each asked twice, each paid once"
        assert second.process.poll() is None


def test_a_pool_of_processes_is_had_for_the_asking(tmp_path: Path) -> None:
    settings = {"ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_LEASE_SECONDS": "600"}
    with redis_server() as redis, peering() as peer, cluster(tmp_path, "", redis.url, **settings) as house:
        house.api()
        pool = house.celery("--pool", "prefork", "-c", "2", "-Q", "runs")
        until("both are ready", lambda: pool.said.count("worker.ready") == 2, 60)
        house.ready(pool)
        with house.client() as client:
            client.set_up()
            app = client.call("POST", "/apps", {"name": "held", "graph": asking_and_paying(peer)}, expect=201)["id"]
            run = client.call("POST", f"/apps/{app}/runs", {"inputs": {"name": "x"}, "version": "draft"}, expect=201)[
                "id"
            ]
            arrived(peer, 1)
            pool.tell(signal.SIGTERM)
            assert pool.ended() == 0 and "run.handed_on" in pool.said
            house.ready(house.worker("--queues", "runs"))
            arrived(peer, 1)
            peer.open.set()
            until("ended", lambda: client.call("GET", f"/runs/{run}")["status"] == "succeeded")
        assert "work=['runs']" in pool.said
