"""The samples: reports are what their sources say, questions have their answers, the example plugins load."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

from atoll.nodes.registry import Registry

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "samples" / "reports"
QUESTIONS = json.loads((ROOT / "samples" / "questions.json").read_text(encoding="utf-8"))


def _pages(path: Path) -> list[str]:
    if path.suffix == ".md":
        return [path.read_text(encoding="utf-8")]
    if path.suffix == ".docx":
        import docx

        return ["\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)]
    with pypdfium2.PdfDocument(path) as document:
        return [document[number].get_textpage().get_text_range() for number in range(len(document))]


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked["question"])
def test_the_expected_page_holds_the_answer(asked: dict[str, str]) -> None:
    text = _pages(REPORTS / asked["document"])[int(asked["page"] or 1) - 1]
    assert re.sub(r"\s", "", asked["answer"]) in re.sub(r"\s", "", text)


def test_both_languages_are_asked() -> None:
    assert {asked["language"] for asked in QUESTIONS} == {"zh", "en"}
    assert len(QUESTIONS) >= 20


def test_the_reports_are_small_and_of_several_pages() -> None:
    assert sum(file.stat().st_size for file in REPORTS.iterdir()) < 2_000_000
    for path in REPORTS.glob("*.pdf"):
        assert 3 <= len(_pages(path)) <= 6, path.name


def test_the_generator_makes_these_very_files(tmp_path: Path) -> None:
    script = ROOT / "samples" / "make_reports.py"
    subprocess.run([sys.executable, str(script), "--out", str(tmp_path)], check=True, timeout=120)
    made = sorted(tmp_path.iterdir())
    assert {path.suffix for path in made} == {".pdf", ".docx", ".xlsx"}
    for path in made:
        assert path.read_bytes() == (REPORTS / path.name).read_bytes(), f"{path.name}: run samples/make_reports.py"


def test_the_example_plugins_load() -> None:
    registry = Registry(ROOT / "plugins")
    assert [report.error for report in registry.reports] == [None, None]
    assert {"custom_search", "glossary_search"} <= set(registry)


@pytest.mark.parametrize("name", ["custom_search", "glossary_search"])
def test_the_example_plugins_find_something(name: str) -> None:
    node = Registry(ROOT / "plugins")[name]
    question = "净息差是什么 Northwater"
    found = node(node.Config(), None).invoke({"query": question})["results"]  # type: ignore[arg-type]
    assert found
