"""The wire forms of apps, versions, checks and data-flow reports."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.engine.graph import Chat
from atoll.kit.i18n import Text

GraphJson = dict[str, Any]


class Problem(BaseModel):
    """`pointer` is a JSON pointer into the graph; `node` and `edge` (its index) say where the canvas shows it."""

    code: str
    message: Text
    pointer: str
    node: str | None
    edge: int | None
    severity: Literal["error", "warning"]


class Port(BaseModel):
    name: str
    type: str
    required: bool
    label: Text
    description: Text


class Branch(BaseModel):
    id: str
    label: Text


class Scoped(BaseModel):
    """A name that a template of the node may use, and the node that gives it ("" for what the run itself gives)."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)
    name: str
    type: str
    source: str = Field(alias="from")


class Using(BaseModel):
    """An app that refers to something."""

    app_id: str
    name: str


class NodePorts(BaseModel):
    inputs: list[Port]
    outputs: list[Port]
    branches: list[Branch]
    summary: str


class Checked(BaseModel):
    problems: list[Problem]
    ports: dict[str, NodePorts]


class App(BaseModel):
    """`mode` is what the published version is, else the draft: "chat" where its graph has `chat`."""

    id: str
    name: str
    description: str
    icon: str
    created_at: int
    updated_at: int
    updated_by: str
    published_version: int | None
    mode: Literal["workflow", "chat"] = "workflow"


class Draft(Checked):
    """`revision` grows with every save: send it back as `base_revision`."""

    graph: GraphJson
    revision: int
    saved_at: int
    saved_by: str


class Version(BaseModel):
    number: int
    note: str
    digest: str
    created_at: int
    created_by: str


class VersionWithGraph(Version):
    graph: GraphJson


class InputField(BaseModel):
    """One field of the form that starts a run. `widget` is the input node's name for its kind (paragraph, select)."""

    name: str
    type: str
    required: bool
    label: Text
    default: Any = None
    options: list[str] = []
    widget: str = ""
    max_length: int | None = None


class Form(BaseModel):
    """`chat`: how the app chats, None where it doesn't. `question`: the field that takes what a person writes in a chat,
    "" where there is no text."""

    fields: list[InputField]
    chat: Chat | None
    question: str


class Label(BaseModel):
    level: str
    tags: list[str]


class Lane(BaseModel):
    zone: str
    about: str = Field(default="", description="What the policy says of the zone")
    nodes: list[str]


class Crossing(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)
    from_zone: str = Field(alias="from")
    to_zone: str = Field(alias="to")
    node: str
    kind: str
    name: str
    label: Label
    allowed: bool
    rule: Text
    path: list[str]
    redacted: list[str] = Field(default=[], description="Kinds that are taken out on the way")
    count: int | None = Field(
        default=0, description="How often it happened, in all runs of the app; null for the lowest level, never counted"
    )
    refused: int = Field(default=0, description="How often it was refused while a run was going on")
    last_at: int | None = None


class Lowering(BaseModel):
    """A node that gives less than it holds."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)
    node: str
    held: Label = Field(alias="from")
    given: Label = Field(alias="to")
    by: Literal["redaction", "release"] = Field(description="Release: a person has to")


class FlowReport(BaseModel):
    """Lanes by zone, every crossing between zones, what lowers a label, what each node gives, and what the policy refuses.
    `others` happened, or were refused, in runs, and are none of this graph's: an earlier version's, or what a plugin had not
    declared."""

    lanes: list[Lane]
    crossings: list[Crossing]
    others: list[Crossing] = []
    lowered: list[Lowering] = []
    labels: dict[str, Label]
    problems: list[Problem]


class Affected(BaseModel):
    """A published app that a policy refuses, and why."""

    app_id: str
    name: str
    version: int
    problems: list[Problem]


class Unknown(BaseModel):
    """Something whose level or zone a policy does not know: the level then counts as the highest, and to the zone and from it
    only data of the lowest level goes."""

    kind: Literal["dataset", "model", "instance"]
    name: str
    what: Literal["level", "zone"]
    value: str


class Effects(BaseModel):
    """`others`: how many more apps, which the caller may not see."""

    apps: list[Affected]
    others: int
    unknown: list[Unknown]
