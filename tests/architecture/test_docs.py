"""The documentation says what is true: generated pages are fresh, links lead somewhere, the README's plugin runs."""

import ast
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from atoll.cli import sample
from atoll.cli.main import app
from atoll.kit.i18n import as_text, pick
from atoll.nodes.registry import Registry

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_ERRORS = {
    "UserError", "Unauthenticated", "Forbidden", "NotFound", "Conflict", "TooLarge", "TooMany", "OperationalError",
    "NodeError", "TemplateFault",
}  # fmt: skip

_spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
assert _spec and _spec.loader
generate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generate)


@pytest.mark.parametrize("name", list(generate.PAGES))
def test_generated_pages_are_fresh(name: str) -> None:
    page = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert page == generate.PAGES[name](), "run `make fix`"


def test_every_code_that_is_raised_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    missing = set()
    for path in (ROOT / "atoll").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ERRORS and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant) and f"`{code.value}`" not in page:
                    missing.add(code.value)
    assert missing == set()


def test_every_command_is_on_its_page_with_its_options() -> None:
    """Once as `atoll NAME …`, with every option of it that has a long name but --json, and no other."""
    rows = re.findall(r"`atoll ([^`]+)`", (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8"))
    for name, options in _commands(typer.main.get_command(app), ()):
        shown = [row for row in rows if row == name or row.startswith(f"{name} ")]
        assert len(shown) == 1, name
        said = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", shown[0]))
        assert said <= {word for names in options for word in names}, name
        assert not [names for names in options if "--json" not in names and not said & set(names)], name


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, list[list[str]]]]:
    """(name, the names of each option) of every command."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _commands(inner, (*path, name))
        return
    names = [[*one.opts, *one.secondary_opts] for one in command.params]
    yield " ".join(path), [one for one in names if one[0].startswith("-")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{target} does not exist"


def test_the_plugin_of_the_readme_runs(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = [block for block in re.findall(r"```python\n(.*?)```", readme, re.S) if "register_node" in block]
    assert len(blocks) == 1
    (tmp_path / "shout.py").write_text(blocks[0], encoding="utf-8")
    registry = Registry(tmp_path)
    assert [report.error for report in registry.reports] == [None]
    node = registry[registry.reports[0].nodes[0]]
    assert node(node.Config(), None).invoke({"text": "hello"}) == {"loud": "HELLO!"}  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["README", "docs/tutorial"])
def test_a_page_in_two_languages_says_the_same(name: str) -> None:
    """The same code, headings, list items and names in code; what the Chinese page calls a button is on the button."""
    english, chinese = ((ROOT / f"{name}{end}").read_text(encoding="utf-8") for end in (".md", ".zh.md"))
    for parts in (r"```.*?```", r"(?m)^ *(?:#+ |- |\d\. )"):
        assert re.findall(parts, english, re.S) == re.findall(parts, chinese, re.S), parts
    assert set(re.findall(r"`[^`\n]+`", english)) == set(re.findall(r"`[^`\n]+`", chinese))


def test_the_chinese_tutorial_calls_things_as_the_product_does() -> None:
    words = {
        word for path in (ROOT / "web/src").rglob("words.zh.json") for word in json.loads(path.read_bytes()).values()
    }
    words |= {pick(as_text(said), "zh") for said in (sample.NAME, *(kind.display_name for kind in Registry().values()))}
    words |= {sample.DATASET}
    bold = set(re.findall(r"\*\*([^*]+)\*\*", (ROOT / "docs/tutorial.zh.md").read_text(encoding="utf-8")))
    assert len(bold) > 15 and bold <= words


def test_the_article_of_the_reference_is_the_sample() -> None:
    page = (ROOT / "docs" / "reference" / "graph.md").read_text(encoding="utf-8")
    assert (ROOT / "samples" / "article.json").read_text(encoding="utf-8") in page
