"""Signing in and out, where one is signed in, one's second factor, and what a signed-in person may change about themselves."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from atoll.api.guard import COOKIE, Guarded, address_of, anyone, signed_in
from atoll.api.services import ServicesDep
from atoll.api.shapes import Body, Page
from atoll.kit.errors import Forbidden
from atoll.workspaces.schemas import (
    Language,
    RecoveryCodes,
    SecondFactorBegun,
    Session,
    SessionUser,
    SessionWorkspace,
    SignedIn,
)
from atoll.workspaces.service import LONGEST, Caller

router = APIRouter(route_class=Guarded, tags=["session"])

CallerDep = Annotated[Caller, signed_in()]
Code = Annotated[str, Field(max_length=64)]


class Credentials(Body):
    """`code`: of the authenticator, or a recovery code, where 401 `second_factor_needed` asks for one."""

    username: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    code: Code | None = None


class OwnChange(Body):
    language: Language | None = None
    old_password: str | None = Field(default=None, max_length=1000)
    new_password: str | None = Field(default=None, max_length=1000)


class Confirmation(Body):
    code: Code


class Removal(Body):
    password: str = Field(max_length=1000)
    code: Code


@router.post("/session", operation_id="sign_in", status_code=201)
async def sign_in(
    services: ServicesDep, request: Request, response: Response, given: Credentials, _: Annotated[None, anyone()]
) -> Session:
    token, session = await services.workspaces.login(
        given.username, given.password, address_of(request), given.code, agent_of(request)
    )
    set_cookie(request, response, token)
    return session


@router.get("/session", operation_id="get_session")
async def get_session(services: ServicesDep, caller: CallerDep) -> Session:
    """Who asks. A program's session has no CSRF token, as it needs none."""
    if caller.session is not None:
        return caller.session
    actor = caller.actor
    return Session(
        user=SessionUser(id=actor.user_id, username=actor.name, role=actor.role, role_name=actor.role),
        workspace=SessionWorkspace(id=actor.workspace_id, name="", currency=services.settings.currency),
        permissions=sorted(actor.permissions),
        csrf="",
        language="en",
    )


@router.patch("/session", operation_id="change_session")
async def change_session(services: ServicesDep, caller: CallerDep, change: OwnChange) -> Session:
    """One's own language, or password (needs the old one; ends one's other sessions)."""
    person(caller)
    return await services.workspaces.signing_in.change_own(
        caller, language=change.language, old_password=change.old_password, new_password=change.new_password
    )


@router.delete("/session", operation_id="sign_out", status_code=204)
async def sign_out(services: ServicesDep, caller: CallerDep, response: Response) -> None:
    person(caller)
    await services.workspaces.signing_in.logout(caller)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


@router.get("/session/sessions", operation_id="list_own_sessions")
async def list_own_sessions(services: ServicesDep, caller: CallerDep) -> Page[SignedIn]:
    """Where one is signed in, last used first."""
    person(caller)
    found = await services.workspaces.signing_in.sessions(caller.actor, caller.actor.user_id, caller.token_hash)
    return Page(items=found)


@router.delete("/session/sessions", operation_id="end_other_sessions", status_code=204)
async def end_other_sessions(services: ServicesDep, caller: CallerDep) -> None:
    """Signs one out everywhere but here."""
    person(caller)
    await services.workspaces.signing_in.end(caller, None)


@router.delete("/session/sessions/{session_id}", operation_id="end_session", status_code=204)
async def end_session(services: ServicesDep, caller: CallerDep, session_id: str) -> None:
    person(caller)
    await services.workspaces.signing_in.end(caller, session_id)


@router.post("/session/second-factor", operation_id="begin_second_factor", status_code=201)
async def begin_second_factor(services: ServicesDep, caller: CallerDep) -> SecondFactorBegun:
    """Shown this once; in force when a code of it has come."""
    person(caller)
    return await services.workspaces.second_factors.begin(caller.actor)


@router.post("/session/second-factor/confirm", operation_id="confirm_second_factor")
async def confirm_second_factor(services: ServicesDep, caller: CallerDep, given: Confirmation) -> RecoveryCodes:
    person(caller)
    return RecoveryCodes(recovery_codes=await services.workspaces.second_factors.confirm(caller.actor, given.code))


@router.delete("/session/second-factor", operation_id="remove_second_factor", status_code=204)
async def remove_second_factor(services: ServicesDep, caller: CallerDep, given: Removal) -> None:
    """Needs the password and a code, or a recovery code."""
    person(caller)
    await services.workspaces.second_factors.remove(caller.actor, given.password, given.code)


def set_cookie(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE, token, max_age=LONGEST // 1000, path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def is_secure(request: Request) -> bool:
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"


def agent_of(request: Request) -> str:
    return request.headers.get("user-agent", "")


def person(caller: Caller) -> None:
    if caller.session is None:
        raise Forbidden("person_only", "This is for people who are signed in.", "此操作仅限已登录的用户。")
