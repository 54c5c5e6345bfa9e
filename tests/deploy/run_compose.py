"""deploy/compose/compose.yaml with the images that `make image` has built: `make test-images`.

Images of PostgreSQL and Redis from elsewhere are named by POSTGRES_IMAGE and REDIS_IMAGE, as Compose itself reads them.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.deploy.door import NAME, certify, trusting
from tests.product import ASKING, PASSWORD, ROOT, USER, Client, free_port
from tests.waiting import until

COMMAND = os.environ.get("COMPOSE") or ("podman-compose" if shutil.which("podman-compose") else "docker compose")
SECONDS = 60.0


class Site:
    """A copy of deploy/compose with secrets and a certificate of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        for name in ("compose.yaml", "secrets.sh"):
            shutil.copy(ROOT / "deploy" / "compose" / name, folder)
        site = (ROOT / "deploy" / "nginx" / "site.conf").read_text()
        (folder / "site.conf").write_text(site.replace("atoll.example.com", NAME))
        (folder / "secrets").mkdir()
        certify(folder / "secrets")
        subprocess.run(["./secrets.sh"], cwd=folder, check=True)

    def __call__(self, *args: str) -> str:
        """What `docker compose ARGS` prints."""
        env = {**os.environ, "HTTP_PORT": str(free_port()), "HTTPS_PORT": str(self.port)}
        command = [*COMMAND.split(), "-p", "atoll-test", *args]
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout + done.stderr


def streamed(client: Client, run: str) -> str:
    """The type of the last event, as it comes through the front door."""
    with ThreadPoolExecutor() as pool:
        last = pool.submit(lambda: [event["type"] for event in client.events(run)][-1])
        try:
            return last.result(SECONDS)
        except TimeoutError:
            client.close()
            raise


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("compose"))
    try:
        site("up", "--detach")
        yield site
    finally:
        site("down", "--volumes")


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[Client]:
    """Through the front door, the administrator signed in."""
    trust = trusting(site.folder / "secrets")
    with Client(base_url=f"https://{NAME}:{site.port}", verify=trust, timeout=60, trust_env=False) as client:

        def ready() -> bool:
            try:
                return client.get("/health/ready").status_code == 200
            except httpx2.TransportError:
                return False  # not listening yet

        until(lambda: site("logs"), ready, SECONDS, 0.5)
        word = re.compile(r'"?setup_word"?[=:]\s*"?([\w-]+)')
        token = until(lambda: site("logs"), lambda: word.search(site("logs", "api")), SECONDS, 0.5)
        body = {"username": USER, "password": PASSWORD, "token": token[1]}
        client.csrf = client.call("POST", "/setup", body)["csrf"]
        yield client


@pytest.fixture(scope="module")
def app(client: Client) -> str:
    return str(client.call("POST", "/apps", {"name": "ask", "graph": ASKING}, expect=201)["id"])


def test_a_run_is_carried_by_the_worker_and_streamed_through_the_front_door(
    client: Client, site: Site, app: str
) -> None:
    body = {"inputs": {"query": "环礁是什么？"}, "version": "draft"}
    run = client.call("POST", f"/apps/{app}/runs", body, expect=201)
    assert streamed(client, run["id"]) == "run.succeeded", site("logs", "worker")
    site("stop", "worker")
    run = client.call("POST", f"/apps/{app}/runs", body, expect=201)
    time.sleep(5)  # longer than anybody looks for work
    assert client.call("GET", f"/runs/{run['id']}")["status"] == "queued", "somebody else than the worker carries it"
    site("start", "worker")
    assert streamed(client, run["id"]) == "run.succeeded"


def test_a_document_that_the_api_took_is_read_by_the_worker(client: Client) -> None:
    dataset = client.call("POST", "/datasets", {"name": "reports"}, expect=201)["id"]
    text = "The atoll of Fakarava is a ring of islands around one lagoon."
    client.call("POST", f"/datasets/{dataset}/documents", files={"file": ("a.txt", text.encode())})
    (document,) = client.documents_ready(dataset)
    assert document["status"] == "ready", str(document["error"])
    found = client.call("POST", f"/datasets/{dataset}/search", {"query": "Fakarava"})
    assert "lagoon" in str(found)


def test_losing_all_of_redis_loses_nothing(client: Client, site: Site, app: str) -> None:
    site("stop", "redis")
    body = {"inputs": {"query": "without"}, "version": "draft"}
    run = client.call("POST", f"/apps/{app}/runs", body, expect=201)
    site("start", "redis")
    assert streamed(client, run["id"]) == "run.succeeded"


def test_code_runs_on_the_runner_or_not_at_all(client: Client, site: Site, app: str) -> None:
    code = {"code": "def main(query): return {'result': query[::-1]}", "inputs": [{"name": "query"}]}
    graph = {
        "nodes": [
            {"id": "ask", "type": "input", "config": {"variable": "query"}},
            {"id": "turn", "type": "code", "config": {**code, "outputs": [{"name": "result"}]}},
            {"id": "end", "type": "output", "config": {"name": "said"}},
        ],
        "edges": [
            {"source": "ask", "target": "turn", "data": {"mapping": {"query": "query"}}},
            {"source": "turn", "target": "end"},
        ],
    }
    turning = client.call("POST", "/apps", {"name": "turn", "graph": graph}, expect=201)["id"]
    body = {"inputs": {"query": "环礁"}, "version": "draft"}
    run = client.call("POST", f"/apps/{turning}/runs", body, expect=201)
    assert streamed(client, run["id"]) == "run.succeeded", site("logs", "worker")
    assert client.call("GET", f"/runs/{run['id']}")["outputs"] == {"said": "礁环"}
    site("stop", "runner")
    run = client.call("POST", f"/apps/{turning}/runs", body, expect=201)
    assert streamed(client, run["id"]) == "run.failed"
    assert client.call("GET", f"/runs/{run['id']}")["error"]["code"] == "runner_unavailable"
    run = client.call("POST", f"/apps/{app}/runs", body, expect=201)
    assert streamed(client, run["id"]) == "run.succeeded", "what has no code needs no runner"
    site("start", "runner")
    run = client.call("POST", f"/apps/{turning}/runs", body, expect=201)
    assert streamed(client, run["id"]) == "run.succeeded"


def test_everybody_is_nobody(site: Site) -> None:
    look = "id -u; grep CapEff /proc/1/status | cut -f2; touch /opt/x 2>&1 | grep -c Read-only || true"
    for service, uid in (
        ("api", "10001"),
        ("worker", "10001"),
        ("scheduler", "10001"),
        ("front", "10001"),
        ("runner", "10001"),
    ):
        said = site("exec", "-T", service, "sh", "-c", look).split()
        assert said[:3] == [uid, "0" * 16, "1"], (service, said)
