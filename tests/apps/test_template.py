"""A template as a file: its form, what is refused, and that no secret gets into one."""

from typing import Any

import orjson
import pytest

from atoll.apps.dataflow import Places
from atoll.apps.template import FORMAT, MAX_TEMPLATE, digest, dump, read
from atoll.apps.template_plan import export
from atoll.apps.template_secrets import hide, reveal
from atoll.kit.errors import UserError
from atoll.nodes.registry import Registry
from atoll.policy import Label, Policy, Zone

CATALOGUE = Registry()
PLACES = Places(
    Policy(), "local", {"qwen-max": "public"}, {"reports": ("local", Label("internal")), "ds_1": ("local", Label())}
)


def assistant(index: str = "reports") -> dict[str, Any]:
    return {
        "nodes": [
            {"id": "input_1", "type": "input", "config": {"variable": "user_query"}, "ui": {"x": 1}},
            {"id": "find", "type": "retriever", "config": {"vector_index": index, "query": "{{ user_query }}"}},
            {
                "id": "llm_1",
                "type": "llm",
                "config": {"model": "qwen-max", "prompt_template": "{{ context }} 问题:{{ user_query }}"},
            },
            {"id": "answer", "type": "answer", "config": {"template": "{{ llm_1.text }}"}},
        ],
        "edges": [
            {"source": "input_1", "target": "find"},
            {"source": "find", "target": "llm_1", "data": {"mapping": {"output": "context"}}},
            {"source": "llm_1", "target": "answer"},
        ],
    }


def made(graph: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    given = {"name": "助手", "version": "1", "catalogue": CATALOGUE, "places": PLACES} | more
    return export(graph or assistant(), **given)


def signed(template: dict[str, Any], **change: Any) -> dict[str, Any]:
    changed = {**template, **change}
    return {**changed, "digest": digest(changed)}


def test_what_a_template_holds() -> None:
    template = made(description="d", permissions={"analyst": ["run.create", "app.read"]})
    assert template["format"] == FORMAT
    assert template["models"] == {"qwen-max": {"kind": "chat", "zone": "public"}}
    assert template["datasets"] == {"reports": {"zone": "local", "label": {"level": "internal", "tags": []}}}
    assert template["node_types"] == {"answer": "1", "input": "1", "llm": "1", "retriever": "1"}
    assert template["permissions"] == {"analyst": ["app.read", "run.create"]}
    assert template["secrets"] == {}
    assert "{{ context }} 问题:" in dump(template).decode()
    assert read(dump(template)).name == "助手"


def test_ids_of_datasets_become_names() -> None:
    template = made(assistant("ds_1"), dataset_names={"ds_1": "internal_reports"})
    assert list(template["datasets"]) == ["internal_reports"]
    assert "ds_1" not in dump(template).decode()


def test_the_same_graph_gives_the_same_bytes() -> None:
    graph = assistant()
    shuffled = orjson.loads(orjson.dumps(graph, option=orjson.OPT_SORT_KEYS))
    assert dump(made(graph)) == dump(made(shuffled))
    lines = dump(made()).decode().splitlines()
    assert len(lines) > 50  # a line per value: Git shows what changed


def test_how_an_app_chats_goes_along() -> None:
    chat = {"opening": "Ask about **reports**.", "suggestions": ["What changed?"], "memory_turns": 3}
    template = read(dump(made({**assistant(), "chat": chat})))
    assert template.graph["chat"] == chat
    assert "chat" not in read(dump(made())).graph
    with pytest.raises(UserError) as fault:
        read(signed(made(), graph={**assistant(), "chat": {"opening": 5}}))
    assert (fault.value.code, fault.value.pointer) == ("template_invalid", "/graph/chat/opening")


def test_default_parameters_are_listed() -> None:
    graph = assistant()
    graph["nodes"][0]["config"]["variables"] = [
        {"name": "language", "default": "中文"},
        {"name": "n", "type": "number"},
    ]
    assert made(graph)["parameters"] == {"language": "中文"}


def test_a_graph_with_problems_is_not_exported() -> None:
    graph = assistant()
    graph["nodes"][2]["config"]["prompt_template"] = "{{ nobody }}"
    with pytest.raises(UserError) as fault:
        made(graph)
    assert fault.value.code == "graph_has_problems"


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("raw", "code", "pointer"),
    [
        (b"{", "template_not_json", ""),
        (b"\xff\xfe", "template_not_json", ""),
        (b'{"a":' * 100_000, "template_not_json", ""),
        (b"[]", "template_invalid", ""),
        (None, "template_invalid", ""),
        (b" " * (MAX_TEMPLATE + 1), "template_too_large", ""),
        ({"format": FORMAT, "x": "y" * (MAX_TEMPLATE + 1)}, "template_too_large", ""),
        ({"format": "atoll.template/9"}, "template_format_unknown", "/format"),
        ({}, "template_format_unknown", "/format"),
        ({"format": FORMAT}, "template_invalid", "/name"),
        ({"format": FORMAT, "x": deep(100)}, "template_too_deep", ""),
        ({"format": FORMAT, "x": float("nan") and {1, 2}}, "template_invalid", ""),
    ],
)
@pytest.mark.attack("S-64")
def test_files_that_are_no_template(raw: Any, code: str, pointer: str) -> None:
    with pytest.raises(UserError) as fault:
        read(raw)
    assert (fault.value.code, fault.value.pointer) == (code, pointer)
    assert set(fault.value.message) == {"en", "zh"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"surprise": 1}, "/surprise"),
        ({"name": ""}, "/name"),
        ({"name": 3}, "/name"),
        ({"version": 1}, "/version"),
        ({"models": {"a": {"kind": "magic"}}}, "/models/a/kind"),
        ({"models": {"a/b": {"extra": 1}}}, "/models/a~1b/extra"),
        ({"datasets": {"a": {}}}, "/datasets/a/label"),
        ({"node_types": {"llm": 1}}, "/node_types/llm"),
        ({"permissions": {"owner": "all"}}, "/permissions/owner"),
        ({"graph": []}, "/graph"),
        ({"graph": {"nodes": [{"id": "1 2", "type": "llm"}]}}, "/graph/nodes/0/id"),
        ({"graph": {"nodes": [], "run": "rm"}}, "/graph/run"),
        ({"graph": {"nodes": [{"id": f"n{at}", "type": "note"} for at in range(2001)]}}, "/graph/nodes"),
        ({"signatures": "x"}, "/signatures"),
    ],
)
@pytest.mark.attack("S-64")
def test_a_form_that_is_wrong(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(UserError) as fault:
        read(signed(made(), **change))
    assert (fault.value.code, fault.value.pointer) == ("template_invalid", pointer)
    assert fault.value.message["zh"].startswith("模板的 ") and "nput" not in fault.value.message["zh"]


@pytest.mark.parametrize("change", [{"description": "other"}, {"digest": "sha256:0"}, {"parameters": {"a": 1}}])
@pytest.mark.attack("S-64")
def test_a_template_changed_by_hand_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UserError) as fault:
        read({**made(), **change})
    assert (fault.value.code, fault.value.pointer) == ("template_digest_wrong", "/digest")


def test_signatures_are_outside_of_the_digest() -> None:
    assert read({**made(), "signatures": [{"key": "k", "value": "v"}]}).signatures


def request(**config: Any) -> dict[str, Any]:
    node = {"id": "call", "type": "http_request", "config": {"url": "https://api.example.com", **config}}
    return {"nodes": [{"id": "in_1", "type": "input", "config": {"variable": "q"}}, node], "edges": []}


@pytest.mark.parametrize(
    ("config", "role"),
    [
        ({"headers": {"Authorization": "Bearer hunter2"}}, "call.Authorization"),
        ({"headers": {"x-api-key": "hunter2"}}, "call.x-api-key"),
        ({"headers": {"X-Auth-Token": "hunter2"}}, "call.X-Auth-Token"),
        ({"headers": {"Ocp-Apim-Subscription-Key": "hunter2"}}, "call.Ocp-Apim-Subscription-Key"),
        ({"headers": {"Cookie": "s=hunter2"}}, "call.Cookie"),
        ({"url": "https://api.example.com/a?q={{ q }}&api_key=hunter2&n=1"}, "call.api_key"),
        ({"url": "https://api.example.com/a?access_token=hunter2"}, "call.access_token"),
        ({"apiKey": "hunter2"}, "call.apiKey"),
        ({"list": [{"name": "Authorization", "value": "hunter2"}]}, "call.Authorization"),
        ({"variables": [{"name": "password", "default": "hunter2"}]}, "call.password"),
    ],
)
@pytest.mark.attack("S-65")
def test_secrets_are_taken_out_and_put_back(config: dict[str, Any], role: str) -> None:
    graph = request(**config)
    plain, found = hide(graph)
    assert list(found) == [role]
    assert found[role].startswith("/nodes/1/config/")
    assert "hunter2" not in str(plain)
    assert "hunter2" in str(graph)
    secret = "Bearer hunter2" if role == "call.Authorization" and "headers" in config else "hunter2"
    secret = "s=hunter2" if role == "call.Cookie" else secret
    assert reveal(plain, {role: secret}) == graph
    assert reveal(plain, {}) == plain


@pytest.mark.parametrize(
    "config",
    [
        {"headers": {"Authorization": "Bearer {{ token }}", "Accept": "application/json"}},
        {"headers": {"X-Api-Key": ""}},
        {"url": "https://api.example.com/a?page=2&key_word=x"},
        {"max_tokens": 100, "tokenizer": "bpe", "secretary": "Ada", "authority": "x"},
        {"body": "Ask for the password and the token: they are needed."},
    ],
)
def test_what_is_no_secret_stays(config: dict[str, Any]) -> None:
    graph = request(**config)
    assert hide(graph) == (graph, {})


@pytest.mark.parametrize(
    "config",
    [
        {"body": '{"k": "sk-abcdefghijklmnopqrstuvwxyz"}'},
        {"code": "api_key = 'abcdef1234567890'"},
        {"url": "https://user:pass@api.example.com/"},
        {"prompt": "-----BEGIN RSA PRIVATE KEY-----"},
        {"body": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"},
        {"body": "Authorization: Bearer abcdefghijklmnop1234"},
        {"x": ["AKIAABCDEFGHIJKLMNOP"]},
    ],
)
@pytest.mark.attack("S-65")
def test_secrets_in_other_places_refuse_the_export(config: dict[str, Any]) -> None:
    with pytest.raises(UserError) as fault:
        hide(request(**config))
    assert fault.value.code == "template_has_secret"
    assert str(fault.value.pointer).startswith("/graph/nodes/1/config/")
    for secret in ("sk-abc", "abcdef1234567890", "user:pass", "eyJ", "AKIA"):
        assert secret not in repr(fault.value.as_dict())


def test_no_secret_of_a_header_gets_into_the_file() -> None:
    graph = request(headers={"Authorization": "Bearer hunter2", "Accept": "*/*"}, body="{{ q }}")
    graph["nodes"][0]["config"]["variables"] = [{"name": "api_key", "default": "hunter2"}]
    graph["edges"] = [{"source": "in_1", "target": "call", "data": {"mapping": {"api_key": "token"}}}]
    template = made(graph)
    assert b"hunter2" not in dump(template)
    assert template["secrets"]["call.Authorization"] == {"pointer": "/graph/nodes/1/config/headers/Authorization"}
    assert template["graph"]["edges"][0]["data"]["mapping"] == {"api_key": "token"}
    assert read(dump(template))


def test_what_people_entered_leaves_only_where_policy_lets_it() -> None:
    zones = (Zone("local"), Zone("public"))
    assert Places(Policy(zones=zones), "local").may_leave(Label("confidential"))
    away = Policy(zones=zones, destination="public", input_label=Label("confidential"))
    assert not Places(away, "local").may_leave(away.input_label)
