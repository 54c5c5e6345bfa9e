"""An agent's tools: how they are configured, what a model is told of them, and what it is shown of their results. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from atoll.kit import templates
from atoll.kit.i18n import text
from atoll.kit.validation import Unfit
from atoll.nodes.declared import LevelName, TagName, level_field, tags_field
from atoll.nodes.mcp import McpServer, McpTool
from atoll.sdk import Input, NodeError, ToolCall, ToolInfo, ToolSpec, ToolUse, ui
from atoll.sdk.passages import is_passage, printed

RESULT = 16_000  # characters of one result that a model is shown
NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"


_WHAT = {
    "dataset": text("dataset", "知识库"),
    "node": text("node", "节点类型"),
    "http": text("address", "地址"),
    "mcp": text("address", "地址"),
}


class Parameter(BaseModel):
    """What the model gives: an input of the tool, or a name that its templates use."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=NAME, json_schema_extra=ui("text", label=text("Name", "名称")))
    type: Literal["string", "number", "boolean", "array[string]", "object"] = Field(
        default="string", json_schema_extra=ui("select", label=text("Type", "类型"))
    )
    description: str = Field(
        default="", max_length=1000, json_schema_extra=ui("text", label=text("What it is", "说明"))
    )
    required: bool = Field(default=True, json_schema_extra=ui("switch", label=text("Required", "必填")))


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool as a model is told of it. `values`: its fixed inputs, (template, schema of what it gives) by name.
    `output` is the one to show, "" for the first."""

    spec: ToolSpec
    values: Mapping[str, tuple[str, Mapping[str, Any]]]
    output: str = ""


_OWN = {"kind": ["dataset", "http", "node"]}  # an MCP server says these itself


class AgentTool(BaseModel):
    """A knowledge base to search, an address to call, any node type with its configuration, or tools of an MCP server."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["dataset", "http", "node", "mcp"] = Field(
        default="dataset",
        json_schema_extra=ui(
            "select", label=text("Kind", "类型"),
            options=[
                {"value": "dataset", "label": text("Knowledge base", "知识库")},
                {"value": "http", "label": text("HTTP request", "HTTP 请求")},
                {"value": "node", "label": text("Node or plugin", "节点或插件")},
                {"value": "mcp", "label": text("MCP server", "MCP 服务器")},
            ],
        ),
    )  # fmt: skip
    name: str = Field(
        pattern=NAME,
        json_schema_extra=ui("text", label=text("Name", "名称"),
                             help=text("What the model calls it by. The tools of an MCP server begin with it",
                                       "模型调用时使用的名称；MCP 服务器的各个工具以它开头")),
    )  # fmt: skip
    description: str = Field(
        default="", max_length=2000,
        json_schema_extra=ui("textarea", label=text("When to use it", "用途说明"), rows=2, show_if=_OWN),
    )  # fmt: skip
    dataset: str = Field(
        default="", max_length=200,
        json_schema_extra=ui("dataset", label=text("Knowledge base", "知识库"), show_if={"kind": "dataset"}),
    )  # fmt: skip
    top_k: int = Field(
        default=5, ge=1, le=50,
        json_schema_extra=ui("number", label=text("Passages", "段落数"), show_if={"kind": "dataset"}),
    )  # fmt: skip
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(
        default="GET", json_schema_extra=ui("select", label=text("Method", "方法"), show_if={"kind": "http"})
    )
    url: str = Field(
        default="", max_length=8000,
        json_schema_extra=ui("text", label=text("Address", "地址"), show_if={"kind": "http"}, secrets=True,
                             placeholder="https://api.example.com/v1/items?q={{ q | urlencode }}"),
    )  # fmt: skip
    headers: dict[str, str] = Field(
        default_factory=dict, max_length=50,
        json_schema_extra=ui("key-value", label=text("Headers", "请求头"), secrets=True, show_if={"kind": "http"}),
    )  # fmt: skip
    body: str = Field(
        default="", max_length=100_000,
        json_schema_extra=ui("textarea", label=text("Body", "请求体"), secrets=True, rows=3, show_if={"kind": "http"}),
    )  # fmt: skip
    node: str = Field(
        default="", max_length=64,
        json_schema_extra=ui("text", label=text("Node type", "节点类型"), show_if={"kind": "node"}, placeholder="custom_search"),
    )  # fmt: skip
    config: dict[str, Any] = Field(
        default_factory=dict,
        json_schema_extra=ui("json", label=text("Its configuration", "节点配置"), show_if={"kind": "node"}),
    )
    mcp: McpServer = Field(
        default_factory=McpServer,
        json_schema_extra=ui("mcp", label=text("MCP server", "MCP 服务器"), show_if={"kind": "mcp"}),
    )
    parameters: list[Parameter] = Field(
        default_factory=list, max_length=30,
        json_schema_extra=ui("objects", label=text("What the model gives", "由模型填写的参数"), show_if=_OWN,
                             help=text("Empty: all inputs of the node", "留空：节点的全部输入")),
    )  # fmt: skip
    values: dict[str, str] = Field(
        default_factory=dict, max_length=30,
        json_schema_extra=ui("key-value", label=text("Fixed inputs", "固定输入"),
                             help=text("Templates: the model does not see them", "支持模板；模型看不到这些值")),
    )  # fmt: skip
    output: str = Field(
        default="", max_length=64,
        json_schema_extra=ui("text", label=text("Output to show", "返回给模型的输出"), placeholder="output", show_if=_OWN),
    )  # fmt: skip
    level: LevelName = level_field()
    tags: list[TagName] = tags_field()

    @model_validator(mode="after")
    def _whole(self) -> "AgentTool":
        needed = {"dataset": self.dataset, "http": self.url, "node": self.node, "mcp": self.mcp.url}[self.kind]
        if not needed:
            what = _WHAT[self.kind]
            raise Unfit(text(f"the tool “{self.name}” names no {what['en']}", f"工具“{self.name}”未填写{what['zh']}"))
        if self.kind == "mcp" and not self.mcp.tools:
            raise Unfit(
                text(
                    f"look up the tools of “{self.name}” and choose at least one",
                    f"请查询“{self.name}”的工具并至少选择一个",
                )
            )
        names = [one.name for one in self.parameters]
        if len(set(names)) < len(names) or set(names) & set(self.values):
            raise Unfit(text(f"the tool “{self.name}” names a parameter twice", f"工具“{self.name}”的参数重名"))
        return self

    def names(self) -> list[str]:
        """What a model calls it by; as many as an MCP server gives."""
        return [mcp_name(self.name, tool) for tool in self.mcp.tools] if self.kind == "mcp" else [self.name]

    def uses(self, at: int) -> list[ToolUse]:
        """The nodes that it is, as the tool number `at` of an agent."""
        where: tuple[str | int, ...] = ("tools", at)
        given = [one.name for one in self.parameters] + list(self.values) if self.parameters else None
        said = {"level": self.level, "tags": self.tags}
        match self.kind:
            case "dataset":
                config: dict[str, Any] = {"vector_index": self.dataset, "top_k": self.top_k}
                return [ToolUse(self.name, "retriever", config, given, where, {"vector_index": "dataset"})]
            case "http":
                config = {"method": self.method, "url": self.url, "headers": self.headers, "body": self.body, **said}
                return [ToolUse(self.name, "http_request", config, given or list(self.values), where)]
            case "node":
                return [ToolUse(self.name, self.node, self.config, given, (*where, "config"))]
        return [
            ToolUse(
                name,
                "tool",
                {"kind": "mcp", "mcp": self.mcp.with_tools(tool).model_dump(), **said},
                list(tool.properties),
                where,
            )
            for name, tool in zip(self.names(), self.mcp.tools, strict=True)
        ]

    def offers(self, info: Callable[[str], ToolInfo]) -> list[Offer]:
        """What a model is told of it."""
        if self.kind == "mcp":
            return [mcp_offer(name, tool, self.values) for name, tool in zip(self.names(), self.mcp.tools, strict=True)]
        known = info(self.name)
        if self.parameters:
            offered = [Input(one.name, one.type, one.required, one.description) for one in self.parameters]
        else:
            offered = [] if self.kind == "http" else [port for port in known.inputs if port.name not in self.values]
        properties = {port.name: schema_of(port) for port in offered}
        needed = [port.name for port in offered if port.required and port.default is None]
        parameters = {"type": "object", "properties": properties, "required": needed}
        by_itself = (
            f"Searches the knowledge base “{self.dataset}”." if self.kind == "dataset" else known.description["en"]
        )
        spec = ToolSpec(self.name, self.description or by_itself or known.label["en"], parameters)
        ports = {port.name: port for port in known.inputs}
        values = {name: (value, schema_of(ports.get(name))) for name, value in self.values.items()}
        return [Offer(spec, values, self.output)]


def mcp_name(prefix: str, tool: McpTool) -> str:
    """Letters, digits, `_` and `-`, 64 at most, as providers of models want it."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", f"{prefix}_{tool.name}")[:64]


def mcp_offer(name: str, tool: McpTool, values: Mapping[str, str]) -> Offer:
    """A tool of an MCP server: what its server said of it, without the arguments that are fixed here."""
    schema = dict(tool.input_schema)
    fixed = {one: (value, schema_part(tool.properties[one])) for one, value in values.items() if one in tool.properties}
    if fixed:
        schema["properties"] = {one: part for one, part in tool.properties.items() if one not in fixed}
        schema["required"] = [one for one in schema.get("required") or () if one not in fixed]
    return Offer(ToolSpec(name, tool.description or tool.name, schema), fixed)


def names_in_values(values: Mapping[str, str], of: str) -> list[tuple[str, str]]:
    """(name, field) of what the templates in a field's values look up. Raises TemplateFault."""
    found: list[tuple[str, str]] = []
    for value in values.values():
        try:
            found += [(name, of) for name in sorted(templates.names(value))]
        except templates.TemplateFault as fault:
            fault.params["field"] = of
            raise
    return found


def schema_part(part: Any) -> Mapping[str, Any]:
    """A part of a JSON Schema; `true` says nothing."""
    return part if isinstance(part, Mapping) else {}


def schema_of(port: Input | None) -> dict[str, Any]:
    """The JSON Schema of an input's type; of anything where there is no such input."""
    if port is None:
        return {}
    kinds: dict[str, dict[str, Any]] = {
        "string": {"type": "string"}, "number": {"type": "number"}, "boolean": {"type": "boolean"},
        "object": {"type": "object"}, "list": {"type": "array"}, "array[string]": {"type": "array", "items": {"type": "string"}},
    }  # fmt: skip
    made = dict(kinds.get(port.type, {"type": "array"} if port.type.startswith("array") else {}))
    words = port.description or port.display_name
    said = words if isinstance(words, str) else words["en"]
    return made | ({"description": said} if said else {})


def arguments_of(call: ToolCall, spec: ToolSpec) -> dict[str, Any]:
    """The arguments that the tool takes, as its types. Raises NodeError with words for the model."""
    if call.fault is not None:
        raise call.fault
    missing = [name for name in spec.parameters.get("required") or () if call.arguments.get(name) in (None, "")]
    if missing:
        listed = ", ".join(missing)
        raise NodeError(
            "tool_arguments_missing",
            f"{call.name} needs {listed}. Give a value for it.",
            f"“{call.name}”缺少参数 {listed}，请填写。",
        )
    if "properties" not in spec.parameters:  # it lists none: whatever the model gives
        return dict(call.arguments)
    known = spec.parameters["properties"]
    return {name: typed(value, schema_part(known[name])) for name, value in call.arguments.items() if name in known}


def typed(value: Any, schema: Mapping[str, Any]) -> Any:
    """A value as its schema's type where models and templates write it as text; else as it is."""
    kind = schema.get("type")
    if kind == "string":
        return value if isinstance(value, str) or value is None else orjson.dumps(value).decode()
    if not isinstance(value, str) or kind is None:
        return value
    if kind == "boolean" and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if kind in ("number", "integer", "object", "array"):
        try:
            read = orjson.loads(value)
        except orjson.JSONDecodeError:
            return [value] if kind == "array" else value
        wanted: dict[str, Any] = {"object": dict, "array": list}
        return read if isinstance(read, wanted.get(kind, int | float)) else value
    return value


@dataclass(slots=True)
class Sources:
    """The passages that a model has seen, numbered in the order in which it saw them."""

    passages: list[dict[str, Any]] = field(default_factory=list)

    def number(self, passage: Mapping[str, Any]) -> int:
        for known in self.passages:
            if known.get("chunk_id") == passage["chunk_id"]:
                return int(known["n"])
        number = max((int(known["n"]) for known in self.passages), default=0) + 1
        self.passages.append({**passage, "n": number})
        return number


def shown(outputs: Mapping[str, Any], name: str, sources: Sources) -> str:
    """What a model is shown of a result: passages with their numbers, texts as they are, all else as JSON."""
    value = outputs.get(name)
    if value in (None, "", [], {}):
        return "Nothing was found."
    if isinstance(value, list) and all(is_passage(one) for one in value):
        said = "\n\n".join(printed(one, sources.number(one)) for one in value)
    else:
        said = value if isinstance(value, str) else orjson.dumps(value).decode()
    return said if len(said) <= RESULT else f"{said[:RESULT]}\n… ({len(said) - RESULT} more characters were left out)"
