"""Fold and decide: what a run's events mean, and what to do next. Pure; no clock, no I/O.

`apply` takes one event into the state, in constant time for each edge it settles. `decide` reads what is
ready. A fold of any prefix of a run's events goes on to the same end: the crash tests rest on that.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from atoll.engine.events import Event
from atoll.engine.plan import ERROR, Link, Plan, Source, Step


class NodeStatus(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED})
SETTLED = frozenset({NodeStatus.SUCCEEDED, NodeStatus.FAILED, NodeStatus.SKIPPED})


@dataclass(slots=True)
class NodeState:
    pending: int
    status: NodeStatus = NodeStatus.WAITING
    delivered: int = 0
    attempt: int = 0
    outputs: dict[str, Any] = field(default_factory=dict)
    label: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    delay: float = 0.0


@dataclass(slots=True)
class State:
    """Everything known of a run. `seq` is the number of the last event taken in."""

    plan: Plan
    nodes: dict[str, NodeState]
    status: RunStatus = RunStatus.QUEUED
    seq: int = 0
    inputs: dict[str, Any] = field(default_factory=dict)
    sys: dict[str, Any] = field(default_factory=dict)
    label: dict[str, Any] | None = None
    delivered: set[int] = field(default_factory=set)
    """Indexes of the edges that delivered a value."""
    ready: dict[str, None] = field(default_factory=dict)
    """In the order in which they became ready."""
    to_skip: dict[str, None] = field(default_factory=dict)
    running: dict[str, None] = field(default_factory=dict)
    started: int = 0
    failure: tuple[str, dict[str, Any]] | None = None
    """(node, error) of the failure that ends the run."""
    question: str | None = None
    """The node a person is asked about, while the run is paused."""
    settle: dict[str, str] = field(default_factory=dict)
    """Nodes that a person decided on: node -> "skip" or "fail"."""


@dataclass(frozen=True, slots=True)
class Start:
    node: str
    attempt: int
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Skip:
    node: str


@dataclass(frozen=True, slots=True)
class Settle:
    """A person said how the node counts: "skip" (its default outputs) or "fail"."""

    node: str
    decision: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Pause: the node had started, has side effects, and nobody knows whether they happened."""

    node: str


@dataclass(frozen=True, slots=True)
class Finish:
    status: RunStatus


Command = Start | Skip | Settle | Ask | Finish


def initial(plan: Plan) -> State:
    return State(plan, {step.id: NodeState(len(step.incoming)) for step in plan.steps.values()})


def fold(plan: Plan, events: Iterable[Event]) -> State:
    """The state after `events`, which must begin with the run's first one."""
    state = initial(plan)
    for event in events:
        apply(state, event)
    return state


def apply(state: State, event: Event) -> None:
    """Take one stored event into the state. Raises ValueError for a type it doesn't know: park the run then."""
    if event.seq:
        state.seq = event.seq
    handler = _HANDLERS.get(event.type)
    if handler is None:
        raise ValueError(f"unknown event type {event.type!r}")
    handler(state, event)


def _run_started(state: State, event: Event) -> None:
    state.status = RunStatus.RUNNING
    state.inputs = event.data.get("inputs", {})
    state.sys = event.data.get("sys", {})
    state.label = event.data.get("label")
    for step in state.plan.steps.values():
        if not step.incoming:
            _make_ready(state, step.id)


def _node_started(state: State, event: Event) -> None:
    node = state.nodes[event.node or ""]
    if node.status is not NodeStatus.RUNNING:
        state.started += 1
    node.status = NodeStatus.RUNNING
    node.attempt = event.data["attempt"]
    state.ready.pop(event.node or "", None)
    state.running[event.node or ""] = None


def _node_retrying(state: State, event: Event) -> None:
    node = state.nodes[event.node or ""]
    node.status = NodeStatus.RETRYING
    node.attempt = event.data["attempt"] - 1
    node.delay = event.data["delay"]
    node.error = event.data["error"]
    state.running.pop(event.node or "", None)
    state.ready[event.node or ""] = None


def _node_succeeded(state: State, event: Event) -> None:
    node = _settled(state, event, NodeStatus.SUCCEEDED)
    node.error = None
    branch = event.data.get("branch")
    for link in state.plan.steps[event.node or ""].outgoing:
        _deliver(state, link, link.handle is None or link.handle == branch)


def _node_failed(state: State, event: Event) -> None:
    node = _settled(state, event, NodeStatus.FAILED)
    node.error = event.data["error"]
    handled = event.data.get("handled", "stop")
    if handled == "stop":
        if state.failure is None:
            state.failure = (event.node or "", event.data["error"])
        return
    for link in state.plan.steps[event.node or ""].outgoing:
        on_error = link.handle == ERROR
        _deliver(state, link, on_error if handled == "branch" else link.handle is None)


def _node_skipped(state: State, event: Event) -> None:
    _settled(state, event, NodeStatus.SKIPPED)
    for link in state.plan.steps[event.node or ""].outgoing:
        _deliver(state, link, False)


def _settled(state: State, event: Event, status: NodeStatus) -> NodeState:
    name = event.node or ""
    node = state.nodes[name]
    node.status = status
    node.outputs = event.data.get("outputs") or {}
    node.label = event.data.get("label")
    state.running.pop(name, None)
    state.ready.pop(name, None)
    state.to_skip.pop(name, None)
    state.settle.pop(name, None)
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


def _make_ready(state: State, node: str) -> None:
    state.nodes[node].status = NodeStatus.READY
    state.ready[node] = None


def _run_paused(state: State, event: Event) -> None:
    state.status = RunStatus.PAUSED
    state.question = event.node


def _run_resumed(state: State, event: Event) -> None:
    state.status = RunStatus.RUNNING
    state.question = None
    decision = event.data.get("decision", "repeat")
    if event.node is None:
        return
    state.running.pop(event.node, None)
    if decision == "repeat":
        state.ready[event.node] = None
        state.nodes[event.node].status = NodeStatus.READY
    else:
        state.settle[event.node] = decision


def _ended(status: RunStatus) -> Any:
    def handler(state: State, event: Event) -> None:
        state.status = status
        state.ready.clear()
        state.running.clear()
        state.to_skip.clear()

    return handler


_HANDLERS = {
    "run.started": _run_started,
    "node.started": _node_started,
    "node.retrying": _node_retrying,
    "node.succeeded": _node_succeeded,
    "node.failed": _node_failed,
    "node.skipped": _node_skipped,
    "run.paused": _run_paused,
    "run.resumed": _run_resumed,
    "run.succeeded": _ended(RunStatus.SUCCEEDED),
    "run.failed": _ended(RunStatus.FAILED),
    "run.cancelled": _ended(RunStatus.CANCELLED),
}


def decide(state: State, parallel: int = 32, carried: Container[str] = ()) -> list[Command]:
    """What to do now. Empty means: wait for what is running. The shell sees the same Start again until it has
    appended `node.started`, unless it names the node among those `carried`, which rest before a retry."""
    if state.status is not RunStatus.RUNNING:
        return []
    if state.settle:
        return [Settle(node, decision) for node, decision in state.settle.items()]
    if state.failure is not None:
        return [Finish(RunStatus.FAILED)]  # the shell first stops what is still running
    if state.to_skip:
        return [Skip(node) for node in state.to_skip]
    free = parallel - len(state.running)
    commands: list[Command] = []
    for node in state.ready:
        if free <= 0:
            break
        if node in carried:
            continue
        at = state.nodes[node]
        commands.append(Start(node, at.attempt + 1, at.delay if at.status is NodeStatus.RETRYING else 0.0))
        free -= 1
    if not state.ready and not state.running:
        return [Finish(RunStatus.SUCCEEDED)]
    return commands


def recover(state: State) -> list[Command]:
    """After a crash: what to do about nodes that had started and not ended. Same idempotency key, next attempt;
    one with side effects waits for a person instead."""
    if state.status is not RunStatus.RUNNING or state.failure is not None:
        return []
    unsure = [node for node in state.running if state.plan.steps[node].side_effects]
    if unsure:
        return [Ask(unsure[0])]
    return [Start(node, state.nodes[node].attempt + 1) for node in state.running]


def bound_inputs(state: State, step: Step) -> dict[str, Any]:
    """The values of a step's inputs: of each input's sources the first that delivered, else its default."""
    values: dict[str, Any] = {port.name: port.default for port in step.ports.inputs if port.default is not None}
    for name, sources in step.bindings.items():
        source = delivering(state, sources)
        if source is not None:
            values[name] = state.nodes[source.node].outputs.get(source.output)
    return values


def delivering(state: State, sources: list[Source]) -> Source | None:
    """The first source whose edge delivered and whose node gave that output."""
    for source in sources:
        if source.link in state.delivered and source.output in state.nodes[source.node].outputs:
            return source
    return None


def result(state: State) -> dict[str, Any]:
    """The outputs of the run: of the nodes made to give them, else of the graph's last nodes."""
    plan = state.plan
    givers = [step for step in plan.steps.values() if step.node.result]
    done = [step for step in givers if state.nodes[step.id].status in (NodeStatus.SUCCEEDED, NodeStatus.FAILED)]
    if givers:
        merged: dict[str, Any] = {}
        for step in done:
            merged.update(state.nodes[step.id].outputs)
        return merged
    leaves = [step.id for step in plan.steps.values() if not step.outgoing and state.nodes[step.id].outputs]
    if len(leaves) == 1:
        return state.nodes[leaves[0]].outputs
    return {leaf: state.nodes[leaf].outputs for leaf in leaves}


def citations(state: State) -> list[dict[str, Any]]:
    """The passages that the run's answer cites: `citations` of the nodes it was made from, walked upstream."""
    plan = state.plan
    ends = [s.id for s in plan.steps.values() if s.node.result] or [s.id for s in plan.steps.values() if not s.outgoing]
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    while ends:
        node = ends.pop()
        if node in seen or state.nodes[node].status is NodeStatus.SKIPPED:
            continue
        seen.add(node)
        cited = state.nodes[node].outputs.get("citations")
        if isinstance(cited, list):
            found.extend({**passage, "node": node} for passage in cited if isinstance(passage, dict))
        else:
            ends.extend(plan.steps[node].upstream)
    return sorted(found, key=lambda passage: passage.get("n", 0))
