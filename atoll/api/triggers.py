"""Triggers of apps, and the address where messages of webhooks arrive."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from atoll.api.guard import Guarded, anyone, require
from atoll.api.runs import shown
from atoll.api.services import ServicesDep
from atoll.api.shapes import Page
from atoll.runs.schemas import Run
from atoll.triggers.hooks import Message
from atoll.triggers.schemas import (
    Accepted,
    NewTrigger,
    Rotation,
    Sample,
    Tick,
    Trigger,
    TriggerChange,
    TriggerWithSecret,
)
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["triggers"])

Reader = Annotated[Actor, require("app.read")]
Writer = Annotated[Actor, require("app.write")]
Runner = Annotated[Actor, require("run.create")]

HOOK_BODY: dict[str, Any] = {"requestBody": {"content": {"application/json": {"schema": {}}}}}


@router.get("/apps/{app_id}/triggers", operation_id="list_triggers")
async def list_triggers(services: ServicesDep, actor: Reader, app_id: str) -> Page[Trigger]:
    """Oldest first."""
    return Page(items=await services.triggers.all(actor, app_id))


@router.post("/apps/{app_id}/triggers", operation_id="add_trigger", status_code=201)
async def add_trigger(services: ServicesDep, actor: Writer, app_id: str, new: NewTrigger) -> TriggerWithSecret:
    """The secret of a webhook is shown this once."""
    return await services.triggers.add(actor, app_id, new)


@router.get("/triggers/{trigger_id}", operation_id="get_trigger")
async def get_trigger(services: ServicesDep, actor: Reader, trigger_id: str) -> Trigger:
    return await services.triggers.get(actor, trigger_id)


@router.patch("/triggers/{trigger_id}", operation_id="change_trigger")
async def change_trigger(
    services: ServicesDep,
    actor: Annotated[Actor, require("trigger.switch")],
    trigger_id: str,
    change: TriggerChange,
) -> Trigger:
    """A schedule that is turned on or changed is due from now on. Anything but `enabled` is for those who may edit the
    app."""
    if change.model_fields_set - {"enabled"}:
        actor.demand("app.write")
    return await services.triggers.change(actor, trigger_id, change)


@router.delete("/triggers/{trigger_id}", operation_id="delete_trigger", status_code=204)
async def delete_trigger(services: ServicesDep, actor: Writer, trigger_id: str) -> None:
    """Its runs stay."""
    await services.triggers.remove(actor, trigger_id)


@router.post("/triggers/{trigger_id}/rotate", operation_id="rotate_secret")
async def rotate_secret(services: ServicesDep, actor: Writer, trigger_id: str, rotation: Rotation) -> TriggerWithSecret:
    """A new secret, shown this once; the one before it counts for `keep_hours` more."""
    return await services.triggers.rotate(actor, trigger_id, rotation.keep_hours)


@router.delete("/triggers/{trigger_id}/old-secret", operation_id="drop_old_secret")
async def drop_old_secret(services: ServicesDep, actor: Writer, trigger_id: str) -> Trigger:
    """From now on only the newest secret counts."""
    return await services.triggers.drop_old_secret(actor, trigger_id)


@router.post("/triggers/{trigger_id}/fire", operation_id="fire_trigger", status_code=201)
async def fire_trigger(services: ServicesDep, actor: Runner, trigger_id: str, sample: Sample) -> Run:
    """As if it were due now, or the sample had come; also while it is off."""
    return shown(actor, await services.triggers.fire(actor, trigger_id, sample))


@router.get("/schedules/preview", operation_id="preview_schedule")
async def preview_schedule(
    services: ServicesDep,
    actor: Reader,
    cron: Annotated[str, Query(max_length=100)],
    time_zone: Annotated[str, Query(max_length=64)] = "UTC",
) -> Page[Tick]:
    """The next five times. 422 `cron_invalid` or `time_zone_unknown`."""
    return Page(items=services.triggers.preview(cron, time_zone))


@router.post(
    "/hooks/{trigger_id}",
    operation_id="receive_hook",
    status_code=202,
    dependencies=[anyone()],
    openapi_extra=HOOK_BODY,
    responses={200: {"model": Accepted, "description": "This very message came before: the run that it started"}},
)
async def receive_hook(services: ServicesDep, request: Request, response: Response, trigger_id: str) -> Accepted:
    """A message of a webhook, signed as Standard Webhooks says. 401 `webhook_refused` for whatever is not."""
    message = Message(trigger_id, await request.body(), dict(request.headers), dict(request.query_params))
    run, repeated = await services.triggers.hooks.receive(message)
    if repeated:
        response.status_code = 200
    return Accepted(run_id=run.id)
