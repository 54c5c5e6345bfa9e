"""Every attack of the list is held by a test, or says in words why not."""

import re

from tests.security.table import CASES, CLASS_OF, CLASSES, OPEN, ROOT, files, held


def test_the_list_is_whole() -> None:
    assert list(CASES) == [f"S-{number:02d}" for number in range(1, 105)]
    assert sorted(set(CLASS_OF.values())) == list("ABCDEFGH")


def test_a_mark_names_a_case_that_there_is() -> None:
    assert set(held()) <= set(CASES)


def test_every_case_is_held_or_says_why_not() -> None:
    silent = [case for case in CASES if case not in held() and case not in OPEN]
    assert silent == []
    assert all(case in CASES and re.search(r"\w.{30,}\.$", why) for case, why in OPEN.items())


def test_what_is_marked_is_collected() -> None:
    assert len(files()) > 40


def test_the_page_of_security_counts_as_the_list_does() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [
        (f"{letter} {title}", [c for c, at in CLASS_OF.items() if at == letter]) for letter, title in CLASSES.items()
    ]
    for name, cases in [*rows, ("all", list(CASES))]:
        tried = sum(case in held() for case in cases)
        assert f"\n| {name} | {len(cases)} | {tried} | {len(cases) - tried} |\n" in page, name
