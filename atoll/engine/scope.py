"""What a name means to a node: its inputs, then what is around it, from the innermost graph outwards. Pure.

The order is that of docs/reference/graph.md: a bound input, a variable, a node's output, a namespace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atoll.engine.step import PRIMARY, Step

if TYPE_CHECKING:
    from atoll.engine.state import State

MISSING = object()


def find(state: State, step: Step, inputs: dict[str, Any], name: str) -> Any:
    """The value of the first part of a name, as the node `step` of the frame `state` sees it; MISSING if there is none."""
    if name in inputs:
        return inputs[name]
    if name in step.bindings:
        return None  # bound, but by an edge that did not deliver
    return around(state, name)


def around(state: State, name: str) -> Any:
    """The same without a node's own inputs: what a pass gives, and a breakpoint looks at."""
    frame: State | None = state
    while frame is not None:
        found = _in_frame(frame, name)
        if found is not MISSING:
            return found
        frame = None if frame.sealed else frame.parent
    root = state.root
    if name == "sys":
        return root.sys
    return root.conversation if name == "conversation" else MISSING


def label_around(state: State, name: str) -> dict[str, Any] | None:
    """The label of what `around` finds: that of the node that gave it; None where no node did."""
    frame: State | None = state
    while frame is not None:
        if name in frame.variables:
            return None  # of the pass, and so of the container
        source = frame.plan.variables.get(name)
        node = frame.nodes.get(source.node if source else name)
        if node is not None:
            return node.label
        frame = None if frame.sealed else frame.parent
    return None


def _in_frame(frame: State, name: str) -> Any:
    if name in frame.variables:
        return frame.variables[name]
    if source := frame.plan.variables.get(name):
        return frame.nodes[source.node].outputs.get(source.output)
    step = frame.plan.steps.get(name)
    if step is None:
        return MISSING
    node = frame.nodes[name]
    if node.status == "skipped":
        return dict.fromkeys([port.name for port in step.ports.outputs] + [PRIMARY])
    primary = step.primary_output
    if primary and PRIMARY not in node.outputs and primary in node.outputs:
        return {**node.outputs, PRIMARY: node.outputs[primary]}
    return node.outputs


def names(state: State, step: Step, inputs: dict[str, Any]) -> list[str]:
    """The names that a template of `step` may use, innermost first."""
    found = dict.fromkeys(inputs)
    frame: State | None = state
    here = step
    while frame is not None:
        found |= dict.fromkeys([*frame.variables, *frame.plan.variables, *here.upstream])
        if frame.sealed:
            break
        if frame.parent is not None:
            here = frame.parent.plan.steps[frame.holder]
        frame = frame.parent
    return [*found, "sys", "conversation"]


def descend(found: Any, parts: list[str]) -> Any:
    """Further into a value: fields of objects, places of lists. MISSING where there is nothing."""
    for part in parts:
        if found is None or found is MISSING:
            break
        if isinstance(found, dict):
            found = found.get(part, MISSING)
        elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            found = MISSING
    return found


def look_up(state: State, dotted: str) -> Any:
    """The value of a dotted name in a frame; None where nothing gives it."""
    head, *rest = dotted.split(".")
    found = descend(around(state, head), rest)
    return None if found is MISSING else found
