"""Runs: start, watch, stop, answer, look into."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from atoll.api.guard import Guarded, caller_of, require
from atoll.api.reach import demand_draft, reached
from atoll.api.services import Services, ServicesDep
from atoll.api.shapes import Body, Breakpoints, Cursor, IdempotencyKey, Page, Version
from atoll.chat.service import READ_ALL
from atoll.engine.events import TERMINAL, Event
from atoll.kit.clock import now_ms
from atoll.kit.errors import UserError
from atoll.kit.i18n import text
from atoll.runs.errors import no_run
from atoll.runs.schemas import EventOut, Run
from atoll.runs.service import Begin, NewRun
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["runs"])

Lister = Annotated[Actor, require("run.list")]
Reader = Annotated[Actor, require("run.read")]
Runner = Annotated[Actor, require("run.create")]

INPUTS = 8_000_000  # bytes of a body that starts a run
HEARTBEAT_MS = 15_000
REAUTHORISE_MS = 3_000  # who is signed out or may not any more hears nothing more


class RunStart(Body):
    """`version`: a number, "published", or, for those who may edit the app, "draft".

    For those who may debug: `breakpoints`, `pins` (outputs by node: it does not run), `mode` "step" to pause at once.
    """

    inputs: dict[str, Any]
    breakpoints: Breakpoints = []
    pins: dict[str, dict[str, Any]] = {}
    mode: Literal["go", "step"] = "go"
    version: Version = "published"


class Events(BaseModel):
    items: list[EventOut]


@router.post("/apps/{app_id}/runs", operation_id="start_run", status_code=201)
async def start_run(
    services: ServicesDep,
    actor: Annotated[Actor, require("run.create", INPUTS)],
    app_id: str,
    start: RunStart,
    idempotency_key: IdempotencyKey = None,
) -> Run:
    """The run goes on by itself; watch it by its events. The same Idempotency-Key gives the same run."""
    if start.version == "draft":
        actor.demand("app.write")
        await demand_draft(services, actor, app_id)
    begin = None
    if start.breakpoints or start.pins or start.mode != "go":
        actor.demand("run.debug")
        begin = Begin(pins=start.pins, breakpoints=[one.model_dump() for one in start.breakpoints], mode=start.mode)
    ready = await services.apps.runnable(actor.workspace_id, app_id, start.version)
    policy = await services.workspaces.policies.get(actor.workspace_id)
    run = await services.runs.create(
        actor.workspace_id,
        NewRun(
            graph=ready.graph,
            inputs=start.inputs,
            created_by=actor.name,
            app_id=app_id,
            app_name=ready.app_name,
            version=ready.version,
            label=policy.input_label.as_dict(),
            idempotency_key=idempotency_key,
            begin=begin,
        ),
    )
    return shown(actor, run)


@router.get("/runs", operation_id="list_runs")
async def list_runs(
    services: ServicesDep,
    actor: Lister,
    app_id: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"] | None = None,
    trigger: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[list[Literal["run", "fork", "node", "test"]] | None, Query(max_length=4)] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[Run]:
    """Newest first; `trigger`: only what that one started; `kind` (repeat): only these, so that tests can be left out.

    Turns of other people's conversations are left out where the role may not read them. Who may list runs but not read
    them gets them without contents.
    """
    reader = None if READ_ALL in actor.permissions else actor.user_id
    runs, following = await services.runs.page(
        actor.workspace_id,
        app_id=app_id,
        status=status,
        kinds=kind or (),
        trigger_id=trigger,
        reader=reader,
        within=actor.apps,
        cursor=cursor,
        limit=limit,
    )
    return Page(items=[shown(actor.on(run.app_id or ""), run) for run in runs], next=following)


@router.get("/runs/{run_id}", operation_id="get_run")
async def get_run(services: ServicesDep, actor: Lister, run_id: str) -> Run:
    return shown(actor, await readable(services, actor, run_id))


@router.get("/runs/{run_id}/graph", operation_id="get_run_graph")
async def get_run_graph(services: ServicesDep, actor: Reader, run_id: str) -> dict[str, Any]:
    """The graph that ran, with its layout."""
    await readable(services, actor, run_id)
    return await services.runs.graph(actor.workspace_id, run_id)


@router.post("/runs/{run_id}/cancel", operation_id="cancel_run")
async def cancel_run(services: ServicesDep, actor: Annotated[Actor, require("run.cancel")], run_id: str) -> Run:
    """Asks for a stop. A run that has ended stays as it is."""
    await readable(services, actor, run_id)
    return shown(actor, await services.runs.cancel(actor.workspace_id, run_id, actor.name))


@router.get(
    "/runs/{run_id}/events",
    operation_id="get_run_events",
    response_model=Events,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "The events, as JSON or as a stream"},
        204: {},
    },
)
async def get_run_events(
    services: ServicesDep,
    actor: Reader,
    request: Request,
    run_id: str,
    after: Annotated[int | None, Query(ge=0, lt=2**53)] = None,
    last_event_id: Annotated[str | None, Header(max_length=32)] = None,
    accept: Annotated[str, Header()] = "",
) -> Any:
    """With `Accept: text/event-stream` the stored events after `Last-Event-ID` (or `?after=`), then the live ones,
    until the run ends; 204 where nothing is left to come. Otherwise the stored events as JSON."""
    seen = after or 0
    if last_event_id:
        if not last_event_id.isdecimal():
            raise UserError("event_id_invalid", "Last-Event-ID must be a number.", "Last-Event-ID 应为数字。")
        seen = int(last_event_id)
    run = await readable(services, actor, run_id)
    if "text/event-stream" not in accept:
        found = await services.runs.events(actor.workspace_id, run_id, seen)
        return Response(
            orjson.dumps({"items": [_event(event, actor) for event in found]}), media_type="application/json"
        )
    if run.ended_at is not None and not await services.runs.events(actor.workspace_id, run_id, seen):
        return Response(status_code=204)  # a browser would connect again and again
    return StreamingResponse(
        _stream(services, request, actor, run_id, seen),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(services: Services, request: Request, actor: Actor, run_id: str, after: int) -> AsyncIterator[bytes]:
    """Only stored events have an id, so that a reader who comes back continues with the right one."""
    reader: Actor | None = actor
    heard = authorised = now_ms()
    yield b": connected\n\n"
    async for event in services.runs.stream(actor.workspace_id, run_id, after):
        now = now_ms()
        if now - authorised >= REAUTHORISE_MS:
            reader = await _still_reads(services, request, run_id)
            authorised = now
        if reader is None:
            return
        if event is None:
            if now - heard >= HEARTBEAT_MS:
                heard = now
                yield b": alive\n\n"
            continue
        heard = now
        number = f"id: {event.seq}\n".encode() if event.seq else b""
        yield b"%sevent: %s\ndata: %s\n\n" % (number, event.type.encode(), orjson.dumps(_event(event, reader)))
        if event.type in TERMINAL:
            return


async def _still_reads(services: Services, request: Request, run_id: str) -> Actor | None:
    """Who reads, as they are now. None for who is signed out, or may not any more."""
    try:
        caller = await caller_of(request, anew=True)
        caller.actor.demand("run.read")
        caller = await reached(request, caller, "run.read")
        await readable(services, caller.actor, run_id)
    except UserError:
        return None
    return caller.actor


def _event(event: Event, reader: Actor) -> dict[str, Any]:
    """The detail of an error is for those who build."""
    shown = event.as_dict()
    error = event.data.get("error")
    if "app.write" not in reader.permissions and isinstance(error, dict) and error.get("detail"):
        shown["data"] = {**event.data, "error": {**error, "detail": ""}}
    return shown


async def readable(services: Services, actor: Actor, run_id: str) -> Run:
    """A run that this person may see: of an app that they reach, and not a turn of somebody else's conversation, unless
    the role may read those."""
    run = await services.runs.get(actor.workspace_id, run_id)
    if not actor.reaches("app", run.app_id or ""):
        raise no_run(run_id)
    return await services.chat.demand_run(actor, run)


def shown(actor: Actor, run: Run) -> Run:
    """The detail of an error is for those who build, contents for those who may read runs: a node's words are such."""
    error = run.error
    if error is not None and "app.write" not in actor.permissions:
        error = error.model_copy(update={"detail": ""})
    if "run.read" in actor.permissions:
        return run.model_copy(update={"error": error})
    if error is not None and error.node is not None:
        words = text(
            "A node failed. What it said is for those who may read runs.", "节点出错。其说明仅供可查看运行的人阅读。"
        )
        error = error.model_copy(update={"message": words})
    hidden: dict[str, Any] = {"inputs": {}, "outputs": None, "citations": [], "pause": None}
    return run.model_copy(update={**hidden, "error": error})
