"""Who may: the one rule that every route has, applied before its body is read. A route without one can't be made.

    @router.get("/apps")
    async def list_apps(actor: Annotated[Actor, require("app.read")], ...): ...

A person comes with a cookie and, to change anything, from our own pages with the CSRF header; a program with
`Authorization: Bearer atoll_...`. Nothing else is looked at.
"""

import asyncio
import hmac
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

import orjson
import structlog
from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute

from atoll.api.problems import Refused
from atoll.api.reach import reached
from atoll.api.services import services_of
from atoll.apps.errors import too_large as graph_too_large
from atoll.db.audit import NOBODY, Act, By, acting
from atoll.db.tenancy import decide, everything
from atoll.engine.graph import MAX_BYTES
from atoll.kit.depth import MOST, deeper
from atoll.kit.errors import Forbidden, TooLarge, UserError
from atoll.workspaces.errors import unauthenticated
from atoll.workspaces.people.access import PERMISSIONS, Actor
from atoll.workspaces.service import Caller

COOKIE = "atoll_session"
CSRF = "x-atoll-csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

SMALL = 1_000_000  # bytes of a body, where a route says nothing else
GRAPH = MAX_BYTES + 100_000
BUSY = frozenset({"start_run", "add_turn"})  # what programs do all the time: who may is not looked up anew for each
UPLOAD = -1  # what the settings allow for a file
BODY_SECONDS = 60.0  # between two pieces of a body


class Rule:
    """One route's rule. `permission` None: open to everybody (setting up, signing in).

    `audit`: whether a request that succeeds leaves an audit record; None: those of methods that may change something.
    """

    def __init__(self, permission: str | None, body: int, audit: bool | None = None) -> None:
        if permission is not None and permission not in PERMISSIONS | {"signed-in"}:
            raise ValueError(f"no such permission: {permission}")
        self.permission, self.body, self.audit = permission, body, audit

    async def __call__(self, request: Request) -> Any:
        """As a dependency: what `check` has found already."""
        caller: Caller | None = request.state.caller
        return caller.actor if caller is not None and self.permission != "signed-in" else caller

    async def find(self, request: Request, busy: bool) -> Caller | None:
        """Who asks; who changes something, as they are now. Raises Unauthenticated, and Forbidden to who needs be nobody
        and comes from another site."""
        if self.permission is None:
            _same_origin(request)
            return None
        return await caller_of(request, anew=request.method not in SAFE and not busy)

    def check(self, request: Request, caller: Caller | None) -> None:
        """Raises Forbidden."""
        if caller is not None and self.permission is not None:
            _own_page(request, caller)
            if self.permission != "signed-in":
                caller.actor.demand(self.permission)

    def records(self, method: str) -> bool:
        return self.audit if self.audit is not None else method not in SAFE


def require(permission: str, body: int = SMALL, *, audit: bool | None = None) -> Any:
    """The dependency of a route that needs `permission`; its value is the `Actor`. `audit`: see `Rule`."""
    return Depends(Rule(permission, body, audit))


def signed_in() -> Any:
    """For routes about the caller's own session: any person or program. Its value is the `Caller`."""
    return Depends(Rule("signed-in", SMALL))


def anyone() -> Any:
    """The dependency of the few routes that need nobody: they are listed in tests/architecture/test_routes.py."""
    return Depends(Rule(None, SMALL))


async def caller_of(request: Request, *, anew: bool) -> Caller:
    """`anew`: as it is now in the database, not as this process knows it since two seconds. Raises Unauthenticated."""
    workspaces = services_of(request).workspaces
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.startswith("atoll_"):
            raise unauthenticated()
        return await workspaces.by_key(key, anew=anew)
    token = request.cookies.get(COOKIE)
    if not token:
        raise unauthenticated()
    return await workspaces.by_session(token, anew=anew)


def _own_page(request: Request, caller: Caller) -> None:
    """A person changes something from our own pages alone. Raises Forbidden."""
    if request.method in SAFE or caller.actor.via != "session":
        return
    _same_origin(request)
    given = request.headers.get(CSRF, "")
    if caller.session is None or not hmac.compare_digest(given.encode(), caller.session.csrf.encode()):
        raise Forbidden(
            "csrf_wrong",
            "The request does not come from a page of this session. Reload the page.",
            "请求并非来自当前会话的页面，请刷新后重试。",
        )


def _same_origin(request: Request) -> None:
    """A browser says where a request comes from; programs say nothing."""
    if request.method in SAFE:
        return
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    foreign = origin is not None and origin.partition("://")[2] != request.headers.get("host", "")
    if foreign or (site is not None and site not in ("same-origin", "none")):
        raise Forbidden(
            "origin_wrong",
            "The request comes from another site. Open Atoll by its own address.",
            "请求来自其他站点，请通过 Atoll 自身的地址访问。",
        )


class GuardedRequest(Request):
    """Reads at most so many bytes of a body, and JSON strictly (no NaN, no lone surrogates, bounded depth)."""

    limit = SMALL

    async def stream(self) -> AsyncGenerator[bytes, None]:
        declared = self.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self.limit:
            raise self._too_large()
        size, pieces = 0, super().stream()
        while True:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    piece = await anext(pieces, None)
            except TimeoutError:
                raise Refused(_too_slow()) from None
            if piece is None:
                return
            size += len(piece)
            if size > self.limit:
                raise self._too_large()
            yield piece

    async def json(self) -> Any:
        if not hasattr(self, "_parsed"):
            body = await self.body()
            parsed = orjson.loads(body)
            if isinstance(parsed, dict | list) and body.count(b"{") + body.count(b"[") > MOST and deeper(parsed):
                raise Refused(_too_deep())
            self._parsed = parsed
        return self._parsed

    def _too_large(self) -> Refused:
        if self.limit == GRAPH:
            return Refused(graph_too_large(MAX_BYTES))
        mb = max(1, self.limit // 1_000_000)
        return Refused(
            TooLarge(
                "request_too_large",
                f"The request is larger than {mb} MB.",
                f"请求超过 {mb} MB。",
                limit=self.limit,
            )
        )


class Guarded(APIRoute):
    """A route whose rule is applied first, and whose acts are recorded (`atoll.db.audit`), refused ones too. Making one
    without a rule is a fault of the programmer's."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        rule = rule_of(self)
        inner = super().get_route_handler()
        reads_json = self.body_field is not None

        async def handle(request: Request) -> Response:
            with everything("who asks"):
                caller = request.state.caller = await rule.find(request, self.operation_id in BUSY)
            decide(caller.actor.workspace_id if caller is not None else None, str(self.operation_id))
            if caller is not None:
                structlog.contextvars.bind_contextvars(workspace_id=caller.actor.workspace_id)
            with acting(self._act(request, caller)) as act:
                try:
                    rule.check(request, caller)
                    if caller is not None and rule.permission != "signed-in":
                        request.state.caller = await reached(request, caller, str(rule.permission))
                    act.recorded = not rule.records(request.method)
                    response = await answer(request)
                except Forbidden as refusal:
                    await _record_refusal(request, act, refusal)
                    raise
                if not act.recorded and response.status_code < 400:
                    async with services_of(request).db.begin():
                        pass  # an act that wrote nothing is an act: it leaves its record here
                return response

        async def answer(request: Request) -> Response:
            guarded = GuardedRequest(request.scope, request.receive)
            guarded.limit = rule.body
            if rule.body == UPLOAD:
                guarded.limit = services_of(request).settings.max_upload_mb * 1_000_000 + 100_000
            if reads_json:
                _must_be_json(request)
            return await inner(guarded)

        return handle

    def _act(self, request: Request, caller: Caller | None) -> Act:
        by = by_of(caller.actor) if caller is not None else NOBODY
        return Act(
            by,
            str(self.operation_id),
            request.path_params,
            address_of(request),
            getattr(request.state, "request_id", ""),
        )


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def by_of(actor: Actor) -> By:
    return By("user" if actor.via == "session" else actor.via, actor.user_id, actor.name, actor.workspace_id)


async def _record_refusal(request: Request, act: Act, refusal: Forbidden) -> None:
    kind, target = list(act.targets.items())[-1] if act.targets else ("", "")
    await services_of(request).workspaces.refusals.note(act.action, kind.removesuffix("_id"), target, code=refusal.code)


def rule_of(route: APIRoute) -> Rule:
    rules = [dependency.call for dependency in route.dependant.dependencies if isinstance(dependency.call, Rule)]
    if len(rules) != 1:
        raise TypeError(f"{route.path}: a route has exactly one rule (require, signed_in or anyone), not {len(rules)}")
    return rules[0]


def _must_be_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _NotJson(
            "not_json",
            "Send JSON, with Content-Type: application/json.",
            "请以 JSON 发送，并设置 Content-Type: application/json。",
        )


def _too_deep() -> UserError:
    return UserError(
        "request_too_deep",
        f"The request is nested deeper than {MOST} levels. Make its values flatter.",
        f"请求的嵌套超过 {MOST} 层，请减少嵌套。",
    )


def _too_slow() -> UserError:
    return _TooSlow(
        "request_too_slow",
        "The rest of the request did not come. Send it again over a better connection.",
        "请求的其余部分未能按时到达，请在网络良好时重试。",
    )


class _NotJson(UserError):
    status = 415


class _TooSlow(UserError):
    status = 408
