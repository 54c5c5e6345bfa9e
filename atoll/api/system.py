"""What this installation is, and whether it is well."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from atoll import __version__
from atoll.api.guard import Guarded, anyone, require
from atoll.api.services import ServicesDep
from atoll.db.statements import Within
from atoll.incidents.schemas import Incident
from atoll.kit.i18n import Text
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["system"])
health = APIRouter(route_class=Guarded, prefix="/health", tags=["health"])


class Sandbox(BaseModel):
    available: bool
    reason: Text | None


class System(BaseModel):
    version: str
    mode: str
    sandbox: Sandbox
    offline_models: bool
    zone: str
    warnings: list[Text]


class IncidentList(BaseModel):
    items: list[Incident]


class Health(BaseModel):
    status: Literal["ok", "starting"]


@router.get("/system", operation_id="get_system")
async def get_system(services: ServicesDep, _: Annotated[Actor, require("system.read")]) -> System:
    settings = services.settings
    return System(
        version=__version__,
        mode=settings.run_mode,
        sandbox=Sandbox.model_validate(services.sandbox()),
        offline_models=settings.offline_models,
        zone=settings.zone,
        warnings=services.warnings(),
    )


@router.get("/system/incidents", operation_id="list_incidents")
async def list_incidents(services: ServicesDep, actor: Annotated[Actor, require("system.read")]) -> IncidentList:
    """Work that nobody takes, and what was given up within seven days. Newest first, at most 100."""
    hidden = Within(hidden=actor.apps.hidden | actor.datasets.hidden)
    return IncidentList(items=await services.incidents.listing(actor.workspace_id, hidden))


@health.get("/live", operation_id="get_live")
async def get_live(_: Annotated[None, anyone()]) -> Health:
    """The process answers."""
    return Health(status="ok")


@health.get("/ready", operation_id="get_ready", responses={503: {"model": Health}})
async def get_ready(services: ServicesDep, _: Annotated[None, anyone()]) -> Health:
    """It can do its work: the database answers."""
    await services.workspaces.setup_needed()
    return Health(status="ok")
