"""Members and API keys."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from atoll.api.guard import Guarded, require
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body, Name, Page
from atoll.workspaces.people.access import Actor
from atoll.workspaces.schemas import ApiKey, Id, NewApiKey, RoleId, SignedIn, User

router = APIRouter(route_class=Guarded, tags=["people"])

Reader = Annotated[Actor, require("member.read")]
Writer = Annotated[Actor, require("member.write")]
Scope = Annotated[list[Id], Field(max_length=500)]


class NewUser(Body):
    username: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    role: RoleId


class UserChange(Body):
    """`second_factor` false takes it away, for somebody who has lost theirs."""

    role: RoleId | None = None
    disabled: bool | None = None
    password: str | None = Field(default=None, max_length=1000)
    second_factor: Literal[False] | None = None


class NewKey(Body):
    """`apps`, `datasets`: the only ones that the key reaches; null: all that its role and its maker reach."""

    name: Name
    role: RoleId
    expires_at: int | None = Field(default=None, ge=0, lt=2**53)
    apps: Scope | None = None
    datasets: Scope | None = None


@router.get("/users", operation_id="list_users")
async def list_users(services: ServicesDep, actor: Reader) -> Page[User]:
    return Page(items=await services.workspaces.people.all(actor))


@router.post("/users", operation_id="add_user", status_code=201)
async def add_user(services: ServicesDep, new: NewUser, actor: Writer) -> User:
    return await services.workspaces.people.add(actor, new.username, new.password, new.role)


@router.patch("/users/{user_id}", operation_id="change_user")
async def change_user(services: ServicesDep, user_id: str, change: UserChange, actor: Writer) -> User:
    """Ends the user's sessions."""
    return await services.workspaces.people.change(
        actor,
        user_id,
        role=change.role,
        disabled=change.disabled,
        password=change.password,
        reset_second_factor=change.second_factor is False,
    )


@router.delete("/users/{user_id}", operation_id="delete_user", status_code=204)
async def delete_user(services: ServicesDep, user_id: str, actor: Writer) -> None:
    """With their sessions, keys, invitations, grants and places in groups. What they made stays, under their name, and so
    does what the audit says of them. One's own account, and the last owner's, stay."""
    await services.workspaces.people.delete(actor, user_id)


@router.get("/users/{user_id}/sessions", operation_id="list_user_sessions")
async def list_user_sessions(services: ServicesDep, user_id: str, actor: Writer) -> Page[SignedIn]:
    """Where they are signed in, last used first."""
    return Page(items=await services.workspaces.signing_in.sessions(actor, user_id))


@router.delete("/users/{user_id}/sessions", operation_id="end_user_sessions", status_code=204)
async def end_user_sessions(services: ServicesDep, user_id: str, actor: Writer) -> None:
    """Signs them out everywhere."""
    await services.workspaces.people.end_sessions(actor, user_id)


@router.get("/api-keys", operation_id="list_api_keys")
async def list_api_keys(services: ServicesDep, actor: Annotated[Actor, require("key.read")]) -> Page[ApiKey]:
    return Page(items=await services.workspaces.keys.all(actor))


@router.post("/api-keys", operation_id="add_api_key", status_code=201)
async def add_api_key(services: ServicesDep, new: NewKey, actor: Annotated[Actor, require("key.write")]) -> NewApiKey:
    """The answer is the only time that the key is shown."""
    return await services.workspaces.keys.add(
        actor, new.name, new.role, new.expires_at, apps=new.apps, datasets=new.datasets
    )


@router.delete("/api-keys/{key_id}", operation_id="delete_api_key", status_code=204)
async def delete_api_key(services: ServicesDep, key_id: str, actor: Annotated[Actor, require("key.write")]) -> None:
    await services.workspaces.keys.delete(actor, key_id)
