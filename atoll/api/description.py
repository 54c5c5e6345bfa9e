"""What the OpenAPI description says beside what FastAPI knows: who may call a route, and with which statuses it refuses."""

from collections.abc import Iterable
from typing import Any

from fastapi.routing import APIRoute

from atoll.api.guard import COOKIE, SAFE, rule_of

SECURITY = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A person; changes need CSRF too."},
    "key": {"type": "http", "scheme": "bearer", "description": "A program: `Authorization: Bearer atoll_…`."},
}
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
_WAIT = {"description": "Seconds to wait, where known", "schema": {"type": "integer"}}
RESPONSES = {
    "Refused": {"description": "Refused: `code` says why, `message` what to do", "content": _ERROR},
    "TooMany": {"description": "Too many at once", "content": _ERROR, "headers": {"Retry-After": _WAIT}},
    "Failed": {"description": "Something that Atoll needs does not answer, or a fault of ours", "content": _ERROR},
}


def declare(description: dict[str, Any], routes: Iterable[tuple[str, APIRoute]]) -> None:
    """Written into `description`, in the place of the `default` answers."""
    description["components"] |= {"securitySchemes": SECURITY, "responses": RESPONSES}
    for path, route in routes:
        for method in route.methods or ():
            operation = description["paths"][path.replace(":path}", "}")][method.lower()]
            if rule_of(route).permission is not None:
                operation["security"] = [{name: []} for name in SECURITY]
            del operation["responses"]["default"]
            operation["responses"] |= {status: _answer(status) for status in sorted(_refusals(route, method))}


def _refusals(route: APIRoute, method: str) -> set[str]:
    statuses = {"401", "403", "404", "422", "429", "5XX"}
    if method not in SAFE:
        statuses |= {"409"}
    if route.body_field is not None:
        statuses |= {"400", "413", "415"}
    return statuses


def _answer(status: str) -> dict[str, str]:
    name = {"429": "TooMany", "5XX": "Failed"}.get(status, "Refused")
    return {"$ref": f"#/components/responses/{name}"}
