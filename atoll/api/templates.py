"""Templates: an app as a file, planned and installed."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Response
from pydantic import BaseModel

from atoll.api.guard import Guarded, require
from atoll.api.reach import demand_named
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body, Name
from atoll.apps.schemas import App, Problem
from atoll.apps.template import MAX_TEMPLATE
from atoll.kit.i18n import Text
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["templates"])

TEMPLATE = MAX_TEMPLATE + 100_000


class TemplateBody(Body):
    """`bindings`: {models, datasets, secrets}, each {role: name here}."""

    template: dict[str, Any]
    bindings: dict[str, Any] | None = None


class Installation(TemplateBody):
    name: Name | None = None


class Missing(BaseModel):
    kind: Literal["node_type", "model", "dataset", "secret"]
    role: str
    pointer: str
    message: Text


class Change(BaseModel):
    kind: str
    role: str
    message: Text


class BindingsOut(BaseModel):
    models: dict[str, str]
    datasets: dict[str, str]


class PlanOut(BaseModel):
    """What installing would need (`missing`), do (`changes`) and may not (`forbidden`). `tests`: cases that come along."""

    ok: bool
    missing: list[Missing]
    changes: list[Change]
    forbidden: list[Problem]
    bindings: BindingsOut
    tests: int


@router.get("/apps/{app_id}/template", operation_id="export_template", response_model=dict[str, Any])
async def export_template(
    services: ServicesDep, actor: Annotated[Actor, require("app.read", audit=True)], app_id: str
) -> Response:
    """The published version, else the draft, as canonical JSON: a download."""
    name, content = await services.templates.export(actor.workspace_id, app_id)
    return Response(content, media_type="application/json", headers=attachment(f"{name}.atoll.json"))


@router.post("/templates/plan", operation_id="plan_template")
async def plan_template(
    services: ServicesDep,
    actor: Annotated[Actor, require("template.install", TEMPLATE, audit=False)],
    body: TemplateBody,
) -> PlanOut:
    """Changes nothing."""
    await demand_named(services, actor, [body.template, body.bindings])
    plan = await services.templates.plan(actor.workspace_id, body.template, body.bindings)
    return PlanOut.model_validate(plan.as_dict())


@router.post("/templates/install", operation_id="install_template", status_code=201)
async def install_template(
    services: ServicesDep, actor: Annotated[Actor, require("template.install", TEMPLATE)], body: Installation
) -> App:
    """422 `template_not_installable` with the plan in `params.plan` where something is missing or forbidden."""
    await demand_named(services, actor, [body.template, body.bindings])
    return await services.templates.install(actor.workspace_id, actor.name, body.template, body.bindings, body.name)


def attachment(name: str) -> dict[str, str]:
    """The header of a download. The name is encoded: nothing in it can end the header or name a folder."""
    plain = "".join(c for c in name if c.isprintable() and c not in '/\\"')[-150:] or "file"
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(plain, safe='')}"}
