"""Labels pushed through a graph: what each node would hold, every crossing between zones, and what is refused.

Nodes run in the instance's own zone (`here`). What a resource gives goes from its zone to here with its own label;
what is sent to it goes from here to its zone with the label of all that the node holds. A refusal names the path
node by node. `permit` is the same decision for one sink while a run is going on.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from atoll.kit.i18n import Text, text
from atoll.policy.label import Label
from atoll.policy.rules import Decision, Policy

KINDS = {
    "model": text("model", "模型"),
    "dataset": text("dataset", "知识库"),
    "host": text("host", "主机"),
    "source": text("what comes of", "数据来自"),
}
# There is one of each, so that a name says nothing.
ONES = {"destination": text("the answer", "回答"), "subject": text("what people enter", "用户输入")}

REDACTED = ("model", "host", "dataset")  # ways on which what is sent can be redacted
EXPLAINED = 50  # problems whose path is searched for: each search costs the whole graph
SHOWN = 12  # nodes of a path that a sentence names


@dataclass(frozen=True, slots=True)
class Placed:
    """A resource of a node, resolved by the host: where it is, and the label of what it gives."""

    kind: str
    name: str
    zone: str
    label: Label
    sends: bool
    gives: bool
    field: str = ""  # the config field that names it
    via: "Placed | None" = None  # who sees besides what is sent to it: the model that embeds a dataset's questions

    @property
    def named(self) -> Text:
        if self.kind in ONES:
            return ONES[self.kind]
        kind = KINDS.get(self.kind, text(self.kind, self.kind))
        return text(f"{kind['en']} “{self.name}”", f"{kind['zh']}“{self.name}”")


@dataclass(frozen=True, slots=True)
class Step:
    """One node of the graph. `upstream` are the ids that any edge comes from: order alone tells something too.

    `reached_by`: the sources of its edges, each with whether that one chose the way.
    `within`: the call of an app that it is part of. Nothing in there is lower than what it tells that the call was made.
    `lowers`: a redaction, or a release `by_person`; `raises`: it puts back what one took away. Only the host says so, no node.
    `answers`: where what it gives is the answer that goes there.
    `holds`: its resources are those of nodes inside of it. They make what it gives; that they cross is said by those.
    """

    node: str
    title: str
    upstream: tuple[str, ...] = ()
    resources: tuple[Placed, ...] = ()
    lowers: Label | None = None
    by_person: bool = False
    raises: bool = False
    pointer: str = ""
    holds: bool = False
    answers: Placed | None = None
    reached_by: tuple[tuple[str, bool], ...] = ()
    within: str = ""

    @property
    def before(self) -> set[str]:
        """All nodes whose labels must be known before this one's."""
        return {*self.upstream, *(node for node, _ in self.reached_by), self.within} - {""}


@dataclass(frozen=True, slots=True)
class Lane:
    """A zone, and the nodes whose work is done there: by the resource that they send to, else here."""

    zone: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    from_zone: str
    to_zone: str
    node: str
    kind: str
    name: str
    label: Label
    allowed: bool
    rule: Text
    path: tuple[str, ...]
    redacted: tuple[str, ...] = ()
    """Kinds that are taken out on the way."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "from": self.from_zone,
            "to": self.to_zone,
            "node": self.node,
            "kind": self.kind,
            "name": self.name,
            "label": self.label.as_dict(),
            "allowed": self.allowed,
            "rule": self.rule,
            "path": list(self.path),
            "redacted": list(self.redacted),
        }


@dataclass(frozen=True, slots=True)
class Lowering:
    """A node that gives less than it holds: by redaction, or where a person releases it."""

    node: str
    held: Label
    given: Label
    by_person: bool

    def as_dict(self) -> dict[str, Any]:
        by = "release" if self.by_person else "redaction"
        return {"node": self.node, "from": self.held.as_dict(), "to": self.given.as_dict(), "by": by}


@dataclass(frozen=True, slots=True)
class FlowProblem:
    code: str
    message: Text
    pointer: str
    node: str | None

    def as_dict(self) -> dict[str, Any]:
        """The shape of a problem of the graph's check."""
        return {
            "code": self.code,
            "message": self.message,
            "pointer": self.pointer,
            "node": self.node,
            "edge": None,
            "severity": "error",
        }


@dataclass(slots=True)
class FlowReport:
    """`labels` is what each node gives to those after it."""

    lanes: list[Lane] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    lowered: list[Lowering] = field(default_factory=list)
    labels: dict[str, Label] = field(default_factory=dict)
    problems: list[FlowProblem] = field(default_factory=list)

    @property
    def allowed(self) -> bool:
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        return {
            "lanes": [{"zone": lane.zone, "nodes": list(lane.nodes)} for lane in self.lanes],
            "crossings": [crossing.as_dict() for crossing in self.crossings],
            "lowered": [lowering.as_dict() for lowering in self.lowered],
            "labels": {node: label.as_dict() for node, label in self.labels.items()},
            "problems": [problem.as_dict() for problem in self.problems],
        }


def permit(label: Label, resource: Placed, policy: Policy, here: str = "local") -> Decision:
    """May a value with this label go to this resource now? What every sink asks before it sends."""
    decision = policy.decide(label, here, resource.zone)
    return decision if resource.kind in REDACTED else decision.as_it_is()


def receive(resource: Placed, policy: Policy, here: str = "local") -> Decision:
    """May what this resource gives come here? Nobody redacts what comes."""
    return policy.decide(resource.label, resource.zone, here).as_it_is()


def flow(steps: Sequence[Step], policy: Policy, here: str = "local") -> FlowReport:
    """Push labels through the graph. Steps come in any order; edges from unknown nodes are left to the graph's check.

    A cycle gives the one problem `graph_cycle`, as no order exists to push labels in.
    """
    by_id = {step.node: step for step in steps}
    upstream = {step.node: [node for node in step.upstream if node in by_id] for step in steps}
    try:
        known = {step.node: step.before & by_id.keys() for step in steps}
        order = list(TopologicalSorter(known).static_order())
    except CycleError as fault:
        return FlowReport(problems=[_cycle(fault, by_id)])
    pushing = _Pushing(by_id, upstream, policy, here)
    for node in order:
        pushing.push(by_id[node])
    pushing.report.lanes = _lanes([by_id[node] for node in order], here)
    return pushing.report


class _Pushing:
    """The state of one `flow`."""

    def __init__(
        self,
        by_id: Mapping[str, Step],
        upstream: Mapping[str, list[str]],
        policy: Policy,
        here: str,
    ) -> None:
        self.by_id = by_id
        self.upstream = upstream
        self.policy = policy
        self.here = here
        self.report = FlowReport()
        self.reached: dict[str, Label] = {}
        """What it tells that a node was reached: the labels of those that chose the ways to it."""

    def push(self, step: Step) -> None:
        """The label of what `step` gives, and its own crossings. All upstream nodes have been pushed."""
        labels = self.report.labels
        within = [self.reached[step.within]] if step.within in self.reached else []
        ways = (labels[node] if chose else self.reached[node] for node, chose in step.reached_by if node in labels)
        reached = self.policy.join(*ways, *within)
        self.reached[step.node] = self.policy.lower(reached, step.lowers) if step.lowers else reached
        came = self.policy.join(*(labels[node] for node in self.upstream[step.node]), *within)
        for resource in () if step.holds else step.resources:
            if resource.gives:
                decision = receive(resource, self.policy, self.here)
                self._cross(step, resource, resource.label, decision, gives=True)
            for sink in (resource, resource.via) if resource.sends else ():
                if sink is None:
                    continue
                # What the node's other resources gave may be in what is sent (an agent reads, then asks a model).
                others = (other.label for other in step.resources if other.gives and other is not resource)
                label = self.policy.join(came, *others)
                self._cross(step, sink, label, permit(label, sink, self.policy, self.here), gives=False)
        held = self.policy.join(came, *(resource.label for resource in step.resources if resource.gives))
        if step.raises:
            held = self.policy.join(held, self.policy.top())
        given = labels[step.node] = self.policy.lower(held, step.lowers) if step.lowers else held
        if given != held:
            self.report.lowered.append(Lowering(step.node, held, given, step.by_person))
        if step.answers:
            self._cross(step, step.answers, given, permit(given, step.answers, self.policy, self.here), gives=False)

    def _cross(
        self,
        step: Step,
        resource: Placed,
        label: Label,
        decision: Decision,
        gives: bool,
    ) -> None:
        if resource.zone == self.here:
            return
        source: tuple[Placed | None, list[str]] = (resource, [step.node])
        if not gives:
            source = self._blame(step, resource)
        origin, path = source
        ends = (resource.zone, self.here) if gives else (self.here, resource.zone)
        self.report.crossings.append(
            Crossing(
                *ends,
                step.node,
                resource.kind,
                resource.name,
                label,
                decision.allowed,
                decision.rule,
                tuple(path),
                tuple(kind for kind, _ in decision.redact),
            )
        )
        if not decision.allowed:
            field_pointer = f"/config/{resource.field}" if resource.field else ""
            message = self._words(origin, path, None if gives else resource, label, decision)
            self.report.problems.append(
                FlowProblem("label_forbidden", message, step.pointer + field_pointer, step.node)
            )

    def _blame(self, sink: Step, resource: Placed) -> tuple[Placed | None, list[str]]:
        """The resource whose data explains the label at `sink`, and the shortest way from it: node ids, sink last."""
        if len(self.report.problems) >= EXPLAINED:
            return None, [sink.node]
        after: dict[str, str | None] = {sink.node: None}
        queue = deque([sink.node])
        while queue:
            at = queue.popleft()
            for other in self.by_id[at].resources:
                if other.gives and other is not resource and not self._may(other.label, resource):
                    return other, _way(at, after)
            carried = {node: self.report.labels[node] for node in self.upstream[at]}
            if (within := self.by_id[at].within) in self.reached:
                carried.setdefault(within, self.reached[within])
            for node, label in carried.items():
                if node not in after and not self._may(label, resource):
                    after[node] = at
                    queue.append(node)
        return self._heaviest(sink, resource)

    def _may(self, label: Label, sink: Placed) -> bool:
        return permit(label, sink, self.policy, self.here).allowed

    def _heaviest(self, sink: Step, resource: Placed) -> tuple[Placed | None, list[str]]:
        """Where no single source is forbidden by itself (or all is allowed): follow the highest label upwards."""
        labels = self.report.labels
        back = [sink.node]
        while True:
            gives = [other for other in self.by_id[back[-1]].resources if other.gives and other is not resource]
            own = max(gives, key=lambda other: self._weight(other.label), default=None)
            above = max(self.upstream[back[-1]], key=lambda node: self._weight(labels[node]), default=None)
            if above is None or (own and self._weight(own.label) >= self._weight(labels[above])):
                return own, back[::-1]
            back.append(above)

    def _weight(self, label: Label) -> tuple[int, int]:
        return self.policy.rank(label.level), len(label.tags)

    def _words(
        self,
        origin: Placed | None,
        path: list[str],
        sink: Placed | None,
        label: Label,
        decision: Decision,
    ) -> Text:
        """`Dataset “reports” (confidential, zone hq) → Retrieve → model “qwen-max” in zone public: refused: ...`"""
        parts = [self.by_id[node].title or node for node in path]
        if len(parts) > SHOWN:
            parts[SHOWN // 2 : -SHOWN // 2] = ["…"]
        en, zh = list(parts), list(parts)
        if origin:
            name, its = origin.named, self.policy.shown(origin.label)
            en.insert(0, f"{name['en'][0].upper()}{name['en'][1:]} ({its['en']}, zone {origin.zone})")
            zh.insert(0, f"{name['zh']}（{its['zh']}，区域 {origin.zone}）")
        en.append(f"{sink.named['en']} in zone {sink.zone}" if sink else f"zone {self.here}")
        zh.append(f"区域 {sink.zone} 的{sink.named['zh']}" if sink else f"区域 {self.here}")
        carried = None if origin and origin.label == label else self.policy.shown(label)
        what = text(f" ({carried['en']} data)", f"（{carried['zh']}数据）") if carried else text("", "")
        rule = decision.rule
        return text(
            f"{' → '.join(en)}: refused{what['en']}: {rule['en']}.",
            f"{' → '.join(zh)}：已拒绝{what['zh']}：{rule['zh']}。",
        )


def _way(start: str, after: Mapping[str, str | None]) -> list[str]:
    path: list[str] = []
    node: str | None = start
    while node is not None:
        path.append(node)
        node = after[node]
    return path


def _lanes(steps: Sequence[Step], here: str) -> list[Lane]:
    lanes: dict[str, list[str]] = {here: []}
    for step in steps:
        zone = next((resource.zone for resource in step.resources if resource.sends and not step.holds), here)
        lanes.setdefault(zone, []).append(step.node)
    return [Lane(zone, tuple(nodes)) for zone, nodes in lanes.items()]


def _cycle(fault: CycleError, by_id: Mapping[str, Step]) -> FlowProblem:
    nodes = [str(node) for node in fault.args[1]]
    way = " → ".join(by_id[node].title or node for node in nodes)
    message = text(
        f"These nodes form a circle, so labels can't be followed: {way}. Remove one of its edges.",
        f"这些节点形成了环，无法追踪标签：{way}。请删除其中一条连线。",
    )
    return FlowProblem("graph_cycle", message, by_id[nodes[0]].pointer, nodes[0])
