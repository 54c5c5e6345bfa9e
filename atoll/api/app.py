"""The factory of the HTTP application."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware

from atoll import __version__
from atoll.api import (
    apps,
    audit,
    catalogue,
    chat,
    debugging,
    evaluation,
    invitations,
    knowledge,
    metrics,
    models,
    people,
    policy,
    problems,
    roles,
    runs,
    secrets,
    session,
    setup,
    sso,
    system,
    templates,
    tools,
    triggers,
)
from atoll.api.description import declare
from atoll.api.door import Door
from atoll.api.problems import ErrorBody
from atoll.api.services import Services
from atoll.api.static import WebApp

PREFIX = "/api/v1"
AREAS: tuple[APIRouter, ...] = (
    runs.router,  # first: a request is compared with one route after the other
    setup.router,
    session.router,
    sso.router,
    people.router,
    roles.router,
    invitations.router,
    system.router,
    audit.router,
    catalogue.router,
    apps.router,
    templates.router,
    chat.router,
    debugging.router,
    evaluation.router,
    triggers.router,
    knowledge.router,
    models.router,
    policy.router,
    secrets.router,
    tools.router,
)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            declare(super().openapi(), routes())
        return super().openapi()


def create_app(services: Services | None, lifespan: Lifespan | None = None) -> FastAPI:
    """The application. Without services it only describes itself: `python -m atoll.api.openapi`."""
    in_production = services is not None and services.settings.run_mode == "production"
    app = Application(
        title="Atoll",
        version=__version__,
        description="Programs send `Authorization: Bearer atoll_…`. Errors are one shape; times are milliseconds.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(Door, prefix=PREFIX, access_log=in_production)],
        lifespan=lifespan,
        redirect_slashes=False,
        responses={"default": {"model": ErrorBody, "description": "Refused or failed"}},
    )
    problems.install(app)
    for router in AREAS:
        app.include_router(router, prefix=PREFIX)
    app.include_router(system.health)
    app.include_router(metrics.router)
    app.state.services = services
    app.mount("/", WebApp(services.settings.web_folder if services else None))
    return app


def routes() -> list[tuple[str, APIRoute]]:
    """Every route with its full path."""
    found = [(PREFIX, route) for router in AREAS for route in router.routes]
    found += [("", route) for router in (system.health, metrics.router) for route in router.routes]
    return [(prefix + route.path, route) for prefix, route in found if isinstance(route, APIRoute)]
