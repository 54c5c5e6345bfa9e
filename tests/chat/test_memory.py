"""What a turn hands to the next: the window, the variables, the labels, and the answers without their marks."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from atoll.chat.memory import answer_in, carried, plain_answer, question_in, title_of
from atoll.kit.text import estimate_tokens

SECRET = {"level": "confidential", "tags": ["pii"]}


def turn(question: str = "q", answer: str = "a", status: str = "succeeded", **more: Any) -> dict[str, Any]:
    return {"inputs": {"query": question}, "outputs": {"answer": answer}, "citations": [], "status": status,
            "conversation": None, "label": None, **more}  # fmt: skip


def test_what_failed_or_was_stopped_hands_nothing_on() -> None:
    before = [turn("c", status="failed", conversation={"x": 9}), turn("b", conversation={"x": 1}), turn("a")]
    took = carried(before, "query", tokens=100, turns=9)
    assert [one["question"] for one in took.history] == ["a", "b"]
    assert took.conversation == {"x": 1}


def test_the_labels_are_those_of_what_is_taken_and_of_no_more() -> None:
    before = [turn(label=None), turn(label=SECRET)]
    assert carried(before, "query", tokens=100, turns=1).labels == []
    assert carried(before, "query", tokens=100, turns=2).labels == [SECRET]


def test_variables_carry_a_label_though_no_turn_is_remembered() -> None:
    before = [turn(label=SECRET, conversation={"topic": "x"})]
    assert carried(before, "query", tokens=0, turns=0).labels == [SECRET]
    assert carried([turn(label=SECRET)], "query", tokens=0, turns=0).labels == []


def test_an_answers_marks_mean_nothing_in_the_next_turn() -> None:
    cited = turn(answer="So [1], not a[2].", citations=[{"n": 1}])
    assert plain_answer(cited) == "So, not a[2]."


def test_questions_and_answers_are_found_by_name_or_are_the_first_text() -> None:
    assert question_in({"n": 1, "a": "x", "query": "y"}, "query") == "y"
    assert question_in({"n": 1, "a": "x"}, "query") == "x"
    assert answer_in({"text": "t", "answer": "a"}) == "a"
    assert answer_in({"n": 1, "text": "t"}) == "t"
    assert (question_in({}, "q"), answer_in(None)) == ("", "")


def test_a_title_is_one_short_line() -> None:
    assert title_of(" a\n b ") == "a b"
    assert len(title_of("字" * 500)) == 60


@given(st.lists(st.text(max_size=60), max_size=12), st.integers(0, 60), st.integers(0, 12))
def test_the_window_holds_the_newest_whole_turns(answers: list[str], tokens: int, turns: int) -> None:
    took = carried([turn("q", answer) for answer in answers], "query", tokens=tokens, turns=turns)
    kept = [one["answer"] for one in took.history]
    assert kept == answers[: len(kept)][::-1] and len(kept) <= turns
    cost = [estimate_tokens("q") + estimate_tokens(answer) for answer in answers]
    assert sum(cost[: len(kept)]) <= tokens
    more = len(kept) < min(turns, len(answers))
    assert not more or sum(cost[: len(kept) + 1]) > tokens
