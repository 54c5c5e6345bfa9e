"""What one node of a run took and gave, read from the run's log. Pure."""

from collections.abc import Iterable, Sequence

from atoll.engine import state as engine
from atoll.engine.events import Event
from atoll.engine.fold import apply, fold
from atoll.engine.plan import Plan
from atoll.engine.step import Step
from atoll.runs.schemas import Failure, NodeTrace, Passes


def step_at(plan: Plan, path: str) -> Step | None:
    """The step that a path names, whether or not its pass was ever under way."""
    *holders, last = path.split("/")[::2]
    for holder in holders:
        step = plan.steps.get(holder)
        if step is None or step.inner is None:
            return None
        plan = step.inner
    return plan.steps.get(last)


def last_frame(plan: Plan, events: Sequence[Event], place: str) -> engine.State | None:
    """The pass that last came to a node, as it was then. `place` is the node's path without numbers of passes."""
    wanted = place.split("/")
    began = [
        at for at, event in enumerate(events)
        if event.type in ("node.started", "node.succeeded") and event.node and event.node.split("/")[::2] == wanted
    ]  # fmt: skip
    if not began:
        return None
    path = events[began[-1]].node or ""
    starts = [at for at in began if events[at].node == path and events[at].type == "node.started"]  # some only succeed
    state = fold(plan, events[: (starts or began)[-1]])
    return engine.locate(state, path)[0] if engine.under_way(state, path) else None


def trace(plan: Plan, step: Step, path: str, events: Iterable[Event]) -> NodeTrace:
    """Its inputs are bound again from the events before it started."""
    state = engine.initial(plan)
    found = NodeTrace(
        node=path, type=step.node.name, title=step.title, status="waiting", attempt=0, inputs={}, outputs={},
        branch=None, error=None, label=None, facts={}, notes=[], passes=None,
        started_at=None, ended_at=None, ms=None,
    )  # fmt: skip
    passes = _PassCount(path) if step.inner is not None else None
    for event in events:
        if event.node == path:
            if event.type in ("node.started", "node.succeeded") and found.started_at is None:
                frame, _ = engine.locate(state, path)
                found.inputs = event.data.get("inputs") or engine.bound_inputs(frame, step)
            _take(found, event)
        elif passes is not None and event.node and event.node.startswith(f"{path}/"):
            passes.take(event)
        apply(state, event)
        if event.type == "variable.set" and event.node == path:
            found.outputs = {**found.outputs, event.data["name"]: event.data["value"]}
    if passes is not None:
        found.passes = passes.count()
    if found.status == "waiting" and "/" not in path and state.status not in engine.ENDED:
        found.status = str(state.nodes[path].status)
    if found.ended_at is not None and found.started_at is not None:
        found.ms = found.ended_at - found.started_at
    return found


_STATUS = {
    "node.started": "running", "node.retrying": "retrying", "node.asked": "asked", "node.succeeded": "succeeded",
    "node.failed": "failed", "node.skipped": "skipped",
}  # fmt: skip


def _take(found: NodeTrace, event: Event) -> None:
    data = event.data
    if event.type == "node.noted":
        found.notes.append(data)
        return
    if event.type not in _STATUS:
        return
    found.status = _STATUS[event.type]
    if event.type == "node.started" or ("attempt" in data and event.type == "node.succeeded"):
        found.started_at = found.started_at or event.at
        found.attempt = data["attempt"]
    if event.type == "node.started":
        return
    found.ended_at = event.at
    found.facts = data.get("facts") or found.facts
    found.label = data.get("label") or found.label
    if event.type in ("node.succeeded", "node.failed"):
        found.outputs, found.branch = data.get("outputs") or {}, data.get("branch")
    error = data.get("error")
    found.error = Failure(**error, node=event.node) if error else None


class _PassCount:
    """Passes are not events: they are counted by what happened in them."""

    def __init__(self, path: str) -> None:
        self._depth = path.count("/") + 1
        self._begun: set[str] = set()
        self._failed: set[str] = set()

    def take(self, event: Event) -> None:
        parts = (event.node or "").split("/")
        self._begun.add(parts[self._depth])
        if event.type == "node.failed" and event.data.get("handled") == "stop" and len(parts) == self._depth + 2:
            self._failed.add(parts[self._depth])

    def count(self) -> Passes:
        return Passes(begun=len(self._begun), failed=len(self._failed))
