"""`tool`: calls one tool: another node type, an operation of an OpenAPI description, or a tool of an MCP server."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from atoll.kit.i18n import text
from atoll.kit.validation import Unfit
from atoll.nodes import mcp, openapi
from atoll.nodes.declared import LevelName, TagName, level_field, tags_field
from atoll.nodes.http_calls import SAFE, refused
from atoll.nodes.mcp import McpServer, McpTool
from atoll.nodes.openapi import Operation
from atoll.nodes.secrets import secrets_of, with_secrets
from atoll.nodes.toolbox import names_in_values, schema_of, schema_part, typed
from atoll.sdk import Input, Node, NodeError, Output, Resource, ToolUse, declared, register_node, ui


class ToolConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["node", "openapi", "mcp"] = Field(
        default="node",
        json_schema_extra=ui(
            "select", label=text("Kind", "类型"),
            options=[
                {"value": "node", "label": text("Node or plugin", "节点或插件")},
                {"value": "openapi", "label": text("OpenAPI operation", "OpenAPI 接口")},
                {"value": "mcp", "label": text("Tool of an MCP server", "MCP 服务器的工具")},
            ],
        ),
    )  # fmt: skip
    node: str = Field(
        default="", max_length=64,
        json_schema_extra=ui("text", label=text("Node type", "节点类型"), placeholder="custom_search", show_if={"kind": "node"}),
    )  # fmt: skip
    config: dict[str, Any] = Field(
        default_factory=dict,
        json_schema_extra=ui("json", label=text("Its configuration", "节点配置"), show_if={"kind": "node"}),
    )
    openapi: dict[str, Any] = Field(
        default_factory=dict,
        json_schema_extra=ui("json", label=text("OpenAPI 3 description, as JSON", "OpenAPI 3 描述（JSON）"), show_if={"kind": "openapi"}),
    )  # fmt: skip
    operation: str = Field(
        default="", max_length=500,
        json_schema_extra=ui("text", label=text("Operation", "接口"), placeholder="GET /items/{id}", show_if={"kind": "openapi"},
                             help=text("Its operationId, or method and path", "operationId，或“方法 路径”")),
    )  # fmt: skip
    server: str = Field(
        default="", max_length=2000,
        json_schema_extra=ui("text", label=text("Server", "服务器地址"), show_if={"kind": "openapi"}, advanced=True,
                             help=text("Empty: the first one of the description", "留空：使用描述中的第一个")),
    )  # fmt: skip
    headers: dict[str, str] = Field(
        default_factory=dict, max_length=50,
        json_schema_extra=ui("key-value", label=text("Headers", "请求头"), secrets=True, show_if={"kind": "openapi"}, advanced=True),
    )  # fmt: skip
    mcp: McpServer = Field(
        default_factory=McpServer,
        json_schema_extra=ui("mcp", label=text("MCP server", "MCP 服务器"), show_if={"kind": "mcp"}, one=True),
    )
    inputs: dict[str, str] = Field(
        default_factory=dict, max_length=100,
        json_schema_extra=ui("key-value", label=text("Inputs", "输入"), placeholder="{{ input }}",
                             help=text("Templates by the names of the tool's inputs. Connected values of the same names go in too",
                                       "按工具的输入名称填写模板；同名的连线值也会传入")),
    )  # fmt: skip
    level: LevelName = level_field()
    tags: list[TagName] = tags_field()

    @model_validator(mode="after")
    def _whole(self) -> "ToolConfig":
        if self.kind == "node" and not self.node:
            raise Unfit(text("choose a node type", "请选择节点类型"))
        if self.kind == "openapi":
            openapi.find(self.openapi, self.operation, self.server)
        if self.kind == "mcp" and (not self.mcp.url or len(self.mcp.tools) != 1):
            raise Unfit(text("look up the tools of an MCP server and choose one", "请查询 MCP 服务器的工具并选择一个"))
        return self

    def found(self) -> Operation:
        return openapi.find(self.openapi, self.operation, self.server)

    @property
    def chosen(self) -> McpTool:
        return self.mcp.tools[0]


class ToolNode(Node):
    name = "tool"
    display_name = text("Tool", "工具")
    description = text(
        "Calls a plugin, another node type, an operation of an OpenAPI description, or a tool of an MCP server.",
        "调用插件、其他节点类型、OpenAPI 描述中的接口，或 MCP 服务器的工具。",
    )
    category = "tool"
    icon = "wrench"
    inputs = (Input("input", "any", display_name=text("input", "输入")),)
    outputs = (
        Output("result", "any", display_name=text("result", "结果")),
        Output("outputs", "object", display_name=text("all outputs", "全部输出")),
    )
    open_inputs = True
    timeout = 330.0  # the tool's own clock comes first
    Config = ToolConfig

    @classmethod
    def tools(cls, config: ToolConfig) -> Sequence[ToolUse]:
        if config.kind != "node":
            return ()
        return (ToolUse(config.node, config.node, config.config, list(config.inputs), ("config",), partial=True),)

    @classmethod
    def names_used(cls, config: ToolConfig) -> Sequence[tuple[str, str]]:
        return names_in_values(config.inputs, "inputs")

    @classmethod
    def resources(cls, config: ToolConfig) -> Sequence[Resource]:
        level, tags = config.level, tuple(config.tags)
        if config.kind == "node":
            return declared(config.node, level, tags)  # those of the tool are added
        if config.kind == "mcp":
            host = Resource("host", config.mcp.host, True, True, "mcp/url", level, tags)
            return (host, *secrets_of({"mcp/headers": config.mcp.headers}))
        host = Resource("host", config.found().host, True, True, "", level, tags)
        return (host, *secrets_of({"headers": config.headers, "inputs": config.inputs}))

    @classmethod
    def has_side_effects(cls, config: ToolConfig) -> bool:
        if config.kind == "mcp":
            return not config.chosen.idempotent
        return config.kind == "openapi" and config.found().method not in SAFE

    @classmethod
    def summary(cls, config: ToolConfig) -> str:
        named = {"node": config.node, "openapi": config.operation, "mcp": "".join(one.name for one in config.mcp.tools)}
        return named[config.kind][:60]

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        written = dict(self.config.inputs)
        if self.config.kind == "openapi":  # these are a request; those of a tool are kept in the log
            written = {name: with_secrets(self.context, value) for name, value in written.items()}
        given: dict[str, Any] = {name: (await self.context.rendered(value)).text for name, value in written.items()}
        ways = {"node": self._node, "openapi": self._operation, "mcp": self._mcp}
        return await ways[self.config.kind](given, inputs)

    async def _node(self, written: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        c = self.config
        info = self.context.tools.info(c.node)
        ports = {port.name: port for port in info.inputs}
        given = {name: value for name, value in inputs.items() if name in ports}
        if info.inputs and "input" in inputs and not given and not written:
            given = {info.inputs[0].name: inputs["input"]}  # the value that is connected, to the first input
        given |= {name: typed(value, schema_of(ports.get(name))) for name, value in written.items()}
        _complete(
            [
                port.name
                for port in info.inputs
                if port.required and port.default is None and given.get(port.name) is None
            ]
        )
        reply = await self.context.tools.call(c.node, given, key=self.context.idempotency_key)
        self.context.record(tool=c.node, inputs=given, ms=reply.ms, **{"of_tool": reply.facts} if reply.facts else {})
        primary = info.outputs[0].name if info.outputs else ""
        return {"result": reply.outputs.get(primary), "outputs": dict(reply.outputs)}

    async def _operation(self, written: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        c = self.config
        operation = c.found()
        schemas = {one.name: one.schema for one in operation.parameters}
        given = {name: value for name, value in inputs.items() if name in schemas}
        given |= {name: typed(value, schemas[name]) for name, value in written.items() if name in schemas}
        _complete(operation.missing(given))
        try:
            address, headers, body = operation.request(given)
        except ValueError as fault:
            raise NodeError(
                "tool_input_wrong",
                f"“.” and “..” can't be part of an address: {fault}.",
                f"地址中不能有“.”或“..”：{fault}。",
            ) from None
        headers |= {name: with_secrets(self.context, value) for name, value in c.headers.items()}
        if operation.method not in SAFE:
            headers.setdefault("Idempotency-Key", self.context.idempotency_key)
        self.context.record(tool=c.operation, method=operation.method, url=address)
        reply = await self.context.http.request(operation.method, address, headers=headers, content=body)
        said = reply.body.decode("utf-8", "replace")
        if reply.status >= 400:
            raise refused(reply.status, said[:2000])
        try:
            result = orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            result = said
        return {"result": result, "outputs": {"status": reply.status, "headers": dict(reply.headers), "body": result}}

    async def _mcp(self, written: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        c, tool = self.config, self.config.chosen
        given = {name: value for name, value in inputs.items() if tool.takes(name)}
        if "input" in inputs and tool.properties and not given and not written:
            given = {next(iter(tool.properties)): inputs["input"]}  # the value that is connected, to the first argument
        given |= {
            name: typed(value, schema_part(tool.properties.get(name)))
            for name, value in written.items()
            if tool.takes(name)
        }
        _complete([name for name in tool.input_schema.get("required") or () if given.get(name) is None])
        self.context.record(tool=tool.name, url=c.mcp.url, inputs=given)
        headers = {name: with_secrets(self.context, value) for name, value in c.mcp.headers.items()}
        server = c.mcp.model_copy(update={"headers": headers})
        return await mcp.call(self.context.http, server, tool, given, self.context.idempotency_key)


def _complete(missing: Sequence[str]) -> None:
    if missing:
        listed = ", ".join(missing)
        raise NodeError(
            "tool_input_missing", f"The tool needs {listed}. Set it among the inputs, or connect a value to it.",
            f"工具缺少输入 {listed}。请在“输入”中填写，或连线传入。",
        )  # fmt: skip


register_node(ToolNode)
