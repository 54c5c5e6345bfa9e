"""Test cases of an app, and evaluations: run them, look at the grid, stop."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from atoll.api.guard import Guarded, require
from atoll.api.reach import demand_draft, demand_named
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body, Cursor, Page, Version
from atoll.apps.cases import MAX_CASE
from atoll.apps.expectations import MAX_CASES, Case, CaseForm, CaseName, Expectations
from atoll.evaluation.schemas import MAX_VARIANTS, Evaluation, EvaluationSummary, VariantForm
from atoll.evaluation.service import Wish
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["evaluation"])

CASE = 3 * MAX_CASE  # bytes of a body: what is written with escapes is longer
VARIANTS = 4_000_000
Id = Annotated[str, Field(max_length=64)]

Reader = Annotated[Actor, require("app.read")]
Writer = Annotated[Actor, require("app.write", CASE)]
RunReader = Annotated[Actor, require("run.read")]


class CaseChange(Body):
    """What is left out stays. `position`: its new place among the app's cases, from 0."""

    name: CaseName | None = None
    inputs: dict[str, Any] | None = None
    expect: Expectations | None = None
    position: Annotated[int, Field(strict=True, ge=0, lt=MAX_CASES)] | None = None


class EvaluationStart(Body):
    """`version`: a number, "published", or, for those who may edit the app, "draft". `cases`: which, in the app's order;
    null for all.

    Prompt tuning: `variants` change the configuration of one `node` (its path: `each_1/llm_1`). The version as it is
    always comes first, so it need not be among them. For those who may edit and debug.
    """

    version: Version = "published"
    cases: Annotated[list[Id], Field(min_length=1, max_length=MAX_CASES)] | None = None
    node: Annotated[str, Field(min_length=1, max_length=400)] | None = None
    variants: Annotated[list[VariantForm], Field(max_length=MAX_VARIANTS)] = []


@router.get("/apps/{app_id}/cases", operation_id="list_cases")
async def list_cases(services: ServicesDep, actor: Reader, app_id: str) -> Page[Case]:
    """All of them, in their order."""
    return Page(items=await services.cases.page(actor.workspace_id, app_id))


@router.post("/apps/{app_id}/cases", operation_id="add_case", status_code=201)
async def add_case(services: ServicesDep, actor: Writer, app_id: str, new: CaseForm) -> Case:
    """As the last one. 422 `case_schema_invalid` with a pointer into the schema."""
    return await services.cases.add(actor.workspace_id, app_id, actor.name, new)


@router.patch("/apps/{app_id}/cases/{case_id}", operation_id="change_case")
async def change_case(services: ServicesDep, actor: Writer, app_id: str, case_id: str, change: CaseChange) -> Case:
    values = change.sent()
    position = values.pop("position", None)
    return await services.cases.change(actor.workspace_id, app_id, case_id, actor.name, values, position)


@router.delete("/apps/{app_id}/cases/{case_id}", operation_id="delete_case", status_code=204)
async def delete_case(services: ServicesDep, actor: Writer, app_id: str, case_id: str) -> None:
    """Evaluations that ran it keep it."""
    await services.cases.delete(actor.workspace_id, app_id, case_id)


@router.post("/apps/{app_id}/evaluations", operation_id="start_evaluation", status_code=201)
async def start_evaluation(
    services: ServicesDep, actor: Annotated[Actor, require("run.create", VARIANTS)], app_id: str, start: EvaluationStart
) -> Evaluation:
    """It goes on by itself; look at it until its `status` is "done", "stopped" or "paused"."""
    if start.version == "draft" or start.variants:
        actor.demand("app.write")
        await demand_draft(services, actor, app_id)
    if start.variants:
        actor.demand("run.debug")
    await demand_named(services, actor, [one.model_dump() for one in start.variants])
    wish = Wish(start.version, start.cases, start.node, start.variants)
    return await services.evaluation.begin(actor.workspace_id, app_id, wish, actor.name)


@router.get("/apps/{app_id}/evaluations", operation_id="list_evaluations")
async def list_evaluations(
    services: ServicesDep,
    actor: RunReader,
    app_id: str,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[EvaluationSummary]:
    """Newest first; the newest 100 of an app are kept. The one that a version's publishing began has its number and the
    trigger "publish"."""
    found, following = await services.evaluation.page(actor.workspace_id, app_id, cursor, limit)
    return Page(items=found, next=following)


@router.get("/evaluations/{evaluation_id}", operation_id="get_evaluation")
async def get_evaluation(services: ServicesDep, actor: RunReader, evaluation_id: str) -> Evaluation:
    """With a cell for each case and variant, in the order of the cases, then of the variants."""
    return await services.evaluation.get(actor.workspace_id, evaluation_id)


@router.post("/evaluations/{evaluation_id}/stop", operation_id="stop_evaluation")
async def stop_evaluation(
    services: ServicesDep, actor: Annotated[Actor, require("run.cancel")], evaluation_id: str
) -> Evaluation:
    """Its runs are stopped, what had not begun does not begin. One that has ended stays as it is. Without contents for
    who may not read runs."""
    stopped = await services.evaluation.stop(actor.workspace_id, evaluation_id)
    if "run.read" in actor.permissions:
        return stopped
    return stopped.model_copy(update={"variants": [], "cases": [], "cells": []})
