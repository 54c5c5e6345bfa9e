"""Invitations: made by those who manage members, taken by whoever has the token."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from atoll.api.guard import Guarded, address_of, anyone, require
from atoll.api.services import ServicesDep
from atoll.api.session import agent_of, set_cookie
from atoll.api.shapes import Body, Name, Page
from atoll.workspaces.people.access import Actor
from atoll.workspaces.schemas import Id, Invitation, InvitationOffer, Language, NewInvitation, RoleId, Session

router = APIRouter(route_class=Guarded, tags=["people"])

Writer = Annotated[Actor, require("member.write")]
Token = Annotated[str, Field(min_length=1, max_length=200)]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+$")]


class InvitationForm(Body):
    """`name`: whom it is for. It is in force for `days`."""

    name: Name
    email: Email | None = None
    role: RoleId
    groups: Annotated[list[Id], Field(max_length=100)] = []
    days: Annotated[int, Field(ge=1, le=30)] = 7


class InvitationToken(Body):
    token: Token


class Acceptance(Body):
    """For a new password `username` and `language` are not looked at."""

    token: Token
    username: str = Field(default="", max_length=200)
    password: str = Field(max_length=1000)
    language: Language | None = None


@router.get("/invitations", operation_id="list_invitations")
async def list_invitations(services: ServicesDep, actor: Annotated[Actor, require("member.read")]) -> Page[Invitation]:
    """Those in force, newest first."""
    return Page(items=await services.workspaces.invitations.all(actor))


@router.post("/invitations", operation_id="add_invitation", status_code=201)
async def add_invitation(services: ServicesDep, actor: Writer, new: InvitationForm) -> NewInvitation:
    """The token is shown this once: give the link `/invite#token` to whom it is for."""
    return await services.workspaces.invitations.add(
        actor, new.name, new.role, email=new.email, groups=new.groups, days=new.days
    )


@router.delete("/invitations/{invitation_id}", operation_id="delete_invitation", status_code=204)
async def delete_invitation(services: ServicesDep, actor: Writer, invitation_id: str) -> None:
    await services.workspaces.invitations.delete(actor, invitation_id)


@router.post("/invitation", operation_id="get_invitation")
async def get_invitation(
    services: ServicesDep, given: InvitationToken, _: Annotated[None, anyone()]
) -> InvitationOffer:
    """What a token is for. It is in the body, so that no log of addresses has it."""
    return await services.workspaces.invitations.offer(given.token)


@router.post("/invitation/accept", operation_id="accept_invitation", status_code=201)
async def accept_invitation(
    services: ServicesDep, request: Request, response: Response, given: Acceptance, _: Annotated[None, anyone()]
) -> Session:
    """Joins, or sets a new password, and signs in. Once."""
    token, session = await services.workspaces.invitations.accept(
        given.token, given.username, given.password, given.language, address_of(request), agent_of(request)
    )
    set_cookie(request, response, token)
    return session
