"""Fold and decide, step by step on small graphs; what holds for any graph is in tests/property."""

from collections.abc import Sequence
from typing import Any

import pytest

from atoll.engine.decide import Command, Finish, Pause, Settle, Skip, Start, decide, recover
from atoll.engine.events import Event
from atoll.engine.fold import apply, fold
from atoll.engine.graph import Graph
from atoll.engine.outcome import citations, result
from atoll.engine.plan import Plan, compile_plan
from atoll.engine.state import NodeStatus, RunStatus, State, bound_inputs, initial
from atoll.sdk import Branch, Input, Node, Output


class Work(Node):
    name = "work"
    inputs = (Input("value"), Input("other", default="none"))
    outputs = (Output("value"), Output("more"))


class Choose(Work):
    name = "choose"
    branches = (Branch("left"), Branch("right"))


class Pay(Work):
    name = "pay"
    side_effects = True


class Give(Work):
    name = "give"
    result = True


CATALOGUE = {node.name: node for node in (Work, Choose, Pay, Give)}


def plan(nodes: str, *edges: str) -> Plan:
    """`plan("a b:pay", "a b", "a:left c", "a b value>other")`."""
    made = [
        {"id": one.partition(":")[0], "type": one.partition(":")[2] or "work", "default_outputs": {"value": "spare"}}
        for one in nodes.split()
    ]
    links = []
    for one in edges:
        source, target, *mapping = one.split()
        node, _, handle = source.partition(":")
        pairs = dict([pair.split(">") for pair in mapping])
        links.append({"source": node, "target": target, "source_handle": handle or None, "data": {"mapping": pairs}})
    return compile_plan(Graph.model_validate({"nodes": made, "edges": links}), CATALOGUE)


def after(what: Plan, *events: str, **data: Any) -> State:
    """The state after `run.started` and events like "started a", "succeeded a", "failed a stop", "resumed a skip"."""
    log = [Event("run.started", None, {"inputs": {"q": 1}}, 1)]
    for one in events:
        kind, _, rest = one.partition(" ")
        node, _, word = rest.partition(" ")
        run = kind in ("paused", "resumed") or not node
        details: dict[str, dict[str, Any]] = {
            "started": {"attempt": int(word) if word.isdigit() else 1},
            "succeeded": {"outputs": {"value": f"<{node}>"}, "branch": word or None},
            "failed": {"error": {"code": "x"}, "handled": word or "stop", "outputs": {"value": "spare"}},
            "retrying": {"error": {"code": "x"}, "attempt": int(word) if word.isdigit() else 2, "delay": 3.0},
            "resumed": {"decision": word or "repeat"},
        }
        log.append(
            Event(f"{'run' if run else 'node'}.{kind}", node or None, details.get(kind, {}) | data, len(log) + 1)
        )
    return fold(what, log)


SUCCEEDED, FAILED = Finish(RunStatus.SUCCEEDED), Finish(RunStatus.FAILED)
CHAIN = plan("a b", "a b")
FORK = plan("a:choose l r end", "a:left l", "a:right r", "l end", "r end")
PAYING = plan("p:pay b", "p b")

DECISIONS: list[tuple[Plan, Sequence[str], list[Command]]] = [
    (CHAIN, [], [Start("a", 1)]),
    (CHAIN, ["started a"], []),
    (CHAIN, ["started a", "retrying a"], [Start("a", 2, 3.0)]),
    (CHAIN, ["started a", "retrying a", "started a 2"], []),
    (CHAIN, ["started a", "succeeded a"], [Start("b", 1)]),
    (CHAIN, ["started a", "succeeded a", "started b", "succeeded b"], [SUCCEEDED]),
    (CHAIN, ["started a", "failed a stop"], [FAILED]),
    (CHAIN, ["started a", "failed a default"], [Start("b", 1)]),
    (CHAIN, ["started a", "failed a branch"], [Skip("b")]),
    (CHAIN, ["started a", "failed a branch", "skipped b"], [SUCCEEDED]),
    (FORK, ["started a", "succeeded a left"], [Skip("r")]),
    (FORK, ["started a", "succeeded a left", "skipped r"], [Start("l", 1)]),
    (FORK, ["started a", "succeeded a left", "skipped r", "started l", "succeeded l"], [Start("end", 1)]),
    (FORK, ["started a", "succeeded a elsewhere"], [Skip("l"), Skip("r")]),
    (FORK, ["started a", "succeeded a elsewhere", "skipped l", "skipped r"], [Skip("end")]),
    (plan("a b c"), [], [Start("a", 1), Start("b", 1), Start("c", 1)]),
    (plan("a b c"), ["started a", "started b", "failed a stop"], [FAILED]),
    (PAYING, ["started p", "paused p"], []),
    (PAYING, ["started p", "paused p", "resumed p repeat"], [Start("p", 2)]),
    (PAYING, ["started p", "paused p", "resumed p skip"], [Settle("p", "skip")]),
    (PAYING, ["started p", "paused p", "resumed p fail"], [Settle("p", "fail")]),
    (PAYING, ["started p", "paused p", "resumed p skip", "failed p default"], [Start("b", 1)]),
    (CHAIN, ["started a", "cancelled"], []),
    (CHAIN, ["started a", "succeeded"], []),
]


@pytest.mark.parametrize(("what", "events", "commands"), DECISIONS)
def test_what_comes_next(what: Plan, events: Sequence[str], commands: list[Command]) -> None:
    state = after(what, *events)
    assert decide(state) == commands
    assert decide(state) == commands, "deciding changes nothing"


RECOVERIES: list[tuple[Plan, Sequence[str], list[Command]]] = [
    (CHAIN, [], []),
    (CHAIN, ["started a"], [Start("a", 2)]),
    (CHAIN, ["started a", "started a 2"], [Start("a", 3)]),
    (CHAIN, ["started a", "retrying a"], []),
    (CHAIN, ["started a", "succeeded a"], []),
    (plan("a b"), ["started a", "started b"], [Start("a", 2), Start("b", 2)]),
    (plan("a b"), ["started a", "started b", "failed a stop"], []),
    (PAYING, ["started p"], [Pause("p", "effect_unknown")]),
    (plan("a p:pay"), ["started a", "started p"], [Pause("p", "effect_unknown")]),
    (plan("p:pay r:pay"), ["started p", "started r", "paused p", "resumed p skip"], [Pause("r", "effect_unknown")]),
    (PAYING, ["started p", "paused p"], []),
    (PAYING, ["started p", "paused p", "resumed p repeat"], []),
    (CHAIN, ["started a", "cancelled"], []),
]


@pytest.mark.parametrize(("what", "events", "commands"), RECOVERIES)
def test_what_a_new_worker_does_about_what_was_running(
    what: Plan, events: Sequence[str], commands: list[Command]
) -> None:
    assert recover(after(what, *events)) == commands


def test_only_as_many_start_as_there_is_room_for() -> None:
    wide = plan("a b c d")
    assert decide(after(wide), parallel=2) == [Start("a", 1), Start("b", 1)]
    assert decide(after(wide, "started a"), parallel=2) == [Start("b", 1)]
    assert decide(after(wide, "started a", "started b"), parallel=2) == []


def test_a_node_that_rests_before_a_retry_leaves_its_place_to_another() -> None:
    state = after(plan("a b c"), "started a", "retrying a", "started b")
    assert decide(state, parallel=2) == [Start("c", 1)]
    assert decide(state, parallel=3, carried={"a"}) == [Start("c", 1)]
    resting = after(plan("a"), "started a", "retrying a")
    assert decide(resting, parallel=1, carried={"a"}) == [], "it is not the end"


def test_retries_count_as_steps_and_a_recovered_start_does_not() -> None:
    assert after(CHAIN, "started a", "retrying a", "started a 2").started == 2
    assert after(CHAIN, "started a", "started a 2").started == 1


def test_the_first_failure_is_the_runs() -> None:
    state = after(plan("a b"), "started a", "started b", "failed b stop", "failed a stop")
    assert state.failure == ("b", {"code": "x"})


def test_an_edge_that_did_not_deliver_gives_nothing() -> None:
    joined = plan("a:choose l r end", "a:left l", "a:right r", "l end value>value", "r end value>value")
    end = joined.steps["end"]
    left = after(joined, "started a", "succeeded a left", "skipped r", "started l", "succeeded l")
    right = after(joined, "started a", "succeeded a right", "skipped l", "started r", "succeeded r")
    assert bound_inputs(left, end) == {"value": "<l>", "other": "none"}
    assert bound_inputs(right, end) == {"value": "<r>", "other": "none"}


def test_of_two_edges_from_one_node_only_the_one_taken_gives() -> None:
    twice = plan("a:choose b", "a:left b value>value", "a:right b value>other")
    assert bound_inputs(after(twice, "succeeded a left"), twice.steps["b"]) == {"value": "<a>", "other": "none"}
    assert bound_inputs(after(twice, "succeeded a right"), twice.steps["b"]) == {"other": "<a>"}


def test_an_output_that_was_not_given_is_not_bound() -> None:
    mapped = plan("a b", "a b more>value value>other")
    state = after(mapped, "started a", "succeeded a")
    assert bound_inputs(state, mapped.steps["b"]) == {"other": "<a>"}


def test_the_error_way_out_is_taken_on_failure_only() -> None:
    ways = plan("a fine sorry", "a fine", "a:error sorry")
    fine, sorry = after(ways, "started a", "succeeded a"), after(ways, "started a", "failed a branch")
    assert (decide(fine), decide(sorry)) == ([Skip("sorry")], [Skip("fine")])
    assert decide(after(ways, "started a", "failed a default")) == [Skip("sorry")]


RESULTS: list[tuple[Plan, Sequence[str], dict[str, Any]]] = [
    (CHAIN, ["started a", "succeeded a", "started b", "succeeded b"], {"value": "<b>"}),
    (plan("a b"), ["succeeded a", "succeeded b"], {"a": {"value": "<a>"}, "b": {"value": "<b>"}}),
    (plan("a g:give", "g a"), ["succeeded g", "succeeded a"], {"value": "<g>"}),
    (plan("a g:give", "a:error g"), ["succeeded a", "skipped g"], {}),
    (FORK, ["succeeded a left", "skipped r", "succeeded l", "succeeded end"], {"value": "<end>"}),
]


@pytest.mark.parametrize(("what", "events", "expected"), RESULTS)
def test_what_a_run_gives(what: Plan, events: Sequence[str], expected: dict[str, Any]) -> None:
    assert result(after(what, *events)) == expected


def test_citations_are_those_that_the_result_was_made_from() -> None:
    made = plan("used unused middle end:give", "used middle", "middle end", "unused end")
    passages = {"used": [{"n": 2}, {"n": 1}], "unused": ["no passage"]}
    state = after(made, "started used")
    for name, cited in passages.items():
        apply(state, Event("node.succeeded", name, {"outputs": {"citations": cited}}))
    assert citations(state) == [{"n": 1, "node": "used"}, {"n": 2, "node": "used"}]


def test_a_state_begins_with_nothing_done() -> None:
    state = initial(FORK)
    assert state.status is RunStatus.QUEUED and decide(state) == []
    assert {at.status for at in state.nodes.values()} == {NodeStatus.WAITING}
    assert state.nodes["end"].pending == 2


def test_an_event_of_an_unknown_type_stops_the_fold() -> None:
    with pytest.raises(ValueError, match=r"unknown event type 'node\.dreamt'"):
        apply(initial(CHAIN), Event("node.dreamt", "a", {}, 1))
