"""Plugins from a folder: one class in one file; a faulty one is reported and harms nothing; a new one needs no restart."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atoll.engine.check import check
from atoll.nodes.catalogue import catalogue
from atoll.nodes.registry import PluginReport, Registry
from atoll.sdk import register_node
from tests.product import ROOT
from tests.runs.world import World, edge, finished, graph, node

ARTICLE = """from {package} import Node, Input, Output{more}

def search_engine_api(query, top_k):
    return [{{"title": query, "rank": rank}} for rank in range(top_k)]

class CustomSearchNode(Node):
    name = "custom_search"
    display_name = "自定义搜索引擎"
    inputs = [Input(name="query", type="string", required=True)]
    outputs = [Output(name="results", type="list")]

    def invoke(self, input_dict):
        query = input_dict["query"]
        results = search_engine_api(query, top_k=5)
        return {{"results": results}}

{register}register_node(CustomSearchNode)
"""
ATOLL = ARTICLE.format(package="atoll.sdk", more=", register_node", register="")
DIFY = ARTICLE.format(package="dify_plugin", more="", register="from dify_plugin import register_node\n")
TINY = """from atoll.sdk import Node, Output, register_node
class {name}(Node):
    name = "{name}"
    outputs = [Output("value")]
    def invoke(self, inputs):
        return {{"value": {value}}}
register_node({name})
"""
BUILTIN = set(Registry())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "plugins"
    made.mkdir()
    yield made
    for loaded in [name for name in sys.modules if name.startswith("atoll_plugin_")]:
        del sys.modules[loaded]


def plugins(registry: Registry) -> set[str]:
    return set(registry) - BUILTIN


def report(registry: Registry, file: str) -> PluginReport:
    return next(one for one in registry.reports if one.file == file)


def error(registry: Registry, file: str) -> tuple[str, str]:
    found = report(registry, file).error
    assert found is not None and found["message"]["zh"] and file in found["message"]["en"]
    return found["code"], found["message"]["en"]


def test_the_built_in_nodes_are_there_without_plugins(tmp_path: Path) -> None:
    for missing in (None, tmp_path / "nowhere"):
        registry = Registry(missing)
        assert (
            set(registry) == BUILTIN >= {"input", "llm", "code", "iteration"}
            and len(registry) == len(BUILTIN)
            and registry.reports == []
        )


@pytest.mark.parametrize("source", [ATOLL, DIFY], ids=["atoll.sdk", "dify_plugin"])
async def test_the_articles_node_runs_unchanged(world: World, folder: Path, source: str) -> None:
    (folder / "custom_search.py").write_text(source, encoding="utf-8")
    registry = Registry(folder)
    assert registry.reports == [PluginReport("custom_search.py", ["custom_search"], None)]
    assert registry.is_plugin("custom_search") and not registry.is_plugin("llm")
    world.catalogue.update(registry)
    steps = graph(
        node("ask", "input", variable="user_query"), node("n", "custom_search"), node("end", "output"),
        edge("ask", "n"), edge("n", "end", None, output="value"),
    )  # fmt: skip
    assert check(steps.model_dump(), registry).problems == []
    run = await finished(world.service(), steps, {"user_query": "市场份额"})
    assert run.outputs == {"output": [{"title": "市场份额", "rank": rank} for rank in range(5)]}


async def test_the_example_plugins_of_the_repository_run(world: World, folder: Path) -> None:
    for file in (ROOT / "plugins").glob("*.py"):
        shutil.copy(file, folder)
    registry = Registry(folder)
    assert plugins(registry) == {"custom_search", "glossary_search"}
    world.catalogue.update(registry)
    service = world.service()
    for name, question in (("custom_search", "澜海储能 三号工厂"), ("glossary_search", "净息差")):
        steps = graph(node("ask", "input", variable="q"), node("n", name), edge("ask", "n"))
        run = await finished(service, steps, {"q": question})
        assert run.outputs is not None and run.outputs["results"], name


FAULTY: dict[str, tuple[str, str, str]] = {
    "raises": ("1 / 0", "plugin_import_failed", "ZeroDivisionError"),
    "leaves the process": ("import sys\nsys.exit(3)", "plugin_import_failed", "SystemExit"),
    "is no Python": ("class", "plugin_import_failed", "SyntaxError"),
    "needs what is not there": ("import no_such_module", "plugin_import_failed", "no_such_module"),
    "registers and then raises": (TINY.format(name="half", value=1) + "\nraise OSError('away')", "plugin_import_failed", "away"),
    "registers nothing": ("x = 1", "plugin_without_nodes", "registers no node"),
    "takes a built-in name": (TINY.format(name="llm", value=1), "plugin_name_taken", "llm"),
    "registers what is no node": (
        "from atoll.sdk import register_node\nregister_node(dict)", "plugin_import_failed", "subclass of Node"),
    "has a name that is none": (
        TINY.format(name="bad", value=1).replace('name = "bad"', 'name = "Bad Name"'), "plugin_import_failed", "lower-case"),
    "has a category that is none": (
        TINY.format(name="bad", value=1).replace("    outputs", '    category = "magic"\n    outputs'),
        "plugin_import_failed", "category"),
    "names a port twice": (
        TINY.format(name="bad", value=1).replace('[Output("value")]', '[Output("v"), Output("v")]'),
        "plugin_import_failed", "twice"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "code", "shown"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_plugin_is_reported_and_harms_nothing_else(folder: Path, source: str, code: str, shown: str) -> None:
    (folder / "bad.py").write_text(source, encoding="utf-8")
    (folder / "good.py").write_text(TINY.format(name="good", value=1), encoding="utf-8")
    registry = Registry(folder)
    found, words = error(registry, "bad.py")
    assert found == code and shown in words
    assert set(registry) == BUILTIN | {"good"}
    assert report(registry, "good.py").error is None
    assert "builtin" in registry["llm"].__module__
    shown_to_web = catalogue(registry)
    assert [plugin["file"] for plugin in shown_to_web["plugins"]] == ["bad.py", "good.py"]
    assert {one["type"] for one in shown_to_web["types"] if one["plugin"]} == {"good"}


def test_the_first_of_two_plugins_with_one_name_keeps_it(folder: Path) -> None:
    for file in ("a.py", "b.py"):
        (folder / file).write_text(TINY.format(name="same", value=f"'{file}'"), encoding="utf-8")
    registry = Registry(folder)
    assert report(registry, "a.py").nodes == ["same"] and error(registry, "b.py")[0] == "plugin_name_taken"
    assert registry["same"].__module__ == "atoll_plugin_a"


def test_a_plugin_may_be_a_folder_with_modules_of_its_own(folder: Path) -> None:
    (folder / "pack").mkdir()
    (folder / "pack" / "words.py").write_text("VALUE = 7")
    (folder / "pack" / "__init__.py").write_text(
        "from .words import VALUE\n" + TINY.format(name="packed", value="VALUE")
    )
    (folder / "_draft.py").write_text("raise OSError")
    (folder / "notes.txt").write_text("raise OSError")
    registry = Registry(folder)
    assert plugins(registry) == {"packed"} and [r.file for r in registry.reports] == ["pack"]


async def test_a_new_a_changed_and_a_removed_plugin_need_no_restart(world: World, folder: Path) -> None:
    registry = Registry(folder)
    world.catalogue = registry  # type: ignore[assignment]
    service = world.service()
    assert registry.refresh() is False
    digests = [registry.digest]

    async def result() -> Any:
        return (await finished(service, graph(node("n", "fresh")))).outputs

    file = folder / "fresh.py"
    for value in ("'one'", "'number two'"):
        file.write_text(TINY.format(name="fresh", value=value), encoding="utf-8")
        assert registry.refresh() is True and registry.refresh() is False
        digests.append(registry.digest)
        assert await result() == {"value": value.strip("'")}
    file.unlink()
    assert registry.refresh() is True and "fresh" not in registry and registry.reports == []
    assert len({*digests, registry.digest}) == 3, "the same set of types has the same digest"
    assert registry.digest == digests[0]


def test_registering_outside_a_plugin_changes_nothing() -> None:
    registry = Registry()
    node_type = type(registry["llm"].__name__, (registry["llm"],), {"name": "another"})
    assert register_node(node_type) is node_type
    assert set(Registry()) == BUILTIN


def test_the_catalogue_describes_every_type_in_both_languages() -> None:
    for one in catalogue(Registry())["types"]:
        for words in (one["label"], one["description"], *(port["label"] for port in one["inputs"] + one["outputs"])):
            assert words["en"] and words["zh"], one["type"]
        assert one["schema"]["type"] == "object" and set(one["defaults"]) <= set(one["schema"].get("properties", {}))
