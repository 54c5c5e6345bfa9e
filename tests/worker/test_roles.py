"""Each role by its own command: what it waits for, what it refuses, how it ends. Without Redis, over one SQLite file."""

import asyncio
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from atoll.cli.roles import await_schema, queues_of
from atoll.db.database import Database
from atoll.kit.errors import AtollError
from atoll.kit.settings import Settings
from atoll.workspaces.secrets.box import SecretBox
from atoll.workspaces.service import Workspaces
from tests.chaos.house import arrived, asking_and_paying
from tests.chaos.peer import peering
from tests.product import ASKING, COMMAND
from tests.waiting import until
from tests.worker.cluster import Cluster, cluster

pytestmark = pytest.mark.xdist_group("cluster")
TOKEN = "a token for metrics"
SETTINGS = {"ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_LEASE_SECONDS": "60"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, **SETTINGS) as made:
        yield made


def test_api_worker_and_scheduler_without_redis(house: Cluster) -> None:
    health = {"ATOLL_HEALTH_PORT": str(_free()), "ATOLL_METRICS_TOKEN": TOKEN.replace(" ", "-")}
    house.api()
    worker, scheduler = house.worker("--queues", "runs", **health), house.begin([*COMMAND, "scheduler"])
    house.ready(worker, scheduler)
    assert "worker.without_redis" in worker.said
    with house.client() as client, peering() as peer:
        house.workspace_id = client.set_up()["workspace"]["id"]
        app = client.call("POST", "/apps", {"name": "asking", "graph": ASKING}, expect=201)["id"]
        run = client.call("POST", f"/apps/{app}/runs", {"inputs": {"query": "who?"}, "version": "draft"}, expect=201)
        events = list(client.events(run["id"]))  # read from the store, as nothing else joins the two processes
        assert events[-1]["type"] == "run.succeeded"
        assert "run.ended" in worker.said

        where = f"http://127.0.0.1:{health['ATOLL_HEALTH_PORT']}"
        for path in ("/health/live", "/health/ready"):
            assert httpx2.get(f"{where}{path}", trust_env=False).json() == {"status": "ok"}
        assert httpx2.get(f"{where}/metrics", trust_env=False).status_code == 401
        bearer = {"Authorization": f"Bearer {health['ATOLL_METRICS_TOKEN']}"}
        assert "atoll_run_claims_total 1.0" in httpx2.get(f"{where}/metrics", headers=bearer, trust_env=False).text
        assert httpx2.get(f"{where}/api/v1/system", trust_env=False).status_code == 404

        app = client.call("POST", "/apps", {"name": "held", "graph": asking_and_paying(peer)}, expect=201)["id"]
        client.call("POST", f"/apps/{app}/runs", {"inputs": {"name": "x"}, "version": "draft"}, expect=201)
        arrived(peer, 1)
        _told_twice(house, worker.process.pid, worker)
        scheduler.tell(signal.SIGTERM)
        assert scheduler.ended(5) == 0


def _told_twice(house: Cluster, pid: int, worker: "object") -> None:
    """Told to stop while somebody holds the database's lock it waits, and its run with it; told again it does not."""
    held = next(one for one in house.processes if one is worker)
    lock = sqlite3.connect(house.data / "atoll.db", isolation_level=None)
    try:
        lock.execute("BEGIN IMMEDIATE")
        held.tell(signal.SIGTERM)
        time.sleep(0.7)
        assert held.process.poll() is None
        began = time.monotonic()
        held.tell(signal.SIGTERM)
        assert held.ended(5) == 1
        assert time.monotonic() - began < 1
    finally:
        lock.close()


def _free() -> int:
    from tests.product import free_port

    return free_port()


def test_a_role_waits_for_the_schema_and_refuses_a_newer_one(house: Cluster) -> None:
    (house.data / "atoll.db").unlink()
    waiting = house.begin([*COMMAND, "scheduler"])
    until("it waits", lambda: "database.awaited" in waiting.said)
    assert waiting.process.poll() is None and not (house.data / "atoll.db").exists()
    assert house.run("migrate").returncode == 0
    house.ready(waiting)
    with sqlite3.connect(house.data / "atoll.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE installation SET value = '9999' WHERE name = 'schema_oldest'")
    connection.close()
    for command in (["worker"], ["migrate", "--check"]):
        refused = house.run(*command)
        assert refused.returncode == 1 and refused.stderr.strip().splitlines()[-1].startswith("database_newer: ")
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("there", [True, False])
async def test_nobody_waits_for_ever(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "atoll.db").touch()
    with pytest.raises(AtollError) as refused:
        await await_schema(Settings(data=tmp_path), 0.1)
    assert refused.value.code == "database_older"


@pytest.mark.parametrize("listed", ["else", "runs,else", "runs ingestion", "运行", "x" * 10_000])
def test_queues_that_there_are_not(listed: str) -> None:
    with pytest.raises(AtollError) as refused:
        queues_of(listed)
    assert refused.value.code == "queue_unknown" and len(refused.value.message["en"]) < 200


@pytest.mark.parametrize("listed", ["", " , "])
def test_no_queue_at_all(listed: str) -> None:
    with pytest.raises(AtollError) as refused:
        queues_of(listed)
    assert refused.value.code == "queue_unknown"


def test_queues_come_in_one_order() -> None:
    assert queues_of("housekeeping, runs,runs") == ["runs", "housekeeping"]


def test_celery_without_redis_says_what_to_do(house: Cluster) -> None:
    from tests.worker.cluster import CELERY

    told = house.begin(CELERY)
    assert told.ended(60) == 1
    assert "redis_needed: Celery needs Redis: set REDIS_URL." in told.said and "Traceback" not in told.said


def test_web_serves_the_files_and_nothing_else(house: Cluster, tmp_path: Path) -> None:
    built = tmp_path / "web"
    built.mkdir()
    (built / "index.html").write_text("<title>Atoll</title>")
    port = _free()
    begun = house.begin([*COMMAND, "web", "--port", str(port)], ATOLL_WEB=str(built))
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        until("it answers", lambda: _answers(client))
        page = client.get("/apps/some")
        assert (
            page.text == "<title>Atoll</title>" and "frame-ancestors 'none'" in page.headers["content-security-policy"]
        )
        assert page.headers["x-content-type-options"] == "nosniff"
        assert client.get("/api/v1/system").status_code == 404
        assert client.post("/").status_code == 405
    begun.tell(signal.SIGTERM)
    begun.ended(10)
    assert not (house.data / "atoll.db").exists() or "database" not in begun.said


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/health/live").json() == {"status": "ok"}
    except httpx2.TransportError:
        return False


def test_every_process_knows_the_same_set_up_token(tmp_path: Path) -> None:
    async def token(data: Path) -> str:
        db = Database(f"sqlite+aiosqlite:///{data / 'atoll.db'}")
        await db.migrate()
        workspaces = Workspaces(db, SecretBox(data))
        await workspaces.start()
        await db.close()
        return workspaces.setup_token

    (tmp_path / "other").mkdir()
    tokens = {asyncio.run(token(tmp_path)) for _ in range(3)}
    other = asyncio.run(token(tmp_path / "other"))
    assert len(tokens) == 1 and len(other) == 24 and other not in tokens
