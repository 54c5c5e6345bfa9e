"""Signing in and out, and what a signed-in person may change about themselves."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from atoll.api.guard import COOKIE, Guarded, anyone, signed_in
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body
from atoll.kit.errors import Forbidden
from atoll.workspaces.schemas import Language, Session, SessionUser, SessionWorkspace
from atoll.workspaces.service import LONGEST, Caller

router = APIRouter(route_class=Guarded, tags=["session"])

CallerDep = Annotated[Caller, signed_in()]


class Credentials(Body):
    username: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class OwnChange(Body):
    language: Language | None = None
    old_password: str | None = Field(default=None, max_length=1000)
    new_password: str | None = Field(default=None, max_length=1000)


@router.post("/session", operation_id="sign_in", status_code=201)
async def sign_in(
    services: ServicesDep, request: Request, response: Response, given: Credentials, _: Annotated[None, anyone()]
) -> Session:
    address = request.client.host if request.client else ""
    token, session = await services.workspaces.login(given.username, given.password, address)
    set_cookie(request, response, token)
    return session


@router.get("/session", operation_id="get_session")
async def get_session(services: ServicesDep, caller: CallerDep) -> Session:
    """Who asks. A program's session has no CSRF token, as it needs none."""
    if caller.session is not None:
        return caller.session
    actor = caller.actor
    return Session(
        user=SessionUser.model_validate({"id": actor.user_id, "username": actor.name, "role": actor.role}),
        workspace=SessionWorkspace(id=actor.workspace_id, name="", currency=services.settings.currency),
        permissions=sorted(actor.permissions),
        csrf="",
        language="en",
    )


@router.patch("/session", operation_id="change_session")
async def change_session(services: ServicesDep, caller: CallerDep, change: OwnChange) -> Session:
    """One's own language, or password (needs the old one; ends one's other sessions)."""
    _person(caller)
    return await services.workspaces.change_own(
        caller, language=change.language, old_password=change.old_password, new_password=change.new_password
    )


@router.delete("/session", operation_id="sign_out", status_code=204)
async def sign_out(services: ServicesDep, caller: CallerDep, response: Response) -> None:
    _person(caller)
    await services.workspaces.logout(caller)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


def set_cookie(request: Request, response: Response, token: str) -> None:
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    response.set_cookie(COOKIE, token, max_age=LONGEST // 1000, path="/", secure=secure, httponly=True, samesite="lax")


def _person(caller: Caller) -> None:
    if caller.session is None:
        raise Forbidden("person_only", "This is for people who are signed in.", "此操作仅限已登录的用户。")
