"""Tools from elsewhere: what a server offers, looked up for those who build with it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from atoll.api.guard import Guarded, require
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body
from atoll.nodes.mcp import Lookup, look_up
from atoll.workspaces.access import Actor

router = APIRouter(route_class=Guarded, tags=["tools"])

HeaderValue = Annotated[str, StringConstraints(max_length=8000)]


class McpAddress(Body):
    """`headers` go with every request, for example a key."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    headers: Annotated[dict[str, HeaderValue], Field(max_length=20)] = {}


@router.post("/tools/mcp", operation_id="look_up_mcp_tools")
async def look_up_mcp_tools(
    services: ServicesDep, _: Annotated[Actor, require("app.write")], where: McpAddress
) -> Lookup:
    """Asks an MCP server now, under the rules of every outgoing request; nothing is kept. 422 `mcp_…` or `http_…`."""
    return await look_up(services.http, where.url, where.headers)
