"""Tools from elsewhere: what a server offers, looked up for those who build with it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from atoll.api.guard import Guarded, require
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body
from atoll.kit.secret_names import StandIns, replaced
from atoll.nodes.mcp import Lookup, look_up
from atoll.runs.labels.outgoing import Sending
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["tools"])

HeaderValue = Annotated[str, StringConstraints(max_length=8000)]


class McpAddress(Body):
    """`headers` go with every request, for example a key."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    headers: Annotated[dict[str, HeaderValue], Field(max_length=20)] = {}


@router.post("/tools/mcp", operation_id="look_up_mcp_tools")
async def look_up_mcp_tools(
    services: ServicesDep, actor: Annotated[Actor, require("app.write")], where: McpAddress
) -> Lookup:
    """Asks an MCP server now, under the rules of every outgoing request; nothing is kept. A header may hold
    `{{ secrets.NAME }}`. 422 `mcp_…`, `http_…`, `needs_secret` or `secret_host_refused`."""
    stand_ins = StandIns()
    http = Sending(services.http, services.vault(actor.workspace_id), stand_ins)
    headers = {name: replaced(value, stand_ins.of) for name, value in where.headers.items()}
    return await look_up(http, where.url, headers)
