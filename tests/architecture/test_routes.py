"""Every address of the server has a rule, and what needs nobody is a list that is reviewed."""

import re

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Mount

from atoll.api.app import AREAS, create_app, routes
from atoll.api.guard import SAFE, Guarded, anyone, require, rule_of
from atoll.api.reach import HIDDEN
from atoll.api.static import WebApp
from atoll.workspaces.people.objects import OTHERS, PLACES

# Whoever adds a line here says why in the review.
OPEN = {
    ("GET", "/api/v1/setup"),  # is there anything to set up?
    ("POST", "/api/v1/setup"),  # once; from elsewhere with the printed token
    ("POST", "/api/v1/session"),  # signing in
    ("GET", "/api/v1/sign-in"),  # the ways to do so
    ("GET", "/api/v1/sso/{provider_id}/start"),  # to a provider
    ("GET", "/api/v1/sso/callback"),  # and back, with what only this browser has
    ("POST", "/api/v1/invitation"),  # what a token is for
    ("POST", "/api/v1/invitation/accept"),  # once
    ("POST", "/api/v1/hooks/{trigger_id}"),  # a message that its sender has signed
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),  # with the operations' own token, off without
}
OWN_SESSION = {
    ("GET", "/api/v1/session"),
    ("PATCH", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("GET", "/api/v1/session/sessions"),
    ("DELETE", "/api/v1/session/sessions"),
    ("DELETE", "/api/v1/session/sessions/{session_id}"),
    ("POST", "/api/v1/session/second-factor"),
    ("POST", "/api/v1/session/second-factor/confirm"),
    ("DELETE", "/api/v1/session/second-factor"),
    ("GET", "/api/v1/session/sso-link"),
    ("POST", "/api/v1/session/sso-link"),
    ("DELETE", "/api/v1/session/sso-link"),
    ("GET", "/api/v1/permissions"),  # the words for what one may do oneself
    ("GET", "/api/v1/policy/levels"),  # the words for labels, which everybody is shown
}
# Reads that are for those who change: to whom something is open, and where other people are signed in.
FOR_WRITERS = {"get_app_access", "get_dataset_access", "list_user_sessions"}


def _listed() -> list[tuple[str, str, APIRoute]]:
    return [(method, path, route) for path, route in routes() for method in sorted(route.methods)]


@pytest.mark.attack("S-02")
def test_every_route_has_exactly_one_rule() -> None:
    assert len(_listed()) > 50
    for _, path, route in _listed():
        assert isinstance(route, Guarded), f"{path} is not made with route_class=Guarded"
        rule_of(route)


@pytest.mark.attack("S-01")
def test_what_needs_nobody_is_this_list() -> None:
    assert {(method, path) for method, path, route in _listed() if rule_of(route).permission is None} == OPEN


def test_what_needs_no_permission_is_about_ones_own_session() -> None:
    found = {(method, path) for method, path, route in _listed() if rule_of(route).permission == "signed-in"}
    assert found == OWN_SESSION


def test_what_only_reads_needs_a_read_permission_and_what_changes_another() -> None:
    calculates = {"check_graph", "plan_template", "search_dataset"}  # POST, but changes nothing
    for method, path, route in _listed():
        permission = rule_of(route).permission or ""
        if "." not in permission or route.operation_id in calculates | FOR_WRITERS:
            continue
        assert permission.endswith((".read", ".list")) == (method in SAFE), f"{method} {path} needs {permission}"


@pytest.mark.attack("S-02", "S-102")
def test_every_id_in_a_path_is_known_to_the_place_that_asks_who_reaches_it() -> None:
    """Whoever adds a name to `OTHERS` says why in the review."""
    named = {name for _, path, _ in _listed() for name in re.findall(r"{(\w+)", path)}
    assert named - PLACES.keys() <= OTHERS, "an id that is in no place and not on the reviewed list"
    assert PLACES.keys() <= named and PLACES.keys() == HIDDEN.keys()
    for _, path, route in _listed():
        permission = rule_of(route).permission or ""
        if permission.split(".")[0] in ("app", "run", "dataset", "conversation", "trigger") and "{" in path:
            assert PLACES.keys() & set(re.findall(r"{(\w+)", path)), f"{path} names no app and no dataset"


def test_nothing_else_is_mounted() -> None:
    """What the application serves is what `routes` lists, and the web app under everything."""
    app = create_app(None)
    included = [route for route in app.routes if type(route).__name__ == "_IncludedRouter"]
    mounts = [route for route in app.routes if isinstance(route, Mount)]
    assert len(included) == len(AREAS) + 2  # health, metrics
    assert [type(mount.app) for mount in mounts] == [WebApp]
    assert len(app.routes) == len(included) + 1
    described = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    assert described == {(method, path.replace(":path}", "}")) for method, path, _ in _listed()}


@pytest.mark.parametrize("rules", [0, 2])
@pytest.mark.attack("S-02")
def test_a_route_without_a_rule_can_not_be_made(rules: int) -> None:
    router = APIRouter(route_class=Guarded)

    async def bare() -> None: ...

    with pytest.raises(TypeError, match="exactly one rule"):
        router.add_api_route("/bare", bare, dependencies=[anyone()] * rules)


def test_a_permission_that_does_not_exist_can_not_be_demanded() -> None:
    with pytest.raises(ValueError, match="no such permission"):
        require("app.everything")


def test_the_description_is_complete() -> None:
    """The web app's types are made from it: ids, models and errors for every operation."""
    description = create_app(None).openapi()
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    assert all(one["content"] == error for one in description["components"]["responses"].values())
    seen: set[str] = set()
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            name = operation["operationId"]
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name), f"{method} {path}: {name}"
            assert name not in seen
            seen.add(name)
            assert operation["responses"].keys() >= {"401", "403", "404", "422", "429", "5XX"}, name
            assert ("security" in operation) == ((method.upper(), path) not in OPEN), name
            answers = [response for status, response in operation["responses"].items() if status.startswith(("2", "3"))]
            assert answers, f"{name} describes no answer"
            for response in answers:
                schemas = [content.get("schema") for content in response.get("content", {}).values()]
                assert {} not in schemas, f"{name} has an answer without a model"
