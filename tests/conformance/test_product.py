"""The whole product on PostgreSQL: killed with signal 9, its database restarted, and every run comes to its end once."""

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.test_crash import SETTINGS, calling, examined, peer, signed_in, started
from tests.chaos.peer import Peer
from tests.postgresql import Server, server
from tests.product import command, serving


@pytest.fixture
def durable() -> Iterator[Server]:
    with server(durable=True) as running:
        yield running


def test_the_sample_is_read_found_and_answered(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.database(plain=True)  # whom row-level security holds
    with serving(tmp_path / "data", DATABASE_URL=url) as product:
        client = product.client()
        client.set_up()
        dataset = client.call("GET", "/datasets")["items"][0]
        documents = client.documents_ready(dataset["id"])
        assert len(documents) > 5 and {one["status"] for one in documents} == {"ready"}
        app = client.call("GET", "/apps")["items"][0]
        run = client.run(app["id"], {"user_query": "How large is Northwater's order backlog?"})
        assert run["status"] == "succeeded" and "3.4 billion" in run["outputs"]["answer"]
        assert "northwater-cable-en.pdf" in {cited["document_name"] for cited in run["citations"]}
        assert not (product.data / "atoll.db").exists()
        system = client.call("GET", "/system")
        assert not [one for one in system["warnings"] if "PostgreSQL" in one["en"]]
        assert client.call("GET", "/audit/check")["ok"]
        assert "ScopeBroken" not in product.log.read_text()
    saved = command(tmp_path / "data", "backup", str(tmp_path / "saved.tar.gz"), DATABASE_URL=url)
    assert saved.returncode == 0, saved.stderr
    other = postgresql.database(plain=True)
    (tmp_path / "other").mkdir()
    shutil.copy(tmp_path / "data" / "secrets.key", tmp_path / "other")
    back = command(tmp_path / "other", "restore", str(tmp_path / "saved.tar.gz"), DATABASE_URL=other)
    assert back.returncode == 0, back.stderr
    for args in (("audit", "verify"), ("reconcile",), ("users", "list")):
        done = command(tmp_path / "other", *args, DATABASE_URL=other)
        assert done.returncode == 0, f"{args}: {done.stderr}"


def test_killed_and_then_without_its_database_a_run_ends_once(durable: Server, tmp_path: Path, peer: Peer) -> None:
    data, graph, url = tmp_path / "data", calling(peer.url), durable.database()
    with serving(data, DATABASE_URL=url, **SETTINGS) as first:
        run_id = started(first.client(), graph)
        assert peer.arrived.acquire(timeout=20), "the run never reached its peer"
        first.kill()
    with serving(data, DATABASE_URL=url, **SETTINGS) as second:
        client = signed_in(second.client())
        assert peer.arrived.acquire(timeout=20), "the run did not go on"
        durable.stop()
        refused = client.get("/api/v1/apps")
        assert refused.status_code == 503 and "database_unreachable" in refused.text, refused.text
        peer.open.set()  # the node ends while nothing can be stored
        threading.Timer(1, durable.start).start()
        end = time.monotonic() + 30
        while (reply := client.get(f"/api/v1/runs/{run_id}")).status_code == 503 or reply.json()["ended_at"] is None:
            assert time.monotonic() < end, reply.text
            time.sleep(0.2)
        assert (reply.json()["status"], reply.json()["outputs"]) == ("succeeded", {"said": "through"})
        happened = examined(list(client.events(run_id)), graph)
    assert happened.count(("node.started", "call")) == 2
    assert sum(kind == "run.succeeded" for kind, _ in happened) == 1
    assert "s3cret" not in second.log.read_text()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:hunter2@h/db", "postgresql://user:password@host:port/name"),
        ("postgresql://u:hunter2@h", "names no database"),
        ("postgresql://u:hun/ter2@h/db", "%2F"),
        ("postgresql://u:hunter2@127.0.0.1:1/db", "DATABASE_URL names its host and port"),
    ],
)
def test_an_address_that_is_wrong_stops_the_start_with_a_sentence(tmp_path: Path, url: str, said: str) -> None:
    done = command(tmp_path / "data", "serve", DATABASE_URL=url, ATOLL_PORT="0")
    everything = done.stdout + done.stderr
    assert done.returncode != 0 and said in everything
    assert "Traceback" not in everything and "ter2" not in everything
