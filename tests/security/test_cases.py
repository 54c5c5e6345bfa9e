"""Every attack of the list is held by a test, or says in words why not."""

import re

from tests.security.table import CASES, CLASS_OF, OPEN, files, held


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
