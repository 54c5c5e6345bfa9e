"""One of everything in a workspace, and requests that fit any route: ids for its path, a body made of its schema."""

import re
from typing import Any

import httpx2

from atoll.api.app import create_app, routes
from atoll.api.guard import rule_of
from tests.api.conftest import GRAPH, WORD, Browser, published

Things = dict[str, str]

ROUTES = [(method, path, route) for path, route in routes() for method in sorted(route.methods)]
DOCUMENT = create_app(None).openapi()
# Where a schema alone does not say what a route takes.
GIVEN: dict[str, dict[str, Any]] = {
    "start_run": {"inputs": {"query": "x"}},
    "save_draft": {"graph": GRAPH, "base_revision": 1},
    "resume_run": {"node": "say", "decision": "skip"},
    "set_run_variable": {"name": "conversation.x", "value": 1},
    "set_feedback": {"vote": None},
    "add_trigger": {"kind": "webhook", "name": "t"},
    "change_trigger": {"name": "t"},
    "set_app_access": {"open": True, "grants": []},
    "set_dataset_access": {"open": True, "grants": []},
    "change_secret": {"about": "mine"},
    "change_user": {"disabled": True},
    "change_sso_provider": {"name": "mine"},
    "add_api_key": {"name": "k", "role": "analyst"},
    "add_user": {"username": "somebody", "password": WORD, "role": "analyst"},
    "add_invitation": {"name": "i", "role": "analyst"},
    "set_policy": {},
    "get_policy_effects": {"levels": ["public"], "zones": [{"name": "local"}]},
}
PARAMETERS = {"get_scope": {"node": "say"}, "preview_schedule": {"cron": "0 9 * * *", "time_zone": "UTC"}}


async def one_of_everything(browser: Browser, mark: str) -> Things:
    """By the names that paths use; an SSO provider is `sso_provider_id`. Every name and text has `mark` in it."""

    async def made(path: str, body: dict[str, Any], field: str = "id") -> str:
        answer = await browser.post(f"/api/v1{path}", json=body)
        assert answer.status_code == 201, f"{path}: {answer.text}"
        return str(answer.json()[field])

    say = {"id": "say", "type": "template", "config": {"template": mark + " {{ query }}"}}
    graph = {**GRAPH, "nodes": [say if node["id"] == "say" else node for node in GRAPH["nodes"]]}
    things: Things = {"number": "1", "node": "say", "mark": mark}
    things["app_id"] = app_id = await published(browser, graph, f"{mark} app")
    things["run_id"] = await made(f"/apps/{app_id}/runs", {"inputs": {"query": mark}})
    things["case_id"] = await made(f"/apps/{app_id}/cases", {"name": f"{mark} case", "inputs": {"query": mark}})
    things["evaluation_id"] = await made(f"/apps/{app_id}/evaluations", {})
    things["trigger_id"] = await made(f"/apps/{app_id}/triggers", {"kind": "webhook", "name": f"{mark} hook"})
    chat = await published(browser, {**graph, "chat": {}}, f"{mark} chat")
    things["conversation_id"] = await made(f"/apps/{chat}/conversations", {"title": f"{mark} talk"})
    things["dataset_id"] = await made("/datasets", {"name": f"{mark} reports"})
    upload = {"file": (f"{mark}.txt", f"A text about {mark} gold.".encode(), "text/plain")}
    answer = await browser.post(f"/api/v1/datasets/{things['dataset_id']}/documents", files=upload)
    things["document_id"] = answer.json()["id"]
    provider = {"name": f"{mark} model host", "base_url": "https://models.example/v1", "zone": "local",
                "models": [{"name": f"{mark}-model", "kind": "chat"}]}  # fmt: skip
    things["provider_id"] = await made("/providers", provider)
    things["user_id"] = await made("/users", {"username": f"{mark}-bob", "password": WORD, "role": "analyst"})
    things["role_id"] = await made("/roles", {"name": f"{mark} role", "permissions": ["app.read"]})
    things["group_id"] = await made("/groups", {"name": f"{mark} group", "members": [things["user_id"]]})
    things["invitation_id"] = await made("/invitations", {"name": f"{mark} guest", "role": "analyst"})
    things["key_id"] = await made("/api-keys", {"name": f"{mark} key", "role": "analyst"})
    secret = {"name": f"{mark.upper()}_SECRET", "value": f"{mark}-secret-value", "hosts": ["x.example"]}
    things["secret_id"] = await made("/secrets", secret)
    sso = {
        "name": f"{mark} sign-on",
        "issuer": "https://id.example",
        "client_id": f"{mark}-client",
        "client_secret": "x",
    }
    things["sso_provider_id"] = await made("/sso-providers", sso)
    things["session_id"] = (await browser.get("/api/v1/session/sessions")).json()["items"][0]["id"]
    await browser.put("/api/v1/policy", json=(await browser.get("/api/v1/policy")).json())
    return things


def names_in(path: str) -> list[str]:
    """Of the ids in a route's path, as `Things` has them."""
    found = re.findall(r"\{(\w+)", path)
    return ["sso_provider_id" if name == "provider_id" and "/sso" in path else name for name in found]


def filled(path: str, things: Things) -> str:
    """Fails for a route with an id that there is none of: make one in `one_of_everything`."""
    missing = [name for name in names_in(path) if name not in things]
    assert not missing, f"{path}: nothing stands for {missing}; make one of it in tests/isolation/things.py"
    names = iter(names_in(path))
    return re.sub(r"\{\w+(?::\w+)?\}", lambda _: things[next(names)], path)


def unknown(things: Things) -> Things:
    return {name: value if name in ("number", "node") else f"{name}_nothing" for name, value in things.items()}


async def ask(browser: httpx2.AsyncClient, method: str, path: str, route: Any, body: Any = None) -> httpx2.Response:
    """`path` is filled already. Without a `body` one that the route takes."""
    name = str(route.operation_id)
    if method in ("GET", "DELETE") and body is None and not schema_of(name):
        return await browser.request(method, path, params=PARAMETERS.get(name))
    if name == "add_document":
        return await browser.request(method, path, files={"file": ("a.txt", b"Some text.", "text/plain")})
    return await browser.request(method, path, json=body if body is not None else body_of(name))


def body_of(name: str) -> Any:
    """The least that an operation takes."""
    return GIVEN.get(name) or _sample(schema_of(name) or {})


def schema_of(name: str) -> dict[str, Any] | None:
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            if operation["operationId"] == name and "requestBody" in operation:
                found: dict[str, Any] = next(iter(operation["requestBody"]["content"].values()))["schema"]
                return found
    return None


def _sample(schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _sample(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "default" in schema:
        return schema["default"]
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "anyOf" in schema:
        return _sample(schema["anyOf"][0])
    match schema.get("type"):
        case "object":
            wanted = schema.get("required") or list(schema.get("properties", {}))[:1]
            return {name: _sample(schema["properties"][name]) for name in wanted}
        case "array":
            return []
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    return "x" * schema.get("minLength", 1)


def properties(schema: dict[str, Any], seen: tuple[str, ...] = ()) -> set[str]:
    """The names in a request's schema, however deep."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return set() if name in seen else properties(DOCUMENT["components"]["schemas"][name], (*seen, name))
    found: set[str] = set()
    inner = [schema["items"]] if schema.get("items") else []
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ()), *inner):
        found |= properties(part, seen)
    for name, value in schema.get("properties", {}).items():
        found |= {name} | properties(value, seen)
    return found


def changes(route: Any, method: str) -> bool:
    return rule_of(route).records(method)
