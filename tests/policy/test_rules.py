"""Labels, rules and the reading of a policy."""

from typing import Any

import pytest

from atoll.kit.errors import UserError
from atoll.policy import Label, Policy, Rule, Zone, read_policy


def test_nothing_above_internal_leaves_its_zone_by_default() -> None:
    policy = Policy.default("hq")
    assert policy.allows(Label("internal"), "hq", "public")
    refused = policy.decide(Label("confidential"), "hq", "public")
    assert not refused.allowed
    assert refused.rule == {
        "en": "nothing above internal leaves its zone",
        "zh": "高于“内部”的数据不得离开所在区域",
    }


def test_the_first_rule_without_tags_decides_and_tags_only_restrict() -> None:
    policy = Policy(
        zones=(Zone("hq"), Zone("branch"), Zone("public")),
        rules=(
            Rule("hq", "branch", "restricted"),
            Rule("*", "*", "public"),
            Rule("*", "branch", "internal", frozenset({"pii"})),
        ),
    )
    assert policy.allows(Label("restricted"), "hq", "branch")
    assert not policy.allows(Label("internal"), "hq", "public")
    assert policy.allows(Label("restricted", frozenset({"research"})), "hq", "branch")
    refused = policy.decide(Label("confidential", frozenset({"pii"})), "hq", "branch")
    assert not refused.allowed
    assert refused.rule["en"] == "nothing with tag pii above internal goes from any zone to branch"


def test_unknown_levels_and_zones_fail_closed() -> None:
    policy = Policy.default("hq")
    assert not policy.allows(Label("top-secret"), "hq", "public")
    assert not policy.allows(Label("internal"), "hq", "nowhere")
    assert policy.allows(Label("public"), "hq", "nowhere")
    assert policy.join(Label("top-secret"), Label("public")) == Label("restricted")
    assert "nowhere" in policy.decide(Label("internal"), "hq", "nowhere").rule["en"]


LEVELS = ("public", "internal", "confidential", "restricted")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"levels": []}, "/levels"),
        ({"levels": ["a", "a"]}, "/levels/1"),
        ({"levels": ["a b"]}, "/levels/0"),
        ({"levels": "public"}, "/levels"),
        ({"zones": []}, "/zones"),
        ({"zones": [{"name": "hq"}, {"name": "hq"}]}, "/zones/1/name"),
        ({"zones": [{"name": "HQ"}]}, "/zones/0/name"),
        ({"zones": [{"name": "hq", "owner": 1}]}, "/zones/0/owner"),
        ({"zones": ["hq"]}, "/zones/0"),
        ({"rules": [{"from": "hq", "to": "mars", "up_to": None}]}, "/rules/0/to"),
        ({"rules": [{"from": "*", "to": "hq", "up_to": "secret"}]}, "/rules/0/up_to"),
        ({"rules": [{"from": "*", "to": "hq"}]}, "/rules/0"),
        (
            {"rules": [{"from": "*", "to": "hq", "up_to": None, "tags": [1]}]},
            "/rules/0/tags/0",
        ),
        ({"leaves_up_to": "secret"}, "/leaves_up_to"),
        ({"destination": {"zone": "mars"}}, "/destination/zone"),
        (
            {"subject": {"zone": "hq", "label": {"level": "secret"}}},
            "/subject/label/level",
        ),
        ({"subject": {"label": {}}}, "/subject/label"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_a_faulty_policy_is_refused_with_a_pointer(change: dict[str, Any], pointer: str) -> None:
    whole = {
        "levels": list(LEVELS),
        "zones": [{"name": "hq"}, {"name": "public"}],
    } | change
    with pytest.raises(UserError) as fault:
        read_policy(whole)
    assert fault.value.code in ("policy_invalid", "label_invalid")
    assert fault.value.pointer == pointer
    assert set(fault.value.message) == {"en", "zh"}


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_a_policy_that_is_no_object(value: Any) -> None:
    with pytest.raises(UserError):
        read_policy(value)


def test_the_rest_of_a_policy_has_defaults() -> None:
    policy = read_policy({"levels": ["open", "closed"], "zones": [{"name": "hq"}]})
    assert (
        policy.leaves_up_to,
        policy.destination,
        policy.subject,
        policy.input_label,
    ) == (
        "open",
        "hq",
        "hq",
        Label("open"),
    )
