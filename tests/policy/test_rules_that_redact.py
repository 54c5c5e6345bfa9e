"""A rule that redacts on the way: how it is read and decided, and that a stream gives back what the whole text gives."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atoll.kit.errors import UserError
from atoll.policy import Label, Placed, Policy, Rule, Step, flow, read_policy
from atoll.policy.redaction import ZoneKey, ZoneRedaction, restore

KEY = ZoneKey.derived("hq")
PII = Label("internal", frozenset({"pii"}))
WHOLE: dict[str, Any] = {
    "levels": ["public", "internal"],
    "titles": {"internal": "内部"},
    "zones": [{"name": "local"}, {"name": "public"}],
    "rules": [
        {"from": "*", "to": "public", "up_to": "internal", "tags": ["pii"], "redact": [{"kind": "mobile", "operator": "mask"}]}
    ],
}  # fmt: skip


def test_a_rule_that_redacts_lets_go_what_it_would_refuse() -> None:
    policy = read_policy(WHOLE)
    assert read_policy(policy.as_dict()) == policy
    decision = policy.decide(PII, "local", "public")
    assert decision.allowed and decision.redact == (("mobile", "mask"),) and "Telephone" in decision.rule["en"]
    assert not policy.allows(PII, "local", "public"), "not as it is"
    assert policy.decide(Label("internal"), "local", "public").redact == (), "what has no tag is as before"
    assert policy.decide(PII, "local", "local").redact == ()
    assert policy.shown(PII) == {"en": "内部, pii", "zh": "内部，pii"}


def test_of_two_rules_the_stronger_way_counts_whatever_their_order() -> None:
    rules = [
        Rule("*", "*", "internal", frozenset({tag}), (("mobile", how),)) for tag, how in (("a", "hash"), ("b", "drop"))
    ]
    for order in (rules, rules[::-1]):
        decision = Policy(rules=tuple(order)).decide(Label("public", frozenset("ab")), "local", "public")
        assert decision.redact == (("mobile", "drop"),)


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"up_to": None}, "/rules/0/redact"),
        ({"redact": "mobile"}, "/rules/0/redact"),
        ({"redact": [{"kind": "soul", "operator": "mask"}]}, "/rules/0/redact/0"),
        ({"redact": [{"kind": [], "operator": "mask"}]}, "/rules/0/redact/0"),
        ({"redact": [{"kind": "mobile", "operator": {}}]}, "/rules/0/redact/0"),
        ({"redact": [{"kind": "mobile", "operator": "mask"}] * 2}, "/rules/0/redact/1"),
        ({"redact": [{"kind": "mobile", "operator": "mask", "x": 1}]}, "/rules/0/redact/0/x"),
    ],
)
def test_a_wrong_rule_is_pointed_at(rule: dict[str, Any], pointer: str) -> None:
    with pytest.raises(UserError) as refused:
        read_policy({**WHOLE, "rules": [{**WHOLE["rules"][0], **rule}]})
    assert refused.value.code == "policy_invalid" and refused.value.pointer == pointer


@pytest.mark.parametrize("titles", [{"secret": "x"}, {"internal": ""}, {"internal": "a\nb"}, {"internal": 1}, []])
def test_a_level_is_called_by_a_short_line(titles: Any) -> None:
    with pytest.raises(UserError, match="policy"):
        read_policy({**WHOLE, "titles": titles})


@pytest.mark.parametrize(
    ("kind", "allowed"), [("model", True), ("host", True), ("dataset", True), ("destination", False)]
)
def test_the_check_knows_who_can_redact(kind: str, allowed: bool) -> None:
    source = Step("find", "Find", (), (Placed("dataset", "people", "local", PII, sends=False, gives=True),))
    sink = Step("sink", "Sink", ("find",), (Placed(kind, "x", "public", Label("public"), sends=True, gives=False),))
    report = flow([source, sink], read_policy(WHOLE))
    (crossing,) = report.crossings
    assert crossing.allowed is allowed and report.allowed is allowed
    assert crossing.as_dict()["redacted"] == (["mobile"] if allowed else [])
    coming = Step("far", "Far", (), (Placed("dataset", "x", "public", PII, sends=False, gives=True),))
    everywhere = {**WHOLE, "rules": [{**WHOLE["rules"][0], "to": "*"}]}
    assert not flow([coming], read_policy(everywhere)).allowed, "nobody redacts what comes"


@given(st.lists(st.integers(1, 30), min_size=1, max_size=5))
def test_a_stream_comes_back_whole_however_it_is_cut(sizes: list[int]) -> None:
    counts: Counter[str] = Counter()
    border = ZoneRedaction(KEY).border({"mobile": "pseudonym"}, counts)
    foreign = ZoneRedaction(KEY).border({"mobile": "pseudonym"}, counts).text("13900139000")
    sent = border.text(f"call 13800138000, not {foreign}")
    assert "13800138000" not in sent and foreign in sent and counts == {"mobile": 2}
    reply = f"<b>{sent}</b> a < b <MOBILE_"
    stream, back, at, turn = border.stream(), "", 0, 0
    while at < len(reply):
        back += stream.feed(reply[at : at + sizes[turn % len(sizes)]])
        at, turn = at + sizes[turn % len(sizes)], turn + 1
    back += stream.end()
    assert back == f"<b>call 13800138000, not {foreign}</b> a < b <MOBILE_", "only what this call sealed"
    assert restore(sent, KEY)[1] == 2 and restore(sent, ZoneKey.derived("branch"))[1] == 0
