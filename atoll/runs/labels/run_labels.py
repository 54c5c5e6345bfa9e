"""Labels during a run: what a node gives is labelled with all that it took, and no sink gets what it may not.

The rules are those of `atoll.policy.flow`, asked again at each sink with the labels of the values that really flow.
What crosses from zone to zone, or is refused, is kept until the run's next write takes it (`take`).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from atoll.engine.step import Step
from atoll.kit.i18n import Text
from atoll.nodes.lowering import lowers_to, raises, released
from atoll.policy import Decision, Label, Placed, Policy, permit, receive
from atoll.sdk import NodeError, Resource

Place = Callable[[Resource], Placed]


class Way(NamedTuple):
    """A way that data took or was refused: from the zone of what gives it to the zone of what takes it."""

    node: str
    kind: str
    name: str
    from_zone: str
    to_zone: str
    level: str


class Counted:
    """How often a way was taken since the last write, how often refused, with which tags, by which rule."""

    __slots__ = ("allowed", "refused", "rule", "tags")

    def __init__(self, rule: Text) -> None:
        self.allowed, self.refused, self.rule = 0, 0, rule
        self.tags: frozenset[str] = frozenset()


class RunLabels:
    """The labels of one run. `here` is the zone where it executes; `place` resolves a resource to zone and label."""

    def __init__(self, policy: Policy, here: str, place: Place) -> None:
        self._policy, self._here, self._place = policy, here, place
        self._made: dict[int, dict[str, Any]] = {}
        """Labels that this run's joins gave, by identity: most nodes only pass one of them on."""
        self._ways: dict[Way, Counted] = {}
        self._redacts = any(rule.redact for rule in policy.rules)

    def enter(self, step: Step, taken: Iterable[dict[str, Any] | None], node: str = "") -> dict[str, Any]:
        """The label of what the step will give. Raises NodeError `label_forbidden` if it would send what it may not."""
        labels = [one for one in taken if one is not None]
        resources = step.own if step.calls else step.resources  # the nodes of a called app each ask for themselves
        lifts = raises(step.node)
        alone = labels and id(labels[0]) in self._made and all(one is labels[0] for one in labels)
        if alone and not resources and not lifts:
            return labels[0]
        came = self._policy.join(*map(Label.from_json, labels))
        placed = [self._place(resource) for resource in resources]
        # Nodes inside and tools are asked for again, when their time comes; what would be refused must not even begin.
        later = {(one.kind, one.name) for tool in step.tools.values() for one in tool.resources}
        now = [step.inner is None and (one.kind, one.name) not in later for one in placed]
        self._ask(placed, came, node or step.id, now)
        joined = self._policy.join(came, *(resource.label for resource in placed if resource.gives))
        return self._keep(self._policy.join(joined, self._policy.top()) if lifts else joined)

    def reach(self, resource: Resource, label: dict[str, Any], node: str, *, counted: bool = True) -> dict[str, Any]:
        """A sink is about to be used by what holds `label`. Returns the label after it. Raises `label_forbidden`."""
        came, placed = Label.from_json(label), self._place(resource)
        self._ask([placed], came, node, [counted])
        return self._keep(self._policy.join(came, placed.label)) if placed.gives else label

    def border(self, resource: Resource, label: dict[str, Any]) -> dict[str, str]:
        """What is redacted, and how, of what goes there from what holds `label`; by kind. What may go was asked before."""
        if not self._redacts:
            return {}
        placed, found = self._place(resource), dict[str, str]()
        for one in (placed, placed.via) if resource.sends else ():
            if one is not None:
                decision = permit(Label.from_json(label), one, self._policy, self._here)
                found.update(decision.redact)
        return found

    def given(self, step: Step, label: dict[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
        """The label of what the step gave: lower than what it took where it redacted, or a person released it."""
        to = lowers_to(step.node, step.config)
        if to is None or not released(step.node, step.config, outputs):
            return label
        return self._keep(self._policy.lower(Label.from_json(label), Label.from_json(to)))

    def covers(self, one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
        """Whether who holds `one` may see `other`."""
        if other is None or one is other:
            return True
        return one is not None and self._policy.covers(Label.from_json(one), Label.from_json(other))

    def join(self, labels: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """The label of data made from all of these."""
        return self._policy.join(*(Label.from_json(one) for one in labels)).as_dict()

    def take(self) -> dict[Way, Counted]:
        """The ways since the last call."""
        ways, self._ways = self._ways, {}
        return ways

    def _ask(self, placed: list[Placed], came: Label, node: str, now: list[bool]) -> None:
        for resource, counted in zip(placed, now, strict=True):
            if resource.gives:
                decision = receive(resource, self._policy, self._here)
                way = (resource.zone, self._here)
                self._note(node, resource, way, resource.label, decision, counted)
                if not decision.allowed:
                    raise self._refused(resource.label, resource, self._here, decision)
            if resource.sends:
                others = (other.label for other in placed if other.gives and other is not resource)
                label = self._policy.join(came, *others)
                decision = permit(label, resource, self._policy, self._here)
                self._note(node, resource, (self._here, resource.zone), label, decision, counted)
                if not decision.allowed:
                    raise self._refused(label, resource, resource.zone, decision)
                if resource.via is not None:
                    self._ask([resource.via], label, node, [counted])

    def _note(
        self, node: str, to: Placed, way: tuple[str, str], label: Label, decision: Decision, counted: bool
    ) -> None:
        if way[0] == way[1] or not (counted or not decision.allowed):
            return
        if decision.allowed and self._policy.rank(label.level) == 0 and not label.tags:
            return
        key = Way(node, to.kind, to.name, *way, label.level)
        found = self._ways.get(key)
        if found is None:
            found = self._ways[key] = Counted(decision.rule)
        found.allowed += decision.allowed
        found.refused += not decision.allowed
        found.tags |= label.tags

    def _keep(self, label: Label) -> dict[str, Any]:
        made = label.as_dict()
        self._made[id(made)] = made
        return made

    def _refused(self, label: Label, resource: Placed, zone: str, decision: Decision) -> NodeError:
        rule, shown, named = decision.rule, self._policy.shown(label), resource.named
        return NodeError(
            "label_forbidden",
            f"{shown['en']} data of or for {named['en']} may not go to zone {zone}: {rule['en']}.",
            f"{named['zh']}的“{shown['zh']}”数据不得进入区域“{zone}”：{rule['zh']}。",
            refused={"label": label.as_dict(), "zone": zone, "kind": resource.kind, "name": resource.name,
                     "rule": decision.rule},
        )  # fmt: skip
