"""What the roles of a template are bound to, and the graph with that in their places. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from atoll.apps.checking import sound
from atoll.apps.expectations import CaseForm, Expectation, Judged
from atoll.apps.template import Json, Template
from atoll.apps.template_secrets import reveal
from atoll.engine.check import Report
from atoll.engine.graph import Graph
from atoll.engine.step import Catalogue
from atoll.kit.errors import UserError
from atoll.kit.pointers import escaped
from atoll.sdk import Resource


@dataclass(frozen=True, slots=True)
class Bindings:
    """What each role is here. `secrets` are values, and are never shown again; an empty one is to be filled in later."""

    models: Mapping[str, str] = field(default_factory=dict)
    datasets: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_json(cls, value: Any) -> "Bindings":
        """{models, datasets, secrets}, each {role: name}; any may be left out. Raises UserError `bindings_invalid`."""
        tables = value if isinstance(value, dict) else {}
        wrong = [name for name in tables if name not in ("models", "datasets", "secrets")]
        for name, table in tables.items():
            if not isinstance(table, dict) or not all(isinstance(bound, str) for bound in table.values()):
                wrong.append(name)
        if wrong or not isinstance(value, dict | None):
            pointer = f"/bindings/{escaped(str(wrong[0]))}" if wrong else "/bindings"
            raise UserError(
                "bindings_invalid",
                "Bindings are an object with models, datasets and secrets, each naming something for a role.",
                "bindings 应为对象，含 models、datasets、secrets，各自为每个角色指定名称。",
                pointer=pointer,
            )
        return cls(**tables)


def bound(template: Template, catalogue: Catalogue, bindings: Bindings) -> Json:
    """The graph with its roles replaced by what they are bound to, parameters and secrets put in."""
    report = sound(template.graph, catalogue)
    changed: dict[tuple[str, str], str] = {}
    for pointer, _, resource in resources(report):
        table = bindings.models if resource.kind == "model" else bindings.datasets
        changed[pointer, resource.field] = table.get(resource.name, resource.name)
    graph = put(Graph.model_validate(template.graph).model_dump(mode="json", exclude_defaults=True), changed)
    for node in graph["nodes"]:
        if node["type"] == "input":
            for variable in node.get("config", {}).get("variables", []):
                if variable.get("name") in template.parameters:
                    variable["default"] = template.parameters[variable["name"]]
    return reveal(graph, bindings.secrets)


def bound_tests(template: Template, bindings: Bindings) -> list[CaseForm]:
    """The test cases, their judges' models replaced by what they are bound to."""

    def judged_by(one: Expectation) -> Expectation:
        if not isinstance(one, Judged):
            return one
        return one.model_copy(update={"model": bindings.models.get(one.model, one.model)})

    return [test.model_copy(update={"expect": [judged_by(one) for one in test.expect]}) for test in template.tests]


def resources(report: Report) -> list[tuple[str, str, Resource]]:
    """(the node's pointer, its path, resource) of every model and dataset that a config field names, inside of
    containers too."""
    pointers = report.pointers()
    return [
        (pointers[path], path, resource)
        for path, step, _ in report.walk()
        for resource in step.own
        if resource.kind in ("model", "dataset") and resource.field
    ]


def put(graph: Json, changed: Mapping[tuple[str, str], Any]) -> Json:
    """`graph` itself, changed: (a node's pointer, config field) -> what stands there now."""
    for (pointer, name), value in changed.items():
        node: Any = graph
        for part in pointer.split("/")[1:]:
            node = node[int(part)] if isinstance(node, list) else node[part]
        *way, last = name.split("/")  # `tools/0/dataset`: a field inside of a field
        place: Any = node["config"]
        for part in way:
            place = place[int(part)] if isinstance(place, list) else place[part]
        place[last] = value
    return graph
