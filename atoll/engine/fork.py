"""Which part of a run's log a new run can begin with: everything that does not come after one node. Pure."""

from collections.abc import Iterable

from atoll.engine.events import Event
from atoll.engine.plan import Plan

ENDS = frozenset({"node.succeeded", "node.failed", "node.skipped"})


def downstream(plan: Plan, node: str) -> set[str]:
    """`node` and all that run after it."""
    found = [node]
    for one in found:
        found.extend(link.target for link in plan.steps[one].outgoing if link.target not in found)
    return set(found)


def kept(plan: Plan, events: Iterable[Event], node: str) -> list[Event]:
    """The events of nodes that had ended and are not `node` nor after it in `plan`, which may be of another graph than
    the one that ran. What a container gave is kept, not how it came to it; so are changes that a person made."""
    events = list(events)
    again = downstream(plan, node)
    ended = {e.node for e in events if e.type in ENDS and e.data.get("handled") != "stop"}
    stays = {one for one in ended if one in plan.steps and one not in again}
    last_start = {e.node: e.seq for e in events if e.type == "node.started"}
    found: list[Event] = []
    for event in events:
        whose = event.node
        if event.type == "variable.set":
            if whose is None or whose in stays:
                found.append(event)
        elif whose in stays and (
            event.type in ENDS or (event.type == "node.started" and event.seq == last_start[whose])
        ):
            found.append(event)
    return [Event(e.type, e.node, e.data, number, e.at) for number, e in enumerate(found, 2)]
