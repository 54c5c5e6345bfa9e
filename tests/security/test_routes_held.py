"""What holds on every route at once: CSRF, owners of keys, the exact table of roles, and secrets that never come back."""

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from atoll.api.app import create_app, routes
from atoll.api.guard import SAFE, rule_of
from atoll.cli.instance import Instance
from atoll.cli.serve import services_of
from atoll.kit.clock import now_ms
from atoll.kit.settings import Settings
from atoll.workspaces.access import ROLE_PERMISSIONS
from tests.api.conftest import GRAPH, Browser, People
from tests.llm.peer import HELLO, Asked, peer, whole
from tests.product import Client, serving

ROUTES = [
    (method, path, str(route.operation_id), rule_of(route).permission)
    for path, route in routes()
    for method in sorted(route.methods)
]
CHANGING = [(method, path) for method, path, _, permission in ROUTES if method not in SAFE and permission is not None]

# Who may do what, written out: a permission that moves to another role is seen in a review of this table.
LOOK = "list_apps get_app get_draft list_versions get_version get_inputs get_data_flow check_graph export_template"
LOOK += " list_node_types get_graph_schema list_runs get_run list_cases get_scope list_models list_providers get_system"
LOOK += " list_incidents list_triggers get_trigger preview_schedule"
READ = f"{LOOK} get_run_graph get_run_node get_run_events list_datasets"
READ += " get_dataset list_documents search_dataset get_document list_chunks get_page get_page_image get_document_file"
READ += " list_evaluations get_evaluation list_conversations get_conversation list_turns"
STOP = "cancel_run stop_evaluation"
OPERATE = f"{STOP} retry_document change_trigger"
RUN = f"{STOP} start_run resume_run add_conversation change_conversation delete_conversation add_turn"
RUN += " start_evaluation regenerate_turn set_feedback fire_trigger"
BUILD = "create_app change_app delete_app save_draft publish_app restore_version plan_template install_template"
BUILD += " create_dataset change_dataset delete_dataset add_document delete_document retry_document"
BUILD += " add_case change_case delete_case"
BUILD += " pause_run continue_run set_run_variable fork_run try_node look_up_mcp_tools"
BUILD += " add_trigger change_trigger delete_trigger rotate_secret drop_old_secret get_app_access get_dataset_access"
PEOPLE = "list_users list_roles list_groups list_invitations list_sso_providers get_security"
ADMIN = "add_user change_user add_api_key delete_api_key add_provider change_provider delete_provider test_provider"
ADMIN += " set_policy add_role change_role delete_role add_group change_group delete_group set_app_access"
ADMIN += " set_dataset_access add_invitation delete_invitation list_user_sessions end_user_sessions"
ADMIN += " add_sso_provider change_sso_provider delete_sso_provider test_sso_provider set_security"
ADMIN += " add_secret change_secret delete_secret"
SECRETS = {"list_secrets", "get_secret_keys"}
AUDIT = "list_audit_records list_audit_actions check_audit export_audit".split()
MAY = {
    "analyst": {*READ.split(), *RUN.split()},
    "auditor": {*READ.split(), *PEOPLE.split(), "list_api_keys", "get_policy", *SECRETS, *AUDIT},
    "operator": {*LOOK.split(), *OPERATE.split()},
    "editor": {*READ.split(), *RUN.split(), *BUILD.split(), *PEOPLE.split(), "get_policy", *SECRETS},
    "admin": {
        *READ.split(),
        *RUN.split(),
        *BUILD.split(),
        *ADMIN.split(),
        *PEOPLE.split(),
        "list_api_keys",
        "get_policy",
        *AUDIT,
        *SECRETS,
    },
}
MAY["owner"] = MAY["admin"]


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    made = Instance(Settings(data=tmp_path / "data", web=tmp_path / "web"))
    await made.open()
    made.worker.start()
    yield made
    await made.stop()


@pytest.fixture
async def people(instance: Instance) -> AsyncIterator[People]:
    services = services_of(instance, sandbox=lambda: {"available": False, "reason": None})
    async with AsyncExitStack() as stack:
        yield People(create_app(services), services, stack)


@pytest.fixture
async def owner(people: People) -> AsyncIterator[Browser]:
    async with Browser(people.app) as browser:
        await browser.set_up()
        yield browser


def _filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: "1" if match[1] == "number" else "nothing", path)


@pytest.mark.attack("S-19")
def test_the_table_of_roles_is_this_one() -> None:
    guarded = {name: permission for _, _, name, permission in ROUTES if permission not in (None, "signed-in")}
    for role, may in MAY.items():
        assert {name for name, permission in guarded.items() if permission in ROLE_PERMISSIONS[role]} == may, role


@pytest.mark.attack("S-72")
async def test_a_cookie_alone_changes_nothing_on_any_route(owner: Browser) -> None:
    token = owner.headers.pop("X-Atoll-CSRF")
    assert len(CHANGING) > 25
    for method, path in CHANGING:
        for headers in (
            {},
            {"X-Atoll-CSRF": token[:-1] + "g"},
            {"X-Atoll-CSRF": token, "Origin": "https://evil.example"},
        ):
            answer = await owner.request(method, _filled(path), json={}, headers=headers)
            assert answer.status_code == 403, f"{method} {path} {headers}: {answer.status_code}"
            assert answer.json()["error"]["code"] in ("csrf_wrong", "origin_wrong")
    assert (await owner.get("/api/v1/session")).status_code == 200  # not signed out by one of them


@pytest.mark.attack("S-72")
async def test_another_persons_token_is_no_token(owner: Browser, people: People) -> None:
    editor = await people.member(owner, "editor")
    owner.headers["X-Atoll-CSRF"] = editor.headers["X-Atoll-CSRF"]
    answer = await owner.post("/api/v1/apps", json={"name": "a"})
    assert answer.json()["error"]["code"] == "csrf_wrong"


@pytest.mark.parametrize("how", ["disabled", "made weaker", "deleted", "expired"])
@pytest.mark.attack("S-11", "S-27")
async def test_a_key_follows_its_owner_on_every_route(owner: Browser, people: People, how: str) -> None:
    admin = await people.member(owner, "admin")
    new = {"name": "k", "role": "admin", "expires_at": now_ms() + 100_000}
    made = (await admin.post("/api/v1/api-keys", json=new)).json()
    person = (await admin.get("/api/v1/session")).json()["user"]["id"]
    async with Browser(people.app) as program:
        program.headers["Authorization"] = f"Bearer {made['key']}"
        assert (await program.get("/api/v1/apps")).status_code == 200
        match how:
            case "disabled":
                assert (await owner.patch(f"/api/v1/users/{person}", json={"disabled": True})).status_code == 200
            case "made weaker":
                assert (await owner.patch(f"/api/v1/users/{person}", json={"role": "analyst"})).status_code == 200
            case "deleted":
                assert (await owner.delete(f"/api/v1/api-keys/{made['id']}")).status_code == 204
            case "expired":
                async with people.services.db.begin() as tx:
                    await tx.execute(text("UPDATE api_keys SET expires_at = 1"))
                people.services.workspaces.forget()
        for method, path, name, permission in ROUTES:
            if permission in (None, "signed-in"):
                continue
            answer = await program.request(method, _filled(path), json={})
            if how == "made weaker":
                assert (answer.status_code == 403) == (name not in MAY["analyst"]), f"{method} {path}"
            else:
                assert answer.status_code == 401, f"{method} {path}"


def _everything_said(client: Client, ids: dict[str, str]) -> Any:
    """Each answer to a GET with what there is, and the stream of the run's events."""
    for method, path, name, _ in ROUTES:
        if method == "GET":
            filled = re.sub(r"\{(\w+)\}", lambda match: ids.get(match[1], "1"), path)
            reply = client.get(filled)
            yield name, reply.text + json.dumps(dict(reply.headers))
    yield "stream", json.dumps(list(client.events(ids["run_id"])))


def _canaries(client: Client, url: str) -> tuple[dict[str, str], dict[str, str]]:
    """(secrets by what they are, ids of what holds them)."""
    secret = {"provider key": "sk-canary-provider-1", "password": "canary password 2", "header": "canary-header-3"}
    provider = {"name": "canary", "base_url": url, "zone": "local", "api_key": secret["provider key"],
                "models": [{"name": "canary-model", "kind": "chat"}]}  # fmt: skip
    added = client.call("POST", "/providers", provider, expect=201)
    client.call("POST", "/users", {"username": "bob", "password": secret["password"], "role": "editor"}, expect=201)
    key = client.call("POST", "/api-keys", {"name": "k", "role": "editor"}, expect=201)
    secret |= {"api key": key["key"], "session": client.cookies["atoll_session"]}
    call = {"url": f"{url}/fetch", "headers": {"Authorization": f"Bearer {secret['header']}"}}
    nodes = [*GRAPH["nodes"], {"id": "ask", "type": "llm", "config": {"model": "canary-model", "prompt_template": "Hi"}},
             {"id": "call", "type": "http_request", "config": call}]  # fmt: skip
    edges = [*GRAPH["edges"], {"source": "start", "target": "ask"}, {"source": "start", "target": "call"}]
    app = client.call("POST", "/apps", {"name": "c", "graph": {"nodes": nodes, "edges": edges}}, expect=201)
    run = client.run(app["id"], {"query": "x"})
    hook = client.call("POST", f"/apps/{app['id']}/triggers", {"kind": "webhook", "name": "h"}, expect=201)
    secret["webhook"] = hook["secret"]
    tried = client.call("POST", f"/triggers/{hook['id']}/fire", {"body": {"query": "x"}}, expect=422)  # a draft
    probe = client.call("POST", f"/providers/{added['id']}/test", {})
    ids = {"app_id": app["id"], "run_id": run["id"], "provider_id": added["id"], "node": "ask", "key_id": key["id"],
           "trigger_id": hook["id"]}  # fmt: skip
    return secret, {**ids, "said": json.dumps([added, run, probe, tried])}


@pytest.mark.parametrize("how", ["well", "quoting what it was sent"])
@pytest.mark.attack("S-22", "S-71")
def test_no_secret_comes_back_in_any_answer_event_export_or_log(tmp_path: Path, how: str) -> None:
    model = HELLO if how == "well" else whole(401, {"error": {"message": "Wrong API key: sk-canary-provider-1"}})
    loop, ready, stop, url = asyncio.new_event_loop(), threading.Event(), asyncio.Event(), []

    async def serve() -> None:
        async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
            await (whole(200, {"fetched": True}) if asked.path.endswith("/fetch") else model)(asked, writer)

        async with peer(answer) as server:
            url.append(server.url)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    settings = {"ATOLL_SAMPLE": "false", "LOG_LEVEL": "DEBUG", "ATOLL_HTTP_ALLOW": "127.0.0.1"}
    try:
        assert ready.wait(10)
        with serving(tmp_path / "data", **settings) as product:
            client = product.client()
            client.set_up()
            secret, ids = _canaries(client, url[0])
            allowed = {("header", name) for name in ("get_draft", "get_run_graph")}  # the builder's own
            for name, answered in [*_everything_said(client, ids), ("made", ids["said"])]:
                for what, value in secret.items():
                    assert value not in answered or (what, name) in allowed, f"{what} came back from {name}"
                assert "$argon2" not in answered, name
            with pytest.raises(httpx2.HTTPError):
                product.kill()
                client.get("/health/live")
            log = product.log.read_text()
            stored = (product.data / "atoll.db").read_bytes() + (product.data / "atoll.db-wal").read_bytes()
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
    for what, value in secret.items():
        assert value not in log, f"{what} is in the log"
        assert value.encode() not in stored or what == "header", f"{what} is stored in the clear"
