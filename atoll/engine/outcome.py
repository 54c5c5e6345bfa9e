"""What a graph gave: the outputs of a run or of a pass, and what its answer cites. Pure readings of a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atoll.engine.plan import ends_of, results_of

if TYPE_CHECKING:
    from atoll.engine.state import State


def result(state: State) -> dict[str, Any]:
    """The outputs of the run: of the nodes made to give them, else of the graph's last nodes."""
    ends = ends_of(state.plan.steps)
    if any(step.node.result for step in ends):
        merged: dict[str, Any] = {}
        for step in ends:
            if state.nodes[step.id].status in ("succeeded", "failed"):
                merged.update(state.nodes[step.id].outputs)
        return merged
    leaves = [step.id for step in ends if state.nodes[step.id].outputs]
    if len(leaves) == 1:
        return state.nodes[leaves[0]].outputs
    return {leaf: state.nodes[leaf].outputs for leaf in leaves}


def pass_value(state: State) -> Any:
    """What one pass gives where its container names nothing: the only output of its graph, else all by name."""
    outputs = result(state)
    if len(outputs) == 1:
        return next(iter(outputs.values()))
    ends = ends_of(state.plan.steps)
    if len(ends) == 1 and not ends[0].node.result and ends[0].primary_output in outputs:
        return outputs[ends[0].primary_output]
    return outputs or None


def called(state: State) -> dict[str, Any]:
    """What an app gives that another one called: the same names whichever way it went, and what its answer cites."""
    steps = state.plan.steps
    outputs: dict[str, Any] = {port.name: None for port in results_of(steps)}
    ends = ends_of(steps)
    if len(ends) == 1 or any(step.node.result for step in ends):
        outputs |= result(state)
    else:
        outputs |= {end.id: state.nodes[end.id].outputs for end in ends}
    if cited := citations(state):
        outputs.setdefault("citations", cited)
    return outputs


def citations(state: State) -> list[dict[str, Any]]:
    """The passages that the run's answer cites: `citations` of the nodes it was made from, walked upstream as far as
    what a node gives still is what it took."""
    plan = state.plan
    ends = [step.id for step in ends_of(plan.steps)]
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    while ends:
        node = ends.pop()
        if node in seen or state.nodes[node].status == "skipped":
            continue
        seen.add(node)
        cited = state.nodes[node].outputs.get("citations")
        if isinstance(cited, list):
            found.extend({**passage, "node": node} for passage in cited if isinstance(passage, dict))
        elif plan.steps[node].node.cites_through(plan.steps[node].config):
            ends.extend(plan.steps[node].upstream)
    return sorted(found, key=_number)


def _number(passage: dict[str, Any]) -> int:
    n = passage.get("n")
    return n if isinstance(n, int) else 0
