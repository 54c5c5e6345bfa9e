"""`redact` and `restore`: values of every form, hostile configurations, and what they do to labels in a run."""

from typing import Any, get_args

import pytest

from atoll.engine.check import check
from atoll.nodes.builtin.redact import Kind, Operator
from atoll.policy import Label
from atoll.policy.redaction import KINDS, OPERATORS, ZoneKey, ZoneRedaction
from atoll.runs.execution.context import Ports
from tests.nodes.play import failed, play
from tests.runs.world import World


@pytest.fixture
def keyed(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world whose zone has a key."""
    key = ZoneRedaction(ZoneKey.derived("ws_1 local"))
    monkeypatch.setattr(
        world, "ports", lambda workspace_id: Ports(world.models, world.knowledge, world.http, world.code, key)
    )
    return world


def test_the_node_offers_what_the_policy_can_do() -> None:
    assert set(get_args(Kind)) == set(KINDS)
    assert set(get_args(Operator)) == set(OPERATORS)


def rules(**operators: str) -> list[dict[str, str]]:
    return [{"kind": kind, "operator": operator} for kind, operator in operators.items()]


CASES: list[tuple[Any, Any, int]] = [
    ("电话 13800138000。", "电话 *******8000。", 1),
    (["a@b.cn", {"tel": "13800138000", "n": 3}], ["*@*.**", {"tel": "*******8000", "n": 3}], 2),
    ({"tel": 13800138000}, {"tel": "*******8000"}, 1),
    ("", "", 0),
    (7, 7, 0),
    ("x" * 5000 + " 13800138000", "x" * 5000 + " *******8000", 1),
]


@pytest.mark.parametrize(("value", "result", "found"), CASES, ids=range(len(CASES)))
async def test_values_of_every_form(world: World, value: Any, result: Any, found: int) -> None:
    trace = await play(world, "redact", {}, value=value)
    assert trace.outputs is not None
    assert trace.outputs["result"] == result and trace.outputs["found"] == found
    assert sum(trace.outputs["counts"].values()) == found
    assert "13800138000" not in str(trace.facts), "counts are told, values are not"
    assert trace.facts["redacted"] == trace.outputs["counts"]


async def test_a_pseudonym_goes_there_and_back(keyed: World) -> None:
    hidden = await play(keyed, "redact", {"rules": rules(mobile="pseudonym", email="hash")}, value="13800138000 a@b.cn")
    assert hidden.outputs is not None and "138" not in hidden.outputs["result"][:20]
    back = await play(keyed, "restore", {}, value={"said": [hidden.outputs["result"]]})
    assert back.outputs is not None
    assert back.outputs["result"]["said"][0].startswith("13800138000 <EMAIL#") and back.outputs["restored"] == 1


async def test_a_users_own_kinds(world: World) -> None:
    own = [{"name": "staff", "pattern": "EMP-#{4}"}, {"name": "project", "words": ["海东青"], "operator": "drop"}]
    trace = await play(world, "redact", {"rules": [], "own": own}, value="EMP-1234 做海东青")
    assert trace.outputs == {"result": "***-**** 做", "counts": {"staff": 1, "project": 1}, "found": 2}


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"own": [{"name": "x", "pattern": "abc"}]}, "redaction_pattern"),
        ({"own": [{"name": "x", "words": []}]}, "redaction_pattern"),
        ({"rules": rules(mobile="pseudonym")}, "redaction_no_key"),
        ({"rules": rules(mobile="hash")}, "redaction_no_key"),
    ],
)
async def test_what_it_can_not_do_it_says(world: World, config: dict[str, Any], code: str) -> None:
    assert failed(await play(world, "redact", config, value="13800138000")) == code


async def test_restore_without_a_key(world: World) -> None:
    assert (
        failed(await play(world, "restore", {}, value="<MOBILE_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>"))
        == "redaction_no_key"
    )


@pytest.mark.parametrize(
    "config",
    [
        {"rules": rules(shoe_size="mask")},
        {"rules": rules(mobile="encrypt")},
        {"own": [{"name": "A B", "pattern": "#"}]},
        {"own": [{"name": "x", "pattern": "#" * 201}]},
        {"level": "x" * 65},
        {"rules": [{}] * 16},
        {"rules": [], "level": "internal"},
    ],
)
def test_a_faulty_configuration_is_refused_by_the_check(world: World, config: dict[str, Any]) -> None:
    found = check({"nodes": [{"id": "n", "type": "redact", "config": config}], "edges": []}, world.catalogue)
    assert "config_invalid" in [problem.code for problem in found.problems]


async def test_a_value_nested_too_deep(world: World) -> None:
    deep: Any = "x"
    for _ in range(80):
        deep = [deep]
    assert failed(await play(world, "redact", {}, value=deep)) == "redaction_too_deep"
    assert world.policy.top() == Label("restricted")
