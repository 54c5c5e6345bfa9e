"""Zones and labels: what data is, where it may go, and the proof over a whole graph before it runs. Pure.

label (what data is) → rules (who may receive it) → flow (labels pushed through a graph) → permit (one sink, while
running). It reads no database and sends nothing: the host resolves names to zones and labels and passes them in.
"""

from atoll.policy.flow import (
    Crossing,
    FlowProblem,
    FlowReport,
    Lane,
    Placed,
    Step,
    flow,
    permit,
    receive,
)
from atoll.policy.label import Label
from atoll.policy.reading import read_policy
from atoll.policy.rules import Decision, Policy, Rule, Zone

__all__ = [
    "Crossing",
    "Decision",
    "FlowProblem",
    "FlowReport",
    "Label",
    "Lane",
    "Placed",
    "Policy",
    "Rule",
    "Step",
    "Zone",
    "flow",
    "permit",
    "read_policy",
    "receive",
]
