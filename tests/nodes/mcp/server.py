"""The official MCP server in a process of its own, three times: `python server.py PORT PORT PORT`.

The first speaks every version and keeps sessions, the second answers in JSON and keeps none, the third is as a server was
before 2026-07-28: it turns away who does not greet it.
"""

import asyncio
import json
import sys
from typing import Annotated, Any

import uvicorn
from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


class Name(BaseModel):
    name: str


def make() -> MCPServer:
    server = MCPServer("weather", version="1")

    @server.tool(title="Forecast", annotations=ToolAnnotations(read_only_hint=True))
    def forecast(city: Annotated[str, Field(description="Its name")], days: int = 1) -> dict[str, Any]:
        """The weather of a city."""
        return {"city": city, "days": days, "sky": "clear"}

    @server.tool()
    def book(seat: str) -> str:
        return f"booked {seat}"

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def lines() -> list[str]:
        return ["a", "b"]

    @server.tool(annotations=ToolAnnotations(idempotent_hint=True), structured_output=False)
    def picture() -> list[Any]:
        return ["A picture:", Image(data=PIXEL, format="png")]

    @server.tool()
    def fail(why: str) -> str:
        raise ToolError(f"no {why} today")

    @server.tool(structured_output=False)
    async def slow(ctx: Context) -> str:
        """Tells how far it is."""
        for step in range(3):
            await ctx.report_progress(step, 3)
        return "done"

    @server.tool(structured_output=False)
    async def confirm(ctx: Context) -> str:
        """Wants to ask a person."""
        return str(await ctx.elicit("Your name?", Name))

    @server.tool(structured_output=False)
    def where(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})], ctx: Context) -> str:
        """Says what it was given beside the body."""
        given = ctx.headers or {}
        return json.dumps([given.get(name) for name in ("mcp-param-region", "authorization", "mcp-session-id")])

    return server


class Before2026:
    """As the SDK of 2025 answers a version that it does not know."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if dict(scope.get("headers", ())).get(b"mcp-protocol-version") != b"2026-07-28":
            await self._app(scope, receive, send)
            return
        error = {"code": -32600, "message": "Bad Request: Unsupported protocol version: 2026-07-28"}
        body = json.dumps({"jsonrpc": "2.0", "id": "server-error", "error": error}).encode()
        await send({"type": "http.response.start", "status": 400, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})


async def main(every: int, stateless: int, before: int) -> None:
    apps = {
        every: make().streamable_http_app(),
        stateless: make().streamable_http_app(json_response=True, stateless_http=True),
        before: Before2026(make().streamable_http_app()),
    }
    servers = [uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning")) for port, app in apps.items()]
    await asyncio.gather(*(server.serve() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:4])))
