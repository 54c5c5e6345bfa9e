"""The first start: make the workspace and its owner, once."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from atoll.api.guard import Guarded, address_of, anyone
from atoll.api.services import ServicesDep
from atoll.api.session import agent_of, set_cookie
from atoll.api.shapes import Body
from atoll.workspaces.schemas import Language, Session

router = APIRouter(route_class=Guarded, tags=["setup"])

LOOPBACK = frozenset({"127.0.0.1", "::1"})
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


class SetupState(BaseModel):
    """`token_needed`: this client must send the token that the server printed."""

    needed: bool
    token_needed: bool


class NewOwner(Body):
    username: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    language: Language = "en"
    token: str | None = Field(default=None, max_length=200)


@router.get("/setup", operation_id="get_setup")
async def get_setup(services: ServicesDep, request: Request, _: Annotated[None, anyone()]) -> SetupState:
    needed = await services.workspaces.setup_needed()
    return SetupState(needed=needed, token_needed=needed and not on_this_machine(request))


@router.post("/setup", operation_id="set_up", status_code=201)
async def set_up(
    services: ServicesDep, request: Request, response: Response, new: NewOwner, _: Annotated[None, anyone()]
) -> Session:
    """Once only. Signs the new owner in."""
    if await services.workspaces.setup_needed() and not on_this_machine(request):
        services.workspaces.check_setup_token(new.token)
    token, session = await services.workspaces.setup(
        new.username, new.password, new.language, address_of(request), agent_of(request)
    )
    if services.on_setup is not None:
        await services.on_setup(session.workspace.id, session.user.username, new.language)
    set_cookie(request, response, token)
    return session


def on_this_machine(request: Request) -> bool:
    """A browser or program on the server's own machine, not behind a proxy, and not tricked by a rebound name."""
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    host = request.headers.get("host", "").rsplit(":", 1)[0] if "host" in request.headers else ""
    local_name = host in LOCAL_NAMES or request.headers.get("host", "") in LOCAL_NAMES
    return request.client is not None and request.client.host in LOOPBACK and local_name and not forwarded
