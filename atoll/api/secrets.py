"""Named secrets: made, changed, deleted; what uses them; the keys that seal them. A value goes in and never comes out."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from atoll.api.guard import Guarded, require
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body, Page
from atoll.apps.schemas import Using
from atoll.kit.errors import Conflict
from atoll.workspaces.people.access import Actor
from atoll.workspaces.secrets.named import LONGEST, NamedSecret

router = APIRouter(route_class=Guarded, tags=["secrets"])

Reader = Annotated[Actor, require("secret.read")]
Writer = Annotated[Actor, require("secret.write")]
Value = Annotated[str, Field(max_length=LONGEST)]
Hosts = Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=20)]
About = Annotated[str, Field(max_length=500)]


class Secret(NamedSecret):
    """`used_by`: the apps whose draft or published version refers to it."""

    used_by: list[Using]


class NewSecret(Body):
    name: Annotated[str, Field(max_length=64)]
    value: Value
    hosts: Hosts
    about: About = ""


class SecretChange(Body):
    about: About | None = None
    value: Value | None = None
    hosts: Hosts | None = None


class MasterKeySaid(BaseModel):
    """`source`: file, environment or command. `id` says which key it is without giving it away."""

    source: str
    id: str


class DataKeysSaid(BaseModel):
    current: int
    old: int


class SecretKeys(BaseModel):
    """`data_keys.current`: the version of this workspace's key, 0 before its first secret; `old`: how many versions before
    it are still kept. `rotating`: `atoll secrets rotate` is at work, or was stopped in the middle."""

    kek: MasterKeySaid
    data_keys: DataKeysSaid
    rotating: bool


@router.get("/secrets", operation_id="list_secrets")
async def list_secrets(services: ServicesDep, actor: Reader) -> Page[Secret]:
    used = await services.apps.secrets_used(actor.workspace_id)
    return Page(
        items=[_with_use(actor, one, used) for one in await services.workspaces.secrets.all(actor.workspace_id)]
    )


@router.post("/secrets", operation_id="add_secret", status_code=201)
async def add_secret(services: ServicesDep, actor: Writer, new: NewSecret) -> Secret:
    """`hosts`: where it may be sent, such as `api.example.com`, `*.example.com` or `host:8443`; at least one. Plain http
    only where a pattern begins with `http://`, and to this machine."""
    made = await services.workspaces.secrets.add(
        actor, name=new.name, value=new.value, hosts=new.hosts, about=new.about
    )
    services.changed(actor.workspace_id)
    return _with_use(actor, made, await services.apps.secrets_used(actor.workspace_id))


@router.get("/secrets/keys", operation_id="get_secret_keys")
async def get_secret_keys(services: ServicesDep, actor: Reader) -> SecretKeys:
    found = await services.workspaces.secrets.keyring(actor.workspace_id)
    return SecretKeys(
        kek=MasterKeySaid(source=found.source, id=found.id),
        data_keys=DataKeysSaid(current=found.current, old=found.old),
        rotating=found.rotating,
    )


@router.patch("/secrets/{secret_id}", operation_id="change_secret")
async def change_secret(services: ServicesDep, actor: Writer, secret_id: str, change: SecretChange) -> Secret:
    """A further host needs the value again."""
    changed = await services.workspaces.secrets.change(actor, secret_id, change.sent())
    services.changed(actor.workspace_id)
    return _with_use(actor, changed, await services.apps.secrets_used(actor.workspace_id))


@router.delete("/secrets/{secret_id}", operation_id="delete_secret", status_code=204)
async def delete_secret(
    services: ServicesDep, actor: Writer, secret_id: str, force: Annotated[bool, Query()] = False
) -> None:
    """409 `secret_in_use` while an app refers to it, unless `force` is given."""
    secret = await services.workspaces.secrets.get(actor.workspace_id, secret_id)
    using = (await services.apps.secrets_used(actor.workspace_id)).get(secret.name, ())
    if using and not force:
        reached = [one for one in using if actor.reaches("app", one.app_id)]
        listed = ", ".join(one.name for one in reached[:5]) or "…"
        raise Conflict(
            "secret_in_use",
            f"{len(using)} app(s) use this secret: {listed}. Take it out of them first, or delete it all the same.",
            f"有 {len(using)} 个应用正在使用该凭据：{listed}。请先从应用中移除，或强制删除。",
            apps=[one.model_dump() for one in reached],
        )
    await services.workspaces.secrets.delete(actor, secret_id)
    services.changed(actor.workspace_id)


def _with_use(actor: Actor, secret: NamedSecret, used: Mapping[str, Sequence[Using]]) -> Secret:
    """With the apps that the actor reaches."""
    using = [one for one in used.get(secret.name, ()) if actor.reaches("app", one.app_id)]
    return Secret(**secret.model_dump(), used_by=using)
