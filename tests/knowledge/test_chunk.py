"""Chunks: whole, lossless, cited to the character."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atoll.kit.text import estimate_tokens
from atoll.knowledge.chunk import Page, chunks


def test_sentences_stay_whole_in_both_languages() -> None:
    text = "电站的收入来自三个部分，容量租赁每年一千九百万元。" * 30 + "\n\n" + "The factory makes 1.2 km a year. " * 60
    found = chunks([Page(text, 1)], size=100, overlap=0)
    assert len(found) > 5
    assert all(chunk.text == text[chunk.start : chunk.end] for chunk in found)
    assert all(chunk.text.endswith(("。", ".")) for chunk in found)
    assert all(estimate_tokens(chunk.text) <= 105 for chunk in found)


def test_the_end_of_one_begins_the_next() -> None:
    text = " ".join(f"Sentence number {n} says a little." for n in range(60))
    found = chunks([Page(text)], size=100, overlap=20)
    for before, after in itertools.pairwise(found):
        assert before.start < after.start < before.end < after.end
        assert estimate_tokens(text[after.start : before.end]) <= 22


def test_headings_are_borders_and_give_the_path() -> None:
    text = "# One\n\n## Two\n\nBody of two.\n\n## Three\n\nBody of three.\n\n# Four\n\nBody of four."
    marks = [
        (text.index(mark), mark.count("#"), mark.lstrip("# ")) for mark in ("# One", "## Two", "## Three", "# Four")
    ]
    found = chunks([Page(text, 1, marks), Page("More of four.", 2)])
    assert [(chunk.heading, chunk.page) for chunk in found] == [
        ("One > Two", 1), ("One > Three", 1), ("Four", 1), ("Four", 2),
    ]  # fmt: skip
    assert found[0].text == "# One\n\n## Two\n\nBody of two."
    assert [chunk.index for chunk in found] == [0, 1, 2, 3]


def test_rows_are_never_cut_and_the_header_comes_again() -> None:
    header = "Company | Revenue | 毛利率"
    rows = [f"Company number {n} | {n * 1000} | {n}%" for n in range(200)]
    text = "Before.\n\n" + "\n".join([header, *rows]) + "\n\nAfter."
    found = chunks([Page(text)], size=120)
    assert found[0].text.startswith("Before.\n\n" + header)
    for chunk in found[1:]:
        assert chunk.text.startswith(header + "\n")
        assert chunk.text.removeprefix(header + "\n") == text[chunk.start : chunk.end]
    assert [line for chunk in found for line in chunk.text.split("\n") if "number" in line] == rows


def test_a_sentence_that_is_too_long_is_cut_at_a_pause() -> None:
    text = "word and another, " * 400
    found = chunks([Page(text)], size=50, overlap=0)
    assert all(estimate_tokens(chunk.text) <= 50 for chunk in found)
    assert all(text[chunk.end - 1].isspace() or chunk.text.endswith(",") for chunk in found)


@given(st.text(alphabet="ab.。 \n|中#", max_size=400), st.lists(st.integers(0, 400), max_size=5))
def test_nothing_is_lost(text: str, marks: list[int]) -> None:
    page = Page(text, 1, [(at, 1 + at % 3, "t") for at in sorted(marks)])
    found = chunks([page], size=10, overlap=3)
    covered = set[int]()
    for chunk in found:
        assert chunk.text.endswith(text[chunk.start : chunk.end])
        covered |= set(range(chunk.start, chunk.end))
    assert all(text[at].isspace() for at in range(len(text)) if at not in covered)


@pytest.mark.parametrize("piece", ["a", "中", " ", "\n", "| ", " |\n", "x\n\n", "a | b\n", "a b。"])
@pytest.mark.attack("S-67")
def test_a_megabyte_of_anything_takes_linear_time(piece: str) -> None:
    text = piece * (300_000 // len(piece))
    started = time.process_time()
    chunks([Page(text, 1, [(at, 1, "x") for at in range(0, len(text), 50)])])
    found = chunks([Page(text)])
    assert time.process_time() - started < 5
    assert all(estimate_tokens(chunk.text) <= 450 for chunk in found)
