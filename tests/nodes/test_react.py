"""The text protocol of agents, as models really write it."""

from itertools import pairwise
from typing import Any

import pytest

from atoll.nodes.react import begun_answer, instructions, only_thought, read_turn
from atoll.sdk import ToolSpec

SEARCH = ToolSpec("search", "Finds.", {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]})
SUM = ToolSpec("sum", "Adds.", {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"]})
TOOLS = [SEARCH, SUM]
Q = {"q": "澜海"}


@pytest.mark.parametrize(
    ("said", "name", "arguments", "fault"),
    [
        ('Thought: look\nAction: search\nAction Input: {"q": "澜海"}', "search", Q, ""),
        ('Action: search\nAction Input: ```json\n{"q": "澜海",}\n```', "search", Q, ""),
        ("Action: search\nAction Input: 澜海", "search", Q, ""),
        ('Action: search\nAction Input: "澜海"', "search", Q, ""),
        ('Action: search\nAction Input: q="澜海"', "search", Q, ""),
        ('**Action:** `Search`\n**Action Input:** {"q": "澜海"}', "search", Q, ""),
        ('思考:先查\n行动:search\n行动输入:{"q": "澜海"}', "search", Q, ""),
        ('Action: search({"q": "澜海"})', "search", Q, ""),
        ('Action: search("澜海")', "search", Q, ""),
        ('Action: search\n{"q": "澜海"}', "search", Q, ""),
        ('Action: {"name": "search", "arguments": {"q": "澜海"}}', "search", Q, ""),
        ('Action:\n```json\n{"action": "search", "action_input": "澜海"}\n```', "search", Q, ""),
        ('{"action": "search", "action_input": {"q": "澜海"}}', "search", Q, ""),
        ('<tool_call>{"name": "search", "arguments": {"q": "澜海"}}</tool_call>', "search", Q, ""),
        ('<think>Final Answer: no</think>Action: search\nAction Input: 澜海', "search", Q, ""),
        ('Action: search\nAction Input: 澜海\nObservation: 27 %\nFinal Answer: 27 %', "search", Q, ""),
        ('Action: search\nAction Input: {"q": "澜海"}\nFinal Answer: made up', "search", Q, ""),
        ('Action: sum\nAction Input: {"a": 1, "b": 2}', "sum", {"a": 1, "b": 2}, ""),
        ("Action: sum\nAction Input: 1 and 2", "sum", {}, "tool_arguments_invalid"),
        ('Action: search\nAction Input: {"q": ', "search", {}, "tool_arguments_invalid"),
        ("Action: search", "search", {}, ""),
        ("Action: search\nAction Input: none", "search", {}, ""),
        ("Action: fly\nAction Input: {}", "fly", {}, "tool_unknown"),
        ('{"tool": "fly", "input": "x"}', "fly", {}, "tool_unknown"),
    ],
)  # fmt: skip
def test_a_call_is_read(said: str, name: str, arguments: dict[str, Any], fault: str) -> None:
    turn = read_turn(said, TOOLS)
    assert turn.answer is None and turn.call is not None
    call = turn.call
    assert (call.name, dict(call.arguments), call.fault.code if call.fault else "") == (name, arguments, fault)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Thought: I know\nFinal Answer: 27 %", "27 %"),
        ("Final Answer: **27 %** of\nit", "**27 %** of\nit"),
        ("**Final Answer:** 27 %", "27 %"),
        ("最终答案:增长27%", "增长27%"),
        ("Final Answer: 27 %\nAction: search", "27 %\nAction: search"),
        ('{"action": "Final Answer", "action_input": "27 %"}', "27 %"),
        ("Action: Final Answer\nAction Input: 27 %", "27 %"),
        ('Action: Final Answer\nAction Input: {"answer": "27 %"}', "27 %"),
        ("It grew by 27 %.", "It grew by 27 %."),
        ('It is {"name": "澜海"}.', 'It is {"name": "澜海"}.'),
    ],
)
def test_an_answer_is_read(said: str, answer: str) -> None:
    turn = read_turn(said, TOOLS)
    assert (turn.call, turn.answer) == (None, answer)


@pytest.mark.parametrize("said", ["", "Thought: hm", "思考:再想想", "<think>I will answer</think>"])
def test_what_keeps_to_no_form_is_neither(said: str) -> None:
    turn = read_turn(said, TOOLS)
    assert (turn.call, turn.answer) == (None, None)


def test_a_thought_alone_loses_its_mark() -> None:
    assert only_thought("<think>x</think>Thought: it is 27 %") == "it is 27 %"


@pytest.mark.parametrize("said", ["Thought: I know\nFinal Answer: 27 % [1]", "最终答案:增长\n27%"])
def test_an_answer_is_shown_while_it_grows(said: str) -> None:
    shown = [begun_answer(said[:end]) for end in range(len(said) + 1)]
    grown = [one for one in shown if one]
    assert shown[0] is None and grown[-1] == read_turn(said, TOOLS).answer
    assert all(after.startswith(before) for before, after in pairwise(grown))


def test_what_comes_before_an_answer_is_not_shown() -> None:
    for said in ("Action: search\nFinal Answer: x", "Thought: y", "<think>Final Answer: x"):
        assert not begun_answer(said)


def test_a_model_is_told_the_tools_and_the_form() -> None:
    words = instructions(TOOLS)
    assert "Action: one of search, sum" in words and '"required": ["q"]' in words and "Final Answer:" in words
