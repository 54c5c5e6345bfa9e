"""Models that can be chosen, and the providers that serve them."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from atoll.api.guard import Guarded, require
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body, Page
from atoll.kit.i18n import Text
from atoll.llm import Kind, ServedModel
from atoll.llm import Provider as Endpoint
from atoll.workspaces.people.access import Actor
from atoll.workspaces.schemas import Provider, ProviderModel

router = APIRouter(route_class=Guarded, tags=["models"])

Reader = Annotated[Actor, require("model.read")]
Writer = Annotated[Actor, require("model.write")]
Zone = Annotated[str, Field(max_length=32)]
Url = Annotated[str, Field(max_length=2000)]
Key = Annotated[str | None, Field(max_length=4000, pattern=r"^[\x21-\x7e]*$")]
Models = Annotated[list[ProviderModel], Field(max_length=200)]
ProviderName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f/]+$")]


class Model(BaseModel):
    name: str
    provider: str
    kind: Kind
    zone: str
    offline: bool
    label: Text


class ModelList(BaseModel):
    items: list[Model]
    default_chat: str | None
    default_embedding: str | None


class NewProvider(Body):
    name: ProviderName
    base_url: Url
    zone: Zone
    models: Models = []
    api_key: Key = None


class ProviderChange(Body):
    name: ProviderName | None = None
    base_url: Url | None = None
    zone: Zone | None = None
    models: Models | None = None
    api_key: Key = None


class ProbeError(BaseModel):
    code: str
    message: Text


class ProbeResult(BaseModel):
    ok: bool
    ms: int
    models: list[str]
    error: ProbeError | None


@router.get("/models", operation_id="list_models")
async def list_models(services: ServicesDep, actor: Reader) -> ModelList:
    gateway = services.gateway(actor.workspace_id)
    return ModelList(
        items=[Model.model_validate(model.as_dict()) for model in await gateway.models()],
        default_chat=await gateway.default("chat"),
        default_embedding=await gateway.default("embedding"),
    )


@router.get("/providers", operation_id="list_providers")
async def list_providers(services: ServicesDep, actor: Reader) -> Page[Provider]:
    return Page(items=await services.workspaces.providers.all(actor))


@router.post("/providers", operation_id="add_provider", status_code=201)
async def add_provider(services: ServicesDep, actor: Writer, new: NewProvider) -> Provider:
    """`api_key` is kept sealed and never given back."""
    added = await services.workspaces.providers.add(
        actor, name=new.name, base_url=new.base_url, zone=new.zone, models=new.models, api_key=new.api_key
    )
    services.changed(actor.workspace_id)
    return added


@router.patch("/providers/{provider_id}", operation_id="change_provider")
async def change_provider(services: ServicesDep, actor: Writer, provider_id: str, change: ProviderChange) -> Provider:
    """An empty `api_key` removes the key. Another host needs the key again."""
    changed = await services.workspaces.providers.change(actor, provider_id, change.sent("api_key"))
    services.changed(actor.workspace_id)
    return changed


@router.delete("/providers/{provider_id}", operation_id="delete_provider", status_code=204)
async def delete_provider(services: ServicesDep, actor: Writer, provider_id: str) -> None:
    await services.workspaces.providers.delete(actor, provider_id)
    services.changed(actor.workspace_id)


@router.post("/providers/{provider_id}/test", operation_id="test_provider")
async def test_provider(services: ServicesDep, actor: Writer, provider_id: str) -> ProbeResult:
    """Asks the provider which models it has."""
    row, key = await services.workspaces.providers.with_key(actor, provider_id)
    served = tuple(ServedModel(model.name, model.kind) for model in row.models)
    probe = await services.gateway(actor.workspace_id).probe(Endpoint(row.name, row.base_url, key, served, row.zone))
    error = ProbeError(code=probe.code or "", message=probe.error) if probe.error else None
    return ProbeResult(ok=probe.ok, ms=probe.ms, models=probe.models, error=error)
