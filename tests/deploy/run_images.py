"""The images that `make image` has built, run by podman or docker as compose.yaml runs them: `make test-images`."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.deploy.door import NAME, SITE, FrontDoor, certify, trusting
from tests.product import ASKING, PASSWORD, ROOT, USER, Client, free_port
from tests.redis_server import redis_server

RUNNER = shutil.which("podman") or shutil.which("docker")
HARDENED = [
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--tmpfs=/tmp:mode=1777",
    "--network=host",
]
SECONDS = 30.0


def runner(*args: str) -> str:
    """What `podman ARGS` prints."""
    assert RUNNER, "running images needs podman or docker"
    done = subprocess.run([RUNNER, *args], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, int]]:
    """A container of the server and its port."""
    port = free_port()
    settings = [f"--env=ATOLL_PORT={port}", "--env=ATOLL_HOST=127.0.0.1", "--env=ATOLL_SAMPLE=false"]
    container = runner("run", "--detach", *HARDENED, *settings, "localhost/atoll:dev").splitlines()[-1]
    try:
        yield container, port
    finally:
        runner("rm", "--force", "--volumes", container)


@pytest.fixture(scope="module")
def client(server: tuple[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Through a container of the front door, signed in."""
    container, port = server
    folder = tmp_path_factory.mktemp("front")
    certify(folder)
    (folder / "tls.key").chmod(0o644)
    tls, plain = free_port(), free_port()
    site = SITE.format(
        upstream=f"127.0.0.1:{port}", tls=tls, plain=plain, name=NAME, folder="/tls", web="/app/web/dist"
    )
    (folder / "site.conf").write_text(site)
    folder.chmod(0o755)
    mounts = [f"--volume={folder}:/tls:ro", f"--volume={folder}/site.conf:/etc/atoll/nginx/site.conf:ro"]
    image = [*HARDENED, *mounts, "localhost/atoll-front:dev"]
    front = runner("run", "--detach", *image).splitlines()[-1]
    door = FrontDoor(f"https://{NAME}:{tls}", f"http://{NAME}:{plain}", Path(), trusting(folder))
    try:
        with door.client() as through:
            ready(through, container)
            with Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as direct:
                direct.set_up()
            through.csrf = through.call("POST", "/session", {"username": USER, "password": PASSWORD})["csrf"]
            yield through
    finally:
        runner("rm", "--force", front)


def ready(client: Client, container: str) -> None:
    end = time.monotonic() + SECONDS
    while True:
        try:
            if client.get("/health/ready").status_code == 200:
                return
        except httpx2.TransportError:
            pass  # not listening yet
        assert time.monotonic() < end, runner("logs", container)
        time.sleep(0.1)


def test_the_web_app_and_the_api_answer_through_the_front_door(client: Client) -> None:
    page = client.get("/")
    assert page.status_code == 200 and "/assets/" in page.text
    system = client.call("GET", "/system")
    assert system["mode"] == "production" and system["sandbox"]["available"], system
    refused = client.get("/api/v1/apps", params={"q": "<script>alert(1)</script>"})
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "front_refused"


def test_a_code_node_runs_jailed_in_the_container(client: Client) -> None:
    code = {
        "code": "def main(query):\n    return {'result': query[::-1]}",
        "inputs": [{"name": "query"}],
        "outputs": [{"name": "result"}],
    }
    graph = {
        "nodes": [
            {"id": "ask", "type": "input", "config": {"variable": "query"}},
            {"id": "turn", "type": "code", "config": code},
            {"id": "end", "type": "output", "config": {"name": "said"}},
        ],
        "edges": [
            {"source": "ask", "target": "turn", "data": {"mapping": {"query": "query"}}},
            {"source": "turn", "target": "end"},
        ],
    }
    app = client.call("POST", "/apps", {"name": "turn", "graph": graph}, expect=201)
    run = client.run(app["id"], {"query": "环礁"})
    assert run["status"] == "succeeded" and run["outputs"] == {"said": "礁环"}, run


def test_what_was_taken_out_of_the_libraries_was_not_needed(client: Client) -> None:
    """A page of a PDF is read, embedded and found."""
    pdf = next((ROOT / "samples").rglob("*.pdf"))
    dataset = client.call("POST", "/datasets", {"name": "reports"}, expect=201)["id"]
    client.call("POST", f"/datasets/{dataset}/documents", files={"file": (pdf.name, pdf.read_bytes())})
    (document,) = client.documents_ready(dataset)
    assert document["status"] == "ready", str(document["error"])
    assert client.call("POST", f"/datasets/{dataset}/search", {"query": pdf.stem})["hits"]


def test_the_server_is_nobody_writes_to_its_data_alone_and_has_no_compiler(server: tuple[str, int]) -> None:
    container, _ = server
    look = "id -u; grep CapEff /proc/1/status; touch /app/x /opt/atoll/x 2>&1 | grep -c Read-only; which gcc cc npm node; true"
    assert runner("exec", container, "sh", "-c", look).split() == ["10001", "CapEff:", "0" * 16, "2"]
    assert runner("exec", container, "sh", "-c", "touch /app/data/x && echo written") == "written"


def test_it_stops_at_once_when_told_to(server: tuple[str, int], client: Client) -> None:
    container, _ = server
    began = time.monotonic()
    runner("stop", "--time=30", container)
    assert time.monotonic() - began < 15
    assert "Traceback" not in runner("logs", container)


# The commands of several processes


@pytest.fixture(scope="module")
def volume() -> Iterator[str]:
    """A volume with a database of this version."""
    name = runner("volume", "create")
    try:
        runner("run", "--rm", *HARDENED, f"--volume={name}:/app/data", "localhost/atoll:dev", "atoll", "migrate")
        yield name
    finally:
        runner("volume", "rm", "--force", name)


@contextmanager
def container(*args: str) -> Iterator[str]:
    name = runner("run", "--detach", *args).splitlines()[-1]
    try:
        yield name
    finally:
        runner("rm", "--force", name)


def test_gunicorn_serves_and_celery_carries(volume: str) -> None:
    port = free_port()
    with redis_server() as redis:
        shared = [*HARDENED, f"--volume={volume}:/app/data", f"--env=REDIS_URL={redis.url}", "localhost/atoll:dev"]
        gunicorn = container(*shared, "gunicorn", "app:app", "--bind", f"127.0.0.1:{port}")
        with gunicorn as web, container(*shared, "celery", "-A", "tasks", "worker"):
            with Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
                ready(client, web)
                client.set_up()
                app = client.call("POST", "/apps", {"name": "ask", "graph": ASKING}, expect=201)
                run = client.run(app["id"], {"query": "环礁"})
            assert run["status"] == "succeeded", run
            assert "Traceback" not in runner("logs", web)


def test_the_backup_of_the_cronjob(volume: str) -> None:
    kept = runner("volume", "create")
    try:
        mounts = [f"--volume={volume}:/app/data", f"--volume={kept}:/app/backup"]
        command = ["localhost/atoll:dev", "atoll", "backup", "/app/backup", "--keep", "14"]
        runner("run", "--rm", *HARDENED, *mounts, *command)
        listed = runner("run", "--rm", *HARDENED, *mounts, "localhost/atoll:dev", "ls", "/app/backup").split()
        assert len(listed) == 1 and listed[0].endswith(".tar.gz"), listed
    finally:
        runner("volume", "rm", "--force", kept)


def test_gunicorn_on_port_80_as_nobody(volume: str) -> None:
    """Where the runtime leaves ports below 1024 to root, as Kubernetes does, this one setting of the pod's allows them."""
    apart = [option for option in HARDENED if "network" not in option]
    low = "--sysctl=net.ipv4.ip_unprivileged_port_start=0"
    command = ["gunicorn", "app:app", "--bind", "0.0.0.0:80"]
    with container(*apart, low, f"--volume={volume}:/app/data", "localhost/atoll:dev", *command) as name:
        look = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1/health/ready').status)"
        end = time.monotonic() + SECONDS
        while True:
            done = subprocess.run([str(RUNNER), "exec", name, "python", "-c", look], capture_output=True, text=True)
            if done.stdout.strip() == "200":
                break
            assert time.monotonic() < end, runner("logs", name)
            time.sleep(0.5)
        assert runner("exec", name, "id", "-u") == "10001"


@pytest.mark.parametrize("command", ["serve", "api", "worker", "scheduler", "migrate", "web"])
def test_an_image_that_can_change_does_not_start(command: str) -> None:
    run = ["run", "--rm", *HARDENED, "--env=ATOLL_IMAGE=registry.example.com/atoll:latest", "localhost/atoll:dev"]
    done = subprocess.run([str(RUNNER), *run, "atoll", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "settings_invalid" in done.stderr and "ATOLL_IMAGE" in done.stderr, done.stderr
