"""Where an app's data flows: its resources resolved to zones and labels, and those pushed through the graph.

`Places` is made once per workspace by the composition root from its policy, models and datasets. The same answers
serve the check before a run and the labels during it.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from atoll.engine.check import Report
from atoll.engine.plan import ends_of
from atoll.engine.step import Step as CheckedStep
from atoll.kit.errors import UserError
from atoll.kit.i18n import text
from atoll.kit.secret_names import needed
from atoll.nodes.lowering import is_release, lowers_to, raises
from atoll.policy import FlowProblem, FlowReport, Label, Placed, Policy, Step, flow, permit
from atoll.sdk import Resource
from atoll.sdk.node import CALLER


@dataclass(frozen=True, slots=True)
class Places:
    """`models`: zone by each name that one answers to. `datasets`: zone and label by id and by name. `here`: the instance's zone.

    `stand_in`: the offline model answers for models that nobody serves. `dataset_names`: name by id.
    `embeddings`: by a dataset's id and name, the model that embeds what is asked of it, and its zone.
    `secrets`: the names of the workspace's; `approvers`: ids of roles and groups that can decide; None where nobody looked.
    `local_hosts`: hosts that are in `here` though they have no provider row; all others count as `public`.
    """

    policy: Policy
    here: str
    models: Mapping[str, str] = field(default_factory=dict)
    datasets: Mapping[str, tuple[str, Label]] = field(default_factory=dict)
    stand_in: bool = True
    local_hosts: Collection[str] = ()
    dataset_names: Mapping[str, str] = field(default_factory=dict)
    embeddings: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    secrets: Collection[str] | None = None
    approvers: Collection[str] | None = None

    def known(self, resource: Resource) -> bool:
        if resource.kind == "model":
            return resource.name in self.models or self.stand_in
        if resource.kind == "secret":
            return self.secrets is None or resource.name in self.secrets
        if resource.kind == "approver":
            return self.approvers is None or resource.name in self.approvers
        return resource.kind != "dataset" or resource.name in self.datasets

    def place(self, resource: Resource) -> Placed:
        """Zone and label of a resource. What is unknown is taken to be here and at the policy's highest level."""
        lowest, highest = Label(self.policy.levels[0]), Label(self.policy.levels[-1])
        zone, label, via = self.here, lowest, None
        match resource.kind:
            case "model":
                zone = self.models.get(resource.name, self.here)
            case "dataset":
                zone, label = self.datasets.get(resource.name, (self.here, highest))
                if embedding := self.embeddings.get(resource.name):
                    via = Placed("model", *embedding, lowest, sends=True, gives=False, field=resource.field)
            case "host":
                zone = self.here if resource.name in self.local_hosts else "public"
            case "destination":
                zone = self.policy.destination
            case "subject":
                zone, label = self.policy.subject, self.policy.input_label
        if resource.level or resource.tags:
            said = Label(resource.level or self.policy.levels[0], frozenset(resource.tags))
            label = self.policy.join(label, said)
        return Placed(resource.kind, resource.name, zone, label, resource.sends, resource.gives, resource.field, via)

    def may_leave(self, label: Label) -> bool:
        """Whether such data may go where answers go, as a file that is downloaded does."""
        return self.policy.allows(label, self.here, self.policy.destination)

    def demand_embedding(self, dataset: str) -> None:
        """Raises UserError `label_forbidden` where a dataset's documents may not go to the model that embeds them."""
        placed = self.place(Resource("dataset", dataset, sends=True, gives=True))
        if placed.via is None:
            return
        decision = permit(placed.label, placed.via, self.policy, self.here).as_it_is()
        if not decision.allowed:
            model, zone, shown = placed.via.name, placed.via.zone, self.policy.shown(placed.label)
            raise UserError(
                "label_forbidden",
                f"{shown['en'].capitalize()} documents may not go to the embedding model “{model}” in zone {zone}: "
                f"{decision.rule['en']}. Choose a model in this zone.",
                f"“{shown['zh']}”文档不得发送到区域 {zone} 的向量模型“{model}”：{decision.rule.get('zh', '')}。"
                "请选择本区域内的模型。",
            )


PlacesOf = Callable[[str], Awaitable[Places]]


def incomplete(errors: int) -> FlowProblem:
    return FlowProblem(
        "flow_incomplete",
        text(
            f"The graph has {errors} problem{'s' if errors > 1 else ''}, so this may not be all of its data flow. "
            "Solve what the canvas shows first.",
            f"流程中有 {errors} 个问题，此处的数据流可能不完整，请先在画布上解决。",
        ),
        "",
        None,
    )


def data_flow(report: Report, places: Places) -> FlowReport:
    """Lanes, crossings and refusals of a checked graph, and a problem for each resource that doesn't exist.

    A node inside of a container takes what the container takes, and what others in there give: in a later pass it may
    meet it, so the container holds all of that. A called app is gone through as if its nodes stood here. What is inside
    of it is shown at the node that calls it.
    """
    pointers = report.pointers()
    steps: list[Step] = []
    unknown: list[FlowProblem] = []
    answers = {step.id for step in ends_of(report.steps) if not step.node.result}
    restoring = {path.rpartition("/")[0] for path, step, _ in report.walk() if raises(step.node)}
    restoring |= {
        "/".join(parts[:at]) for parts in (one.split("/") for one in restoring) for at in range(1, len(parts))
    }
    for path, step, inside in report.walk():
        caller = _caller(report, path)
        pointer = f"{pointers[caller]}/config/app" if caller else pointers[path]
        own = [replace(one, field="") for one in step.own] if caller else step.own
        holds = step.id in inside.inner and not step.calls
        made = replace(
            _linked(report, path, step, inside),
            resources=tuple(places.place(resource) for resource in (step.resources if holds else own)),
            lowers=Label.from_json(lowered) if (lowered := lowers_to(step.node, step.config)) else None,
            by_person=is_release(step.node),
            raises=raises(step.node) or (holds and path in restoring),
            pointer=pointer,
            holds=holds,
            answers=places.place(CALLER) if path in answers else None,
        )
        steps += _call(made, inside.inner[step.id]) if step.id in inside.inner and step.calls else [made]
        unknown += [_unknown(resource, pointer, path) for resource in own if not places.known(resource)]
    found = flow(steps, places.policy, places.here)
    _join_calls(found)
    found.problems = [
        replace(one, node=_caller(report, one.node) or one.node) if one.node else one
        for one in found.problems + unknown
    ]
    return found


def _linked(report: Report, path: str, step: CheckedStep, inside: Report) -> Step:
    """A node with nothing but its place in the graph: what it takes, and by which ways it is reached."""
    holder = path.rpartition("/")[0]
    prefix = f"{holder}/" if holder else ""
    beside = [prefix + link.source for link in step.incoming] + _named(report, path, step)
    ways = [(prefix + link.source, link.decides(inside.steps[link.source])) for link in step.incoming]
    made = Step(path, step.title, tuple(beside), reached_by=tuple(ways))
    if not holder:
        return made
    if not inside.sealed:
        return replace(made, upstream=(*beside, holder), reached_by=(*ways, (holder, True)))
    given = () if beside and not step.variables else (_entry(holder),)
    return replace(made, upstream=(*beside, *given), within=_entry(holder))


def _call(call: Step, called: Report) -> list[Step]:
    """A call is two nodes: into the app, and out of it with what its last nodes give."""
    into = _entry(call.node)
    ends = tuple(f"{into}{step.id}" for step in ends_of(called.steps)) or (into,)
    after = Step(call.node, call.title, ends, reached_by=((into, False),), within=into)
    return [
        replace(call, node=into, answers=None),
        replace(after, pointer=call.pointer, answers=call.answers),
    ]


def _entry(call: str) -> str:
    return f"{call}/"


def _join_calls(found: FlowReport) -> None:
    """What was two nodes is one to readers."""
    found.labels = {node: label for node, label in found.labels.items() if not node.endswith("/")}
    found.lanes = [replace(one, nodes=tuple(n for n in one.nodes if not n.endswith("/"))) for one in found.lanes]
    for at, one in enumerate(found.crossings):
        path = [node.removesuffix("/") for node in one.path]
        path = [node for node, before in zip(path, [None, *path], strict=False) if node != before]
        found.crossings[at] = replace(one, node=one.node.removesuffix("/"), path=tuple(path))


def _named(report: Report, path: str, step: CheckedStep) -> list[str]:
    """The nodes whose values its templates name, from its own graph outwards."""
    parts = path.split("/")
    around = [report]
    for name in parts[:-1]:
        around.append(around[-1].inner[name])
    found = []
    for head in {name.dotted.partition(".")[0] for name in step.names}:
        for depth in range(len(around) - 1, -1, -1):
            inside = around[depth]
            givers = {port.name: one.id for one in inside.steps.values() for port in one.variables}
            giver = givers.get(head, head)
            if giver in inside.steps and giver != parts[depth]:
                found.append("/".join([*parts[:depth], giver]))
                break
            if inside.sealed:
                break
    return found


def _caller(report: Report, path: str) -> str:
    """The outermost node on the way to `path` that calls another app; "" where there is none."""
    names = path.split("/")
    for at, name in enumerate(names[:-1]):
        report = report.inner[name]
        if report.sealed:
            return "/".join(names[: at + 1])
    return ""


def _unknown(resource: Resource, pointer: str, node: str) -> FlowProblem:
    if resource.kind == "secret":
        needs = needed(resource.name)
        code, words = needs.code, needs.message
    elif resource.kind == "approver":
        code, words = (
            "approver_unknown",
            text(
                "It asks a role or group that is not here, or a role that may not run apps. Choose again who may decide.",
                "指定的审批角色或用户组不存在，或该角色不能运行应用。请重新选择谁可以决定。",
            ),
        )
    elif resource.kind == "dataset":
        code, words = (
            "dataset_unknown",
            text(
                f"There is no dataset “{resource.name}”. Choose one that exists, or make it.",
                f"没有名为“{resource.name}”的知识库，请选择已有的或新建一个。",
            ),
        )
    else:
        code, words = (
            "model_unknown",
            text(
                f"No provider serves the model “{resource.name}”. Add it to a provider, or choose another.",
                f"没有模型服务提供“{resource.name}”，请在模型服务中添加或另选模型。",
            ),
        )
    return FlowProblem(code, words, f"{pointer}/config/{resource.field}" if resource.field else pointer, node)
