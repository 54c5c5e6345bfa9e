"""Runs under the hands of a person: pause, go on, step, change a value, answer, fork, try one node."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from atoll.api.guard import Guarded, require
from atoll.api.reach import demand_draft, demand_named, demand_vouched
from atoll.api.runs import INPUTS, readable, shown
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body, Breakpoints
from atoll.engine.graph import Graph
from atoll.runs.debugging import Fork, Going
from atoll.runs.schemas import NodeTrace, Run
from atoll.runs.service import Begin, NewRun
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["debugging"])

Reader = Annotated[Actor, require("run.read")]
Runner = Annotated[Actor, require("run.create", INPUTS)]
Debugger = Annotated[Actor, require("run.debug", INPUTS)]
NodePath = Annotated[str, Field(max_length=400)]


class Answer(Body):
    """To the question of a paused run: `decision` where an effect is unknown, `answer` {choice, comment, fields} where
    a node asked. `node` is the one that it waits at: the answer to a question that is over is refused."""

    node: NodePath
    decision: Literal["repeat", "skip", "fail"] | None = None
    answer: dict[str, Any] | None = None


class GoOn(Body):
    """`mode`: "go", "step" (into what comes next), "over" (a container as one step), "out" (of the container around)."""

    mode: Literal["go", "step", "over", "out"] = "go"
    breakpoints: Breakpoints | None = None


class Value(Body):
    """`node`: a node's path, then `name` is one of its outputs; without it, a variable (`conversation.topic`)."""

    node: NodePath | None = None
    name: Annotated[str, Field(min_length=1, max_length=200)]
    value: Any


class ForkFrom(Body):
    """`node`: where to begin again (the start, without it). `graph`: the one that ran, or the draft of now."""

    node: NodePath | None = None
    graph: Literal["same", "draft"] = "same"
    inputs: dict[str, Any] = {}
    given: dict[str, dict[str, Any]] = {}
    pins: dict[str, dict[str, Any]] = {}
    breakpoints: Breakpoints = []
    mode: Literal["go", "step"] = "go"


class TryNode(Body):
    """`inputs` by port; `variables` by the names that its templates use. What neither gives is taken from `run_id`."""

    inputs: dict[str, Any] = {}
    variables: dict[str, Any] = {}
    run_id: Annotated[str, Field(max_length=64)] | None = None


@router.post("/runs/{run_id}/pause", operation_id="pause_run")
async def pause_run(services: ServicesDep, actor: Annotated[Actor, require("run.debug")], run_id: str) -> Run:
    """What is at work ends, nothing else begins."""
    await readable(services, actor, run_id)
    return shown(actor, await services.debugging.pause(actor.workspace_id, run_id, actor.name))


@router.post("/runs/{run_id}/resume", operation_id="resume_run")
async def resume_run(services: ServicesDep, actor: Runner, run_id: str, body: Answer) -> Run:
    """Answers what a paused run asks. 409 `run_not_paused` where it does not wait for this."""
    await readable(services, actor, run_id)
    going = Going(node=body.node, decision=body.decision, answer=body.answer)
    by = (actor.name, actor.stands_as, actor.user_id)
    return shown(actor, await services.debugging.resume(actor.workspace_id, run_id, going, *by))


@router.post("/runs/{run_id}/continue", operation_id="continue_run")
async def continue_run(services: ServicesDep, actor: Debugger, run_id: str, body: GoOn) -> Run:
    """Lets a run go on that is paused by a breakpoint, a step or a wish. 409 `run_not_paused` otherwise."""
    await readable(services, actor, run_id)
    points = None if body.breakpoints is None else [one.model_dump() for one in body.breakpoints]
    going = Going(mode=body.mode, breakpoints=points)
    return shown(actor, await services.debugging.resume(actor.workspace_id, run_id, going, actor.name))


@router.post("/runs/{run_id}/variables", operation_id="set_run_variable")
async def set_run_variable(services: ServicesDep, actor: Debugger, run_id: str, body: Value) -> Run:
    """Changes a value of a paused run, which stays paused."""
    await demand_vouched(services, actor, await readable(services, actor, run_id))
    run = await services.debugging.set_value(actor.workspace_id, run_id, body.node, body.name, body.value, actor.name)
    return shown(actor, run)


@router.post("/runs/{run_id}/fork", operation_id="fork_run", status_code=201)
async def fork_run(services: ServicesDep, actor: Debugger, run_id: str, body: ForkFrom) -> Run:
    """A new run that begins like this one and does `node` and what follows again. Effects outside happen again."""
    past, graph = await readable(services, actor, run_id), None
    if body.graph == "draft":
        actor.demand("app.write")
        await demand_draft(services, actor, past.app_id or "")
        graph = (await services.apps.runnable(actor.workspace_id, past.app_id or "", "draft")).graph
    else:
        await demand_vouched(services, actor, past)
    begin = Begin(
        pins=body.pins, given=body.given, breakpoints=[one.model_dump() for one in body.breakpoints], mode=body.mode
    )
    fork = Fork(body.node, graph, body.inputs, begin)
    return shown(actor, await services.debugging.fork(actor.workspace_id, run_id, fork, actor.name))


@router.post("/apps/{app_id}/nodes/{node:path}/run", operation_id="try_node", status_code=201)
async def try_node(services: ServicesDep, actor: Debugger, app_id: str, node: str, body: TryNode) -> Run:
    """Runs one node of the draft alone. Inside of a container `node` is a path: `each_1/llm_1`."""
    actor.demand("app.write")
    app = await services.apps.get(actor.workspace_id, app_id)
    raw = await services.apps.draft_node(actor.workspace_id, app_id, node)
    await demand_named(services, actor, raw.model_dump(mode="json"))
    if body.run_id is not None:
        await readable(services, actor, body.run_id)
    policy = await services.workspaces.policies.get(actor.workspace_id)
    new = NewRun(
        graph=Graph(nodes=[raw]), inputs={}, created_by=actor.name, app_id=app_id, app_name=app.name,
        label=policy.input_label.as_dict(), parent_id=body.run_id,
    )  # fmt: skip
    run = await services.debugging.try_node(actor.workspace_id, node, raw, body.inputs, body.variables, new)
    return shown(actor, run)


@router.get("/runs/{run_id}/nodes/{node:path}", operation_id="get_run_node")
async def get_run_node(services: ServicesDep, actor: Reader, run_id: str, node: str) -> NodeTrace:
    """What went into a node and what came out. Inside of a container `node` is a path: `each_1/3/llm_1`."""
    await readable(services, actor, run_id)
    trace = await services.runs.node(actor.workspace_id, run_id, node)
    if trace.error is not None and "app.write" not in actor.permissions:
        trace.error.detail = ""
    return trace
