"""Apps that call apps: looked up, put in, never without end, and self-contained in a template."""

from itertools import pairwise
from typing import Any

import pytest

from atoll.apps.calls import calls
from atoll.apps.cases import Cases
from atoll.apps.dataflow import Places
from atoll.apps.exchange import Templates
from atoll.apps.fitting import Fitting
from atoll.apps.service import AppService
from atoll.db.database import Database
from atoll.engine.plan import MAX_DEPTH, compile_plan
from atoll.kit.errors import UserError
from atoll.kit.jail import Jail
from atoll.nodes.registry import Registry
from atoll.policy import Label, Policy, Zone
from tests.apps.conftest import World
from tests.apps.test_inside import edge, node

WS, BY = "ws_1", "ann"


def asking(*nodes: dict[str, Any]) -> dict[str, Any]:
    """A graph that asks for `q`, does these one after the other and gives the last one's."""
    row = [node("ask", "input", variable="q"), *nodes, node("end", "output", name="said")]
    return {"nodes": row, "edges": [edge(left["id"], right["id"]) for left, right in pairwise(row)]}


def call(app: str, id: str = "sub", **more: Any) -> dict[str, Any]:
    return node(id, "subflow", app=app, inputs={"q": "{{ q }}"}, **more)


def text(template: str = "{{ q }}!") -> dict[str, Any]:
    return node("say", "template", template=template)


async def published(apps: AppService, name: str, *nodes: dict[str, Any]) -> str:
    app = await apps.create(WS, BY, name=name, graph=asking(*nodes))
    await apps.publish(WS, app.id, BY)
    return app.id


async def problems(apps: AppService, *nodes: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    checked = await apps.check(WS, asking(*nodes))
    return [(one.code, one.pointer, one.node) for one in checked.problems if one.severity == "error"]


HERE = ("/nodes/1/config/app", "sub")


async def test_a_call_has_the_ports_of_what_it_calls(apps: AppService) -> None:
    await published(apps, "inner", text())
    checked = await apps.check(WS, asking(call("inner")))
    assert [problem.code for problem in checked.problems] == []
    ports = checked.ports["sub"]
    assert [(port.name, port.type, port.required) for port in ports.inputs] == [("q", "string", False)]
    assert [port.name for port in ports.outputs] == ["said", "citations"]
    assert set(checked.ports) == {"ask", "sub", "end"}, "what is in another app is not shown here"


async def test_what_a_run_runs_is_fixed_when_it_is_made(apps: AppService) -> None:
    inner = await published(apps, "inner", text("one"))
    app = await apps.create(WS, BY, name="outer", graph=asking(call("inner")))
    version = await apps.publish(WS, app.id, BY)
    assert calls((await apps.version(WS, app.id, version.number)).graph), "a version keeps what was drawn"
    assert "graph" not in (await apps.version(WS, app.id, version.number)).graph["nodes"][1]["config"]

    def said(graph: Any) -> Any:
        return graph.nodes[1].config["graph"]["nodes"][1]["config"]["template"]

    first = await apps.runnable(WS, app.id, "published")
    assert said(first.graph) == "one" and first.graph.nodes[1].config["version"] == "1"
    await apps.save_draft(WS, inner, BY, asking(text("two")), 1)
    await apps.publish(WS, inner, BY)
    assert said((await apps.runnable(WS, app.id, "published")).graph) == "two"
    pinned = await apps.sound(WS, asking(call("inner", version="1")))
    assert said(pinned) == "one"
    compile_plan(pinned, Registry())


async def test_apps_are_called_by_id_too_and_inside_of_containers(apps: AppService) -> None:
    inner = await published(apps, "inner", text())
    loop = node("again", "loop", graph={"nodes": [call(inner)], "edges": []})
    assert await problems(apps, loop) == []


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"app": "nobody"}, "subflow_unknown"),
        ({"app": "inner", "version": "7"}, "subflow_unknown"),
        ({"app": "drawn"}, "subflow_unknown"),
        ({"app": "twice"}, "subflow_unknown"),
        ({"app": ""}, "config_missing"),
        ({}, "config_missing"),
        ({"app": 7}, "config_invalid"),
        ({"app": "inner", "version": "newest"}, "config_invalid"),
        ({"app": "inner", "version": "embedded"}, "subflow_unresolved"),
        ({"app": "inner", "inputs": {"q": "{% if %}"}}, "template_syntax"),
        ({"app": "inner", "inputs": {"q": "{{ nobody }}"}}, "name_unknown"),
        ({"app": "inner", "inputs": {}}, "input_missing"),
    ],
)
async def test_what_can_not_be_called(apps: AppService, config: dict[str, Any], code: str) -> None:
    await published(apps, "inner", text())
    for name in ("twice", "twice"):
        await published(apps, name, text())
    await apps.create(WS, BY, name="drawn", graph=asking(text()))
    alone = {"nodes": [node("ask", "input", variable="x"), node("sub", "subflow", **config)], "edges": []}
    found = [problem.code for problem in (await apps.check(WS, alone)).problems if problem.severity == "error"]
    assert found == [code]


@pytest.mark.attack("S-18")
async def test_apps_of_another_workspace_are_not_there(apps: AppService) -> None:
    other = await apps.create("ws_2", BY, name="inner", graph=asking(text()))
    await apps.publish("ws_2", other.id, BY)
    assert await problems(apps, call("inner")) == [("subflow_unknown", *HERE)]
    assert await problems(apps, call(other.id)) == [("subflow_unknown", *HERE)]


async def test_an_app_that_calls_itself_is_refused_with_the_chain(apps: AppService) -> None:
    app = await apps.create(WS, BY, name="报告", graph=asking(text()))
    await apps.publish(WS, app.id, BY)
    draft = await apps.save_draft(WS, app.id, BY, asking(call("报告")), 1)
    (problem,) = [one for one in draft.problems if one.severity == "error"]
    assert (problem.code, problem.pointer, problem.node) == ("subflow_recursion", *HERE)
    assert "报告 → 报告" in problem.message["en"] and "报告 → 报告" in problem.message["zh"]
    for act in (apps.publish(WS, app.id, BY), apps.runnable(WS, app.id, "draft")):
        with pytest.raises(UserError):
            await act


async def test_and_through_others(apps: AppService) -> None:
    a = await apps.create(WS, BY, name="a", graph=asking(text()))
    await apps.publish(WS, a.id, BY)
    await published(apps, "b", call("a"))
    loop = node("again", "loop", graph={"nodes": [call("b")], "edges": []})
    draft = await apps.save_draft(WS, a.id, BY, asking(loop), 1)
    (problem,) = [one for one in draft.problems if one.severity == "error"]
    assert problem.code == "subflow_recursion" and "a → b → a" in problem.message["en"]
    assert (problem.pointer, problem.node) == ("/nodes/1/config/graph/nodes/0/config/app", "again/sub")
    # saved by name before the other one was: what is published by now still can't run without end
    assert await problems(apps, call("b")) == []


async def test_calls_are_nested_only_so_deep(apps: AppService) -> None:
    await published(apps, "app0", text())
    for level in range(1, MAX_DEPTH):
        await published(apps, f"app{level}", call(f"app{level - 1}"))
    assert await problems(apps, call(f"app{MAX_DEPTH - 1}")) == []
    await published(apps, "deepest", call(f"app{MAX_DEPTH - 1}"))
    assert await problems(apps, call("deepest")) == [("graph_too_deep", *HERE)]


@pytest.mark.attack("S-85", "S-101")
async def test_many_calls_of_many_calls_are_refused_before_they_are_made(apps: AppService) -> None:
    await published(apps, "leaf", text())
    for name, below in (("ten", "leaf"), ("hundred", "ten")):
        await published(apps, name, *(call(below, f"c{at}") for at in range(10)))
    found = await problems(apps, *(call("hundred", f"c{at}") for at in range(10)))
    assert [code for code, _, _ in found] == ["graph_too_many_nodes"]


async def test_labels_and_places_of_everything_inside_count(apps: AppService, world: World) -> None:
    world.policy = Policy(zones=(Zone("local"), Zone("public")))
    world.models = {"qwen": "public"}
    world.datasets = {"secret": ("local", Label("confidential"))}
    find = node("find", "retriever", vector_index="secret", query="{{ q }}")
    await published(apps, "inner", find)
    ask = node("say", "llm", model="qwen", prompt_template="{{ sub.said }}")
    app = await apps.create(WS, BY, name="outer", graph=asking(call("inner"), ask))
    (problem,) = (await apps.data_flow(WS, app.id)).problems
    assert (problem.code, problem.node) == ("label_forbidden", "say")
    assert "secret" in problem.message["en"]

    inner = await apps.create(
        WS, BY, name="sends", graph=asking(ask | {"config": {"model": "qwen", "prompt_template": "{{ q }}"}})
    )
    await apps.publish(WS, inner.id, BY)
    both = asking(find | {"id": "look"}, call("sends"))
    other = await apps.create(WS, BY, name="outer 2", graph=both)
    (problem,) = (await apps.data_flow(WS, other.id)).problems
    assert (problem.pointer, problem.node) == ("/nodes/2/config/app", "sub"), "said where the app is called"


async def test_a_called_app_that_broke_meanwhile_is_said_once(apps: AppService, world: World) -> None:
    await published(apps, "gone", text())
    await published(apps, "middle", call("gone"))
    await apps.delete(WS, (await apps.find(WS, "gone")).id, BY)
    assert await problems(apps, call("middle")) == [("subflow_unknown", *HERE)]


@pytest.fixture
def templates(db: Database, apps: AppService, world: World) -> Templates:
    async def places(_: str) -> Places:
        return await world.places(_)

    return Templates(db, apps, Registry(), places, {}, Cases(db, Fitting(Jail("parser"))))


async def test_a_template_brings_what_it_calls(apps: AppService, templates: Templates) -> None:
    await published(apps, "leaf", node("find", "retriever", vector_index="reports", query="{{ q }}"))
    await published(apps, "inner", call("leaf"))
    outer = await published(apps, "outer", call("inner"))
    _, file = await templates.export(WS, outer)
    for name in ("leaf", "inner"):
        await apps.delete(WS, (await apps.find(WS, name)).id, BY)
    plan = await templates.plan(WS, file)
    assert plan.ok and plan.datasets == {"reports": "reports"}
    installed = await templates.install(WS, BY, file, name="again")
    graph = (await apps.runnable(WS, installed.id, "draft")).graph
    inner = graph.nodes[1].config
    assert inner["version"] == "embedded" and inner["graph"]["nodes"][1]["config"]["version"] == "embedded"
    compile_plan(graph, Registry())


async def test_a_template_of_what_can_not_be_looked_up_is_refused(apps: AppService, templates: Templates) -> None:
    app = await apps.create(WS, BY, name="outer", graph=asking(call("nobody")))
    with pytest.raises(UserError) as refused:
        await templates.export(WS, app.id, "draft")
    assert refused.value.code == "graph_has_problems"
