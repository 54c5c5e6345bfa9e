"""What the nodes at work hold: each one's label from its beginning to its end, and the questions that its sinks ask."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from atoll.engine.plan import ends_of
from atoll.engine.state import NodeState, NodeStatus, Passes, State, outside
from atoll.engine.step import Step
from atoll.kit.i18n import text
from atoll.nodes.lowering import is_release
from atoll.policy.redaction import Border, ZoneRedaction
from atoll.runs.execution.at_work import AtWork, Place
from atoll.runs.execution.attempt import Outcome
from atoll.runs.execution.context import NodeContext
from atoll.runs.labels.run_labels import RunLabels
from atoll.sdk import NodeError, Resource
from atoll.sdk.node import CALLER


class Holding:
    """The labels of a run whose state is `state`. What is refused raises NodeError `label_forbidden`."""

    def __init__(self, state: State, labels: RunLabels, at_work: AtWork, redaction: ZoneRedaction) -> None:
        self._state, self._labels, self._at_work, self._redaction = state, labels, at_work, redaction
        self._held: dict[str, dict[str, Any]] = {}
        self._strayed: set[str] = set()
        """Attempts that used what their nodes did not declare."""

    def begin(self, place: Place) -> None:
        """An attempt begins, with all that its node takes."""
        self._held[place.path] = self._taken(place)

    def covers(self, path: str, label: dict[str, Any] | None) -> bool:
        """Whether the node at work there may see data with this label."""
        return self._labels.covers(self._held.get(path), label)

    def enter_tool(self, place: Place, context: NodeContext, tool: Step) -> None:
        """A node is about to run another one: policy is asked with all that the node holds by now."""
        label = self._demand(place, context)
        self._held[place.path] = self._labels.enter(tool, [label, *self._state.assigned], outside(place.path))

    def reach(self, place: Place, context: NodeContext, resource: Resource) -> Border | None:
        """A node is about to send. What it declared was asked when it began; once it has used what it did not declare,
        everything is asked anew. Gives what redacts it on the way, if a rule says so; the log tells what was taken out."""
        label = self._demand(place, context)
        known = any(one.kind == resource.kind and one.name in (resource.name, "*") for one in place.step.resources)
        rules = self._labels.border(resource, label)
        if not known or place.path in self._strayed:
            self._held[place.path] = self._labels.reach(resource, label, outside(place.path))
            self._strayed.add(place.path)
        return self._redaction.border(rules, context.facts.setdefault("redacted", Counter())) if rules else None

    def hand_in(self, place: Place) -> dict[str, Any]:
        """A container has begun: what it holds, its passes hold from here on. Of a call of another app, `control` is what
        it tells that the call was made: nothing in there, and nothing that comes of it, is lower."""
        label = self._held.pop(place.path)
        return {"label": label, "control": self._control(place)} if place.step.calls else {"label": label}

    def gather(self, place: Place, node: NodeState) -> None:
        """The passes of a container are over, or given up: it holds what they gave. Of a call that went well, that is the
        result of the app alone, which may have redacted it."""
        passes = node.passes
        assert passes is not None
        labels = [node.label, *passes.labels.values()]
        if passes.open:  # its time is over
            labels += [label for path, label in self._held.items() if path.startswith(f"{place.path}/")]
            labels += _inside(passes)
        elif place.step.calls and passes.fault is None:
            labels = [passes.control, *passes.given]
        self._held[place.path] = self._labels.join([one for one in labels if one])

    def passed_over(self, place: Place) -> dict[str, Any]:
        """What the event of a node says that did nothing: whoever sees that knows which way was taken, and why."""
        nodes = place.frame.nodes
        labels = [label for link in place.step.incoming if (label := nodes[link.source].label)]
        return {"label": self._labels.join(labels)} if labels else {}

    def end(self, place: Place, outcome: Outcome, context: NodeContext | None) -> dict[str, Any]:
        """An attempt is over. Gives what its event says of it: {label}, and {release} where a person lowered it."""
        self._strayed.discard(place.path)
        label = self._held.pop(place.path, None)
        if label is None:  # it was not let begin
            return self.passed_over(place)
        if context is None or outcome.error is not None or outcome.asks is not None:
            return {"label": label}
        return {"label": label} | self._lowered(place, label, outcome.outputs)

    def answer(self) -> dict[str, Any] | None:
        """The label of the run's outputs, None where no node has one; the caller may not get every one."""
        ends = ends_of(self._state.plan.steps)
        labels = [label for step in ends if (label := self._state.nodes[step.id].label)]
        if not labels:
            return None
        label = self._labels.join(labels)
        answered = any(step.node.result for step in ends)  # where no node is made to answer, none has asked
        self._labels.reach(CALLER, label, "", counted=not answered)
        return label

    def told(self, node: str, error: dict[str, Any]) -> dict[str, Any]:
        """The error of a run that failed at `node`, as the caller is told it: its words only where an answer might go."""
        label = self._state.nodes[node].label
        if label is None or "refused" in error:  # a refusal's words are of labels and zones
            return error
        try:
            self._labels.reach(CALLER, label, node, counted=False)
        except NodeError:
            words = text(
                "A node failed. What it said may not go where answers go; the run's log has it.",
                "节点出错。其说明不得发往回答的去向，请查看运行日志。",
            )
            return {**error, "message": words, "detail": ""}
        return error

    def handed_on(self, answer: dict[str, Any] | None) -> dict[str, Any] | None:
        """The label of what a later turn of the conversation finds."""
        nodes, steps = self._state.nodes, self._state.plan.steps
        asked = (nodes[step.id].label for step in steps.values() if step.variables)
        skipped = (node.label for node in nodes.values() if node.status is NodeStatus.SKIPPED)
        labels = [label for label in (self._state.label, answer, *self._state.assigned, *asked, *skipped) if label]
        return self._labels.join(labels) if labels else None

    def _demand(self, place: Place, context: NodeContext) -> dict[str, Any]:
        label = self._held.get(place.path)
        if label is None or not self._at_work.holds(place.path, context):
            raise NodeError("node_over", "The node has ended; its tools are closed.", "节点已结束，工具不再可用。")
        return label

    def _taken(self, place: Place) -> dict[str, Any]:
        """The label of all that a node takes and declares: what it gives, if it lowers nothing."""
        step, frame = place.step, place.frame
        taken = [frame.nodes[node].label for node in step.upstream]
        taken += self._state.assigned
        if not step.upstream or step.variables:
            taken.append(frame.label)
        if step.node.remembers(step.config) or any(name.dotted.startswith("conversation.") for name in step.names):
            taken.append(self._state.label)
        label = self._labels.enter(step, [*taken, *_around(frame)], outside(place.path))
        if step.answers and frame.parent is None:  # its text is shown as it comes, before the answer is asked for
            self._labels.reach(CALLER, self._labels.given(step, label, {}), outside(place.path), counted=False)
        return label

    def _lowered(self, place: Place, label: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
        """What a redaction or a release changes about the label. A release says who did it, from what, to what."""
        lower = self._labels.given(place.step, label, outputs)
        if lower == label:
            return {}
        if not is_release(place.step.node):
            return {"label": lower}
        answer = place.frame.nodes[place.step.id].answer or {}
        by = {"by": answer.get("by"), "by_id": answer.get("by_id")}
        return {"label": lower, "release": {**by, "from": label, "to": lower}}

    def _control(self, place: Place) -> dict[str, Any]:
        """The label of what it tells that a node was reached: of the nodes that chose the ways to it."""
        nodes, steps, around = place.frame.nodes, place.frame.plan.steps, _around(place.frame)
        above, left = {place.step.id}, [place.step]
        while left:
            sources = {link.source for link in left.pop().incoming} - above
            above |= sources
            left += [steps[source] for source in sources]
        found: dict[str, dict[str, Any]] = {}
        for step in steps.values():  # in an order in which sources come first
            if step.id in above:
                ways = [nodes[w.source].label if w.decides(steps[w.source]) else found[w.source] for w in step.incoming]
                told = self._labels.join([one for one in (*around, *ways) if one])
                found[step.id] = self._labels.given(step, told, nodes[step.id].outputs)
        return found[place.step.id]


def _inside(passes: Passes) -> Iterator[dict[str, Any] | None]:
    """The labels of all nodes in the passes that are under way."""
    for frame in passes.open.values():
        for node in frame.nodes.values():
            yield node.label
            if node.passes is not None:
                yield from node.passes.labels.values()
                yield from _inside(node.passes)


def _around(frame: State) -> list[dict[str, Any] | None]:
    """Labels that all nodes of a pass have: of what its container holds, and of what an earlier pass gave. What another app
    was given is not among them: it may redact that."""
    found: list[dict[str, Any] | None] = []
    while frame.parent is not None:
        passes = frame.parent.nodes[frame.holder].passes
        found += passes.labels.values() if passes else ()
        if frame.sealed:
            return [*found, frame.control]
        found.append(frame.label)
        frame = frame.parent
    return found
