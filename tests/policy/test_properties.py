"""Properties: joins are a semilattice, more label never opens a way, and nothing slips through a graph."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atoll.policy import Label, Placed, Policy, Rule, Step, Zone, flow, read_policy

LEVELS = ("public", "internal", "confidential", "restricted")
ZONES = ("hq", "branch", "public")
TAGS = ("pii", "research", "finance")

levels = st.sampled_from(LEVELS)
labels = st.builds(Label, levels, st.frozensets(st.sampled_from(TAGS)))
zones = st.sampled_from(ZONES)
rules = st.builds(
    Rule,
    st.sampled_from((*ZONES, "*")),
    st.sampled_from((*ZONES, "*")),
    st.one_of(st.none(), levels),
    st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(TAGS), min_size=1)),
)
policies = st.builds(
    Policy,
    zones=st.just(tuple(Zone(name) for name in ZONES)),
    rules=st.lists(rules, max_size=5).map(tuple),
    leaves_up_to=levels,
    destination=zones,
    subject=zones,
    input_label=labels,
)


@given(policies, labels, labels, labels)
def test_join_is_a_semilattice(policy: Policy, a: Label, b: Label, c: Label) -> None:
    assert policy.join(a, b) == policy.join(b, a)
    assert policy.join(a, policy.join(b, c)) == policy.join(policy.join(a, b), c)
    assert policy.join(a, a) == a
    assert policy.join() == Label("public")
    assert policy.join(a) == a


@given(policies, labels, labels, zones, zones)
def test_more_label_never_opens_a_way(policy: Policy, a: Label, b: Label, source: str, target: str) -> None:
    if not policy.allows(a, source, target):
        assert not policy.allows(policy.join(a, b), source, target)
    if policy.allows(a, source, target):
        assert policy.allows(policy.lower(a, b), source, target)


@given(policies, labels, zones)
def test_what_stays_is_allowed(policy: Policy, label: Label, zone: str) -> None:
    assert policy.allows(label, zone, zone)


@given(policies)
def test_a_policy_survives_json(policy: Policy) -> None:
    assert read_policy(policy.as_dict()) == policy


@given(labels)
def test_a_label_survives_json(label: Label) -> None:
    assert Label.from_json(label.as_dict()) == label


placed = st.builds(
    Placed,
    st.just("host"),
    st.just("h"),
    st.sampled_from(ZONES),
    labels,
    st.booleans(),
    st.booleans(),
    st.just(""),
)


@st.composite
def graphs(draw: st.DrawFn) -> list[Step]:
    steps: list[Step] = []
    for at in range(draw(st.integers(1, 6))):
        ids = [step.node for step in steps]
        upstream = draw(st.lists(st.sampled_from(ids), unique=True, max_size=3)) if ids else []
        resources = draw(st.lists(placed, max_size=2))
        lowers = draw(st.one_of(st.none(), st.none(), labels))
        steps.append(Step(f"n{at}", f"N{at}", tuple(upstream), tuple(resources), lowers))
    return draw(st.permutations(steps))


def carried(steps: dict[str, Step], policy: Policy, node: str) -> list[Label]:
    """Every label that some source's data still has when it leaves `node`, one per path: the slow, obvious way."""
    step = steps[node]
    found = [resource.label for resource in step.resources if resource.gives]
    found += [label for above in step.upstream for label in carried(steps, policy, above)]
    return [policy.lower(label, step.lowers) for label in found] if step.lowers else found


@given(graphs(), policies, st.sampled_from(ZONES))
@pytest.mark.attack("S-80")
def test_no_value_reaches_a_sink_that_its_label_forbids(steps: list[Step], policy: Policy, here: str) -> None:
    by_id = {step.node: step for step in steps}
    report = flow(steps, policy, here)
    refused = {problem.node for problem in report.problems}
    for step in steps:
        for resource in step.resources:
            if resource.sends:
                values = [label for above in step.upstream for label in carried(by_id, policy, above)]
                values += [r.label for r in step.resources if r.gives and r is not resource]
                if not policy.allows(policy.join(*values), here, resource.zone):
                    assert step.node in refused
                if any(not policy.allows(value, here, resource.zone) for value in values):
                    assert step.node in refused
            if resource.gives and not policy.allows(resource.label, resource.zone, here):
                assert step.node in refused


@given(graphs(), policies, st.sampled_from(ZONES))
def test_every_path_in_a_report_is_a_way_through_the_graph(steps: list[Step], policy: Policy, here: str) -> None:
    by_id = {step.node: step for step in steps}
    report = flow(steps, policy, here)
    assert len([c for c in report.crossings if not c.allowed]) == len(report.problems)
    for crossing in report.crossings:
        assert crossing.path[-1] == crossing.node
        for above, below in zip(crossing.path, crossing.path[1:], strict=False):
            assert above in by_id[below].upstream
