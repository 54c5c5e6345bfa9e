"""What the Compose files promise, read from them, and the secrets that secrets.sh makes. run_compose.py runs them."""

import base64
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from atoll.kit.images import pinned
from atoll.kit.settings import Settings, variable
from tests.product import ROOT

FOLDER = ROOT / "deploy" / "compose"
FILES = {name: yaml.safe_load((FOLDER / name).read_text("utf-8")) for name in ("compose.yaml", "compose.small.yaml")}
SERVICES = [(name, service) for name, whole in FILES.items() for service in whole["services"]]
OURS = {"migrate", "api", "worker", "scheduler"}


@pytest.mark.parametrize(("file", "name"), SERVICES)
def test_a_container_is_nobody_and_of_one_image(file: str, name: str) -> None:
    service = FILES[file]["services"][name]
    assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] or name in ("postgres", "milvus")
    default = re.fullmatch(r"\$\{\w+_IMAGE:-(.+)\}", service["image"])
    assert default and (pinned(default[1]) or default[1].startswith("localhost/")), service["image"]
    assert "privileged" not in service and "build" not in service


@pytest.mark.parametrize("file", FILES)
def test_what_is_named_is_there(file: str) -> None:
    whole = FILES[file]
    for name, service in whole["services"].items():
        assert set(service.get("depends_on", {})) <= set(whole["services"]), name
        assert set(service.get("secrets", [])) <= set(whole["secrets"]), name
        assert set(service.get("networks", [])) <= set(whole["networks"]), name
        volumes = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert {volume for volume in volumes if not volume.startswith(".")} <= set(whole["volumes"]), name


@pytest.mark.parametrize("file", FILES)
@pytest.mark.attack("S-41")
def test_only_the_front_door_is_open_and_databases_reach_nothing(file: str) -> None:
    services: dict[str, Any] = FILES[file]["services"]
    assert {name for name, service in services.items() if "ports" in service} == {"front"}
    assert FILES[file]["networks"]["inside"] == {"internal": True}
    for name in {"postgres", "redis", "milvus"} & set(services):
        assert services[name]["networks"] == ["inside"]


@pytest.mark.parametrize("file", FILES)
def test_every_setting_is_one(file: str) -> None:
    known = {variable(name) for name in Settings.model_fields}
    for name, service in FILES[file]["services"].items():
        if name in {*OURS, "runner"}:
            given = {key.removesuffix("_FILE") for key in service["environment"]} - {"FORWARDED_ALLOW_IPS"}
            assert given <= known, given - known
            assert not [key for key in service["environment"] if key in ("DATABASE_URL", "REDIS_URL")]


@pytest.mark.attack("S-96")
def test_the_runner_of_code_holds_its_own_and_reaches_those_who_ask_it() -> None:
    whole = FILES["compose.yaml"]
    runner = whole["services"]["runner"]
    assert set(runner["secrets"]) == {"runner.crt", "runner.key", "runner_token"} and "volumes" not in runner
    assert runner["networks"] == ["code"] and whole["networks"]["code"] == {"internal": True} and runner["mem_limit"]
    holders = {name for name, service in whole["services"].items() if "runner.key" in service.get("secrets", [])}
    assert holders == {"runner"}
    assert {name for name, service in whole["services"].items() if "code" in service["networks"]} == {*OURS, "runner"}


def test_secrets_are_made_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "secrets.sh", tmp_path)

    def made() -> dict[str, str]:
        told = subprocess.run(["./secrets.sh"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
        assert "secrets/tls.key" in told, "what is still missing is said"
        return {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}

    first = made()
    assert made() == first
    named = {secret["file"].removeprefix("secrets/") for secret in FILES["compose.yaml"]["secrets"].values()}
    assert set(first) == named - {"tls.crt", "tls.key"}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert len(base64.b64decode(first["secrets_key"])) == 32
    password = first["postgres_password"].strip()
    assert len(password) == 48 and f"atoll:{password}@postgres:5432/atoll" in first["database_url"]
    word = re.search(r"requirepass (\w{48})", first["redis.conf"])
    assert word and f":{word[1]}@redis:6379" in first["redis_url"]
    subprocess.run(["rm", "-r", "secrets"], cwd=tmp_path, check=True)
    assert not set(made().values()) & set(first.values()), "others make others"
