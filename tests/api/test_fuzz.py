"""Every route that takes JSON, given bodies that are nearly right: no answer of 500, and every refusal of the one shape."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atoll.api.app import create_app, routes
from atoll.cli.instance import Instance
from atoll.cli.serve import services_of
from atoll.kit.settings import Settings
from tests.api.conftest import GRAPH, WORD, Browser, published

DESCRIPTION = create_app(None).openapi()
ROUTES = {
    str(route.operation_id): (method, path.replace(":path}", "}"))  # as the description writes it
    for path, route in routes()
    for method in sorted(route.methods)
    if route.body_field is not None
}
EXAMPLES = 40
GOOD: dict[str, Any] = {"graph": GRAPH, "inputs": {"query": "x"}, "role": "analyst", "version": "draft", "node": "say"}
GOOD["second_factor_required"] = "nobody"  # else who tries is locked out until they have one
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**400]),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(["", " ", "\0", "a\0b", "\x1b[2J", "\u202e", "\ufffe", "x" * 70_000, "{{ x }}", "../..", "%s", "'", "🐚"]),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=4), st.none(), max_size=2),
    st.integers(1, 1200).map(lambda depth: _nested(depth)),
)  # fmt: skip


def _nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


SMALLEST = {  # what is right where the description does not say enough
    "graph": GRAPH,
    "inputs": {"query": "x"},
    "name": "name",
    "username": "zoe",
    "password": WORD,
    "base_url": "https://models.example/v1",
    "zone": "local",
    "levels": ["public", "internal"],
    "zones": [{"name": "local"}],
    "template": {"format": "atoll.template/1"},
    "cron": "0 9 * * *",
    "time_zone": "UTC",
    "missed": "once",
    "kind": "schedule",
    "second_factor_required": "nobody",
}


def _right(schema: dict[str, Any], name: str = "") -> Any:
    """One value that the description allows."""
    if "$ref" in schema:
        schema = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if name in SMALLEST:
        return SMALLEST[name]
    if "anyOf" in schema:
        return _right(schema["anyOf"][0])
    if "enum" in schema or "const" in schema:
        return (schema.get("enum") or [schema["const"]])[-1]
    if "properties" in schema:
        return {key: _right(one, key) for key, one in schema["properties"].items()}
    kinds: dict[str, Any] = {"array": [], "string": "text", "integer": 1, "number": 0.5, "boolean": True}
    return kinds.get(schema.get("type", ""), {"levels": ["public"], "zones": [{"name": "local"}]})


@st.composite
def _one_wrong(draw: st.DrawFn, schema: dict[str, Any]) -> Any:
    """A right body with one value in it replaced, at any depth."""
    body = json.loads(json.dumps(_right(schema)))
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in value if isinstance(value, dict) else range(len(value)):
            places.append((value, key))
            if isinstance(value[key], dict | list):
                walk(value[key])

    walk(body)
    if places:
        holder, key = draw(st.sampled_from(places))
        holder[key] = draw(JUNK)
    return body


def _like(schema: dict[str, Any], name: str = "") -> st.SearchStrategy[Any]:
    """What the description allows there, and sometimes something else."""
    if "$ref" in schema:
        schema = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if name in GOOD:
        return st.one_of(st.just(GOOD[name]), st.just(GOOD[name]), JUNK)
    if "anyOf" in schema:
        return st.one_of(*(_like(one) for one in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return st.one_of(st.sampled_from(schema.get("enum") or [schema["const"]]), JUNK)
    match schema.get("type"):
        case "object" if "properties" in schema:
            needed = {key: _like(one, key) for key, one in schema["properties"].items()}
            return st.one_of(st.fixed_dictionaries({}, optional=needed), st.fixed_dictionaries(needed), JUNK)
        case "array":
            return st.one_of(st.lists(_like(schema["items"]), max_size=3), JUNK)
        case "string":
            return st.one_of(st.text(st.characters(codec="utf-8"), max_size=20), st.just("name"), JUNK)
        case "integer":
            return st.one_of(st.integers(0, 5), JUNK)
        case "boolean":
            return st.one_of(st.booleans(), JUNK)
    return JUNK


def _written(value: Any, spoil: str) -> bytes:
    """JSON as text, with what only text can hold: NaN, half a character, a key twice, something after its end."""
    text = json.dumps(value)  # NaN, Infinity and numbers of any length go as they are
    match spoil:
        case "twice":
            text = re.sub(r'^\{("[^"]*": )', r"{\1null, \1", text)
        case "half":
            text = text.replace('""', '"\\ud800"').replace('"name"', '"\\udfff"', 1)
        case "cut":
            text = text[: len(text) * 2 // 3]
        case "more":
            text += "}"
        case "raw":
            return text.encode().replace(b"a", b"\xff", 1)
    return text.encode()


@dataclass
class World:
    """One instance for all of it, in a loop of its own: hypothesis calls from outside of any loop."""

    runner: asyncio.Runner
    browser: Browser
    ids: dict[str, str]

    def ask(self, method: str, path: str, content: bytes | None = None) -> httpx2.Response:
        filled = re.sub(r"\{(\w+)\}", lambda match: self.ids.get(match[1], "1"), path)
        headers = {"Content-Type": "application/json"} if content is not None else {}
        return self.runner.run(self.browser.request(method, filled, content=content, headers=headers))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with asyncio.Runner() as runner:
        folder: Path = tmp_path_factory.mktemp("fuzz")
        instance = Instance(Settings(data=folder / "data", web=folder / "web"))
        services = services_of(instance, sandbox=lambda: {"available": False, "reason": None})
        browser = Browser(create_app(services))
        runner.run(_open(instance))
        runner.run(browser.set_up())
        yield World(runner, browser, runner.run(_things(browser)))
        runner.run(browser.aclose())
        runner.run(instance.stop())


async def _open(instance: Instance) -> None:
    await instance.open()
    instance.worker.start()


async def _things(browser: Browser) -> dict[str, str]:
    app_id = await published(browser)
    run = await browser.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "x"}})
    user = {"username": "bob", "password": WORD, "role": "analyst"}
    provider = {"name": "p", "base_url": "https://models.example/v1", "zone": "local"}
    trigger = {"kind": "schedule", "name": "t", "cron": "0 9 * * *"}
    return {
        "app_id": app_id,
        "run_id": run.json()["id"],
        "dataset_id": (await browser.post("/api/v1/datasets", json={"name": "d"})).json()["id"],
        "user_id": (await browser.post("/api/v1/users", json=user)).json()["id"],
        "trigger_id": (await browser.post(f"/api/v1/apps/{app_id}/triggers", json=trigger)).json()["id"],
        "provider_id": (await browser.post("/api/v1/providers", json=provider)).json()["id"],
    }


def _must_be_of_the_one_shape(answer: httpx2.Response, said: str) -> None:
    assert answer.status_code < 500, f"{said}: {answer.text[:500]}"
    if answer.is_error:
        error = answer.json()["error"]
        assert set(error) == {"code", "message", "pointer", "params", "request_id"}, said
        assert re.fullmatch(r"[a-z][a-z0-9_]*", error["code"]) and error["request_id"], said
        assert error["message"]["en"].strip() and error["message"]["zh"].strip(), said
        assert "Traceback" not in answer.text, said


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_nearly_right_bodies(world: World, name: str) -> None:
    method, path = ROUTES[name]
    operation = DESCRIPTION["paths"][path][method.lower()]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    spoils = st.sampled_from(["", "", "", "", "", "", "twice", "half", "cut", "more", "raw"])
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )  # fmt: skip
    @given(st.one_of(_one_wrong(schema), _one_wrong(schema), _like(schema)), spoils)
    def tried(body: Any, spoil: str) -> None:
        content = _written(body, spoil)
        answer = world.ask(method, path, content)
        statuses.add(answer.status_code)
        _must_be_of_the_one_shape(answer, f"{method} {path} {content[:300]!r}")

    tried()
    assert statuses & {400, 413, 415, 422, 429}, "nothing was refused: the bodies were not wrong"


def test_what_was_taken_can_be_read_again(world: World) -> None:
    """Comes after the bodies above: what they left behind is listed, shown and exported without a fault."""
    for path, route in routes():
        if "GET" in route.methods and "event" not in path:
            _must_be_of_the_one_shape(world.ask("GET", path), path)
    apps = world.ask("GET", "/api/v1/apps").json()["items"]
    for app in apps:
        for part in ("draft", "inputs?version=draft", "data-flow", "template"):
            _must_be_of_the_one_shape(world.ask("GET", f"/api/v1/apps/{app['id']}/{part}"), part)
    assert apps
