"""Apps: drafts that don't overwrite each other, versions that never change, checks before they count."""

import asyncio
import time
from typing import Any

import pytest

from atoll.apps import checks
from atoll.apps.checking import checked
from atoll.apps.dataflow import Places, data_flow
from atoll.apps.service import AppService
from atoll.engine.check import Report
from atoll.kit.errors import AtollError, Conflict, NotFound, TooLarge, UserError
from atoll.nodes.registry import Registry
from atoll.policy import FlowReport, Label, Policy, Rule, Zone
from tests.apps.conftest import World

WS, BY = "ws_1", "ann"


def graph(prompt: str = "{{ query }}", dataset: str = "reports", model: str = "qwen-max") -> dict[str, Any]:
    return {
        "nodes": [
            {"id": "start", "type": "input", "config": {"variable": "query"}, "ui": {"x": 1, "y": 2}},
            {"id": "find", "type": "retriever", "config": {"vector_index": dataset}},
            {"id": "say", "type": "llm", "config": {"model": model, "prompt_template": prompt}},
            {"id": "end", "type": "output"},
        ],
        "edges": [
            {"source": "start", "target": "find"},
            {"source": "find", "target": "say", "data": {"mapping": {"output": "context"}}},
            {"source": "say", "target": "end"},
        ],
    }


async def test_life_of_an_app(apps: AppService) -> None:
    app = await apps.create(WS, BY, name="报告助手", graph=graph())
    assert (app.published_version, app.updated_by) == (None, BY)
    draft = await apps.draft(WS, app.id)
    assert draft.revision == 1 and draft.graph == graph()
    assert [problem for problem in draft.problems if problem.severity == "error"] == []
    names = [name.name for name in await apps.scope(WS, app.id, "say")]
    assert "query" in names and names[-1].startswith("sys.")
    with pytest.raises(NotFound):
        await apps.scope(WS, app.id, "nobody")
    with pytest.raises(NotFound, match="no such version"):
        await apps.form(WS, app.id, "published")

    first = await apps.publish(WS, app.id, BY, "first")
    changed = await apps.save_draft(WS, app.id, "bob", graph("Please: {{ query }}"), 1)
    assert changed.revision == 2 and changed.saved_by == "bob"
    with pytest.raises(Conflict, match="bob"):
        await apps.publish(WS, app.id, BY, revision=1)  # which BY has looked at, and vouches for
    second = await apps.publish(WS, app.id, "bob", "second", 2)
    assert [version.number for version in await apps.versions(WS, app.id)] == [2, 1]
    assert first.digest != second.digest
    assert (await apps.version(WS, app.id, 1)).graph["nodes"][0]["ui"] == {"x": 1, "y": 2}
    assert (await apps.get(WS, app.id)).published_version == 2
    restored = await apps.restore(WS, app.id, BY, 1)
    assert restored.revision == 3 and restored.graph["nodes"][2]["config"]["prompt_template"] == "{{ query }}"

    runnable = await apps.runnable(WS, app.id, "published")
    assert (runnable.version, runnable.app_name) == (2, "报告助手")
    assert runnable.graph.digest() == second.digest
    assert (await apps.runnable(WS, app.id, "draft")).version is None
    assert [app.name for app in await apps.page(WS, "报告")] == ["报告助手"]
    assert await apps.page(WS, "100%_") == []
    await apps.delete(WS, app.id, BY)
    assert await apps.page(WS) == []
    for gone in (
        apps.get(WS, app.id),
        apps.draft(WS, app.id),
        apps.version(WS, app.id, 1),
        apps.publish(WS, app.id, BY),
    ):
        with pytest.raises(NotFound):
            await gone


async def test_of_two_who_save_at_once_one_is_told(apps: AppService) -> None:
    app = await apps.create(WS, BY, name="a")
    results = await asyncio.gather(
        *(apps.save_draft(WS, app.id, f"user{n}", graph(), 1) for n in range(4)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(refused) == 3
    assert {(error.code, error.params["revision"]) for error in refused} == {("draft_changed", 2)}


async def test_versions_are_numbered_without_holes_when_published_at_once(apps: AppService) -> None:
    app = await apps.create(WS, BY, name="a", graph=graph())
    await asyncio.gather(*(apps.publish(WS, app.id, BY) for _ in range(4)))
    assert [version.number for version in await apps.versions(WS, app.id)] == [4, 3, 2, 1]


@pytest.mark.parametrize(
    "broken",
    [
        {"nodes": [], "edges": []},
        {"nodes": "x"},
        {"nodes": [{"id": "a", "type": "no_such_type"}], "edges": []},
        {"nodes": [{"id": "a b", "type": "input"}], "edges": []},
        {"nodes": [{"id": "a", "type": "input", "config": {"variable": "q"}}],
         "edges": [{"source": "a", "target": "z"}]},
        {"nodes": [{"id": "a", "type": "input", "unknown": 1}], "edges": []},
        graph("{{ nobody }}"),
        graph("{% for %}"),
        {**graph(), "edges": [*graph()["edges"], {"source": "say", "target": "find"}]},
    ],
)  # fmt: skip
async def test_a_broken_graph_is_kept_as_a_draft_but_neither_published_nor_run(
    apps: AppService, broken: dict[str, Any]
) -> None:
    app = await apps.create(WS, BY, name="a")
    draft = await apps.save_draft(WS, app.id, BY, broken, 1)
    assert draft.graph == broken
    assert any(problem.severity == "error" for problem in draft.problems)
    for act in (apps.publish(WS, app.id, BY), apps.runnable(WS, app.id, "draft")):
        with pytest.raises(UserError) as caught:
            await act
        assert caught.value.code == "graph_has_problems"
        assert caught.value.params["problems"]
    assert await apps.versions(WS, app.id) == []


async def test_a_graph_that_is_too_large_is_refused(apps: AppService) -> None:
    app = await apps.create(WS, BY, name="a")
    with pytest.raises(TooLarge) as caught:
        await apps.save_draft(WS, app.id, BY, {"nodes": [], "edges": [], "ui": {"x": "y" * 8_000_001}}, 1)
    assert caught.value.code == "graph_too_large"


async def test_the_check_of_a_long_chain_stays_small(apps: AppService) -> None:
    nodes = [{"id": f"n{n}", "type": "template", "config": {"template": "x"}} for n in range(1000)]
    edges = [{"source": f"n{n}", "target": f"n{n + 1}"} for n in range(999)]
    checked = await apps.check(WS, {"nodes": nodes, "edges": edges})
    assert len(checked.ports) == 1000 and len(checked.model_dump_json()) < 1_000_000
    app = await apps.create(WS, BY, name="long", graph={"nodes": nodes, "edges": edges})
    names = [name.name for name in await apps.scope(WS, app.id, "n999")]
    assert names[1] == "n998.text" and 400 < len(names) < 520


async def test_names_inside_of_a_container(apps: AppService) -> None:
    say = {"id": "say", "type": "template", "config": {"template": "{{ item }} {{ query }}"}}
    more = {"id": "more", "type": "template", "config": {"template": "{{ input }}"}}
    inside = {"nodes": [say, more], "edges": [{"source": "say", "target": "more"}]}
    each = {"id": "each", "type": "iteration", "config": {"graph": inside}}
    start = {"id": "start", "type": "input", "config": {"variables": [{"name": "query", "type": "list"}]}}
    steps = {"nodes": [start, each], "edges": [{"source": "start", "target": "each"}]}
    assert (await apps.check(WS, steps)).problems == []
    app = await apps.create(WS, BY, name="nested", graph=steps)
    names = [name.name for name in await apps.scope(WS, app.id, "each/more")]
    assert names[:6] == ["input", "say.text", "say.passages", "item", "index", "query"]
    with pytest.raises(NotFound):
        await apps.scope(WS, app.id, "each/nobody")


async def test_the_form_of_a_run(apps: AppService) -> None:
    wanted = {"name": "kind", "type": "select", "label": "Kind", "options": ["a", "b"], "required": False}
    app = await apps.create(
        WS, BY, name="a",
        graph={"nodes": [{"id": "start", "type": "input", "config": {"variables": [wanted]}}], "edges": []},
    )  # fmt: skip
    (field,) = (await apps.form(WS, app.id, "draft")).fields
    assert (field.name, field.options, field.required, field.widget) == ("kind", ["a", "b"], False, "select")
    assert field.label["en"] == "Kind"


async def test_publishing_is_refused_where_data_would_go_too_far_and_says_the_way(
    apps: AppService, world: World
) -> None:
    world.policy = Policy(zones=(Zone("local"), Zone("public")))
    world.models = {"qwen-max": "public"}
    world.datasets = {"reports": ("local", Label("confidential"))}
    app = await apps.create(WS, BY, name="a", graph=graph())
    with pytest.raises(UserError) as caught:
        await apps.publish(WS, app.id, BY)
    (problem,) = caught.value.params["problems"]
    assert problem["code"] == "label_forbidden" and problem["node"] == "say"
    assert "find → say" in problem["message"]["en"]
    saved = await apps.save_draft(WS, app.id, BY, graph(), 1)
    assert [one.model_dump() for one in saved.problems] == [problem], "who draws is told of it before"
    report = await apps.data_flow(WS, app.id)
    assert [crossing.node for crossing in report.crossings if not crossing.allowed] == ["say"]
    world.policy = Policy(zones=world.policy.zones, rules=(Rule("local", "public", "confidential"),))
    await apps.publish(WS, app.id, BY)


async def test_resources_that_do_not_exist_are_problems(apps: AppService, world: World) -> None:
    world.stand_in = False
    app = await apps.create(WS, BY, name="a", graph=graph(dataset="nothing"))
    with pytest.raises(UserError) as caught:
        await apps.publish(WS, app.id, BY)
    codes = {(problem["code"], problem["pointer"]) for problem in caught.value.params["problems"]}
    assert {code for code, _ in codes} == {"dataset_unknown", "model_unknown"}
    assert {pointer.rpartition("/")[0] for _, pointer in codes} == {"/nodes/1/config", "/nodes/2/config"}


async def test_a_draft_with_other_faults_tells_of_its_data_flow_too_and_goes_through_it_once(
    apps: AppService, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[Places] = []

    def counted(report: Report, places: Places) -> FlowReport:
        passes.append(places)
        return data_flow(report, places)

    monkeypatch.setattr(checks, "data_flow", counted)
    world.models, world.datasets = {"qwen-max": "public"}, {"reports": ("local", Label("confidential"))}
    drawn = graph()
    drawn["nodes"] += [{"id": "half", "type": "llm", "config": {}}, {"id": "calls", "type": "subflow", "config": {}}]
    app = await apps.create(WS, BY, name="a", graph=drawn)
    found = [(one.code, one.node) for one in (await apps.draft(WS, app.id)).problems]
    assert ("label_forbidden", "say") in found and ("config_missing", "half") in found
    drawn["edges"].append({"source": "say", "target": "find"})
    found = [(one.code, one.node) for one in (await apps.save_draft(WS, app.id, BY, drawn, 1)).problems]
    assert [code for code, _ in found if "cycle" in code] == ["cycle"], "said once"
    before = len(passes)
    await apps.draft(WS, app.id)
    await apps.data_flow(WS, app.id)
    assert len(passes) == before
    world.policy = Policy(leaves_up_to="restricted")
    await apps.draft(WS, app.id)
    assert len(passes) == before + 1


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ([{"name": "a", "pattern": "EMP-#{4,8}"}, {"name": "b", "words": ["海东青"]}], []),
        ([{"name": "a", "pattern": "EMP"}], [("redaction_pattern", "/own/0/pattern")]),
        ([{"name": "a", "pattern": "(a+)+$"}], [("redaction_pattern", "/own/0/pattern")]),
        ([{"name": "a", "pattern": "#{1,9}" * 20}], [("redaction_pattern", "/own/0/pattern")]),
        ([{"name": "a", "words": ["x" * 65]}], [("redaction_pattern", "/own/0/words")]),
        ([{"name": "a", "words": ["  "]}, {"name": "b"}], [("redaction_pattern", "/own/0/words"), ("redaction_pattern", "/own/1/pattern")]),
        ([{"name": "mobile", "pattern": "#"}, {"name": "a", "pattern": "#"}, {"name": "a", "pattern": "@"}],
         [("redaction_twice", "/own/0/name"), ("redaction_twice", "/own/2/name")]),
        ([{"name": f"k{n}", "words": [f"{n} {word} {'x' * 40}" for word in range(2000)]} for n in range(20)], []),
    ],
)  # fmt: skip
def test_what_a_redaction_can_not_look_for_is_said_at_its_field(
    own: list[dict[str, Any]], told: list[tuple[str, str]]
) -> None:
    inner = {"nodes": [{"id": "hide", "type": "redact", "config": {"own": own}}], "edges": []}
    drawn = {"nodes": [{"id": "each", "type": "iteration", "config": {"graph": inner}}], "edges": []}
    started = time.process_time()
    problems = [one for one in checked(drawn, Registry())[1].problems if one.code.startswith("redaction")]
    assert time.process_time() - started < 2, "nothing is compiled"
    assert [(one.code, one.pointer.removeprefix("/nodes/0/config/graph/nodes/0/config")) for one in problems] == told
    assert all(one.node == "each/hide" and one.severity == "error" and one.message["zh"] for one in problems)


@pytest.mark.attack("S-23")
async def test_workspaces_do_not_see_each_other(apps: AppService) -> None:
    app = await apps.create(WS, BY, name="secret", graph=graph())
    await apps.publish(WS, app.id, BY)
    other = "ws_2"
    assert await apps.page(other) == []
    for act in (
        apps.get(other, app.id), apps.find(other, "secret"), apps.change(other, app.id, BY, {"name": "x"}),
        apps.delete(other, app.id, BY), apps.draft(other, app.id), apps.save_draft(other, app.id, BY, graph(), 1),
        apps.publish(other, app.id, BY), apps.versions(other, app.id), apps.version(other, app.id, 1),
        apps.restore(other, app.id, BY, 1), apps.form(other, app.id, "draft"), apps.data_flow(other, app.id),
        apps.runnable(other, app.id, "published"), apps.runnable(other, app.id, 1),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await act


def test_places_fail_closed() -> None:
    from atoll.sdk import Resource

    places = Places(Policy(), "local")
    unknown = places.place(Resource("dataset", "nothing", sends=True, gives=True))
    assert unknown.label.level == "restricted"
    assert places.place(Resource("host", "example.com", sends=True, gives=True)).zone == "public"


async def test_errors_say_what_to_do_in_both_languages(apps: AppService) -> None:
    with pytest.raises(AtollError) as caught:
        await apps.get(WS, "app_nothing")
    assert caught.value.message["en"] and caught.value.message["zh"]
