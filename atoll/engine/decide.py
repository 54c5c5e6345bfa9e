"""Decide: what to do next, from the state alone. Pure; the shell (`atoll.runs.execution.loop`) carries it out."""

from collections.abc import Collection
from dataclasses import dataclass

from atoll.engine.scope import look_up
from atoll.engine.state import NodeStatus, RunStatus, State, active, outside
from atoll.sdk import NodeError
from atoll.sdk.conditions import all_hold

MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Start:
    node: str
    attempt: int
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Skip:
    node: str


@dataclass(frozen=True, slots=True)
class Gather:
    """All passes of a container are over: it has an outcome."""

    node: str


@dataclass(frozen=True, slots=True)
class Settle:
    """A person said how the node counts: "skip" (its default outputs) or "fail"."""

    node: str
    decision: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing may go on until somebody says how: `reason` is "effect_unknown" (the node had started, has side effects,
    and nobody knows whether they happened), "approval" (it asked a person), "breakpoint" or "step"."""

    node: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finish:
    status: RunStatus


Command = Start | Skip | Gather | Settle | Pause | Finish


def decide(state: State, parallel: int = 32, carried: Collection[str] = ()) -> list[Command]:
    """What to do now. Empty means: wait for what is running. The shell sees the same Start again until it has
    appended `node.started`, unless it names the node among those `carried`, which rest before a retry."""
    if state.status is not RunStatus.RUNNING:
        return []
    if state.failure is not None and not state.settle:
        return [Finish(RunStatus.FAILED)]  # the shell first stops what is still running
    moves: list[Command] = []
    startable: list[Start] = []
    _look(state, "", moves, startable, MANY if state.debug else parallel + len(carried))
    if moves:
        return moves
    free = [start for start in startable if start.node not in carried]
    if state.debug is not None and free:
        held = [start for start in free if _is_held(state, start.node)]
        if held:
            free = [start for start in free if start.node in state.debug.past]
            if not free and not active(state):
                return [Pause(held[0].node, "step" if state.debug.stepping else "breakpoint")]
    at_work = active(state)
    if free:
        return [*free[: max(0, parallel - at_work)]]
    if startable or at_work:
        return []
    if asked := _asked(state, ""):
        return [Pause(asked, "approval")]
    return [Finish(RunStatus.SUCCEEDED)]


def _look(state: State, prefix: str, moves: list[Command], startable: list[Start], most: int) -> None:
    """What can be done in a frame and in those inside of it. Once there are moves, starts can wait; more than `most`
    starts are not looked for."""
    for node, decision in state.settle.items():
        moves.append(Settle(prefix + node, decision))
    for node in state.to_skip:
        moves.append(Skip(prefix + node))
    for holder in state.containers:
        passes = state.nodes[holder].passes
        if passes is None:
            continue
        if passes.over:
            moves.append(Gather(prefix + holder))
        for number, frame in passes.open.items():
            _look(frame, f"{prefix}{holder}/{number}/", moves, startable, most)
    if moves:
        return
    for node in state.ready:
        if len(startable) > most:
            return
        at = state.nodes[node]
        delay = at.delay if at.status is NodeStatus.RETRYING else 0.0
        startable.append(Start(prefix + node, at.attempt + 1, delay))


def _is_held(state: State, path: str) -> bool:
    """Whether a breakpoint or stepping keeps a node from starting."""
    debug = state.debug
    if debug is None or path in debug.past:
        return False
    if debug.stepping and not (debug.over and path.startswith(f"{debug.over}/")):
        return True
    clauses = debug.breakpoints.get(outside(path))
    if clauses is None:
        return False
    frame = state
    for holder, number in zip(*[iter(path.split("/")[:-1])] * 2, strict=True):
        passes = frame.nodes[holder].passes
        if passes is None:
            return False
        frame = passes.open[int(number)]
    try:
        return all_hold(clauses, "and", lambda name: look_up(frame, name))
    except NodeError:
        return True  # it can't be compared: better to stop than to run past


def _asked(state: State, prefix: str) -> str | None:
    for node in state.asked:
        return prefix + node
    for holder in state.containers:
        passes = state.nodes[holder].passes
        for number, frame in (passes.open if passes else {}).items():
            if found := _asked(frame, f"{prefix}{holder}/{number}/"):
                return found
    return None


def recover(state: State) -> list[Command]:
    """After a crash: what to do about nodes that had started and not ended. Same idempotency key, next attempt;
    one with side effects waits for a person instead. A container goes on from its passes."""
    if state.status is not RunStatus.RUNNING or state.failure is not None:
        return []
    starts: list[Command] = []
    if unsure := _interrupted(state, "", starts):
        return [Pause(unsure, "effect_unknown")]
    return starts


def _interrupted(state: State, prefix: str, starts: list[Command]) -> str | None:
    for node in state.running:
        if node in state.containers:
            passes = state.nodes[node].passes
            for number, frame in (passes.open if passes else {}).items():
                if unsure := _interrupted(frame, f"{prefix}{node}/{number}/", starts):
                    return unsure
        elif state.plan.steps[node].side_effects:
            return prefix + node
        else:
            starts.append(Start(prefix + node, state.nodes[node].attempt + 1))
    return None
