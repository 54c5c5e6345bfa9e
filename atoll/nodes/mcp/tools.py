"""An MCP server's tools as a graph declares them: what was looked up, kept with the node, and what their results are."""

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from atoll.kit.addresses import BadUrl, parse_url
from atoll.kit.i18n import Text, text
from atoll.kit.validation import Unfit
from atoll.nodes.mcp.client import McpClient
from atoll.nodes.mcp.schema import mirrored, schema_fault
from atoll.nodes.mcp.wire import clean
from atoll.sdk import Http, NodeError, ui

DESCRIPTION = 4000  # characters
PAGES, TOOLS = 20, 200
LOOKUP, CALL = 30.0, 120.0  # seconds for all pages, and for one call


class McpTool(BaseModel):
    """A tool as its server described it when it was looked up: what a model is told is this, whatever the server says later."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=128)
    description: str = Field(default="", max_length=DESCRIPTION)
    input_schema: dict[str, Any] = Field(default_factory=lambda: {"type": "object"})
    idempotent: bool = Field(default=False, description="Running it twice does no harm")

    @field_validator("input_schema")
    @classmethod
    def _usable(cls, schema: dict[str, Any]) -> dict[str, Any]:
        if fault := schema_fault(schema):
            raise Unfit(fault)
        return schema

    @property
    def properties(self) -> Mapping[str, Any]:
        """Schemas of its arguments by name; empty where it lists none."""
        return self.input_schema.get("properties") or {}

    def takes(self, name: str) -> bool:
        """Whether it may be given an argument of this name."""
        return name in self.properties if "properties" in self.input_schema else self.open

    @property
    def open(self) -> bool:
        """It lists no arguments, and forbids none: whatever it is given is passed on."""
        return "properties" not in self.input_schema and self.input_schema.get("additionalProperties") is not False


class McpServer(BaseModel):
    """Where the tools are, and which of them are used. `protocol`: the version that was spoken when they were looked up."""

    model_config = ConfigDict(extra="forbid")
    url: str = Field(default="", max_length=2000)
    headers: dict[str, str] = Field(
        default_factory=dict,
        max_length=20,
        json_schema_extra=ui("key-value", label=text("Headers", "请求头"), secrets=True),
    )
    protocol: str = Field(default="", max_length=20)
    tools: list[McpTool] = Field(default_factory=list, max_length=50)

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        if url:
            try:
                parse_url(url)
            except BadUrl as fault:
                raise Unfit(fault.message) from None
        return url

    @property
    def host(self) -> str:
        return parse_url(self.url).origin.host

    def with_tools(self, *tools: McpTool) -> "McpServer":
        return self.model_copy(update={"tools": list(tools)})


class FoundTool(McpTool):
    """A tool that a lookup found. `title` is for people. `read_only`: its server says that it changes nothing."""

    title: str = ""
    read_only: bool = False


class LeftOut(BaseModel):
    """A tool that can't be used here."""

    name: str
    reason: Text


class Lookup(BaseModel):
    """What a server offers. `more`: it has more tools than are read."""

    protocol: str
    tools: list[FoundTool]
    left_out: list[LeftOut]
    more: bool


async def look_up(http: Http, url: str, headers: Mapping[str, str]) -> Lookup:
    """Asks a server for its tools, page by page. Raises NodeError, and BadUrl."""
    parse_url(url)
    found: dict[str, FoundTool] = {}
    left_out: list[LeftOut] = []
    seen: set[str] = set()
    cursor: Any = None
    try:
        async with asyncio.timeout(LOOKUP), McpClient(http, url, headers) as server:
            for _ in range(PAGES):
                page = await server.ask("tools/list", {"cursor": cursor} if cursor else {})
                listed = page.get("tools")
                for raw in listed if isinstance(listed, list) else ():
                    one = _found(raw)
                    if isinstance(one, FoundTool):
                        found.setdefault(one.name, one)
                    else:
                        left_out.append(one)
                cursor = page.get("nextCursor")
                more = isinstance(cursor, str) and cursor not in seen
                if not more or len(found) + len(left_out) >= TOOLS:
                    break
                seen.add(cursor)
            more = more or len(found) > TOOLS
            tools = list(found.values())[:TOOLS]
            return Lookup(protocol=server.version, tools=tools, left_out=left_out[:TOOLS], more=more)
    except TimeoutError:
        raise NodeError(
            "http_timeout",
            f"No complete answer within {LOOKUP:g} seconds.",
            f"在 {LOOKUP:g} 秒内没有得到完整的响应。",
            retryable=True,
        ) from None


def _found(raw: Any) -> FoundTool | LeftOut:
    raw = raw if isinstance(raw, dict) else {}
    name = raw.get("name") if isinstance(raw.get("name"), str) else ""
    if not name or len(name) > 128 or clean(name, 128) != name:
        return LeftOut(name=clean(name, 128) or "?", reason=text("It has no usable name", "名称不可用"))
    schema = raw.get("inputSchema")
    if fault := schema_fault(schema):
        return LeftOut(name=name, reason=fault)
    hints = raw.get("annotations") if isinstance(raw.get("annotations"), dict) else {}
    read_only = hints.get("readOnlyHint") is True
    return FoundTool(
        name=name,
        title=clean(raw.get("title") or hints.get("title"), 200),
        description=clean(raw.get("description"), DESCRIPTION),
        input_schema=_cleaned(schema),
        read_only=read_only,
        idempotent=read_only or hints.get("idempotentHint") is True,
    )


def _cleaned(value: Any) -> Any:
    """A schema with its texts as people can see them; names and what the server compares stay as they are."""
    if isinstance(value, dict):
        return {
            key: clean(inner, DESCRIPTION) if key in ("description", "title") and isinstance(inner, str) else _cleaned(inner)
            for key, inner in value.items()
        }  # fmt: skip
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value


# -- calls


async def call(http: Http, server: McpServer, tool: McpTool, arguments: Mapping[str, Any], key: str) -> dict[str, Any]:
    """{result, outputs} of one call. Raises NodeError; `mcp_tool_failed` has the tool's own words."""
    headers = mirrored(tool.input_schema, arguments)
    if not tool.idempotent:
        headers["Idempotency-Key"] = key
    params = {"name": tool.name, "arguments": dict(arguments)}
    async with McpClient(http, server.url, server.headers, server.protocol) as client:
        result = await client.ask("tools/call", params, headers, CALL)
    if result.get("resultType", "complete") != "complete":
        raise NodeError(
            "mcp_asks",
            f"{tool.name} asks for more before it answers, which can't be given here. Use a tool that needs no question.",
            f"“{tool.name}”要求补充信息后才能返回结果，此处无法提供。请改用无需追问的工具。",
        )
    parts = result.get("content")
    said = "\n".join(_shown(part) for part in parts) if isinstance(parts, list) else ""
    if result.get("isError") is True:
        said = clean(said, DESCRIPTION) or "?"
        raise NodeError("mcp_tool_failed", f"{tool.name} failed: {said}", f"“{tool.name}”执行失败：{said}")
    structured = result.get("structuredContent")
    plain = structured is None or structured == {"result": said}  # as the SDK wraps a text
    return {
        "result": said if plain else structured,
        "outputs": {"text": said, "structured": structured},
    }


def _shown(part: Any) -> str:
    """One part of a result as text; what is no text is named, not shown."""
    part = part if isinstance(part, dict) else {}
    inner = part.get("resource") if isinstance(part.get("resource"), dict) else {}
    text_of = part.get("text") if part.get("type") == "text" else inner.get("text")
    if isinstance(text_of, str):
        return text_of
    kind = clean(part.get("type"), 40) or "content"
    about = [
        clean(one, 200) for one in (part.get("mimeType") or inner.get("mimeType"), part.get("uri") or inner.get("uri"))
    ]
    data = part.get("data") or inner.get("blob")
    size = f"{len(data) * 3 // 4 - data[-2:].count('=')} bytes" if isinstance(data, str) else ""
    return f"[{' '.join(one for one in (kind, *about, size) if one)}: not shown]"
