"""A node made ready to run: its class, its configuration validated, the names that it uses, its tools."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from atoll.engine.config_faults import ConfigFault, Fault, faults_of, refusal
from atoll.engine.graph import GraphNode
from atoll.engine.tools import tool_fault
from atoll.kit import templates
from atoll.kit.errors import UserError
from atoll.kit.i18n import text
from atoll.kit.template_plain import is_plain
from atoll.kit.validation import unstopped
from atoll.sdk import Input, Node, Output, Ports, Resource, declared
from atoll.sdk.container import Container
from atoll.sdk.node import hints_of

if TYPE_CHECKING:
    from atoll.engine.plan import Plan

Catalogue = Mapping[str, type[Node]]
SYS = ("run_id", "app_id", "user", "started_at")
ERROR = "error"  # the branch a node leaves by when it fails and `on_error` is "branch"
PRIMARY = "output"  # names the primary output whatever its own name is


class Name(NamedTuple):
    """A dotted name that a node's configuration looks up: `llm_1.text`, in config field `prompt`."""

    dotted: str
    field: str


class Source(NamedTuple):
    """Where a bound input comes from. `link` is the edge's index, so that only a delivered edge gives."""

    node: str
    output: str
    link: int


class Link(NamedTuple):
    edge: int
    source: str
    target: str
    handle: str | None

    def decides(self, source: "Step") -> bool:
        """Whether it tells something that this edge delivered: its source might have left by another way."""
        return self.handle is not None or source.on_error == "branch"


@dataclass(slots=True)
class Step:
    """One node, ready to run."""

    id: str
    title: str
    node: type[Node]
    config: BaseModel
    ports: Ports
    names: list[Name]
    attempts: int
    delay: float
    timeout: float
    on_error: str
    default_outputs: dict[str, Any]
    side_effects: bool
    resources: Sequence[Resource]
    variables: Sequence[Input]
    plain: bool
    """Whether every template in its configuration is plain: rendering one takes no time worth waiting for."""
    incoming: list[Link] = field(default_factory=list)
    outgoing: list[Link] = field(default_factory=list)
    bindings: dict[str, list[Source]] = field(default_factory=dict)
    upstream: set[str] = field(default_factory=set)
    """The nodes whose values it uses or waits for: sources of edges, and nodes that its templates name."""
    answers: bool = False
    """True if its streamed text is the run's answer, so that a reader may be shown it as it comes."""
    inner: "Plan | None" = None
    """The plan of a container's own graph."""
    outer: Sequence[Resource] | None = None
    """Of a container: the resources that it has without what is inside."""
    tools: dict[str, "Step"] = field(default_factory=dict)
    """Other nodes that it may run while it works, by the names that it calls them by."""

    @property
    def calls(self) -> bool:
        """Whether the graph that it holds is another app's."""
        return issubclass(self.node, Container) and self.node.given_inputs

    @property
    def own(self) -> Sequence[Resource]:
        """Its resources without those of nodes inside."""
        return self.resources if self.outer is None else self.outer

    @property
    def primary_output(self) -> str | None:
        return self.ports.outputs[0].name if self.ports.outputs else None


def make_step(raw: GraphNode, node: type[Node], catalogue: Catalogue | None = None) -> Step:
    """Resolve one node, with its tools out of `catalogue`. Raises ConfigFault, or TemplateFault with a `field` parameter."""
    from pydantic import ValidationError

    try:
        config = node.Config.model_validate(raw.config)
    except ValidationError as error:
        raise ConfigFault(faults_of(node.Config, error)) from None
    step = Step(
        id=raw.id,
        title=raw.title,
        node=node,
        config=config,
        ports=node.ports(config),
        names=_names_in(node, config),
        attempts=raw.retry.attempts if raw.retry else 1,
        delay=raw.retry.delay if raw.retry else 0.0,
        timeout=raw.timeout or node.timeout,
        on_error=raw.on_error,
        default_outputs=raw.default_outputs,
        side_effects=node.has_side_effects(config),
        resources=[*node.resources(config), *declared(node.name, node.level, node.tags)],
        variables=node.declares(config),
        plain=_plain(raw.config),
    )
    allowed = {(f"secrets.{one.name}", one.field) for one in step.resources if one.kind == "secret"}
    step.names = [name for name in step.names if tuple(name) not in allowed]
    if catalogue is not None:
        _attach_tools(step, catalogue)
    return step


def _attach_tools(step: Step, catalogue: Catalogue) -> None:
    """The tools of a node, ready to run. What they send and give, the node does; names that no call gives them are its."""
    faults: list[Fault] = []
    found: list[Resource] = []
    for use in step.node.tools(step.config):
        node = catalogue.get(use.type)
        if node is None:
            unknown = text(f"there is no node type “{use.type}” here", f"这里没有节点类型“{use.type}”")
            faults.append(refusal(step.node.Config, use.where, unknown))
            continue
        try:
            tool = make_step(GraphNode(id=step.id, type=use.type, config=dict(use.config)), node)
        except ConfigFault as fault:
            faults += [one._replace(path=use.place(*one.path)) for one in fault.faults]
            continue
        except UserError as fault:  # in a template
            faults.append(refusal(step.node.Config, use.place(fault.params["field"]), unstopped(fault.message)))
            continue
        given = list(use.given or ())
        if use.given is None or use.partial:
            given += [port.name for port in tool.ports.inputs if port.name not in given]
        fault_of_tool = tool_fault(tool.node, tool.config, tool.ports, given)
        if fault_of_tool is not None or use.name in step.tools:
            twice = text(f"two tools are called “{use.name}”", f"有两个工具都叫“{use.name}”")
            faults.append(refusal(step.node.Config, use.where, fault_of_tool or twice))
            continue
        step.tools[use.name] = tool
        step.names += [
            Name(name.dotted, _path(use.place(name.field)))
            for name in tool.names
            if name.dotted.partition(".")[0] not in given
        ]
        found += [replace(one, field=_path(use.place(one.field)) if one.field else "") for one in tool.resources]
    if faults:
        raise ConfigFault(faults)
    step.resources = list(dict.fromkeys([*step.resources, *found]))
    if not step.node.notes_calls:
        step.side_effects = step.side_effects or any(tool.side_effects for tool in step.tools.values())


def _plain(value: Any) -> bool:
    if isinstance(value, str):
        return is_plain(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(map(_plain, inner))


def _path(parts: Sequence[str | int]) -> str:
    return "/".join(str(part) for part in parts)


def _names_in(node: type[Node], config: BaseModel) -> list[Name]:
    """Every dotted name that the configuration uses: in templates, in variable fields, and by `names_used`."""
    found = [Name(dotted, field) for dotted, field in node.names_used(config)]
    for field_name, info in node.Config.model_fields.items():
        widget = hints_of(info).get("widget")
        value = getattr(config, field_name)
        if not isinstance(value, str) or not value:
            continue
        if widget in ("prompt", "template"):
            try:
                found.extend(Name(name, field_name) for name in sorted(templates.names(value)))
            except templates.TemplateFault as fault:
                fault.params["field"] = field_name
                raise
        elif widget == "variable":
            found.append(Name(value, field_name))
    return found


def output_named(step: Step, name: str) -> Output | None:
    """The output port `name` of a step; `output` names the primary one, `error` what it gives by its way out for errors."""
    for port in step.ports.outputs:
        if port.name == name:
            return port
    if name == PRIMARY and step.ports.outputs:
        return step.ports.outputs[0]
    return Output(ERROR, "object") if name == ERROR and step.on_error == "branch" else None
