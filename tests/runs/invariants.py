"""What must hold of any run's log, however often its workers died: one program over the whole list of events."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from atoll.engine.events import TERMINAL, Event
from atoll.engine.fold import HANDLERS, apply, fold
from atoll.engine.plan import Plan
from atoll.engine.state import ENDED, NodeStatus, RunStatus, State, initial, locate
from atoll.engine.step import Step

SETTLED = {NodeStatus.SUCCEEDED, NodeStatus.FAILED, NodeStatus.SKIPPED}


def check(plan: Plan, events: Sequence[Event], effects: Iterable[str] = ()) -> None:
    """Raises AssertionError. `effects` are the idempotency keys of the side effects that happened outside."""
    check_sequence(events)
    check_nodes(plan, events)
    check_prefixes(plan, events)
    twice = [key for key, times in Counter(effects).items() if times > 1]
    assert not twice, f"happened more than once: {twice}"


def check_sequence(events: Sequence[Event], *, ended: bool = True) -> None:
    """Numbers without holes, one beginning, one outcome (once it has ended) and nothing after it."""
    assert [event.seq for event in events] == list(range(1, len(events) + 1)), "a hole or a repetition"
    assert {event.type for event in events} <= set(HANDLERS), "an event that is never stored"
    assert [event.type for event in events].count("run.started") == 1 and events[0].type == "run.started"
    assert [at for at, event in enumerate(events) if event.type in TERMINAL] == [len(events) - 1][:ended], (
        "not one outcome"
    )
    assert all(left.at <= right.at for left, right in pairwise(events)), "time goes back"


def check_nodes(plan: Plan, events: Sequence[Event]) -> None:
    """No node ends twice or starts after its end, none starts before all that it uses is there."""
    state = initial(plan)
    keys: dict[str, str] = {}
    for event in events:
        node = event.node
        if node is not None and event.type.startswith("node."):
            frame, step = locate(state, node)
            at = frame.nodes[step.id]
            assert at.status not in SETTLED, f"{event.seq}: {event.type} of {node} after its end"
            if event.type == "node.started":
                check_start(frame, step, event)
                key = event.data.get("key", node)
                assert keys.setdefault(node, key) == key, f"{node} changed its idempotency key"
            elif event.type == "node.succeeded" and "attempt" in event.data:
                assert at.status is not NodeStatus.RUNNING, f"{event.seq}: {node} began again as it ended"
                check_start(frame, step, event)
            elif event.type in ("node.succeeded", "node.retrying"):
                assert at.status is NodeStatus.RUNNING, f"{event.seq}: {event.type} of {node}, which did not run"
            elif event.type == "node.skipped":
                links = step.incoming
                assert links and not any(link.edge in frame.delivered for link in links), f"{node} had work to do"
        apply(state, event)
    if state.status is RunStatus.SUCCEEDED:
        open_nodes = [name for name, at in state.nodes.items() if at.status not in SETTLED]
        assert not open_nodes, f"the run succeeded without {open_nodes}"


def check_start(state: State, step: Step, event: Event) -> None:
    at = state.nodes[step.id]
    for link in step.incoming:
        assert state.nodes[link.source].status in SETTLED, f"{event.seq}: {step.id} began before {link.source} ended"
    for name in step.upstream:
        assert state.nodes[name].status in SETTLED, f"{event.seq}: {step.id} used {name} before it was there"
    delivered = [link for link in step.incoming if link.edge in state.delivered]
    assert delivered or not step.incoming, f"{event.seq}: {step.id} began though nothing was delivered"
    assert event.data["attempt"] > at.attempt, f"{event.seq}: {step.id} repeats an attempt"
    effects = step.side_effects and at.status is NodeStatus.RUNNING
    assert not effects, f"{event.seq}: {step.id} has side effects and was repeated without asking"


def check_prefixes(plan: Plan, events: Sequence[Event]) -> None:
    """A fold of any prefix goes on to the state of the whole."""
    whole = fold(plan, events)
    assert whole.status in ENDED
    for cut in range(len(events)):
        state = fold(plan, events[:cut])
        for event in events[cut:]:
            apply(state, event)
        assert state == whole, f"a fold cut at {cut} goes on to another end"
