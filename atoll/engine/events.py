"""The events of a run. A run is an append-only list of them; everything else is a reading of that list.

| type | node | data |
| --- | --- | --- |
| run.started | | inputs, digest (of the graph), sys, label; conversation, history, pins, given, variables, breakpoints, mode, if any |
| node.started | yes | attempt, key (idempotency), label (of a container), inputs and control (a label; of a call of an app) |
| node.noted | yes | what the node wrote down on its way |
| node.delta | yes | text, offset, answer (never stored: it streams, the finished text is stored) |
| node.retrying | yes | attempt (the next one), delay (s), error |
| node.asked | yes | form, roles, until (ms): a person must answer |
| node.succeeded | yes | outputs, branch, label, facts, set (variables), release; attempt, pinned where it began at the same time |
| node.failed | yes | error, handled ("stop", "default", "branch"), outputs, label, facts |
| node.skipped | yes | label |
| variable.set | maybe | name, value, by: a person changed an output of the node, or a variable |
| run.paused | yes | reason, asks, by |
| run.resumed | maybe | by, by_id; decision ("repeat", "skip", "fail"), answer, or mode and breakpoints |
| run.succeeded | | outputs, citations, label |
| run.failed | maybe | error |
| run.cancelled | | by |

A node that is pure and quick begins and succeeds in one event: nothing can happen between.
`node` is a path: a node inside of a container is `each_1/3/llm_1`, container, number of the pass, node.
`error` is {code, message: {en, zh}, detail, retryable}, and of what policy refused `refused`: {label, zone, kind, name,
rule}. `label` is {level, tags}. `release` is {by, by_id, from, to}: a person let the data go on under a lower label.
Readiness is not an event: it follows from the others. The inputs of a node aren't stored either: they follow from its upstream's outputs.
"""

from dataclasses import dataclass, field
from typing import Any

VERSION = 1  # of the stored form; a reader knows every version up to its own

TERMINAL = frozenset({"run.succeeded", "run.failed", "run.cancelled"})


@dataclass(slots=True)
class Event:
    """`seq` counts from 1 without holes within a run; `at` is milliseconds since 1970, UTC, set by the shell."""

    type: str
    node: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    seq: int = 0
    at: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {"seq": self.seq, "type": self.type, "node": self.node, "at": self.at, "data": self.data}
