"""Node types, and the JSON Schema of the graph: what the palette, editors and importers are drawn from."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from atoll.api.guard import Guarded, require
from atoll.api.services import ServicesDep
from atoll.engine.graph import Graph
from atoll.engine.types import SCALARS, assignable
from atoll.kit.i18n import Text
from atoll.nodes.catalogue import catalogue
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["catalogue"])

Reader = Annotated[Actor, require("app.read")]
TYPES = (*SCALARS, *(f"array[{name}]" for name in SCALARS))


class PortSpec(BaseModel):
    name: str
    type: str
    required: bool
    label: Text
    description: Text


class BranchSpec(BaseModel):
    id: str
    label: Text


class NodeType(BaseModel):
    type: str
    version: str
    label: Text
    description: Text
    category: str
    icon: str
    inputs: list[PortSpec]
    outputs: list[PortSpec]
    branches: list[BranchSpec]
    config_schema: dict[str, Any] = Field(alias="schema", description="JSON Schema of the configuration, with x-ui")
    defaults: dict[str, Any]
    streams: bool
    side_effects: bool
    open_inputs: bool
    result: bool
    plugin: bool


class PluginError(BaseModel):
    code: str
    message: Text
    detail: str


class Plugin(BaseModel):
    file: str
    nodes: list[str]
    error: PluginError | None


class Assignable(BaseModel):
    """Which port types a value of `type` may go into, arrays of arrays apart."""

    type: str
    into: list[str]


class NodeTypes(BaseModel):
    types: list[NodeType]
    plugins: list[Plugin]
    types_table: list[Assignable]


@router.get("/node-types", operation_id="list_node_types", response_model=NodeTypes, responses={304: {}})
async def list_node_types(
    services: ServicesDep, _: Reader, if_none_match: Annotated[str | None, Header(max_length=100)] = None
) -> Any:
    """Looks at the plugin folder again: a new plugin needs no restart. With an ETag."""
    services.registry.refresh()
    etag = f'"{services.registry.digest}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache, private"}
    if if_none_match == etag:
        return Response(status_code=304, headers=headers)
    table = [{"type": one, "into": [other for other in TYPES if assignable(one, other)]} for one in TYPES]
    body = {**catalogue(services.registry), "types_table": table}
    return Response(orjson.dumps(body), media_type="application/json", headers=headers)


@router.get("/graph/schema", operation_id="get_graph_schema")
async def get_graph_schema(_: Reader) -> dict[str, Any]:
    """JSON Schema of the graph DSL."""
    return Graph.model_json_schema()
