"""Where an app's data flows: its resources resolved to zones and labels, and those pushed through the graph.

`Places` is made once per workspace by the composition root from its policy, models and datasets. The same answers
serve the check before a run and the labels during it.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field

from atoll.engine.check import Report
from atoll.kit.i18n import text
from atoll.policy import FlowProblem, FlowReport, Label, Placed, Policy, Step, flow
from atoll.sdk import Resource


@dataclass(frozen=True, slots=True)
class Places:
    """`models`: zone by name. `datasets`: zone and label by id and by name. `here`: the instance's zone.

    `stand_in`: the offline model answers for models that nobody serves. `dataset_names`: name by id.
    `local_hosts`: hosts that are in `here` though they have no provider row; all others count as `public`.
    """

    policy: Policy
    here: str
    models: Mapping[str, str] = field(default_factory=dict)
    datasets: Mapping[str, tuple[str, Label]] = field(default_factory=dict)
    stand_in: bool = True
    local_hosts: Collection[str] = ()
    dataset_names: Mapping[str, str] = field(default_factory=dict)

    def known(self, resource: Resource) -> bool:
        if resource.kind == "model":
            return resource.name in self.models or self.stand_in
        return resource.kind != "dataset" or resource.name in self.datasets

    def place(self, resource: Resource) -> Placed:
        """Zone and label of a resource. What is unknown is taken to be here and at the policy's highest level."""
        lowest, highest = Label(self.policy.levels[0]), Label(self.policy.levels[-1])
        zone, label = self.here, lowest
        match resource.kind:
            case "model":
                zone = self.models.get(resource.name, self.here)
            case "dataset":
                zone, label = self.datasets.get(resource.name, (self.here, highest))
            case "host":
                zone = self.here if resource.name in self.local_hosts else "public"
            case "destination":
                zone = self.policy.destination
            case "subject":
                zone, label = self.policy.subject, self.policy.input_label
        return Placed(resource.kind, resource.name, zone, label, resource.sends, resource.gives, resource.field)


PlacesOf = Callable[[str], Awaitable[Places]]


def data_flow(report: Report, places: Places) -> FlowReport:
    """Lanes, crossings and refusals of a checked graph, and a problem for each resource that doesn't exist."""
    where = {node.id: f"/nodes/{at}" for at, node in enumerate(report.graph.nodes)} if report.graph else {}
    steps = [
        Step(
            step.id,
            step.title,
            tuple(link.source for link in step.incoming),
            tuple(places.place(resource) for resource in step.resources),
            pointer=where.get(step.id, ""),
        )
        for step in report.steps.values()
    ]
    found = flow(steps, places.policy, places.here)
    for step in report.steps.values():
        for resource in step.resources:
            if not places.known(resource):
                found.problems.append(_unknown(resource, where.get(step.id, ""), step.id))
    return found


def _unknown(resource: Resource, pointer: str, node: str) -> FlowProblem:
    if resource.kind == "dataset":
        code, words = (
            "dataset_unknown",
            text(
                f"There is no dataset “{resource.name}”. Choose one that exists, or make it.",
                f"没有名为“{resource.name}”的知识库,请选择已有的或新建一个。",
            ),
        )
    else:
        code, words = (
            "model_unknown",
            text(
                f"No provider serves the model “{resource.name}”. Add it to a provider, or choose another.",
                f"没有模型服务提供“{resource.name}”,请在模型服务中添加或另选模型。",
            ),
        )
    return FlowProblem(code, words, f"{pointer}/config/{resource.field}" if resource.field else pointer, node)
