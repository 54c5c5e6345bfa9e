"""`atoll deploy`: what it writes for one branch and for a whole installation, and what it refuses."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from atoll.cli.main import app
from atoll.kit.errors import UserError
from tests.product import COMMAND, environment

IMAGE = f"registry.example.com/atoll:1.0@sha256:{'1' * 64}"
FRONT = f"registry.example.com/atoll-front:1.0@sha256:{'2' * 64}"
GIVEN = ["--image", IMAGE, "--front-image", FRONT, "--domain", "sh.example.com"]
VALUES = f"""
image = "{IMAGE}"
front_image = "{FRONT}"
domain = "atoll.example.com"
[config]
LOG_LEVEL = "DEBUG"
[network.database]
to = [{{ipBlock = {{cidr = "10.0.0.5/32"}}}}]
port = 5432
[network.redis]
to = [{{podSelector = {{matchLabels = {{app = "redis"}}}}}}]
port = 6379
"""


def deploy(*args: str) -> None:
    result = CliRunner().invoke(app, ["deploy", *args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output


def read(folder: Path) -> dict[tuple[str, str], dict[str, object]]:
    found = [one for path in folder.glob("*.yaml") for one in yaml.safe_load_all(path.read_text("utf-8"))]
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def test_a_branch_reaches_its_database_and_its_models_alone(tmp_path: Path) -> None:
    places = ["--database", "10.1.2.3:5432", "--models", "10.1.2.0/28:443"]
    deploy("edge", "shanghai", *GIVEN, *places, "-o", str(tmp_path / "out"))
    found = read(tmp_path / "out")
    assert ("Namespace", "atoll-shanghai") in found
    out = {name for kind, name in found if kind == "NetworkPolicy" and name.startswith("atoll-to-")}
    assert out == {"atoll-to-database", "atoll-to-models"}
    config = found["ConfigMap", "atoll-config"]["data"]
    assert isinstance(config, dict) and config["ATOLL_ZONE"] == "shanghai"
    told = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "-n atoll-shanghai" in told and "db-secret" in told


def test_a_branch_without_a_database_has_its_own(tmp_path: Path) -> None:
    deploy("edge", "lhasa", *GIVEN, "-o", str(tmp_path))
    text = (tmp_path / "api.yaml").read_text("utf-8") + (tmp_path / "README.md").read_text("utf-8")
    assert "DATABASE_URL" not in text and "db-secret" not in text


def test_a_branch_on_one_host_is_a_folder_that_compose_takes(tmp_path: Path) -> None:
    deploy("edge", "suzhou", "--on", "compose", *GIVEN, "-o", str(tmp_path))
    settings = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text("utf-8").splitlines())
    assert settings["ATOLL_IMAGE"] == IMAGE and settings["ATOLL_ZONE"] == "suzhou"
    services = yaml.safe_load((tmp_path / "compose.yaml").read_text("utf-8"))["services"]
    assert {"api", "front"} == set(services)
    site = (tmp_path / "site.conf").read_text("utf-8")
    assert "server_name sh.example.com;" in site and "example.com;" not in site.replace("sh.example.com;", "")


def test_a_whole_installation_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "atoll.toml").write_text(VALUES, "utf-8")
    deploy("kubernetes", str(tmp_path / "atoll.toml"), "--namespace", "bank", "-o", str(tmp_path / "out"))
    found = read(tmp_path / "out")
    assert ("Namespace", "bank") in found and ("ScaledObject", "atoll-worker") in found
    config = found["ConfigMap", "atoll-config"]["data"]
    assert isinstance(config, dict)
    assert config["LOG_LEVEL"] == "DEBUG" and config["RUN_MODE"] == "production", "the rest stays"
    told = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "unner" not in told
    (tmp_path / "atoll.toml").write_text(
        f"{VALUES}\n[runner]\nenabled = true\n[worker]\nkeda = false\nmax_replicas = 3\n", "utf-8"
    )
    deploy("kubernetes", str(tmp_path / "atoll.toml"), "--namespace", "bank", "-o", str(tmp_path / "with"))
    told = (tmp_path / "with" / "README.md").read_text("utf-8")
    assert "secret tls atoll-runner-tls -n bank" in told and "ATOLL_RUNNER_TOKEN" in told and "-f runner.yaml" in told


def test_what_is_there_is_left_alone_unless_told(tmp_path: Path) -> None:
    deploy("edge", "lhasa", *GIVEN, "-o", str(tmp_path))
    (tmp_path / "api.yaml").write_text("mine", "utf-8")
    with pytest.raises(UserError) as raised:
        deploy("edge", "lhasa", *GIVEN, "-o", str(tmp_path))
    assert raised.value.code == "deploy_there" and (tmp_path / "api.yaml").read_text("utf-8") == "mine"
    deploy("edge", "lhasa", *GIVEN, "--replace", "-o", str(tmp_path))
    assert (tmp_path / "api.yaml").read_text("utf-8") != "mine"


@pytest.mark.parametrize(
    "wrong",
    [
        ["--image", "registry.example.com/atoll:latest"],
        ["--image", "registry.example.com/atoll:1.0"],
        ["--front-image", f"atoll-front:latest@sha256:{'1' * 64}"],
        ["--domain", "a b.example.com"],
        ["--domain", "x.example.com;\n  return 200"],
        ["--database", "db.internal:5432"],
        ["--database", "10.1.2.3"],
        ["--database", "10.1.2.3/8:5432"],
        ["--models", "10.1.2.3:70000"],
        ["--models", "10.1.2.3:443", "--on", "compose"],
    ],
    ids=" ".join,
)
def test_a_branch_that_can_not_be_is_refused_and_nothing_is_written(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(UserError) as raised:
        deploy("edge", "lhasa", *GIVEN, *wrong, "-o", str(tmp_path / "out"))
    assert raised.value.code == "deploy_values" and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("image = ", "deploy_values"),
        ("image = 5", "deploy_values"),
        (VALUES.replace(IMAGE, "atoll:latest"), "deploy_values"),
        (VALUES.partition("[network.redis]")[0], "deploy_values"),
        (VALUES + "[wroker]\nload = 5", "deploy_values"),
        (VALUES.replace("port = 6379", "port = 0"), "deploy_values"),
        ("\udcff", "file_unreadable"),
        (None, "file_unreadable"),
    ],
)
def test_a_file_that_can_not_be_is_refused(tmp_path: Path, text: str | None, code: str) -> None:
    if text is not None:
        (tmp_path / "atoll.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError) as raised:
        deploy("kubernetes", str(tmp_path / "atoll.toml"), "-o", str(tmp_path / "out"))
    assert raised.value.code == code and not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["Shanghai", "../etc", "a" * 33, "-a", "a-", "a;b"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    result = CliRunner().invoke(app, ["deploy", "edge", *GIVEN, "-o", str(tmp_path / "out"), "--", name])
    assert result.exit_code == 2 and not (tmp_path / "out").exists()


def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    command = [*COMMAND, "deploy", "edge", "lhasa", *GIVEN, "-o", str(tmp_path / "file")]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and done.stderr.startswith("file_unwritable: ") and "Traceback" not in done.stderr


def test_no_two_secrets_are_made_up(tmp_path: Path) -> None:
    """What is written depends on what is given alone, so it can be kept in Git and compared."""
    for folder in ("one", "two"):
        deploy("edge", "lhasa", *GIVEN, "-o", str(tmp_path / folder))
    one, two = ({path.name: path.read_text("utf-8") for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two and "password" not in json.dumps(
        {name: text for name, text in one.items() if name != "README.md"}
    )
