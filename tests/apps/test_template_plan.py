"""A template planned against what is here: what is missing, what would change, what is forbidden."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atoll.apps.dataflow import Places
from atoll.apps.template import Template, digest, dump, read
from atoll.apps.template_binding import Bindings, bound
from atoll.apps.template_plan import Environment, export, plan
from atoll.kit.errors import UserError
from atoll.nodes.registry import Registry
from atoll.policy import Label, Policy, Zone
from atoll.sdk import Node, Output

CATALOGUE = Registry()
POLICY = Policy(zones=(Zone("local"), Zone("public"), Zone("branch")))
PLACES = Places(
    POLICY,
    "local",
    {"qwen-max": "public", "home": "local"},
    {"reports": ("local", Label("internal")), "secret": ("local", Label("confidential"))},
    stand_in=False,
)
HERE = Environment(CATALOGUE, PLACES)


def graph(model: str = "qwen-max", index: str = "reports", **headers: str) -> dict[str, Any]:
    return {
        "nodes": [
            {
                "id": "input_1",
                "type": "input",
                "config": {"variable": "q", "variables": [{"name": "tone", "default": "short"}]},
            },
            {"id": "find", "type": "retriever", "title": "Retrieve", "config": {"vector_index": index}},
            {"id": "llm_1", "type": "llm", "title": "Ask", "config": {"model": model, "prompt_template": "{{ find.documents }}"}},
            {"id": "call", "type": "http_request", "config": {"url": "https://a.example.com", "headers": headers}},
            {"id": "answer", "type": "answer", "config": {"template": "{{ llm_1.text }}"}},
        ],
        "edges": [
            {"source": "input_1", "target": "find"},
            {"source": "find", "target": "llm_1"},
            {"source": "input_1", "target": "call"},
            {"source": "llm_1", "target": "answer"},
        ],
    }  # fmt: skip


def template(places: Places = PLACES, **kinds: str) -> Template:
    made = export(graph(**kinds), name="App", version="1", catalogue=CATALOGUE, places=places)
    return read(dump(made))


def changed(base: Template, **change: Any) -> Template:
    raw = {**base.model_dump(mode="json"), **change}
    return read({**raw, "digest": digest(raw)})


def codes(found: list[dict[str, Any]]) -> list[str]:
    return [one.get("code") or one["kind"] for one in found]


def test_all_is_here() -> None:
    found = plan(template(), HERE)
    assert found.ok
    assert found.as_dict()["bindings"] == {"models": {"qwen-max": "qwen-max"}, "datasets": {"reports": "reports"}}
    assert [one["kind"] for one in found.changes] == ["app"]
    assert "beside" in plan(template(), replace(HERE, names=frozenset({"App"}))).changes[0]["message"]["en"]


def test_what_is_missing_is_named_and_bound() -> None:
    elsewhere = replace(PLACES, models={"qwen-max": "public", "gpt": "local"}, datasets={"other": ("local", Label())})
    away = template(elsewhere, model="gpt", index="other")
    found = plan(away, HERE)
    assert not found.ok
    assert [(one["kind"], one["role"], one["pointer"]) for one in found.missing] == [
        ("model", "gpt", "/models/gpt"),
        ("dataset", "other", "/datasets/other"),
    ]
    assert all(set(one["message"]) == {"en", "zh"} for one in found.missing)
    assert found.forbidden == []
    chosen = Bindings.from_json({"models": {"gpt": "home"}, "datasets": {"other": "reports"}})
    assert plan(away, HERE, chosen).ok
    installed = bound(away, CATALOGUE, chosen)
    assert [node["config"].get("model") or node["config"].get("vector_index") for node in installed["nodes"][1:3]] == [
        "reports",
        "home",
    ]


def test_what_an_agents_tools_use_is_bound_too() -> None:
    find = {"name": "find", "dataset": "reports"}
    again = {"name": "again", "kind": "node", "node": "retriever", "config": {"vector_index": "secret"}}
    config = {"model": "home", "query": "{{ q }}", "tools": [find, again]}
    whole = {"nodes": [{"id": "ask", "type": "input", "config": {"variable": "q"}}, {"id": "do", "type": "agent", "config": config}],
             "edges": [{"source": "ask", "target": "do"}]}  # fmt: skip
    made = read(dump(export(whole, name="App", version="1", catalogue=CATALOGUE, places=PLACES)))
    assert set(made.datasets) == {"reports", "secret"}
    put = bound(made, CATALOGUE, Bindings(datasets={"reports": "r2", "secret": "s2"}))
    tools = put["nodes"][1]["config"]["tools"]
    assert (tools[0]["dataset"], tools[1]["config"]["vector_index"]) == ("r2", "s2")


def test_the_offline_model_stands_in_where_it_may() -> None:
    away = template(replace(PLACES, stand_in=True), model="gpt")
    assert codes(plan(away, HERE).missing) == ["model"]
    found = plan(away, replace(HERE, places=replace(PLACES, stand_in=True)))
    assert found.ok
    assert "offline model" in found.changes[0]["message"]["en"]


def test_the_policy_here_decides_with_the_bindings_here() -> None:
    found = plan(template(), HERE, Bindings(datasets={"reports": "secret"}))
    assert codes(found.forbidden) == ["label_forbidden"]
    assert found.forbidden[0]["pointer"] == "/graph/nodes/2/config/model"
    assert (
        "Dataset “secret” (confidential, zone local) → Retrieve → Ask → model “qwen-max” in zone public"
        in (found.forbidden[0]["message"]["en"])
    )
    assert plan(template(), HERE, Bindings({"qwen-max": "home"}, {"reports": "secret"})).ok


def test_a_weaker_label_here_is_told() -> None:
    places = replace(PLACES, datasets={"reports": ("local", Label("confidential", frozenset({"pii"})))})
    found = plan(template(replace(places, models={"qwen-max": "local"})), HERE)
    assert "dataset" in codes(found.changes)


def test_secrets_have_to_be_entered_or_left_open() -> None:
    away = template(Authorization="Bearer hunter2")
    found = plan(away, HERE)
    assert [(one["kind"], one["role"]) for one in found.missing] == [("secret", "call.Authorization")]
    assert found.missing[0]["pointer"] == "/graph/nodes/3/config/headers/Authorization"
    chosen = Bindings(secrets={"call.Authorization": "Bearer other"})
    entered = plan(away, HERE, chosen)
    assert entered.ok
    assert "other" not in repr(entered.as_dict()) + repr(chosen)
    assert bound(away, CATALOGUE, chosen)["nodes"][3]["config"]["headers"] == {"Authorization": "Bearer other"}
    assert plan(away, HERE, Bindings(secrets={"call.Authorization": ""})).ok


def test_an_unknown_node_type_is_missing_and_nothing_else_is_said() -> None:
    raw = template().graph
    raw["nodes"].append({"id": "x", "type": "teleport"})
    found = plan(changed(template(), graph=raw, node_types={"teleport": "3"}), HERE)
    assert [(one["kind"], one["role"], one["pointer"]) for one in found.missing] == [
        ("node_type", "teleport", "/graph/nodes/5/type")
    ]
    assert found.forbidden == []


def test_another_version_of_a_node_type_is_told() -> None:
    class Newer(Node):
        name = "answer"
        version = "2"
        outputs = (Output("text"),)
        Config = CATALOGUE["answer"].Config

    found = plan(template(), replace(HERE, catalogue={**CATALOGUE, "answer": Newer}))
    assert "version 2 here" in found.changes[0]["message"]["en"]


def test_a_cycle_is_a_problem_with_a_pointer() -> None:
    raw = template().graph
    raw["edges"].append({"source": "llm_1", "target": "find"})
    found = plan(changed(template(), graph=raw), HERE)
    assert not found.ok
    assert "cycle" in codes(found.forbidden)
    assert all(one["pointer"].startswith("/graph/") for one in found.forbidden)


def test_a_dataset_that_the_tables_hide_is_forbidden() -> None:
    found = plan(changed(template(), datasets={}), HERE)
    assert codes(found.forbidden) == ["template_role_unlisted"]
    assert found.forbidden[0]["pointer"] == "/graph/nodes/1/config/vector_index"


def test_parameters_are_put_in() -> None:
    other = changed(template(), parameters={"tone": "long", "unknown": 1})
    assert bound(other, CATALOGUE, Bindings())["nodes"][0]["config"]["variables"][0]["default"] == "long"


def test_permissions_that_differ_are_told_not_given() -> None:
    found = plan(
        changed(template(), permissions={"analyst": ["app.write", "run.create"]}),
        replace(HERE, permissions={"analyst": ["run.create"]}),
    )
    assert "app.write" in found.changes[-1]["message"]["en"]


@pytest.mark.parametrize(
    "value", [[], "x", {"models": []}, {"models": {"a": 1}}, {"tools": {}}, {"secrets": {"a": None}}]
)
def test_bindings_that_can_not_be_read(value: Any) -> None:
    with pytest.raises(UserError) as fault:
        Bindings.from_json(value)
    assert fault.value.code == "bindings_invalid"


def test_a_binding_for_no_role() -> None:
    with pytest.raises(UserError) as fault:
        plan(template(), HERE, Bindings(models={"a/b": "x"}))
    assert (fault.value.code, fault.value.pointer) == ("binding_unknown", "/bindings/models/a~1b")


def test_no_bindings_at_all() -> None:
    assert Bindings.from_json(None) == Bindings.from_json({}) == Bindings()


names = st.text(min_size=1, max_size=20).filter(lambda name: name.strip() == name and "\x00" not in name)


@settings(max_examples=60)
@given(
    model=names, index=names, secret=st.text(min_size=1, max_size=30), title=st.text(max_size=40), seed=st.integers()
)
def test_export_install_export_is_the_same_file(model: str, index: str, secret: str, title: str, seed: int) -> None:
    places = replace(PLACES, models={model: "local"}, datasets={index: ("local", Label())})
    here = replace(HERE, places=places)
    first = graph(model, index, Authorization=secret)
    first["nodes"][0]["title"] = title
    first["nodes"][1]["ui"] = {"x": random.Random(seed).random()}
    options: dict[str, Any] = {"name": "App", "version": "1", "catalogue": CATALOGUE, "places": places}
    file = dump(export(first, **options))
    away = read(file)
    chosen = Bindings(secrets=dict.fromkeys(away.secrets, secret))
    assert plan(away, here, chosen).ok
    installed = bound(away, CATALOGUE, chosen)
    assert dump(export(installed, **options)) == file
    assert installed["nodes"][3]["config"]["headers"]["Authorization"] == secret
