"""The policy: which data may enter which zone."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from atoll.api.guard import Guarded, require, signed_in
from atoll.api.services import ServicesDep
from atoll.apps.effects import effects
from atoll.apps.schemas import Effects, Label
from atoll.policy import read_policy
from atoll.workspaces.people.access import Actor
from atoll.workspaces.service import Caller

router = APIRouter(route_class=Guarded, tags=["policy"])


class ZoneOut(BaseModel):
    name: str
    description: str


class Redacted(BaseModel):
    kind: str
    operator: str


class RuleOut(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)
    source: str = Field(alias="from")
    target: str = Field(alias="to")
    up_to: str | None
    tags: list[str]
    redact: list[Redacted]


class Destination(BaseModel):
    zone: str


class Subject(BaseModel):
    zone: str
    label: Label


class Levels(BaseModel):
    """The lowest first. `titles`: what the workspace calls them, where it says so."""

    levels: list[str]
    titles: dict[str, str]


class PolicyOut(Levels):
    zones: list[ZoneOut]
    rules: list[RuleOut]
    leaves_up_to: str
    destination: Destination
    subject: Subject


@router.get("/policy", operation_id="get_policy")
async def get_policy(services: ServicesDep, actor: Annotated[Actor, require("policy.read")]) -> PolicyOut:
    return PolicyOut.model_validate((await services.workspaces.policies.get(actor.workspace_id)).as_dict())


@router.get("/policy/levels", operation_id="get_policy_levels")
async def get_policy_levels(services: ServicesDep, caller: Annotated[Caller, signed_in()]) -> Levels:
    """For everybody who is shown a label; the rules are for those who may read the policy."""
    policy = await services.workspaces.policies.get(caller.actor.workspace_id)
    return Levels(levels=list(policy.levels), titles=dict(policy.titles))


@router.put("/policy", operation_id="set_policy")
async def set_policy(
    services: ServicesDep, actor: Annotated[Actor, require("policy.write")], policy: dict[str, Any]
) -> PolicyOut:
    """The whole policy; `levels` and `zones` are needed, the rest has defaults. 422 `policy_invalid` with a pointer."""
    new = await services.workspaces.policies.set(actor, policy)
    services.changed(actor.workspace_id)
    return PolicyOut.model_validate(new.as_dict())


@router.post("/policy/effects", operation_id="get_policy_effects")
async def get_policy_effects(
    services: ServicesDep, actor: Annotated[Actor, require("policy.write", audit=False)], policy: dict[str, Any]
) -> Effects:
    """What this policy would mean, without setting it: published apps that it refuses, and what it does not know. 422
    `policy_invalid` with a pointer."""
    return await effects(services.apps, actor.workspace_id, read_policy(policy), actor.apps)
