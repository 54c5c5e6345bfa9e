"""What apps say of nodes inside of containers: names, places, labels, templates, versions, sizes."""

from dataclasses import replace
from typing import Any

import pytest

from atoll.apps.checking import scope
from atoll.apps.dataflow import data_flow
from atoll.apps.service import AppService
from atoll.apps.template import digest, dump, read
from atoll.apps.template_binding import Bindings, bound
from atoll.apps.template_plan import export, plan
from atoll.engine.check import check
from atoll.engine.graph import MAX_NODES
from atoll.kit.errors import UserError
from atoll.nodes.registry import Registry
from atoll.policy import Label
from tests.apps.test_template_plan import HERE, PLACES, changed

CATALOGUE = Registry()
WS, BY = "ws_1", "ann"
INSIDE = "/nodes/1/config/graph"


def edge(source: str, target: str, **mapping: str) -> dict[str, Any]:
    return {"source": source, "target": target, "data": {"mapping": mapping}}


def node(id: str, type: str, **config: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "config": config}


def nested(model: str = "qwen-max", index: str = "reports", **headers: str) -> dict[str, Any]:
    """Every question of a list, searched for and answered two levels down."""
    row = [
        node("find", "retriever", vector_index=index, query="{{ item }}"),
        node("say", "llm", model=model, prompt_template="{{ find.documents }} {{ index }}"),
        node("call", "http_request", url="https://a.example.com", headers=headers),
    ]
    again = node("again", "loop", most=1, graph={"nodes": row, "edges": [edge("find", "say"), edge("find", "call")]})
    return {
        "nodes": [
            node("ask", "input", variables=[{"name": "questions", "type": "list"}]),
            node("each", "iteration", graph={"nodes": [again], "edges": []}),
            node("end", "output"),
        ],
        "edges": [edge("ask", "each"), edge("each", "end")],
    }


SAY = f"{INSIDE}/nodes/0/config/graph/nodes/1"


def test_the_names_that_a_node_inside_may_use() -> None:
    report = check(nested(), CATALOGUE)
    offered = scope(report, "each/again/say")
    assert offered is not None
    assert [(one.name, one.source) for one in offered][:7] == [
        ("prompt", "find"), ("find.documents", "find"), ("find.count", "find"), ("index", "again"), ("item", "each"),
        ("questions", "ask"), ("sys.run_id", ""),
    ]  # fmt: skip
    assert scope(report, "each/nobody") is None and scope(report, "ask/say") is None


def test_ports_inside_are_given_under_their_paths() -> None:
    assert set(check(nested(), CATALOGUE).ports()) == {
        "ask", "each", "each/again", "each/again/find", "each/again/say", "each/again/call", "end"
    }  # fmt: skip


def test_what_crosses_a_zone_inside_is_said_of_the_node_inside() -> None:
    places = replace(PLACES, local_hosts=("a.example.com",))
    crossings = data_flow(check(nested(), CATALOGUE), places).crossings
    assert {(one.node, one.kind, one.from_zone, one.to_zone) for one in crossings} == {
        ("each/again/say", "model", "local", "public"), ("each/again/say", "model", "public", "local")
    }  # fmt: skip


def test_what_may_not_cross_inside_is_refused_with_its_place() -> None:
    (problem,) = data_flow(check(nested(index="secret"), CATALOGUE), PLACES).problems[:1]
    assert (problem.code, problem.pointer, problem.node) == (
        "label_forbidden", f"{SAY}/config/model", "each/again/say")  # fmt: skip
    assert (
        "Dataset “secret” (confidential, zone local) → each/again/find → each/again/say → model “qwen-max”"
        in problem.message["en"]
    )


def test_what_a_container_gives_has_the_label_of_what_is_inside() -> None:
    places = replace(PLACES, local_hosts=("a.example.com",))
    report = data_flow(check(nested(model="home", index="secret"), CATALOGUE), places)
    assert report.problems == []
    assert report.labels["end"] == report.labels["each"] == report.labels["each/again/say"]
    assert report.labels["each"].level == "confidential"


def test_what_does_not_exist_is_named_where_it_stands() -> None:
    problems = data_flow(check(nested(model="gone", index="lost"), CATALOGUE), PLACES).problems
    assert {(one.code, one.pointer) for one in problems} >= {
        ("model_unknown", f"{SAY}/config/model"),
        ("dataset_unknown", f"{INSIDE}/nodes/0/config/graph/nodes/0/config/vector_index"),
    }
    assert len([one for one in problems if one.code == "model_unknown"]) == 1


def test_a_template_has_the_roles_and_secrets_of_nodes_inside() -> None:
    made = read(
        dump(export(nested(Authorization="Bearer hunter2"), name="A", version="1", catalogue=CATALOGUE, places=PLACES))
    )
    assert set(made.models) == {"qwen-max"} and set(made.datasets) == {"reports"}
    assert {"loop", "iteration", "llm", "retriever", "http_request"} <= set(made.node_types)
    ((role, secret),) = made.secrets.items()
    assert secret.pointer == f"/graph{INSIDE}/nodes/0/config/graph/nodes/2/config/headers/Authorization"
    assert "hunter2" not in dump(made.model_dump()).decode()

    chosen = Bindings({"qwen-max": "home"}, {"reports": "open"}, {role: "Bearer other"})
    here = replace(HERE, places=replace(PLACES, datasets={"open": ("local", Label("public"))}))
    assert plan(made, here, chosen).ok
    row = bound(made, CATALOGUE, chosen)["nodes"][1]["config"]["graph"]["nodes"][0]["config"]["graph"]["nodes"]
    assert [row[0]["config"]["vector_index"], row[1]["config"]["model"]] == ["open", "home"]
    assert row[2]["config"]["headers"] == {"Authorization": "Bearer other"}


def test_installing_finds_what_is_missing_forbidden_and_unlisted_inside() -> None:
    elsewhere = replace(PLACES, models={"gpt": "local"}, datasets={"other": ("local", Label())})
    away = read(dump(export(nested("gpt", "other"), name="A", version="1", catalogue=CATALOGUE, places=elsewhere)))
    assert [(one["kind"], one["role"]) for one in plan(away, HERE).missing] == [("model", "gpt"), ("dataset", "other")]

    hidden = changed(away, datasets={})
    (forbidden,) = [one for one in plan(hidden, HERE).forbidden if one["code"] == "template_role_unlisted"]
    assert forbidden["pointer"] == f"/graph{INSIDE}/nodes/0/config/graph/nodes/0/config/vector_index"

    raw = away.model_dump(mode="json")
    raw["graph"]["nodes"][1]["config"]["graph"]["nodes"].append({"id": "x", "type": "teleport"})
    unknown = plan(read({**raw, "digest": digest(raw)}), HERE).missing
    assert ("node_type", "teleport", f"/graph{INSIDE}/nodes/1/type") in [
        (one["kind"], one["role"], one["pointer"]) for one in unknown
    ]


async def test_publishing_says_what_is_wrong_inside(apps: AppService) -> None:
    app = await apps.create(WS, BY, name="a", graph=nested(index="nowhere"))
    with pytest.raises(UserError) as refused:
        await apps.publish(WS, app.id, BY)
    assert {(p["code"], p["node"]) for p in refused.value.params["problems"]} >= {
        ("dataset_unknown", "each/again/find")
    }


async def test_moving_a_node_inside_is_not_a_new_version(apps: AppService) -> None:
    app = await apps.create(WS, BY, name="a", graph=nested())
    first = await apps.publish(WS, app.id, BY)
    moved = nested()
    moved["nodes"][1]["config"]["graph"]["nodes"][0] |= {"ui": {"x": 5}, "title": "Again"}
    await apps.save_draft(WS, app.id, BY, moved, 1)
    second = await apps.publish(WS, app.id, BY)
    assert second.digest == first.digest
    kept = (await apps.version(WS, app.id, second.number)).graph
    assert kept["nodes"][1]["config"]["graph"]["nodes"][0]["ui"] == {"x": 5}


async def test_nodes_are_counted_over_all_levels(apps: AppService) -> None:
    graph = nested()
    body = [node(f"n{at}", "template", template="x") for at in range(MAX_NODES)]
    graph["nodes"][1]["config"]["graph"]["nodes"] = body
    assert "graph_too_many_nodes" in [problem.code for problem in (await apps.check(WS, graph)).problems]
