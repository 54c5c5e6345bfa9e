"""How documents print themselves in a template: as numbered passages, so that an answer can cite them by number.

`{{ documents }}` becomes `[1] title, page 3 …`, and the numbers travel with the text: a template that shows the
output of another template keeps its numbers and goes on counting.
"""

from typing import Any

from atoll.engine.citing import together
from atoll.engine.state import State, delivering
from atoll.engine.step import Step
from atoll.sdk import Container
from atoll.sdk.passages import is_passage, printed


class Numbering:
    """Prints values for one rendering and remembers which passage got which number."""

    def __init__(self, carried: list[dict[str, Any]]) -> None:
        self.passages: list[dict[str, Any]] = list(carried)
        self._numbers = {p.get("chunk_id"): p["n"] for p in carried}
        self._next = max((p["n"] for p in carried), default=0) + 1

    def show(self, value: Any) -> Any:
        """minijinja's finalizer: a passage or a list of them becomes text, nothing becomes an empty text."""
        if value is None:
            return ""
        if is_passage(value):
            return self._one(value)
        if isinstance(value, list) and value and all(is_passage(item) for item in value):
            return "\n\n".join(self._one(item) for item in value)
        return value

    def _one(self, passage: dict[str, Any]) -> str:
        number = self._numbers.get(passage["chunk_id"])
        if number is None:
            number = self._numbers[passage["chunk_id"]] = self._next
            self._next += 1
            self.passages.append({**passage, "n": number})
        return printed(passage, number)


def shown_by(state: State, step: Step, name: str) -> list[dict[str, Any]]:
    """The numbered passages in the text that the first part of a name means to `step`."""
    if sources := step.bindings.get(name):
        source = delivering(state, sources)
        return carried_by(state.nodes[source.node].outputs) if source else []
    frame: State | None = state
    while frame is not None:
        if name in frame.variables and frame.parent is not None:
            return _given_to_passes(frame.parent, frame.parent.plan.steps[frame.holder])
        if name in frame.nodes:
            return carried_by(frame.nodes[name].outputs)
        frame = None if frame.sealed else frame.parent
    return []


def _given_to_passes(state: State, holder: Step) -> list[dict[str, Any]]:
    """What stands in a variable of a pass came in with the container's inputs, or an earlier pass of a loop put it there."""
    found = [one for name in holder.bindings for one in shown_by(state, holder, name)]
    passes = state.nodes[holder.id].passes
    if passes is not None and issubclass(holder.node, Container) and holder.node.writable(holder.config):
        found += together(passes.values, passes.cited, None).citations
    return found


def carried_by(outputs: dict[str, Any]) -> list[dict[str, Any]]:
    """The numbered passages that a node's text shows: its `passages`, or what it cited."""
    for name in ("passages", "citations"):
        found = outputs.get(name)
        if isinstance(found, list):
            return [p for p in found if isinstance(p, dict) and isinstance(p.get("n"), int)]
    return []
