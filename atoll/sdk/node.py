"""The contract of a node. Built-in nodes and plugins are the same kind of thing.

class CustomSearchNode(Node):
    name = "custom_search"
    display_name = "自定义搜索引擎"
    inputs = [Input(name="query", type="string", required=True)]
    outputs = [Output(name="results", type="list")]

    def invoke(self, input_dict):
        return {"results": search(input_dict["query"], top_k=5)}

register_node(CustomSearchNode)
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from atoll.kit.i18n import Text
from atoll.sdk.context import Context
from atoll.sdk.tools import ToolUse

Category = Literal["io", "model", "knowledge", "logic", "code", "tool", "human", "plugin"]
CATEGORIES: tuple[Category, ...] = ("io", "model", "knowledge", "logic", "code", "tool", "human", "plugin")


@dataclass(frozen=True, slots=True)
class Input:
    """A port that takes a value. Types: docs/reference/types.md; `list` is an array of anything."""

    name: str
    type: str = "any"
    required: bool = False
    description: str | Text = ""
    display_name: str | Text = ""
    default: Any = None
    hints: Mapping[str, Any] | None = None
    """For a run's own inputs: how to ask a person for it, {widget, options, max_length}."""


@dataclass(frozen=True, slots=True)
class Output:
    """A port that gives a value. The first one of a node is its primary output."""

    name: str
    type: str = "any"
    description: str | Text = ""
    display_name: str | Text = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A named way out of a node (an edge's `source_handle`): `true`, `false`, a case's id."""

    id: str
    display_name: str | Text = ""


@dataclass(frozen=True, slots=True)
class Ports:
    """What a node takes and gives under one configuration."""

    inputs: Sequence[Input]
    outputs: Sequence[Output]
    branches: Sequence[Branch] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """Something outside the graph that a node uses. Labels, templates and the checker all read this.

    kind: "model", "dataset", "host", "destination" (where answers go), "subject" (who gives an input)
    or "secret" (a named one of the workspace, which `context.secret` stands for), "approver" (a role or group by its id),
    "source" (the node itself, of what it gives without any of those).
    `sends`: data flows from the graph to it. `gives`: data flows from it into the graph.
    `level`, `tags`: what it gives is at least that. More may be known of it: a dataset has a label of its own.
    """

    kind: Literal["model", "dataset", "host", "destination", "subject", "secret", "approver", "source"]
    name: str
    sends: bool
    gives: bool
    field: str = ""  # the config field that names it (`tools/0/dataset` deeper in), "" where the node type itself does
    level: str = ""
    tags: tuple[str, ...] = ()


CALLER = Resource("destination", "caller", sends=True, gives=False)
"""Where the answer of a run goes."""


def declared(name: str, level: str, tags: Sequence[str]) -> Sequence[Resource]:
    """What somebody says of the label of what a node gives, as a resource; none where nothing is said."""
    return (Resource("source", name, sends=False, gives=True, level=level, tags=tuple(tags)),) if level or tags else ()


class NoConfig(BaseModel):
    """The configuration of a node that has none."""

    model_config = ConfigDict(extra="forbid")


def ui(widget: str, **hints: Any) -> dict[str, Any]:
    """Hints for the form in a field's JSON Schema: `Field(json_schema_extra=ui("prompt"))`.

    Widgets: text, textarea, prompt (a template), code, number, slider, switch, select, level (of the policy), tags, model,
    dataset, approvers, key-value, conditions, json. Hints: label and help (Text), language, group, advanced, placeholder,
    none (Text: what it means that no level is chosen), show_if={"field": value}, secrets=True where `{{ secrets.NAME }}`
    may stand. A field whose widget is `prompt` or `template` is checked as a template; one whose widget is `model` or
    `dataset` is a resource; one whose widget is `variable` holds a name.
    """
    return {"x-ui": {"widget": widget, **hints}}


def hints_of(field: FieldInfo) -> Mapping[str, Any]:
    """What `ui` said of a field; empty where nobody did."""
    extra = field.json_schema_extra
    hints = extra.get("x-ui") if isinstance(extra, dict) else None
    return hints if isinstance(hints, dict) else {}


Invocation = Mapping[str, Any] | Iterator[Any] | AsyncIterator[Any]


class Node:
    """One step of a graph. Subclass it, declare ports, write `invoke`, call `register_node`.

    `invoke(inputs)` may be a plain function (runs in a thread), a coroutine, a generator or an async
    generator. A generator yields pieces of text, which stream to whoever watches, and at last a dict: the
    outputs (a plain generator may also return it). Outputs are a dict by output name, JSON values only.
    """

    name: ClassVar[str]
    display_name: ClassVar[str | Text] = ""
    description: ClassVar[str | Text] = ""
    category: ClassVar[Category] = "plugin"
    icon: ClassVar[str] = "puzzle"
    version: ClassVar[str] = "1"
    inputs: ClassVar[Sequence[Input]] = ()
    outputs: ClassVar[Sequence[Output]] = ()
    branches: ClassVar[Sequence[Branch]] = ()
    side_effects: ClassVar[bool] = False
    """True if running it twice does harm. After a crash in the middle, a person is asked before it is repeated."""
    timeout: ClassVar[float] = 120.0
    """Seconds for one attempt, unless the graph says otherwise."""
    streams: ClassVar[bool] = False
    """True if it yields pieces of its primary output while it works."""
    instant: ClassVar[bool] = False
    """True if it is pure and takes microseconds: it then runs on the event loop at once, without a timeout."""
    open_inputs: ClassVar[bool] = False
    """True if an edge may map a value to any name, not only to a declared input (its templates can use it)."""
    decorative: ClassVar[bool] = False
    """True if it is for the reader of the canvas only and never runs (a note)."""
    level: ClassVar[str] = ""
    """What it gives is at least of this level of the policy, whatever it takes: "confidential". One that the policy does not
    know counts as its highest."""
    tags: ClassVar[Sequence[str]] = ()
    """And has these tags."""
    result: ClassVar[bool] = False
    """True if what it gives is the result of the run."""
    notes_calls: ClassVar[bool] = False
    """True if it notes each call of a tool before it and after it, and so knows after a crash which one is in doubt.
    A node that does not has the side effects of its tools."""

    Config: ClassVar[type[BaseModel]] = NoConfig
    """A Pydantic model; the side panel's form comes from its JSON Schema."""

    fresh: ClassVar[Mapping[str, Any]] = {}
    """Settings that a new node on the canvas begins with, beside the defaults of its configuration."""

    config: Any
    context: Context

    def __init__(self, config: BaseModel, context: Context) -> None:
        self.config = config
        self.context = context

    def invoke(self, inputs: dict[str, Any]) -> Any:
        raise NotImplementedError

    @classmethod
    def ports(cls, config: Any) -> Ports:
        """Ports under a configuration. Override where they depend on it (a condition's cases)."""
        return Ports(cls.inputs, cls.outputs, cls.branches)

    @classmethod
    def declares(cls, config: Any) -> Sequence[Input]:
        """Workflow variables that the run is given by whoever starts it (the `input` node's)."""
        return ()

    @classmethod
    def has_side_effects(cls, config: Any) -> bool:
        return cls.side_effects

    @classmethod
    def remembers(cls, config: Any) -> bool:
        """Whether it uses the conversation's earlier turns, `self.context.history`: their label is then among its own."""
        return False

    @classmethod
    def cites_through(cls, config: Any) -> bool:
        """Whether what it gives cites the passages that it took, where it gives no `citations` of its own. False for what
        takes something out on purpose: the passages still have it."""
        return True

    @classmethod
    def names_used(cls, config: Any) -> Sequence[tuple[str, str]]:
        """(dotted name, config field) pairs that this node looks up beyond its templates and variable fields."""
        return ()

    @classmethod
    def resources(cls, config: Any) -> Sequence[Resource]:
        """What it uses outside the graph. The default reads the `model` and `dataset` widgets of the form."""
        found: list[Resource] = []
        for field_name, field in cls.Config.model_fields.items():
            widget = hints_of(field).get("widget")
            value = getattr(config, field_name, None)
            if isinstance(value, str) and value:
                if widget == "model":
                    found.append(Resource("model", value, sends=True, gives=True, field=field_name))
                elif widget == "dataset":
                    found.append(Resource("dataset", value, sends=True, gives=True, field=field_name))
        return found

    @classmethod
    def tools(cls, config: Any) -> Sequence[ToolUse]:
        """Other nodes that it may run while it works, by `self.context.tools`."""
        return ()

    @classmethod
    def summary(cls, config: Any) -> str:
        """One short line for the node's card (the model's name, the condition)."""
        return ""
