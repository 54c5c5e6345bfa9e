"""Labels during a run: what a node gives is labelled with all that it took, and no sink gets what it may not.

The rules are those of `atoll.policy.flow`, asked again at each sink with the labels of the values that really flow.
"""

from collections.abc import Callable, Iterable
from typing import Any

from atoll.engine.plan import Step
from atoll.policy import Label, Placed, Policy, permit
from atoll.sdk import NodeError, Resource

Place = Callable[[Resource], Placed]


class RunLabels:
    """The labels of one run. `here` is the zone where it executes; `place` resolves a resource to zone and label."""

    def __init__(self, policy: Policy, here: str, place: Place) -> None:
        self._policy, self._here, self._place = policy, here, place
        self._made: dict[int, dict[str, Any]] = {}
        """Labels that this run's joins gave, by identity: most nodes only pass one of them on."""

    def enter(self, step: Step, taken: Iterable[dict[str, Any] | None]) -> dict[str, Any]:
        """The label of what the step will give. Raises NodeError `label_forbidden` if it would send what it may not."""
        labels = [one for one in taken if one is not None]
        if not step.resources and labels and id(labels[0]) in self._made and all(one is labels[0] for one in labels):
            return labels[0]
        came = self._policy.join(*map(Label.from_json, labels))
        placed = [self._place(resource) for resource in step.resources]
        for resource in placed:
            if resource.gives and not self._policy.allows(resource.label, resource.zone, self._here):
                raise _refused(resource.label, resource, self._here, "may not leave its zone", "不得离开其区域")
            if resource.sends:
                others = (other.label for other in placed if other.gives and other is not resource)
                label = self._policy.join(came, *others)
                decision = permit(label, resource, self._policy, self._here)
                if not decision.allowed:
                    raise _refused(label, resource, resource.zone, decision.rule["en"], decision.rule.get("zh", ""))
        made = self._policy.join(came, *(resource.label for resource in placed if resource.gives)).as_dict()
        self._made[id(made)] = made
        return made

    def join(self, labels: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """The label of data made from all of these."""
        return self._policy.join(*(Label.from_json(one) for one in labels)).as_dict()


def _refused(label: Label, resource: Placed, zone: str, en: str, zh: str) -> NodeError:
    return NodeError(
        "label_forbidden",
        f"{label.words()} data of or for {resource.kind} “{resource.name}” may not go to zone {zone}: {en}.",
        f"{resource.kind}“{resource.name}”的 {label.words()} 数据不得进入区域 {zone}:{zh}。",
    )
