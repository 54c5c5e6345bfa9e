"""Members and API keys."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from atoll.api.guard import Guarded, require
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body, Name, Page
from atoll.workspaces.access import Actor, Role
from atoll.workspaces.schemas import ApiKey, NewApiKey, User

router = APIRouter(route_class=Guarded, tags=["people"])


class NewUser(Body):
    username: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    role: Role


class UserChange(Body):
    role: Role | None = None
    disabled: bool | None = None
    password: str | None = Field(default=None, max_length=1000)


class NewKey(Body):
    name: Name
    role: Role
    expires_at: int | None = Field(default=None, ge=0, lt=2**53)


@router.get("/users", operation_id="list_users")
async def list_users(services: ServicesDep, actor: Annotated[Actor, require("member.read")]) -> Page[User]:
    return Page(items=await services.workspaces.people.all(actor))


@router.post("/users", operation_id="add_user", status_code=201)
async def add_user(services: ServicesDep, new: NewUser, actor: Annotated[Actor, require("member.write")]) -> User:
    return await services.workspaces.people.add(actor, new.username, new.password, new.role)


@router.patch("/users/{user_id}", operation_id="change_user")
async def change_user(
    services: ServicesDep, user_id: str, change: UserChange, actor: Annotated[Actor, require("member.write")]
) -> User:
    """Ends the user's sessions."""
    return await services.workspaces.people.change(
        actor, user_id, role=change.role, disabled=change.disabled, password=change.password
    )


@router.get("/api-keys", operation_id="list_api_keys")
async def list_api_keys(services: ServicesDep, actor: Annotated[Actor, require("key.read")]) -> Page[ApiKey]:
    return Page(items=await services.workspaces.keys.all(actor))


@router.post("/api-keys", operation_id="add_api_key", status_code=201)
async def add_api_key(services: ServicesDep, new: NewKey, actor: Annotated[Actor, require("key.write")]) -> NewApiKey:
    """The answer is the only time that the key is shown."""
    return await services.workspaces.keys.add(actor, new.name, new.role, new.expires_at)


@router.delete("/api-keys/{key_id}", operation_id="delete_api_key", status_code=204)
async def delete_api_key(services: ServicesDep, key_id: str, actor: Annotated[Actor, require("key.write")]) -> None:
    await services.workspaces.keys.delete(actor, key_id)
