"""`tool`: calls one tool: another node type, or an operation of an OpenAPI description."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from atoll.kit.i18n import text
from atoll.nodes import openapi
from atoll.nodes.openapi import Operation
from atoll.nodes.toolbox import names_in_values, schema_of, typed
from atoll.sdk import Input, Node, NodeError, Output, Resource, ToolUse, register_node, ui

_SAFE = ("GET", "HEAD")
_RETRYABLE = (408, 425, 429, 500, 502, 503, 504)


class ToolConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["node", "openapi"] = Field(
        default="node",
        json_schema_extra=ui(
            "select", label=text("Kind", "类型"),
            help=text("Tools of MCP servers are not called yet", "暂不支持 MCP 服务器的工具"),
            options=[
                {"value": "node", "label": text("Node or plugin", "节点或插件")},
                {"value": "openapi", "label": text("OpenAPI operation", "OpenAPI 接口")},
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
                             help=text("Its operationId, or method and path", "operationId,或“方法 路径”")),
    )  # fmt: skip
    server: str = Field(
        default="", max_length=2000,
        json_schema_extra=ui("text", label=text("Server", "服务器地址"), show_if={"kind": "openapi"}, advanced=True,
                             help=text("Empty: the first one of the description", "留空：使用描述中的第一个")),
    )  # fmt: skip
    headers: dict[str, str] = Field(
        default_factory=dict, max_length=50,
        json_schema_extra=ui("key-value", label=text("Headers", "请求头"), show_if={"kind": "openapi"}, advanced=True),
    )  # fmt: skip
    inputs: dict[str, str] = Field(
        default_factory=dict, max_length=100,
        json_schema_extra=ui("key-value", label=text("Inputs", "输入"), placeholder="{{ input }}",
                             help=text("Templates by the names of the tool's inputs. Connected values of the same names go in too",
                                       "按工具的输入名称填写模板；同名的连线值也会传入")),
    )  # fmt: skip

    @model_validator(mode="after")
    def _whole(self) -> "ToolConfig":
        if self.kind == "node":
            if not self.node:
                raise ValueError("choose a node type")
        else:
            openapi.find(self.openapi, self.operation, self.server)
        return self

    def found(self) -> Operation:
        return openapi.find(self.openapi, self.operation, self.server)


class ToolNode(Node):
    name = "tool"
    display_name = text("Tool", "工具")
    description = text(
        "Calls a plugin, another node type, or an operation of an OpenAPI description.",
        "调用插件、其他节点类型，或 OpenAPI 描述中的接口。",
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
        if config.kind == "node":
            return ()  # those of the tool are added
        return (Resource("host", config.found().host, sends=True, gives=True),)

    @classmethod
    def has_side_effects(cls, config: ToolConfig) -> bool:
        return config.kind == "openapi" and config.found().method not in _SAFE

    @classmethod
    def summary(cls, config: ToolConfig) -> str:
        return (config.node if config.kind == "node" else config.operation)[:60]

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = {name: self.context.render(value).text for name, value in self.config.inputs.items()}
        return await (self._node(given, inputs) if self.config.kind == "node" else self._operation(given, inputs))

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
        address, headers, body = operation.request(given)
        headers |= c.headers
        if operation.method not in _SAFE:
            headers.setdefault("Idempotency-Key", self.context.idempotency_key)
        self.context.record(tool=c.operation, method=operation.method, url=address)
        reply = await self.context.http.request(operation.method, address, headers=headers, content=body)
        said = reply.body.decode("utf-8", "replace")
        if reply.status >= 400:
            raise NodeError(
                "http_status", f"The other side answered {reply.status}.", f"对方返回了 {reply.status}。",
                retryable=reply.status in _RETRYABLE, detail=said[:2000],
            )  # fmt: skip
        try:
            result = orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            result = said
        return {"result": result, "outputs": {"status": reply.status, "headers": dict(reply.headers), "body": result}}


def _complete(missing: Sequence[str]) -> None:
    if missing:
        listed = ", ".join(missing)
        raise NodeError(
            "tool_input_missing", f"The tool needs {listed}. Set it among the inputs, or connect a value to it.",
            f"工具缺少输入 {listed}。请在“输入”中填写，或连线传入。",
        )  # fmt: skip


register_node(ToolNode)
