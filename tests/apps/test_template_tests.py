"""Test cases in templates: out and in again with the app, in one transaction; older files without any; secrets; bad ones."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from atoll.apps import template as template_form
from atoll.apps.cases import Cases
from atoll.apps.exchange import Templates
from atoll.apps.expectations import CaseForm
from atoll.apps.fitting import Fitting
from atoll.apps.service import AppService
from atoll.db.database import Database
from atoll.kit.errors import UserError
from atoll.kit.jail import Jail
from atoll.nodes.registry import Registry
from tests.apps.conftest import World

GRAPH: dict[str, Any] = {
    "nodes": [
        {
            "id": "start",
            "type": "input",
            "config": {"variables": [{"name": "q"}, {"name": "api_key", "required": False}]},
        },
        {"id": "ask", "type": "llm", "config": {"model": "qwen-max", "prompt_template": "{{ q }}"}},
    ],
    "edges": [{"source": "start", "target": "ask"}],
}
CASES: list[dict[str, Any]] = [
    {
        "name": "净利润",
        "inputs": {"q": "增长多少？"},
        "expect": [{"contains": ["9.8", "%"]}, {"equals": None, "not": True}],
    },
    {
        "name": "form",
        "inputs": {"q": "x"},
        "expect": [{"schema": {"type": "string"}}, {"judge": "short", "model": "qwen-max"}],
    },
    {"name": "bare", "inputs": {"q": "y"}, "expect": []},
]


@pytest.fixture
async def cases(db: Database) -> AsyncIterator[Cases]:
    jail = Jail("parser")
    yield Cases(db, Fitting(jail))
    await jail.stop()


@pytest.fixture
def templates(db: Database, apps: AppService, world: World, cases: Cases) -> Templates:
    return Templates(db, apps, Registry(), world.places, {}, cases)


async def exported(apps: AppService, cases: Cases, templates: Templates, *forms: dict[str, Any]) -> bytes:
    app = await apps.create("ws_1", "ann", name="a", graph=GRAPH)
    for form in forms:
        await cases.add("ws_1", app.id, "ann", CaseForm.model_validate(form))
    return (await templates.export("ws_1", app.id))[1]


async def test_cases_go_out_and_come_in_as_they_were(apps: AppService, cases: Cases, templates: Templates) -> None:
    file = await exported(apps, cases, templates, *CASES)
    assert orjson.loads(file)["tests"] == CASES
    plan = await templates.plan("ws_2", file)
    assert plan.tests == 3 and any(change["kind"] == "tests" for change in plan.changes)
    app = await templates.install("ws_2", "bob", file)
    installed = await cases.page("ws_2", app.id)
    assert [one.name for one in installed] == ["净利润", "form", "bare"] and installed[0].updated_by == "bob"
    assert (await templates.export("ws_2", app.id))[1] == file


async def test_a_judges_model_is_bound_like_the_graphs(apps: AppService, cases: Cases, templates: Templates) -> None:
    file = await exported(apps, cases, templates, *CASES)
    app = await templates.install("ws_2", "bob", file, {"models": {"qwen-max": "glm"}})
    judged = (await cases.page("ws_2", app.id))[1].expect[1]
    assert judged.model_dump() == {"output": "", "judge": "short", "model": "glm"}


async def test_a_template_without_tests_is_the_one_of_before(
    apps: AppService, cases: Cases, templates: Templates
) -> None:
    """Versions that know no tests read it, and files that they wrote still fit their digest."""
    file = await exported(apps, cases, templates)
    assert b'"tests"' not in file
    read = template_form.read(file)
    assert read.tests == [] and (await templates.plan("ws_1", file)).tests == 0
    app = await templates.install("ws_1", "ann", file)
    assert await cases.page("ws_1", app.id) == []


async def test_the_digest_covers_the_tests(apps: AppService, cases: Cases, templates: Templates) -> None:
    value = orjson.loads(await exported(apps, cases, templates, *CASES))
    value["tests"][0]["expect"] = []
    with pytest.raises(UserError) as caught:
        template_form.read(value)
    assert caught.value.code == "template_digest_wrong"


@pytest.mark.parametrize(
    ("tests", "pointer"),
    [
        ("x", "/tests"),
        ([5], "/tests/0"),
        ([{"name": "a"}], "/tests/0/inputs"),
        ([{"name": "a", "inputs": {}, "expect": [{}]}], "/tests/0/expect/0"),
        ([{"name": "a", "inputs": {}, "more": 1}], "/tests/0/more"),
        ([{"name": "a", "inputs": {}}] * 501, "/tests"),
    ],
)
async def test_tests_of_a_file_that_are_wrong(
    apps: AppService, cases: Cases, templates: Templates, tests: Any, pointer: str
) -> None:
    value = {**orjson.loads(await exported(apps, cases, templates)), "tests": tests}
    value["digest"] = template_form.digest(value)
    with pytest.raises(UserError) as caught:
        template_form.read(value)
    assert (caught.value.code, caught.value.pointer) == ("template_invalid", pointer)


async def test_a_file_whose_tests_can_not_be_kept_makes_no_app(
    apps: AppService, cases: Cases, templates: Templates
) -> None:
    plain = orjson.loads(await exported(apps, cases, templates))
    schema = {"name": "b", "inputs": {}, "expect": [{"schema": {"$ref": "http://127.0.0.1:1/"}}]}
    heavy = {"name": "c", "inputs": {"q": "x" * 190_000}, "expect": []}
    for tests, code in (([CASES[2], schema], "case_schema_invalid"), ([heavy] * 30, "cases_too_many")):
        value = {**plain, "tests": tests}
        value["digest"] = template_form.digest(value)
        with pytest.raises(UserError) as caught:
            await templates.install("ws_2", "bob", value)
        assert caught.value.code == code
        if code == "case_schema_invalid":
            assert caught.value.pointer == "/tests/1/expect/0/schema"
    assert await apps.page("ws_2") == []


async def test_secrets_do_not_travel_in_tests(apps: AppService, cases: Cases, templates: Templates) -> None:
    named = {"name": "a", "inputs": {"q": "x", "api_key": "hunter2"}}
    file = await exported(apps, cases, templates, named)
    assert b"hunter2" not in file and orjson.loads(file)["tests"][0]["inputs"] == {"q": "x"}
    looks: list[dict[str, Any]] = [
        {"name": "b", "inputs": {"q": "use sk-abcdefghijklmnopqrstuvwxyz"}},
        {"name": "b", "inputs": {"q": {"deep": ["https://user:pass@example.com/"]}}},
        {"name": "b", "inputs": {"q": "x"}, "expect": [{"contains": "AKIAABCDEFGHIJKLMNOP"}]},
    ]
    for form in looks:
        with pytest.raises(UserError) as caught:
            await exported(apps, cases, templates, CASES[0], form)
        assert caught.value.code == "template_has_secret"
        assert str(caught.value.pointer).startswith("/tests/1/") and "“b”" in caught.value.message["en"]
