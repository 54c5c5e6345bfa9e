"""Roles, groups, and who may reach a limited app or dataset."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from atoll.api.guard import Guarded, require, signed_in
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body, Page
from atoll.workspaces.people.access import Actor
from atoll.workspaces.people.approvers import Approver
from atoll.workspaces.people.permissions import TABLE
from atoll.workspaces.schemas import Access, Group, Id, PermissionOut, Role, RoleId
from atoll.workspaces.service import Caller

router = APIRouter(route_class=Guarded, tags=["people"])

Reader = Annotated[Actor, require("member.read")]
Writer = Annotated[Actor, require("member.write")]
Granter = Annotated[Actor, require("grant.write")]
ShortName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Permissions = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=200)]
Members = Annotated[list[Id], Field(max_length=10_000)]


class NewRole(Body):
    name: ShortName
    permissions: Permissions


class RoleChange(Body):
    name: ShortName | None = None
    permissions: Permissions | None = None


class NewGroup(Body):
    name: ShortName
    role: RoleId | None = None
    members: Members = []


class GroupChange(Body):
    """What is left out stays; `role` null takes the role away."""

    name: ShortName | None = None
    role: RoleId | None = None
    members: Members | None = None


@router.get("/roles", operation_id="list_roles")
async def list_roles(services: ServicesDep, actor: Reader) -> Page[Role]:
    """The built-in ones first."""
    return Page(items=await services.workspaces.roles.all(actor))


@router.get("/permissions", operation_id="list_permissions")
async def list_permissions(_: Annotated[Caller, signed_in()]) -> Page[PermissionOut]:
    """What a role can be made of. For everybody: the account page says in these words what one may do."""
    items = [PermissionOut(name=name, group=one.group, title=one.title, about=one.about) for name, one in TABLE.items()]
    return Page(items=items)


@router.post("/roles", operation_id="add_role", status_code=201)
async def add_role(services: ServicesDep, actor: Writer, new: NewRole) -> Role:
    """Nobody makes one that permits more than they may."""
    made = await services.workspaces.roles.add(actor, new.name, new.permissions)
    services.changed(actor.workspace_id)
    return made


@router.patch("/roles/{role_id}", operation_id="change_role")
async def change_role(services: ServicesDep, actor: Writer, role_id: str, change: RoleChange) -> Role:
    made = await services.workspaces.roles.change(actor, role_id, change.name, change.permissions)
    services.changed(actor.workspace_id)
    return made


@router.delete("/roles/{role_id}", operation_id="delete_role", status_code=204)
async def delete_role(services: ServicesDep, actor: Writer, role_id: str) -> None:
    """409 `role_in_use` where somebody has it."""
    await services.workspaces.roles.delete(actor, role_id)
    services.changed(actor.workspace_id)


@router.get("/groups", operation_id="list_groups")
async def list_groups(services: ServicesDep, actor: Reader) -> Page[Group]:
    return Page(items=await services.workspaces.groups.all(actor))


@router.post("/groups", operation_id="add_group", status_code=201)
async def add_group(services: ServicesDep, actor: Writer, new: NewGroup) -> Group:
    made = await services.workspaces.groups.add(actor, new.name, new.role, new.members)
    services.changed(actor.workspace_id)
    return made


@router.patch("/groups/{group_id}", operation_id="change_group")
async def change_group(services: ServicesDep, actor: Writer, group_id: str, change: GroupChange) -> Group:
    # No `changed`: all that the check of a graph asks of a group is that it is there.
    return await services.workspaces.groups.change(actor, group_id, change.sent("role"))


@router.delete("/groups/{group_id}", operation_id="delete_group", status_code=204)
async def delete_group(services: ServicesDep, actor: Writer, group_id: str) -> None:
    """With what was granted to it."""
    await services.workspaces.groups.delete(actor, group_id)
    services.changed(actor.workspace_id)


@router.get("/approvers", operation_id="list_approvers")
async def list_approvers(services: ServicesDep, actor: Annotated[Actor, require("app.read")]) -> Page[Approver]:
    """The roles and groups that an approval can ask, by name, for those who build one and those who wait for one. A key
    without `member.read` sees those only that it answers as."""
    return Page(items=await services.workspaces.approvers.known_to(actor))


@router.get("/apps/{app_id}/access", operation_id="get_app_access")
async def get_app_access(services: ServicesDep, actor: Annotated[Actor, require("app.write")], app_id: str) -> Access:
    await services.apps.get(actor.workspace_id, app_id)
    return await services.workspaces.grants.get(actor, app_id)


@router.put("/apps/{app_id}/access", operation_id="set_app_access")
async def set_app_access(services: ServicesDep, actor: Granter, app_id: str, access: Access) -> Access:
    """All of it anew. `open`: roles alone decide, and there are no grants."""
    await services.apps.get(actor.workspace_id, app_id)
    return await services.workspaces.grants.set(actor, "app", app_id, access.open, access.grants)


@router.get("/datasets/{dataset_id}/access", operation_id="get_dataset_access")
async def get_dataset_access(
    services: ServicesDep, actor: Annotated[Actor, require("dataset.write")], dataset_id: str
) -> Access:
    dataset = await services.knowledge.dataset(actor.workspace_id, dataset_id)
    return await services.workspaces.grants.get(actor, dataset.id)


@router.put("/datasets/{dataset_id}/access", operation_id="set_dataset_access")
async def set_dataset_access(services: ServicesDep, actor: Granter, dataset_id: str, access: Access) -> Access:
    """All of it anew. Apps that read the dataset go on: whoever published them vouches."""
    dataset = await services.knowledge.dataset(actor.workspace_id, dataset_id)
    return await services.workspaces.grants.set(actor, "dataset", dataset.id, access.open, access.grants)
