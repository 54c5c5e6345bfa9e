"""Every route, asked by what its own description allows and by what it does not, by a person, a program and an analyst.

Schemathesis makes the requests and knows what an answer may be. `make fuzz EXAMPLES=200 SEED=7` asks for longer.
"""

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, Response
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.python import asgi
from schemathesis.specs.openapi import checks

from atoll.api.app import create_app
from atoll.cli.instance import Instance
from atoll.cli.serve import services_of
from atoll.kit.settings import Settings
from tests.api.conftest import GRAPH, HOST, WORD

EXAMPLES = int(os.environ.get("EXAMPLES", "1"))  # of each kind, for each route
SEED = int(os.environ.get("SEED", "1"))
APP: list[Any] = []  # the one of the world, while there is one


async def asked(scope: Any, receive: Any, send: Any) -> None:
    """Every request comes from this machine, where setting up needs no token."""
    await APP[0]({**scope, "client": ("127.0.0.1", 1)} if scope["type"] == "http" else scope, receive, send)


SCHEMA = schemathesis.openapi.from_dict(create_app(None).openapi())
SCHEMA.app = asked
SCHEMA.config.generation.with_security_parameters = False  # the callers have their own
OPERATIONS = {one.definition.raw["operationId"]: one for one in (found.ok() for found in SCHEMA.get_all_operations())}
ANYTHING = {
    "add_document",
    "receive_hook",
    "test_provider",
    "test_sso_provider",
}  # no request of theirs is of a wrong form
RIGHT: dict[str, Any] = {  # what is right where the description does not say enough, by the name of a field
    "graph": GRAPH,
    "inputs": {"query": "x"},
    "version": "draft",
    "node": "say",
    "role": "analyst",
    "username": "zoe",
    "password": WORD,
    "base_url": "https://models.example/v1",
    "cron": "0 9 * * *",
    "time_zone": "UTC",
    "template": {"format": "atoll.template/1"},
    "second_factor_required": "nobody",  # else who tries is locked out until they have one
}
ODD = [None, True, [], {}, 0, -1, 2**31, 2**53, 2**63, -(2**63) - 1, 10**400, 1e308, "", "\0", "a\0b", "\x1b[2J", "\u202e",
       "\ufffe", "x" * 70_000, "{{ x }}", "../..", "%s", "' OR 1=1 --", "🐚"]  # fmt: skip


def of_the_one_shape(_: CheckContext, response: Response, __: Case) -> None:
    """What the schema of an error can't say: both languages, and never a trace."""
    if response.status_code >= 400:
        error = response.json()["error"]
        assert set(error) == {"code", "message", "pointer", "params", "request_id"}
        assert re.fullmatch(r"[a-z][a-z0-9_]*", error["code"]) and error["request_id"]
        assert error["message"]["en"].strip() and error["message"]["zh"].strip()
        assert "Traceback" not in response.text


CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    of_the_one_shape,
]


@dataclass
class World:
    """One instance for all of it. `callers`: their headers by kind; `things`: ids by the names of paths."""

    client: asgi.ASGIClient
    callers: dict[str, dict[str, str]] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    asked_for_auth: set[str] = field(default_factory=set)

    def made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(f"http://{HOST}/api/v1/{path}", json=body, headers=self.callers.get("person"))
        assert answer.status_code == 201, f"{path}: {answer.text}"
        if cookie := answer.headers.get("set-cookie"):
            self.callers["person"] = {"Cookie": cookie.partition(";")[0], "X-Atoll-CSRF": answer.json()["csrf"]}
            self.client.cookies.clear()
        return dict(answer.json())

    def ask(self, case: Case, caller: str) -> None:
        headers = self.callers[caller]
        response = case.call(f"http://{HOST}", session=self.client, headers=headers)
        wanted = [*CHECKS, *([checks.ignored_auth] if case.operation.label not in self.asked_for_auth else [])]
        case.validate_response(response, wanted, headers=headers, transport_kwargs={"session": self.client})
        if response.status_code < 300:
            self.asked_for_auth.add(case.operation.label)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("fuzz")
    instance = Instance(Settings(data=folder / "data", web=folder / "web"))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await instance.open()
        instance.worker.start()
        app.state.services = services_of(instance, sandbox=lambda: {"available": False, "reason": None})
        yield
        await instance.stop()

    APP.append(create_app(None, lifespan))
    with asgi.get_client(asked) as client:
        made = World(client)
        _furnish(made)
        yield made
    asgi.shutdown_lifespans()
    APP.clear()


def _furnish(world: World) -> None:
    world.made("setup", {"username": "ann", "password": WORD})
    for name, role in (("program", "admin"), ("analyst", "analyst")):
        world.callers[name] = {"Authorization": f"Bearer {world.made('api-keys', {'name': name, 'role': role})['key']}"}
    app_id = world.made("apps", {"name": "hello", "graph": GRAPH})["id"]
    world.made(f"apps/{app_id}/publish", {})
    provider = {"name": "p", "base_url": "https://models.example/v1", "zone": "local"}
    trigger = {"kind": "schedule", "name": "t", "cron": "0 9 * * *"}
    world.things = {
        "app_id": app_id,
        "run_id": world.made(f"apps/{app_id}/runs", {"inputs": {"query": "x"}})["id"],
        "dataset_id": world.made("datasets", {"name": "d"})["id"],
        "user_id": world.made("users", {"username": "bob", "password": WORD, "role": "analyst"})["id"],
        "trigger_id": world.made(f"apps/{app_id}/triggers", trigger)["id"],
        "provider_id": world.made("providers", provider)["id"],
    }


@st.composite
def _nearly_right(draw: st.DrawFn, body: Any) -> Any:
    """Fields that the description says too little of are right, and sometimes one is odd."""
    if isinstance(body, dict) and body:
        body = {key: RIGHT.get(key, value) for key, value in body.items()}
        if draw(st.booleans()):
            body[draw(st.sampled_from(sorted(body)))] = draw(st.sampled_from(ODD))
    return body


@pytest.mark.attack("S-01", "S-101")
@pytest.mark.parametrize("name", sorted(OPERATIONS, key=lambda name: (OPERATIONS[name].method == "get", name)))
def test_a_route_answers_as_it_says(world: World, name: str) -> None:
    """Those that only read come last: they show what the others have left behind."""
    operation = OPERATIONS[name]
    method = operation.method.upper()
    known = {} if method == "DELETE" else world.things  # what is deleted is gone for the next
    parts = {part: known[part] for part in re.findall(r"\{(\w+)\}", operation.path) if part in known}
    right = operation.as_strategy(GenerationMode.POSITIVE, path_parameters=parts or None)
    takes = (operation.body or operation.query) and name not in ANYTHING
    wrong = operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=parts or None)
    # a person who signs out, or in again, has no session for what comes after
    callers = st.sampled_from([one for one in world.callers if one != "person" or name not in ("sign_out", "sign_in")])

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def tried(data: st.DataObject) -> None:
        case = data.draw(right)
        if case.media_type == "application/json":
            case.body = data.draw(_nearly_right(case.body))
        world.ask(case, data.draw(callers))
        if takes:
            world.ask(data.draw(wrong), data.draw(callers))

    tried()
