"""The network policy of what an installation has declared: every address of it, and nothing that nobody named."""

import asyncio
import json
from pathlib import Path

import kubernetes_validate
import pytest
from typer.testing import CliRunner

from atoll.cli.instance import Instance
from atoll.cli.main import app
from atoll.db.tenancy import everything
from atoll.deploy.declared import Declared, network_policy
from atoll.kit.settings import Settings

ADDRESSES = {"qwen.bank": ["10.0.0.5", "10.0.0.6"], "six.bank": ["fd00::5"]}


def test_each_place_is_one_rule_and_what_has_no_address_is_said() -> None:
    places = [
        Declared("qwen.bank", 8443, "local", "provider Qwen"),
        Declared("qwen.bank", 8443, "local", "secret KEY"),
        Declared("six.bank", 443, "public", "app Report"),
        Declared("*.example.com", 443, "public", "secret ALL"),
        Declared("gone.example.com", 443, "public", "app Old"),
    ]
    made, left = network_policy(places, lambda host: ADDRESSES.get(host, []))
    kubernetes_validate.validate(made, "1.33", strict=True)
    assert made["spec"]["policyTypes"] == ["Egress"]
    assert [one["ports"][0]["port"] for one in made["spec"]["egress"]] == [8443, 443]
    blocks = [[to["ipBlock"]["cidr"] for to in one["to"]] for one in made["spec"]["egress"]]
    assert blocks == [["10.0.0.5/32", "10.0.0.6/32"], ["fd00::5/128"]]
    assert "provider Qwen" in made["metadata"]["annotations"]["atoll/declared"]
    assert {one.host for one in left} == {"*.example.com", "gone.example.com"}


async def _declare(data: Path) -> None:
    instance = Instance(Settings(data=data, sample=False))
    await instance.db.migrate()
    with everything("a test"):
        await instance.workspaces.start()
        await instance.workspaces.setup("owner", "correct horse battery", "en")
        (workspace_id,) = await instance.workspaces.list_ids()
        owner = await instance.workspaces.owner(workspace_id)
        assert owner is not None
        await instance.workspaces.providers.add(
            owner, name="Qwen", base_url="http://127.0.0.1:9001/v1", api_key="", zone="local", models=[]
        )
        await instance.workspaces.secrets.add(
            owner, name="TOKEN", value="a-secret-of-some-length", hosts=["*.example.com"]
        )
    await instance.db.close()


def test_the_command_reads_them_from_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(_declare(tmp_path / "data"))
    monkeypatch.setenv("ATOLL_DATA", str(tmp_path / "data"))
    result = CliRunner().invoke(app, ["deploy", "network", "-o", str(tmp_path / "policy.json")])
    assert result.exit_code == 0, result.output
    made = json.loads((tmp_path / "policy.json").read_text("utf-8"))
    assert made["spec"]["egress"] == [
        {"to": [{"ipBlock": {"cidr": "127.0.0.1/32"}}], "ports": [{"protocol": "TCP", "port": 9001}]}
    ]
    assert "a-secret-of-some-length" not in json.dumps(made)
