"""Apps: list, draw, publish, look at."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from atoll.api.guard import GRAPH, Guarded, require
from atoll.api.reach import demand_named
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body, Name, Page, Short, Words
from atoll.apps.schemas import (
    App,
    Checked,
    Draft,
    FlowReport,
    Form,
    Scoped,
    Version,
    VersionWithGraph,
)
from atoll.runs.labels.crossings import of_app, with_counts
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["apps"])

Reader = Annotated[Actor, require("app.read")]
Writer = Annotated[Actor, require("app.write")]
GraphWriter = Annotated[Actor, require("app.write", GRAPH)]
Publisher = Annotated[Actor, require("app.publish")]
Number = Annotated[int, Path(ge=1, lt=2**31)]


class NewApp(Body):
    name: Name
    description: Words = ""
    icon: Short = ""
    graph: dict[str, Any] | None = None


class AppChange(Body):
    name: Name | None = None
    description: Words | None = None
    icon: Short | None = None


class DraftSave(Body):
    graph: dict[str, Any]
    base_revision: Annotated[int, Field(ge=0, lt=2**53)]


class Publication(Body):
    note: Words = ""


class GraphBody(Body):
    graph: dict[str, Any]


@router.get("/apps", operation_id="list_apps")
async def list_apps(services: ServicesDep, actor: Reader, q: Annotated[str, Query(max_length=200)] = "") -> Page[App]:
    """Last changed first."""
    return Page(items=await services.apps.page(actor.workspace_id, q, actor.apps))


@router.post("/apps", operation_id="create_app", status_code=201)
async def create_app(services: ServicesDep, actor: GraphWriter, new: NewApp) -> App:
    await demand_named(services, actor, new.graph)
    return await services.apps.create(actor.workspace_id, actor.name, **new.model_dump())


@router.get("/apps/{app_id}", operation_id="get_app")
async def get_app(services: ServicesDep, actor: Reader, app_id: str) -> App:
    return await services.apps.get(actor.workspace_id, app_id)


@router.patch("/apps/{app_id}", operation_id="change_app")
async def change_app(services: ServicesDep, actor: Writer, app_id: str, change: AppChange) -> App:
    return await services.apps.change(actor.workspace_id, app_id, actor.name, change.sent())


@router.delete("/apps/{app_id}", operation_id="delete_app", status_code=204)
async def delete_app(services: ServicesDep, actor: Writer, app_id: str) -> None:
    await services.apps.delete(actor.workspace_id, app_id, actor.name)


@router.get("/apps/{app_id}/draft", operation_id="get_draft")
async def get_draft(services: ServicesDep, actor: Reader, app_id: str) -> Draft:
    return await services.apps.draft(actor.workspace_id, app_id)


class Names(Page[Scoped]):
    secrets: list[str]


@router.get("/apps/{app_id}/draft/scope", operation_id="get_scope")
async def get_scope(
    services: ServicesDep, actor: Reader, app_id: str, node: Annotated[str, Query(max_length=400)]
) -> Names:
    """The names that templates of a node may use, nearest first. `node` is a path: `each_1/llm_1`. `secrets`: the names of
    the workspace's, for headers, addresses and bodies of requests: `{{ secrets.NAME }}`; for those who may see them."""
    found = await services.apps.scope(actor.workspace_id, app_id, node)
    names = await services.workspaces.secrets.names(actor.workspace_id) if "secret.read" in actor.permissions else []
    return Names(items=found, secrets=names)


@router.put("/apps/{app_id}/draft", operation_id="save_draft")
async def save_draft(services: ServicesDep, actor: GraphWriter, app_id: str, save: DraftSave) -> Draft:
    """With problems or without. 409 `draft_changed` where somebody else saved since `base_revision`."""
    await demand_named(services, actor, save.graph)
    return await services.apps.save_draft(actor.workspace_id, app_id, actor.name, save.graph, save.base_revision)


@router.post("/apps/{app_id}/publish", operation_id="publish_app", status_code=201)
async def publish_app(services: ServicesDep, actor: Publisher, app_id: str, publication: Publication) -> Version:
    """422 `graph_has_problems` with all of them in `params.problems`. Where the app has test cases, an evaluation of the
    new version begins. Whoever publishes reaches every dataset and app that it names, and vouches for who runs it."""
    draft = await services.apps.draft(actor.workspace_id, app_id)
    await demand_named(services, actor, draft.graph)
    version = await services.apps.publish(actor.workspace_id, app_id, actor.name, publication.note, draft.revision)
    await services.evaluation.published(actor.workspace_id, app_id, version.number, actor.name)
    return version


@router.get("/apps/{app_id}/versions", operation_id="list_versions")
async def list_versions(services: ServicesDep, actor: Reader, app_id: str) -> Page[Version]:
    """Newest first."""
    return Page(items=await services.apps.versions(actor.workspace_id, app_id))


@router.get("/apps/{app_id}/versions/{number}", operation_id="get_version")
async def get_version(services: ServicesDep, actor: Reader, app_id: str, number: Number) -> VersionWithGraph:
    return await services.apps.version(actor.workspace_id, app_id, number)


@router.post("/apps/{app_id}/versions/{number}/restore", operation_id="restore_version")
async def restore_version(services: ServicesDep, actor: Writer, app_id: str, number: Number) -> Draft:
    """The version's graph becomes the draft."""
    version = await services.apps.version(actor.workspace_id, app_id, number)
    await demand_named(services, actor, version.graph)
    return await services.apps.restore(actor.workspace_id, app_id, actor.name, number)


@router.get("/apps/{app_id}/inputs", operation_id="get_inputs")
async def get_inputs(
    services: ServicesDep, actor: Reader, app_id: str, version: Literal["draft", "published"] = "published"
) -> Form:
    """The form that starts a run, and for a chat app how a conversation begins."""
    return await services.apps.form(actor.workspace_id, app_id, version)


@router.get("/apps/{app_id}/data-flow", operation_id="get_data_flow")
async def get_data_flow(
    services: ServicesDep, actor: Reader, app_id: str, version: Literal["draft", "published"] = "draft"
) -> FlowReport:
    """Which zones the app's data passes, what crosses between them and how often it did, and what the policy says of it."""
    report = await services.apps.data_flow(actor.workspace_id, app_id, version)
    happened = await of_app(services.db, actor.workspace_id, app_id)
    policy = await services.workspaces.policies.get(actor.workspace_id)
    shown = FlowReport.model_validate(with_counts(report.as_dict(), happened, policy.levels[0]))
    about = {zone.name: zone.description for zone in policy.zones}
    for lane in shown.lanes:
        lane.about = about.get(lane.zone, "")
    return shown


@router.post("/graph/check", operation_id="check_graph")
async def check_graph(
    services: ServicesDep, actor: Annotated[Actor, require("app.read", GRAPH, audit=False)], body: GraphBody
) -> Checked:
    return await services.apps.check(actor.workspace_id, body.graph, actor.apps)
