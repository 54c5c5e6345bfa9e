"""Fold: what a run's events mean. Pure; no clock, no I/O. What to do next is `atoll.engine.decide`.

`apply` takes one event into the state, in constant time for each edge it settles. A fold of any prefix of a run's
events goes on to the same end: the crash tests rest on that. Which passes a container has follows from the events, so
none is stored for them; a pass that has ended leaves what it gave and nothing else.
"""

from collections.abc import Iterable
from typing import Any

from atoll.engine.citing import passages
from atoll.engine.events import Event
from atoll.engine.outcome import called, citations, pass_value
from atoll.engine.plan import Plan, ends_of
from atoll.engine.scope import look_up
from atoll.engine.state import (
    Debug,
    NodeState,
    NodeStatus,
    Passes,
    RunStatus,
    State,
    bound_inputs,
    initial,
    locate,
)
from atoll.engine.step import ERROR, Link, Step
from atoll.sdk import NodeError
from atoll.sdk.conditions import Clause
from atoll.sdk.container import Container, Pass


def fold(plan: Plan, events: Iterable[Event]) -> State:
    """The state after `events`, which must begin with the run's first one."""
    state = initial(plan)
    for event in events:
        apply(state, event)
    return state


class UnknownEvent(ValueError):
    """An event of a newer version of the program: whoever can't read it must not go on from it."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"unknown event type {kind!r}")
        self.kind = kind


def apply(state: State, event: Event) -> None:
    """Take one stored event into the state. Raises UnknownEvent for a type it doesn't know: set the run aside then."""
    if event.seq:
        state.seq = event.seq
    handler = HANDLERS.get(event.type)
    if handler is None:
        raise UnknownEvent(event.type)
    _take(state, event.node or "", event, handler)


def _take(state: State, path: str, event: Event, handler: Any) -> None:
    if "/" not in path or handler in _WHOLE:
        handler(state, path, event)
        return
    holder, number, rest = path.split("/", 2)
    passes = state.nodes[holder].passes
    frame = passes.open.get(int(number)) if passes else None
    if passes is None or frame is None:
        raise ValueError(f"{event.type} of {path!r}, which is not under way")
    _take(frame, rest, event, handler)
    if frame.over:
        _end_pass(state, holder, passes, int(number), frame)


# ---- what each event means ----


def _run_started(state: State, _: str, event: Event) -> None:
    data = event.data
    state.status = RunStatus.RUNNING
    state.inputs = data.get("inputs", {})
    state.sys = data.get("sys", {})
    state.label = data.get("label")
    state.conversation = dict(data.get("conversation") or {})
    state.history = data.get("history") or []
    state.given = data.get("given") or {}
    state.pins = data.get("pins") or {}
    state.variables = dict(data.get("variables") or {})
    if "breakpoints" in data or data.get("mode") == "step":
        _debug(state, data)
    _begin(state)


def _begin(state: State) -> None:
    for step in state.plan.steps.values():
        if not step.incoming:
            _make_ready(state, step.id)


def _node_started(state: State, name: str, event: Event) -> None:
    node = state.nodes[name]
    if node.status is not NodeStatus.RUNNING:
        state.root.started += 1
    node.status = NodeStatus.RUNNING
    node.attempt = event.data["attempt"]
    state.ready.pop(name, None)
    state.running[name] = None
    step = state.plan.steps[name]
    if step.inner is not None and node.passes is None:
        node.passes = Passes(event.data.get("inputs") or bound_inputs(state, step))
        node.label = event.data.get("label")
        node.passes.control = event.data.get("control", node.label)
        state.containers[name] = None
        _open_passes(state, step, node.passes)


def _node_noted(state: State, name: str, event: Event) -> None:
    state.nodes[name].notes.append(event.data)


def _node_retrying(state: State, name: str, event: Event) -> None:
    node = state.nodes[name]
    node.status = NodeStatus.RETRYING
    node.attempt = event.data["attempt"] - 1
    node.delay = event.data["delay"]
    node.error = event.data["error"]
    node.passes = None
    state.running.pop(name, None)
    state.containers.pop(name, None)
    state.ready[name] = None


def _node_asked(state: State, name: str, event: Event) -> None:
    state.nodes[name].status = NodeStatus.ASKED
    state.running.pop(name, None)
    state.ready.pop(name, None)
    state.asked[name] = event.data


def _node_succeeded(state: State, name: str, event: Event) -> None:
    node, data = _settled(state, name, event, NodeStatus.SUCCEEDED), event.data
    node.error = None
    if "attempt" in data:  # it began and ended at once
        node.attempt = data["attempt"]
        state.root.started += 1
    for variable, value in (data.get("set") or {}).items():
        _set(state, variable, value, data.get("label"))
    branch = data.get("branch")
    for link in state.plan.steps[name].outgoing:
        _deliver(state, link, link.handle is None or link.handle == branch)


def _node_failed(state: State, name: str, event: Event) -> None:
    node = _settled(state, name, event, NodeStatus.FAILED)
    node.error = event.data["error"]
    handled = event.data.get("handled", "stop")
    if handled == "stop":
        if state.failure is None:
            state.failure = (name, event.data["error"])
        return
    for link in state.plan.steps[name].outgoing:
        on_error = link.handle == ERROR
        _deliver(state, link, on_error if handled == "branch" else link.handle is None)


def _node_skipped(state: State, name: str, event: Event) -> None:
    _settled(state, name, event, NodeStatus.SKIPPED)
    for link in state.plan.steps[name].outgoing:
        _deliver(state, link, False)


def _settled(state: State, name: str, event: Event, status: NodeStatus) -> NodeState:
    node = state.nodes[name]
    node.status = status
    node.outputs = event.data.get("outputs") or {}
    node.label = event.data.get("label")
    node.passes = None
    for waiting in (state.running, state.containers, state.ready, state.to_skip, state.settle, state.asked):
        waiting.pop(name, None)
    return node


def _deliver(state: State, link: Link, delivered: bool) -> None:
    target = state.nodes[link.target]
    target.pending -= 1
    if delivered:
        target.delivered += 1
        state.delivered.add(link.edge)
    if target.pending == 0:
        if target.delivered:
            _make_ready(state, link.target)
        else:
            state.to_skip[link.target] = None


def _make_ready(state: State, name: str) -> None:
    state.nodes[name].status = NodeStatus.READY
    state.ready[name] = None


def _variable_set(state: State, path: str, event: Event) -> None:
    """A person changed a value while the run was paused: an output of a node, or a variable."""
    name, value = event.data["name"], event.data["value"]
    if path:
        frame, step = locate(state, path)
        node = frame.nodes[step.id]
        node.outputs = {**node.outputs, name: value}
    else:
        _set(state, name, value)


def _set(state: State, name: str, value: Any, label: dict[str, Any] | None = None) -> None:
    head, _, rest = name.partition(".")
    root = state.root
    if label and label not in root.assigned:
        root.assigned.append(label)
    if head == "conversation" and rest:
        root.conversation = {**root.conversation, rest: value}  # a node at work goes on with what it began with
        return
    frame: State | None = state
    while frame is not None:
        if name in frame.variables:
            frame.variables[name] = value
            return
        if source := frame.plan.variables.get(name):
            node = frame.nodes[source.node]
            node.outputs = {**node.outputs, source.output: value}
            return
        frame = None if frame.sealed else frame.parent


def _run_paused(state: State, path: str, event: Event) -> None:
    state.status = RunStatus.PAUSED
    state.pause = {"reason": "effect_unknown", **event.data, "node": path or None}


def _run_resumed(state: State, path: str, event: Event) -> None:
    data = event.data
    state.status = RunStatus.RUNNING
    paused, state.pause = state.pause, None
    reason = paused["reason"] if paused else "effect_unknown"
    if state.debug is not None or "mode" in data or "breakpoints" in data:
        _debug(state, data, path)
    if not path or reason in ("breakpoint", "step", "asked"):
        return
    frame, step = locate(state, path)
    node = frame.nodes[step.id]
    frame.running.pop(step.id, None)
    if "answer" in data:
        node.answer = {**data["answer"], "by": data.get("by"), "by_id": data.get("by_id")}
        frame.asked.pop(step.id, None)
        _make_ready(frame, step.id)
    elif data.get("decision", "repeat") == "repeat":
        _make_ready(frame, step.id)
    else:
        frame.settle[step.id] = data["decision"]


def _debug(state: State, data: dict[str, Any], path: str = "") -> None:
    """How to go on: `mode` "go", "step" (into what comes next), "over" (a container as one step)
    or "out" (to the end of the container around)."""
    debug = state.debug = state.debug or Debug()
    if "breakpoints" in data:
        debug.breakpoints = {
            point["node"]: tuple(Clause.model_validate(clause) for clause in point.get("condition") or ())
            for point in data["breakpoints"] or ()
        }
    mode = data.get("mode", "go")
    debug.stepping = mode in ("step", "over", "out")
    holder = path.rpartition("/")[0].rpartition("/")[0]
    debug.over = {"over": path, "out": holder}.get(mode) or None
    if path:
        debug.past.add(path)


def _ended(status: RunStatus) -> Any:
    def handler(state: State, _: str, event: Event) -> None:
        state.status = status
        for waiting in (state.ready, state.running, state.containers, state.to_skip, state.asked):
            waiting.clear()

    return handler


HANDLERS = {
    "run.started": _run_started,
    "node.started": _node_started,
    "node.noted": _node_noted,
    "node.retrying": _node_retrying,
    "node.asked": _node_asked,
    "node.succeeded": _node_succeeded,
    "node.failed": _node_failed,
    "node.skipped": _node_skipped,
    "variable.set": _variable_set,
    "run.paused": _run_paused,
    "run.resumed": _run_resumed,
    "run.succeeded": _ended(RunStatus.SUCCEEDED),
    "run.failed": _ended(RunStatus.FAILED),
    "run.cancelled": _ended(RunStatus.CANCELLED),
}
"""By the type of a stored event."""
_WHOLE = frozenset(handler for kind, handler in HANDLERS.items() if not kind.startswith("node."))
"""What is about the run, whichever node it names."""


# ---- passes through a container's graph ----


def _open_passes(state: State, step: Step, passes: Passes) -> None:
    """Begin as many passes as may be under way. What a container can't work on becomes its fault."""
    if step.inner is None or not issubclass(step.node, Container):
        return
    config = step.config
    while not passes.exhausted and passes.fault is None and len(passes.open) < step.node.parallel(config):
        try:
            variables = step.node.enter(config, passes.inputs, passes.following, passes.last)
        except NodeError as error:
            passes.fault = {
                "code": error.code, "message": error.message, "detail": error.detail, "retryable": error.retryable,
            }  # fmt: skip
            return
        if variables is None:
            passes.exhausted = True
            return
        frame = initial(step.inner)
        frame.parent, frame.holder = state, step.id
        frame.status = RunStatus.RUNNING
        if step.calls:
            frame.inputs, frame.sealed, frame.control = variables, True, passes.control
        else:
            frame.variables = variables
        frame.label = state.nodes[step.id].label
        passes.open[passes.following] = frame
        passes.following += 1
        _begin(frame)
        if frame.over:  # nothing in it to wait for
            _close_pass(step, passes, passes.following - 1, frame)


def _end_pass(state: State, holder: str, passes: Passes, number: int, frame: State) -> None:
    step = state.plan.steps[holder]
    _close_pass(step, passes, number, frame)
    _open_passes(state, step, passes)


def _close_pass(step: Step, passes: Passes, number: int, frame: State) -> None:
    """Keep what a pass gave, and nothing else of it."""
    assert issubclass(step.node, Container)
    config = step.config
    for node in frame.nodes.values():
        if node.label:
            passes.labels.setdefault(str(sorted(node.label.items())), node.label)
    if frame.sealed:
        passes.given += [label for end in ends_of(frame.plan.steps) if (label := frame.nodes[end.id].label)]
    del passes.open[number]
    if frame.failure is None:
        name = step.node.result_name(config)
        value = called(frame) if frame.sealed else look_up(frame, name) if name else pass_value(frame)
        passes.values[number] = value
        passes.last = Pass(number, frame.variables, value)
        if not frame.sealed and any("citations" in node.outputs for node in frame.nodes.values()):
            passes.cited[number] = passages(citations(frame))
        return
    meaning = step.node.on_fault(config)
    if meaning == "stop":
        passes.fault = frame.failure[1]
        passes.open.clear()
        return
    if meaning == "null":
        passes.values[number] = None
    passes.last = Pass(number, frame.variables, None)
