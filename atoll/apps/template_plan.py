"""Templates made from an app, and planned against what is here. Pure: `Templates` applies a plan in one transaction.

export → file → read → plan (what is missing, what would change, what policy forbids) → bound (the graph to install:
`template_binding`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from atoll.apps.checking import sound
from atoll.apps.dataflow import Places, data_flow
from atoll.apps.errors import has_problems
from atoll.apps.expectations import CaseForm
from atoll.apps.template import FORMAT, Json, Template, digest
from atoll.apps.template_binding import Bindings, bound, put, resources
from atoll.apps.template_secrets import hide, says_secret, without_secrets
from atoll.engine.step import Catalogue, Step
from atoll.kit.errors import UserError
from atoll.kit.i18n import Text, text
from atoll.kit.pointers import escaped
from atoll.policy import Label
from atoll.sdk import Container

Permissions = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Environment:
    """What is here. `names`: of apps that exist. `permissions`: those of the roles here, by role."""

    catalogue: Catalogue
    places: Places
    names: frozenset[str] = frozenset()
    permissions: Permissions = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """`forbidden` are problems of the graph here, policy's refusals among them; pointers go into the template."""

    missing: list[Json] = field(default_factory=list)
    changes: list[Json] = field(default_factory=list)
    forbidden: list[Json] = field(default_factory=list)
    models: dict[str, str] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)
    tests: int = 0

    @property
    def ok(self) -> bool:
        return not self.missing and not self.forbidden

    def as_dict(self) -> Json:
        return {
            "ok": self.ok,
            "missing": self.missing,
            "changes": self.changes,
            "forbidden": self.forbidden,
            "bindings": {"models": self.models, "datasets": self.datasets},
            "tests": self.tests,
        }


def export(
    graph: Json,
    *,
    name: str,
    version: str,
    catalogue: Catalogue,
    places: Places,
    description: str = "",
    dataset_names: Mapping[str, str] | None = None,
    permissions: Permissions | None = None,
    tests: Sequence[CaseForm] = (),
) -> Json:
    """The template of a graph; `dataset_names` turns ids into names. The same graph and tests give the same bytes.

    A default of an input whose label may not leave is left out; so are all tests then, which have what people entered.

    Raises UserError `graph_has_problems` and `template_has_secret`.
    """
    report = sound(graph, catalogue)
    if not report.ok or report.graph is None:
        raise has_problems([problem.as_dict() for problem in report.problems])
    renamed = dict(dataset_names or {})
    models: Json = {}
    datasets: Json = {}
    changed: dict[tuple[str, str], Any] = {}
    asked = [(path, step, _entered(step, places)) for path, step, _ in report.walk() if step.variables]
    stays = {path: step for path, step, label in asked if not places.may_leave(label)}
    for path, step in stays.items():
        fields = getattr(step.config, "variables", ())
        defaults = [at for at, one in enumerate(fields) if getattr(one, "default", None) is not None]
        changed |= {(report.pointers()[path], f"variables/{at}/default"): None for at in defaults}
    for pointer, _, resource in resources(report):
        placed = places.place(resource)
        if resource.kind == "model":
            models[resource.name] = {"kind": "chat", "zone": placed.zone}
        else:
            role = renamed.get(resource.name, resource.name)
            datasets[role] = {"zone": placed.zone, "label": placed.label.as_dict()}
            changed[pointer, resource.field] = role
    plain, secrets = hide(put(report.graph.model_dump(mode="json", exclude_defaults=True), changed))
    made: Json = {
        "format": FORMAT,
        "name": name,
        "version": version,
        "description": description,
        "graph": plain,
        "parameters": {
            variable.name: variable.default
            for path, step in report.steps.items()
            for variable in step.variables
            if path not in stays and variable.default is not None and not says_secret(variable.name)
        },
        "permissions": {role: sorted(names) for role, names in (permissions or {}).items()},
        "models": models,
        "datasets": datasets,
        "secrets": {role: {"pointer": f"/graph{pointer}"} for role, pointer in secrets.items()},
        "node_types": {step.node.name: step.node.version for _, step, _ in report.walk()},
    }
    if (
        tests and not stays and places.may_leave(places.policy.input_label)
    ):  # a template without any is read by versions that know none
        made["tests"] = without_secrets([test.as_json() for test in tests])
    return {**made, "digest": digest(made), "signatures": []}


def _entered(step: Step, places: Places) -> Label:
    """The label of what people enter at an input node, in a called app too."""
    labels = (places.place(one).label for one in step.own if one.gives)
    return places.policy.join(places.policy.input_label, *labels)


def plan(template: Template, here: Environment, bindings: Bindings | None = None) -> Plan:
    """What installing would need and do. Changes nothing. Raises UserError `binding_unknown` for a role that isn't one."""
    bindings = bindings or Bindings()
    _known_roles(template, bindings)
    found = Plan()
    _node_types(template, here, found)
    _models(template, here, bindings, found)
    _datasets(template, here, bindings, found)
    for role, secret in template.secrets.items():
        if role not in bindings.secrets:
            words = text(
                f"The secret “{role}” is not in the template. Enter it, or leave it empty to enter it later.",
                f"模板中不含凭据“{role}”。请填写，或留空以便稍后填写。",
            )
            found.missing.append(_missing("secret", role, secret.pointer, words))
    _graph(template, here, found)
    _named_here(template, here, found)
    taken = template.name in here.names
    words = text(
        f"The app “{template.name}” is made{' beside the one with the same name' if taken else ''}.",
        f"将新建应用“{template.name}”{'，与同名应用并存' if taken else ''}。",
    )
    found.changes.append({"kind": "app", "role": template.name, "message": words})
    found.tests = len(template.tests)
    if template.tests:
        words = text(f"It brings test cases: {found.tests}.", f"附带测试用例：{found.tests} 个。")
        found.changes.append({"kind": "tests", "role": template.name, "message": words})
    if template.permissions and here.permissions:
        _permissions(template, here, found)
    return found


def _known_roles(template: Template, bindings: Bindings) -> None:
    for kind, given, roles in (
        ("models", bindings.models, template.models),
        ("datasets", bindings.datasets, template.datasets),
        ("secrets", bindings.secrets, template.secrets),
    ):
        for role in given:
            if role not in roles:
                listed = ", ".join(roles) or "-"
                raise UserError(
                    "binding_unknown",
                    f"The template has no role “{role}” among its {kind}; it has: {listed}.",
                    f"模板的 {kind} 中没有角色“{role}”；现有：{listed}。",
                    pointer=f"/bindings/{kind}/{escaped(role)}",
                )


def _node_types(template: Template, here: Environment, found: Plan) -> None:
    places: dict[str, str] = {}
    for name, pointer in _types(template.graph, here.catalogue):
        places.setdefault(name, f"/graph{pointer}/type")
    for name, pointer in places.items():
        node_type = here.catalogue.get(name)
        wanted = template.node_types.get(name)
        if node_type is None:
            words = text(
                f"The node type “{name}” is not here. Install the plugin that brings it.",
                f"这里没有节点类型“{name}”，请安装提供它的插件。",
            )
            found.missing.append(_missing("node_type", name, pointer, words))
        elif wanted and wanted != node_type.version:
            words = text(
                f"The node type “{name}” is version {node_type.version} here; the template was made with {wanted}.",
                f"节点类型“{name}”在这里的版本为 {node_type.version}，模板制作时为 {wanted}。",
            )
            found.changes.append({"kind": "node_type", "role": name, "message": words})


def _types(graph: Any, catalogue: Catalogue, pointer: str = "") -> Iterator[tuple[str, str]]:
    """(node type, pointer of the node), inside of containers too. Of a type that is not here nobody knows whether it is
    one: what looks like a graph in it is taken for one."""
    nodes = graph.get("nodes") if isinstance(graph, dict) else None
    for at, node in enumerate(nodes if isinstance(nodes, list) else ()):
        kind = node.get("type") if isinstance(node, dict) else None
        if not isinstance(kind, str):
            continue
        where = f"{pointer}/nodes/{at}"
        yield kind, where
        known, config = catalogue.get(kind), node.get("config")
        if isinstance(config, dict) and (known is None or issubclass(known, Container)):
            yield from _types(config.get("graph"), catalogue, f"{where}/config/graph")


def _models(template: Template, here: Environment, bindings: Bindings, found: Plan) -> None:
    for role in template.models:
        name = bindings.models.get(role, role)
        if name in here.places.models:
            found.models[role] = name
        elif here.places.stand_in and name:
            found.models[role] = name
            words = text(
                f"No provider serves the model “{name}” here: the offline model will answer for it.",
                f"这里没有服务商提供模型“{name}”：将由离线模型代为回答。",
            )
            found.changes.append({"kind": "model", "role": role, "message": words})
        else:
            words = text(
                f"No provider serves the model “{name}” here. Choose another one for it.",
                f"这里没有服务商提供模型“{name}”，请另选一个。",
            )
            found.missing.append(_missing("model", role, f"/models/{escaped(role)}", words))


def _datasets(template: Template, here: Environment, bindings: Bindings, found: Plan) -> None:
    rank = here.places.policy.rank
    for role, wanted in template.datasets.items():
        name = bindings.datasets.get(role, role)
        if name not in here.places.datasets:
            words = text(
                f"There is no dataset “{name}” here. Choose the one to use, or make it first.",
                f"这里没有知识库“{name}”。请选择要使用的知识库，或先新建。",
            )
            found.missing.append(_missing("dataset", role, f"/datasets/{escaped(role)}", words))
            continue
        found.datasets[role] = name
        _, label = here.places.datasets[name]
        expected = Label(wanted.label.level, frozenset(wanted.label.tags))
        if rank(expected.level) > rank(label.level) or expected.tags - label.tags:
            words = text(
                f"The dataset “{name}” is {label.words()} here; the template was made for {expected.words()} data.",
                f"知识库“{name}”在这里的标签为 {label.words()}，模板原为 {expected.words()} 数据制作。",
            )
            found.changes.append({"kind": "dataset", "role": role, "message": words})


def _named_here(template: Template, here: Environment, found: Plan) -> None:
    """What the graph names that only a workspace has, where this one lacks it: the draft can wait for it, publishing
    can't."""
    lacking = [
        (step, resource)
        for _, step, _ in sound(template.graph, here.catalogue).walk()
        for resource in step.own
        if resource.kind in ("secret", "approver") and not here.places.known(resource)
    ]
    for name in dict.fromkeys(resource.name for _, resource in lacking if resource.kind == "secret"):
        words = text(
            f"It uses the secret {name}, which is not here. Add it under Secrets before you publish.",
            f"它使用凭据 {name}，但此处没有。发布前请在“凭据”中添加。",
        )
        found.changes.append({"kind": "secret", "role": name, "message": words})
    for title in dict.fromkeys(step.title or step.id for step, resource in lacking if resource.kind == "approver"):
        words = text(
            f"“{title}” asks a role or group that is not here. Choose who may decide before you publish.",
            f"“{title}”指定的审批角色或用户组在此处不存在。发布前请重新选择谁可以决定。",
        )
        found.changes.append({"kind": "approver", "role": title, "message": words})


def _graph(template: Template, here: Environment, found: Plan) -> None:
    """Problems of the graph as it would be here, and, once every role is bound, what policy refuses."""
    for where, node, resource in resources(sound(template.graph, here.catalogue)):
        if resource.name not in (template.models if resource.kind == "model" else template.datasets):
            words = text(
                f"The graph uses the {resource.kind} “{resource.name}”, which the template does not list.",
                f"流程使用了“{resource.name}”，但模板没有列出它。",
            )
            pointer = f"{where}/config/{resource.field}"
            found.forbidden.append(_problem("template_role_unlisted", words, pointer, node))
    report = sound(bound(template, here.catalogue, Bindings(found.models, found.datasets)), here.catalogue)
    problems = [problem.as_dict() for problem in report.problems if problem.severity == "error"]
    if not any(one["kind"] in ("node_type", "model", "dataset") for one in found.missing):
        problems += [
            problem.as_dict()
            for problem in data_flow(report, here.places).problems
            if problem.code not in ("needs_secret", "approver_unknown")  # said among the changes
        ]
    found.forbidden += [problem for problem in problems if problem["code"] != "node_type_unknown"]  # said as missing
    found.forbidden = [{**problem, "pointer": f"/graph{problem['pointer']}"} for problem in found.forbidden]


def _problem(code: str, words: Text, pointer: str, node: str) -> Json:
    return {"code": code, "message": words, "pointer": pointer, "node": node, "edge": None, "severity": "error"}


def _permissions(template: Template, here: Environment, found: Plan) -> None:
    for role, names in template.permissions.items():
        extra = sorted(set(names) - set(here.permissions.get(role, ())))
        if extra:
            words = text(
                f"In the template {role} may also: {', '.join(extra)}. Roles here stay as they are.",
                f"模板中的角色 {role} 还拥有：{', '.join(extra)}。这里的角色保持不变。",
            )
            found.changes.append({"kind": "permission", "role": role, "message": words})


def _missing(kind: str, role: str, pointer: str, words: Text) -> Json:
    return {"kind": kind, "role": role, "pointer": pointer, "message": words}
