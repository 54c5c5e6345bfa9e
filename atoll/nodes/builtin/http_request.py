"""`http_request`: one request to another system, by the guarded client."""

from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.nodes.declared import LevelName, TagName, level_field, tags_field
from atoll.nodes.http_calls import SAFE, refused
from atoll.nodes.secrets import secrets_of, with_secrets
from atoll.sdk import Input, Node, Output, Resource, register_node, ui


class HttpRequestConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = Field(
        default="GET", json_schema_extra=ui("select", label=text("Method", "方法"))
    )
    url: str = Field(
        min_length=1, max_length=8000,
        json_schema_extra=ui("template", label=text("Address", "地址"), secrets=True, rows=2,
                             placeholder="https://api.example.com/v1/{{ id }}"),
    )  # fmt: skip
    headers: dict[str, str] = Field(
        default_factory=dict,
        max_length=50,
        json_schema_extra=ui("key-value", label=text("Headers", "请求头"), secrets=True),
    )
    body: str = Field(
        default="", max_length=1_000_000,
        json_schema_extra=ui("template", label=text("Body", "请求体"), secrets=True, rows=6, show_if={"method": ["POST", "PUT", "PATCH"]}),
    )  # fmt: skip
    timeout: float = Field(
        default=30,
        gt=0,
        le=300,
        json_schema_extra=ui("number", label=text("Time limit, s", "时限（秒）"), advanced=True),
    )
    idempotent: bool = Field(
        default=False,
        json_schema_extra=ui("switch", label=text("Safe to repeat", "可安全重复"), advanced=True,
                             help=text("The other side honours the Idempotency-Key header", "对方支持 Idempotency-Key 请求头")),
    )  # fmt: skip
    fail_on_status: bool = Field(
        default=True,
        json_schema_extra=ui("switch", label=text("Fail on 4xx and 5xx", "4xx/5xx 视为失败"), advanced=True),
    )
    level: LevelName = level_field()
    tags: list[TagName] = tags_field()


class HttpRequestNode(Node):
    name = "http_request"
    display_name = text("HTTP request", "HTTP 请求")
    description = text("Calls another system over HTTP.", "通过 HTTP 调用其他系统。")
    category = "tool"
    icon = "globe"
    inputs = (Input("input", "any", display_name=text("input", "输入")),)
    outputs = (
        Output("body", "string", display_name=text("body", "响应体")),
        Output("json", "any", display_name=text("JSON", "JSON")),
        Output("status", "number", display_name=text("status", "状态码")),
        Output("headers", "object", display_name=text("headers", "响应头")),
    )
    open_inputs = True
    timeout = 330.0
    Config = HttpRequestConfig

    @classmethod
    def has_side_effects(cls, config: HttpRequestConfig) -> bool:
        return config.method not in SAFE and not config.idempotent

    @classmethod
    def resources(cls, config: HttpRequestConfig) -> Sequence[Resource]:
        host = urlsplit(config.url).hostname or ""
        known = host if host and "{" not in host else "*"
        place = Resource("host", known, True, True, "url", config.level, tuple(config.tags))
        return (place, *secrets_of({"url": config.url, "headers": config.headers, "body": config.body}))

    @classmethod
    def summary(cls, config: HttpRequestConfig) -> str:
        return f"{config.method} {config.url}"[:60]

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        c = self.config
        url = (await self.context.rendered(with_secrets(self.context, c.url))).text.strip()
        body = (await self.context.rendered(with_secrets(self.context, c.body))).text if c.body else None
        headers = {name: with_secrets(self.context, value) for name, value in c.headers.items()}
        if c.method not in SAFE:
            headers.setdefault("Idempotency-Key", self.context.idempotency_key)
            if body and body.lstrip()[:1] in ("{", "["):
                headers.setdefault("Content-Type", "application/json")
        self.context.record(method=c.method, url=url)
        reply = await self.context.http.request(
            c.method, url, headers=headers, content=body, timeout=c.timeout, max_bytes=10_000_000
        )
        text_body = reply.body.decode("utf-8", "replace")
        if c.fail_on_status and reply.status >= 400:
            raise refused(reply.status, text_body[:2000])
        return {"body": text_body, "json": _json(reply.body), "status": reply.status, "headers": dict(reply.headers)}


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


register_node(HttpRequestNode)
