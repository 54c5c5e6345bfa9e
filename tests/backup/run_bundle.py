"""`make test-bundle`: a bundle is made, and installed and served in a network namespace that has no way out."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.product import environment

LOOK = """
import subprocess, sys, time, urllib.request
server = subprocess.Popen([sys.argv[1], "serve"])
for _ in range(300):
    try:
        if urllib.request.urlopen("http://127.0.0.1:18099/health/ready", timeout=2).status == 200:
            break
    except OSError:
        time.sleep(0.1)
page = urllib.request.urlopen("http://127.0.0.1:18099/").read()
server.terminate()
server.wait(20)
sys.exit(0 if b"<!doctype html>" in page else 1)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "atoll"
    atoll = [sys.executable, "-c", "import sys; from atoll.cli.main import main; sys.exit(main())"]
    done = subprocess.run(
        [*atoll, "bundle", folder], capture_output=True, text=True, env={**os.environ, "ATOLL_LANGUAGE": "en"}
    )
    assert done.returncode == 0, done.stderr
    return folder


def alone(*command: str | Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """In a network namespace with a loopback and nothing else."""
    python = Path(sys.executable).resolve()
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "PYTHON": str(python), **more}
    inside = 'ip link set lo up && exec "$@"'
    return subprocess.run(
        ["unshare", "--net", "sh", "-c", inside, "sh", *command], env=env, capture_output=True, text=True, timeout=300
    )


def test_it_is_installed_and_serves_without_any_network(made: Path, tmp_path: Path) -> None:
    done = alone(made / "install.sh", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    atoll = tmp_path / "site" / "venv" / "bin" / "atoll"
    (tmp_path / "look.py").write_text(LOOK)
    settings = {name: value for name, value in environment(tmp_path / "data").items() if name.startswith("ATOLL_")}
    done = alone(sys.executable, tmp_path / "look.py", atoll, ATOLL_PORT="18099", **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    done = alone(atoll, "images")
    assert done.returncode == 0 and "redis" in done.stdout


def test_one_that_was_altered_is_not_installed(made: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(made, tmp_path / "copy")
    wheel = next((copy / "wheels").iterdir())
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"?")
    done = alone(copy / "install.sh", tmp_path / "site")
    assert done.returncode == 1 and "not whole" in done.stdout and not (tmp_path / "site").exists()
