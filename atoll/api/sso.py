"""Single sign-on: the way out to a provider and back, its settings, and who must have a second factor."""

import base64
import hashlib
import hmac
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, StringConstraints

from atoll.api.guard import COOKIE as SESSION
from atoll.api.guard import Guarded, address_of, anyone, require
from atoll.api.services import Services, ServicesDep
from atoll.api.session import CallerDep, agent_of, is_secure, person, set_cookie
from atoll.api.shapes import Body, Page
from atoll.db.audit import By
from atoll.kit.errors import AtollError
from atoll.workspaces.people.access import Actor
from atoll.workspaces.schemas import Id, RoleId, Security, SsoChoice, SsoLink, SsoMapping, SsoProvider, SsoTest
from atoll.workspaces.sign_in.linking import ACCOUNT
from atoll.workspaces.sign_in.sso import MINUTES, Answer, Trip, own_path, state_wrong

router = APIRouter(route_class=Guarded, tags=["sign-in"])

COOKIE = "atoll_sso"
CALLBACK = "/api/v1/sso/callback"

Reader = Annotated[Actor, require("member.read")]
Writer = Annotated[Actor, require("signin.write")]
ProviderName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Url = Annotated[str, Field(min_length=1, max_length=500)]
ClientId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Secret = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[\x21-\x7e]*$")]
Scopes = Annotated[
    list[Annotated[str, StringConstraints(max_length=100, pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+$")]],
    Field(max_length=20),
]
Claim = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Mappings = Annotated[list[SsoMapping], Field(max_length=200)]


class SignInWays(BaseModel):
    password: bool
    sso: list[SsoChoice]


class NewProvider(Body):
    name: ProviderName
    issuer: Url
    client_id: ClientId
    client_secret: Secret | None = None
    scopes: Scopes = ["openid", "profile", "email"]
    group_claim: Claim = "groups"
    mappings: Mappings = []
    default_role: RoleId | None = None
    enabled: bool = True


class ProviderChange(Body):
    """What is left out stays; `default_role` null: nobody without a mapping; an empty secret removes it."""

    name: ProviderName | None = None
    issuer: Url | None = None
    client_id: ClientId | None = None
    client_secret: Secret | None = None
    scopes: Scopes | None = None
    group_claim: Claim | None = None
    mappings: Mappings | None = None
    default_role: RoleId | None = None
    enabled: bool | None = None


class NewLink(Body):
    """`code`: of the authenticator, or a recovery code, of who has a second factor."""

    provider_id: Id
    password: str = Field(max_length=1000)
    code: str = Field(default="", max_length=64)


class Unlink(Body):
    password: str = Field(max_length=1000)
    code: str = Field(default="", max_length=64)


class LinkBegun(BaseModel):
    """`url`: where the browser goes now."""

    url: str


@router.get("/sign-in", operation_id="get_sign_in")
async def get_sign_in(services: ServicesDep, _: Annotated[None, anyone()]) -> SignInWays:
    return SignInWays(password=True, sso=await services.workspaces.sso_providers.choices())


@router.get("/sso/callback", operation_id="finish_sso", status_code=302, response_class=RedirectResponse)
async def finish_sso(
    services: ServicesDep,
    request: Request,
    _: Annotated[None, anyone()],
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str, Query(max_length=500)] = "",
) -> RedirectResponse:
    """Where the provider sends the browser back to. Into the app, or to the page for signing in with an error's code. Who
    links their account comes back to it."""
    page, to, token, trip = "/sign-in", "/", "", None
    try:
        trip = _read(services, request.cookies.get(COOKIE, ""))
        page, to = (ACCOUNT, "/") if trip.link else (page, trip.next)
        said, redirect_uri = Answer(code, state, iss), _redirect_uri(services, request)
        if trip.link:
            caller = await services.workspaces.by_session(request.cookies.get(SESSION, ""), anew=True)
            await services.workspaces.linking.finish(caller, trip, said, redirect_uri)
        else:
            token = await services.workspaces.sso.finish(
                trip, said, redirect_uri, address_of(request), agent_of(request)
            )
        answer = RedirectResponse(trip.next, 302)
    except AtollError as error:
        await _note(services, trip, error)
        answer = _refused(error, page, to)
    if token:
        set_cookie(request, answer, token)
    answer.delete_cookie(COOKIE, path=CALLBACK, httponly=True, samesite="lax")
    return answer


@router.get("/sso/{provider_id}/start", operation_id="start_sso", status_code=302, response_class=RedirectResponse)
async def start_sso(
    services: ServicesDep,
    request: Request,
    provider_id: Id,
    _: Annotated[None, anyone()],
    next_path: Annotated[str, Query(alias="next", max_length=1000)] = "/",
) -> RedirectResponse:
    """To the provider. What is to come back is bound to this browser by a signed cookie, for ten minutes."""
    try:
        redirect_uri = _redirect_uri(services, request)
        url, trip = await services.workspaces.sso.start(provider_id, redirect_uri, next_path, address_of(request))
    except AtollError as error:
        return _refused(error, "/sign-in", own_path(next_path))
    answer = RedirectResponse(url, 302)
    _remember(services, request, answer, trip)
    return answer


@router.get("/session/sso-link", operation_id="get_sso_link")
async def get_sso_link(services: ServicesDep, caller: CallerDep) -> SsoLink:
    """With what one's own account is linked, and with what it could be."""
    person(caller)
    return await services.workspaces.linking.get(caller.actor)


@router.post("/session/sso-link", operation_id="begin_sso_link", status_code=201)
async def begin_sso_link(
    services: ServicesDep, request: Request, response: Response, caller: CallerDep, new: NewLink
) -> LinkBegun:
    """Link one's own account with a provider: proved by the password and, where there is one, the second factor. The
    browser goes to `url` and comes back to the page of the account."""
    person(caller)
    redirect_uri = _redirect_uri(services, request)
    url, trip = await services.workspaces.linking.begin(
        caller.actor, new.provider_id, new.password, new.code, redirect_uri, address_of(request)
    )
    _remember(services, request, response, trip)
    return LinkBegun(url=url)


@router.delete("/session/sso-link", operation_id="unlink_sso", status_code=204)
async def unlink_sso(services: ServicesDep, caller: CallerDep, given: Unlink) -> None:
    """Ends one's other sessions."""
    person(caller)
    await services.workspaces.linking.unlink(caller, given.password, given.code)


@router.get("/sso-providers", operation_id="list_sso_providers")
async def list_sso_providers(services: ServicesDep, request: Request, actor: Reader) -> Page[SsoProvider]:
    """`redirect_uri`: what to register with the provider."""
    return Page(items=await services.workspaces.sso_providers.all(actor, _redirect_uri(services, request)))


@router.post("/sso-providers", operation_id="add_sso_provider", status_code=201)
async def add_sso_provider(services: ServicesDep, request: Request, actor: Writer, new: NewProvider) -> SsoProvider:
    """`client_secret` is kept sealed and never given back."""
    return await services.workspaces.sso_providers.add(actor, new.model_dump(), _redirect_uri(services, request))


@router.patch("/sso-providers/{provider_id}", operation_id="change_sso_provider")
async def change_sso_provider(
    services: ServicesDep, request: Request, actor: Writer, provider_id: str, change: ProviderChange
) -> SsoProvider:
    """Another issuer needs the secret again."""
    values = change.model_dump(include=set(change.sent("default_role", "client_secret")))
    return await services.workspaces.sso_providers.change(actor, provider_id, values, _redirect_uri(services, request))


@router.delete("/sso-providers/{provider_id}", operation_id="delete_sso_provider", status_code=204)
async def delete_sso_provider(services: ServicesDep, actor: Writer, provider_id: str) -> None:
    await services.workspaces.sso_providers.delete(actor, provider_id)


@router.post("/sso-providers/{provider_id}/test", operation_id="test_sso_provider")
async def test_sso_provider(services: ServicesDep, actor: Writer, provider_id: str) -> SsoTest:
    """Asks the provider who it is, and for the keys that it signs with."""
    return await services.workspaces.sso_providers.test(actor, provider_id)


@router.get("/security", operation_id="get_security")
async def get_security(services: ServicesDep, actor: Reader) -> Security:
    return await services.workspaces.signin_rules.get(actor)


@router.put("/security", operation_id="set_security")
async def set_security(services: ServicesDep, actor: Writer, security: Security) -> Security:
    """Who must have a second factor and has none can do nothing but set one up, from their next request on. Where single
    sign-on is required, the sessions of those who have a password end, but owners'."""
    return await services.workspaces.signin_rules.set(actor, security)


def _redirect_uri(services: Services, request: Request) -> str:
    """ATOLL_PUBLIC_URL, else where this request came to."""
    scheme = "https" if is_secure(request) else request.url.scheme
    base = services.settings.public_url or f"{scheme}://{request.headers.get('host', '')}"
    return base + CALLBACK


async def _note(services: Services, trip: Trip | None, error: AtollError) -> None:
    """A way back that led nowhere, for the workspace of the provider that it began with."""
    if error.status >= 500 or error.code == "sso_no_access":  # nobody's doing; or recorded with what it changed
        return
    provider = trip.provider_id if trip is not None else ""
    by = By("nobody", workspace_id=await services.workspaces.sso_providers.whose(provider))
    refusals = services.workspaces.refusals
    await refusals.note("finish_sso", "sso_provider", provider, code=error.code, by=by, outcome="failed")


def _refused(error: AtollError, page: str, to: str) -> RedirectResponse:
    """To a page that says why. `to`: where it leads who signs in after all."""
    onward = {"to": to} if to != "/" else {}
    return RedirectResponse(f"{page}?{urlencode({'error': error.code, **onward})}", 302)


def _remember(services: Services, request: Request, answer: Response, trip: Trip) -> None:
    answer.set_cookie(
        COOKIE,
        _written(services, trip),
        max_age=MINUTES * 60,
        path=CALLBACK,
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def _written(services: Services, trip: Trip) -> str:
    plain = base64.urlsafe_b64encode(trip.written()).decode()
    return f"{plain}.{_signature(services, plain)}"


def _read(services: Services, cookie: str) -> Trip:
    plain, _, signature = cookie.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(services, plain).encode()):
        raise state_wrong()
    return Trip.read(base64.urlsafe_b64decode(plain))


def _signature(services: Services, plain: str) -> str:
    key = services.workspaces.box.derived("single sign-on")
    return hmac.new(key.encode(), plain.encode(), hashlib.sha256).hexdigest()
