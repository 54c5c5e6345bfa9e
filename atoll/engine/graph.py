"""The graph DSL: one form for canvas, file, API, template and engine. Rules: docs/reference/graph.md."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

NODE_ID = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"  # usable as a name in a template: {{ llm_1.text }}
MAX_NODES = 2_000  # those of graphs inside of graphs too
MAX_EDGES = 10_000
MAX_BYTES = 8_000_000


_TAKEN = frozenset({
    "constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "prototype", "toLocaleString", "toString",
    "valueOf",
})  # fmt: skip


def reserved(name: str) -> bool:
    """Names such as `__proto__` mean something else to the languages that a graph passes through."""
    return name.startswith("__") or name in _TAKEN


class Retry(BaseModel):
    """Try a failed node again. `delay` is in seconds and doubles each time, up to 60."""

    model_config = ConfigDict(extra="forbid")
    attempts: int = Field(default=1, ge=1, le=10)
    delay: float = Field(default=1.0, ge=0, le=60)


class GraphNode(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=NODE_ID)
    type: str = Field(min_length=1, max_length=64)
    title: str = Field(default="", max_length=200)
    config: dict[str, Any] = Field(default_factory=dict)
    retry: Retry | None = None
    timeout: float | None = Field(default=None, gt=0, le=3600)
    on_error: Literal["stop", "default", "branch"] = "stop"
    default_outputs: dict[str, Any] = Field(default_factory=dict)
    ui: dict[str, Any] = Field(default_factory=dict)


class EdgeData(BaseModel):
    model_config = ConfigDict(extra="allow")
    mapping: dict[str, str] = Field(default_factory=dict)  # output of the source -> input of the target


class Edge(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str | None = None
    source: str
    target: str
    source_handle: str | None = None
    data: EdgeData = Field(default_factory=EdgeData)
    ui: dict[str, Any] = Field(default_factory=dict)


class ConversationVariable(BaseModel):
    """A value that lives as long as a conversation: `conversation.topic` in templates. Without a default it begins empty."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=NODE_ID)
    type: str = Field(default="string", max_length=64)
    default: Any = None


Suggestion = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Chat(BaseModel):
    """How an app chats. `question`: the input that takes what a person writes, "" for the first text. `opening` is
    Markdown. `memory_tokens` and `memory_turns` bound the earlier turns that a turn is given."""

    model_config = ConfigDict(extra="forbid")
    question: str = Field(default="", max_length=64)
    opening: str = Field(default="", max_length=10_000)
    suggestions: list[Suggestion] = Field(default_factory=list, max_length=10)
    memory_tokens: int = Field(default=3000, ge=0, le=100_000)
    memory_turns: int = Field(default=20, ge=0, le=100)


class Graph(BaseModel):
    """`version` is the version of the DSL itself. Where `conversation` declares variables, there are no others. With
    `chat` it is the graph of a chat app."""

    model_config = ConfigDict(extra="forbid")
    version: Literal["1"] = "1"
    nodes: list[GraphNode] = Field(max_length=MAX_NODES)
    edges: list[Edge] = Field(default_factory=list, max_length=MAX_EDGES)
    conversation: list[ConversationVariable] = Field(default_factory=list, max_length=100)
    chat: Chat | None = None
    ui: dict[str, Any] = Field(default_factory=dict)

    def digest(self) -> str:
        """sha256 of what runs: `ui`, titles, edge ids and what a chat says of itself left out, so moving a node is not a
        new version."""
        return hashlib.sha256(canonical(self.meaning())).hexdigest()

    def meaning(self) -> dict[str, Any]:
        """The part of the graph that changes what runs, as plain JSON."""
        whole = self.model_dump(exclude_defaults=True, exclude={"ui": True, "chat": _SAID})
        if not whole.get("chat"):
            whole.pop("chat", None)
        for node in whole.get("nodes", []):
            node.pop("ui", None)
            node.pop("title", None)
            _only_meaning(node.get("config", {}))
        for edge in whole.get("edges", []):
            edge.pop("ui", None)
            edge.pop("id", None)
        return whole


_SAID = {"opening", "suggestions"}


def _only_meaning(config: dict[str, Any]) -> None:
    """A graph that a container holds is reduced as the one around it is."""
    held = config.get("graph")
    if not isinstance(held, dict) or not held:
        return
    try:
        meaning = Graph.model_validate(held).meaning()
    except ValidationError:
        return  # no graph: whatever it is, it means itself
    meaning.pop("chat", None)  # only an app chats, not what another one calls
    config["graph"] = meaning


def canonical(value: Mapping[str, Any] | list[Any]) -> bytes:
    """JSON with sorted keys and no spaces: what digests and signatures are made of."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
