"""What is known of a run: its state, and readings of it. Pure data; what events do to it is `atoll.engine.fold`.

A container (an iteration, a loop) has a frame for each pass that is under way: a State of its own graph, one level
down. A node in there is named by its path, `each_1/3/llm_1`: container, number of the pass, node.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from atoll.engine.plan import Plan
from atoll.engine.step import Source, Step
from atoll.sdk.conditions import Clause
from atoll.sdk.container import Pass


class NodeStatus(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    RETRYING = "retrying"
    ASKED = "asked"  # waits for a person
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


@dataclass(slots=True)
class Passes:
    """How far a running container is."""

    inputs: dict[str, Any]
    open: dict[int, "State"] = field(default_factory=dict)
    values: dict[int, Any] = field(default_factory=dict)
    """What the passes that ended gave."""
    following: int = 0
    exhausted: bool = False
    last: Pass | None = None
    fault: dict[str, Any] | None = None
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The different labels of what the passes gave."""
    control: dict[str, Any] | None = None
    """Of a call of another app: the label of what it tells that it was made."""
    given: list[dict[str, Any]] = field(default_factory=list)
    """Of a call of another app: the labels of what that one gave."""
    cited: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    """The passages that they cite, by the numbers that each of them counts by."""

    @property
    def over(self) -> bool:
        return not self.open and (self.exhausted or self.fault is not None)


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
    passes: Passes | None = None
    answer: dict[str, Any] | None = None
    """What a person answered, once a node asked."""
    notes: list[dict[str, Any]] = field(default_factory=list)
    """What the node wrote down on its way, so that it can go on from there."""


@dataclass(slots=True)
class Debug:
    """`past`: nodes that may start although they have a breakpoint or the run is stepping. `over`: a container whose
    inside is not stepped through."""

    breakpoints: dict[str, tuple[Clause, ...]] = field(default_factory=dict)
    stepping: bool = False
    past: set[str] = field(default_factory=set)
    over: str | None = None


@dataclass(slots=True)
class State:
    """Everything known of a run, or of one pass through a container's graph. `seq`: the last event taken in."""

    plan: Plan
    nodes: dict[str, NodeState]
    status: RunStatus = RunStatus.QUEUED
    seq: int = 0
    inputs: dict[str, Any] = field(default_factory=dict)
    sys: dict[str, Any] = field(default_factory=dict)
    conversation: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    """Earlier turns of the conversation, oldest first: {question, answer}."""
    label: dict[str, Any] | None = None
    """Of what the run, or the pass, was given."""
    control: dict[str, Any] | None = None
    """Of a pass through another app's graph: nothing in it is lower."""
    assigned: list[dict[str, Any]] = field(default_factory=list)
    """Labels of what nodes put into variables: whoever begins after that may read it."""
    delivered: set[int] = field(default_factory=set)
    """Indexes of the edges that delivered a value."""
    ready: dict[str, None] = field(default_factory=dict)
    """In the order in which they became ready."""
    to_skip: dict[str, None] = field(default_factory=dict)
    running: dict[str, None] = field(default_factory=dict)
    containers: dict[str, None] = field(default_factory=dict)
    """Those of the running nodes that hold a graph."""
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Nodes that wait for a person, with what they ask."""
    started: int = 0
    failure: tuple[str, dict[str, Any]] | None = None
    """(node, error) of the failure that ends the run."""
    pause: dict[str, Any] | None = None
    """Why the run is paused: {reason, node, …}."""
    settle: dict[str, str] = field(default_factory=dict)
    """Nodes that a person decided on: node -> "skip" or "fail"."""
    given: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Inputs that were typed instead of bound, by node."""
    pins: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Outputs that were pinned: such a node does not run."""
    debug: Debug | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    """Of a pass: `item`, `index`, a loop's variables. Of a run of a single node: what stands for its surroundings."""
    parent: "State | None" = field(default=None, compare=False, repr=False)  # the way up and down again has no end
    holder: str = ""
    """The container, in the parent, whose pass this is."""
    sealed: bool = False
    """Of a pass through another app's graph: it sees nothing of what is around."""

    @property
    def root(self) -> "State":
        state = self
        while state.parent is not None:
            state = state.parent
        return state

    @property
    def over(self) -> bool:
        """Of a pass: nothing is left to do in it."""
        return self.failure is not None or not (self.ready or self.running or self.to_skip or self.settle or self.asked)


def initial(plan: Plan) -> State:
    return State(plan, {step.id: NodeState(len(step.incoming)) for step in plan.steps.values()})


def locate(state: State, path: str) -> tuple[State, Step]:
    """The frame and the step that a path names. Raises KeyError where that pass is not under way."""
    while "/" in path:
        holder, number, path = path.split("/", 2)
        passes = state.nodes[holder].passes
        if passes is None:
            raise KeyError(path)
        state = passes.open[int(number)]
    return state, state.plan.steps[path]


def under_way(state: State, path: str) -> bool:
    """Whether the passes that a path goes through have not ended."""
    while "/" in path:
        holder, number, path = path.split("/", 2)
        passes = state.nodes[holder].passes
        frame = passes.open.get(int(number)) if passes else None
        if frame is None:
            return False
        state = frame
    return True


def outside(path: str) -> str:
    """A path without the numbers of its passes: where the node stands in the graph."""
    parts = path.split("/")
    return "/".join(parts[::2])


def active(state: State) -> int:
    """Nodes that are at work now, those inside of containers too."""
    count = len(state.running) - len(state.containers)
    for frame in frames(state):
        count += active(frame)
    return count


def frames(state: State) -> Iterator[State]:
    """The passes that are under way one level down."""
    for holder in state.containers:
        passes = state.nodes[holder].passes
        if passes is not None:
            yield from passes.open.values()


def bound_inputs(state: State, step: Step) -> dict[str, Any]:
    """The values of a step's inputs: of each input's sources the first that delivered, else its default."""
    values: dict[str, Any] = {port.name: port.default for port in step.ports.inputs if port.default is not None}
    for name, sources in step.bindings.items():
        source = delivering(state, sources)
        if source is not None:
            values[name] = state.nodes[source.node].outputs.get(source.output)
    if state.given and step.id in state.given:
        values |= state.given[step.id]
    return values


def delivering(state: State, sources: list[Source]) -> Source | None:
    """The first source whose edge delivered and whose node gave that output."""
    for source in sources:
        if source.link in state.delivered and source.output in state.nodes[source.node].outputs:
            return source
    return None
