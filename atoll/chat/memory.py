"""What a turn is given of the turns before it: a window of history, the variables, and the labels of both. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import RowMapping

from atoll.kit.text import estimate_tokens

Row = Mapping[str, Any] | RowMapping


@dataclass(frozen=True, slots=True)
class Carried:
    """`labels` are those of every turn that something is taken from: the new turn must have them too."""

    history: list[dict[str, Any]] = field(default_factory=list)
    conversation: dict[str, Any] = field(default_factory=dict)
    labels: list[dict[str, Any]] = field(default_factory=list)


def carried(before: Sequence[Row], question: str, *, tokens: int, turns: int) -> Carried:
    """`before`: the earlier turns, newest first. Those that failed or were stopped hand nothing on.

    Whole turns are taken from the newest back, until one does not fit.
    """
    history: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    ended = [row for row in before if row["status"] == "succeeded"]
    conversation = (ended[0]["conversation"] or {}) if ended else {}
    left = tokens
    for row in ended[:turns]:
        turn = {"question": question_in(row["inputs"], question), "answer": plain_answer(row)}
        left -= sum(map(estimate_tokens, turn.values()))
        if left < 0:
            break
        history.insert(0, turn)
        if row["label"]:
            labels.append(row["label"])
    if conversation and not history and ended[0]["label"]:
        labels.append(ended[0]["label"])
    return Carried(history, conversation, labels)


def question_in(inputs: Mapping[str, Any], name: str) -> str:
    """What was asked: the input `name`, else the first text (the app's inputs may have been renamed since)."""
    found = inputs.get(name)
    return found if isinstance(found, str) else next((v for v in inputs.values() if isinstance(v, str)), "")


def answer_in(outputs: Mapping[str, Any] | None) -> str:
    """What was answered: the output `answer`, else the first text."""
    found = (outputs or {}).get("answer")
    return found if isinstance(found, str) else next((v for v in (outputs or {}).values() if isinstance(v, str)), "")


def plain_answer(row: Row) -> str:
    """An answer without its marks of citations: in the next turn the numbers mean other passages."""
    answer = answer_in(row["outputs"])
    numbers = {one["n"] for one in row["citations"] or () if isinstance(one, dict) and isinstance(one.get("n"), int)}
    if not numbers:
        return answer
    return re.sub(r" ?\[(\d{1,3})\]", lambda mark: "" if int(mark[1]) in numbers else mark[0], answer)


def title_of(question: str) -> str:
    words = " ".join(question.split())
    return words if len(words) <= 60 else f"{words[:59].rstrip()}…"
