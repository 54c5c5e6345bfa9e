"""What holds on every route at once: CSRF, owners of keys and the exact table of roles. Secrets: test_canary.py."""

import re

import pytest
from sqlalchemy import text

from atoll.api.app import routes
from atoll.api.guard import SAFE, rule_of
from atoll.kit.clock import now_ms
from atoll.workspaces.people.access import ROLE_PERMISSIONS
from tests.api.conftest import Browser, People, _plain_logs, app, instance, owner, people, services, settings

__all__ = ["_plain_logs", "app", "instance", "owner", "people", "services", "settings"]

ROUTES = [
    (method, path, str(route.operation_id), rule_of(route).permission)
    for path, route in routes()
    for method in sorted(route.methods)
]
CHANGING = [(method, path) for method, path, _, permission in ROUTES if method not in SAFE and permission is not None]

# Who may do what, written out: a permission that moves to another role is seen in a review of this table.
LOOK = "list_apps get_app get_draft list_versions get_version get_inputs get_data_flow check_graph export_template"
LOOK += " list_node_types get_graph_schema list_runs get_run list_cases get_scope list_models list_providers get_system"
LOOK += " list_incidents list_triggers get_trigger preview_schedule list_approvers"
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
ADMIN = "add_user change_user delete_user add_api_key delete_api_key add_provider change_provider"
ADMIN += " delete_provider test_provider"
ADMIN += (
    " set_policy get_policy_effects add_role change_role delete_role add_group change_group delete_group set_app_access"
)
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
