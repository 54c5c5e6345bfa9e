"""ReAct: a protocol in plain text by which a model without tools calls some. Written to it strictly, read leniently. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atoll.nodes.replies import json_objects, without_thinking
from atoll.sdk import ToolCall, ToolSpec
from atoll.sdk.tools import tool_arguments, tool_unknown

_COLON = r"(?:\*\*)?[ \t]*[:\uff1a](?:\*\*(?=\s|$))?[ \t]*"
_FINAL = re.compile(rf"(?:^|\n)[ \t#*>]*(?:Final Answer|最终答案|最终回答){_COLON}", re.I)
_ACTION = re.compile(rf"(?:^|\n)[ \t#*>]*(?:Action|行动|动作|工具){_COLON}([^\n]*)", re.I)
_INPUT = re.compile(
    rf"(?:^|\n)[ \t#*>]*(?:Action Input|Input|Arguments|行动输入|动作输入|工具输入|输入|参数){_COLON}", re.I
)
_THOUGHT = re.compile(rf"^[ \t#*>]*(?:Thought|思考|想法){_COLON}", re.I)
_MADE_UP = re.compile(rf"\n[ \t#*>]*(?:Observation|观察结果|观察){_COLON}", re.I)
_AS_A_CALL = re.compile(r"^[`*\"“ ]*([A-Za-z_][\w-]*)\s*\((.*)\)[`*\"” ]*$", re.S)
_NAMES = ("action", "tool", "name", "tool_name", "行动", "工具")
_INPUTS = ("action_input", "arguments", "parameters", "input", "args", "参数", "行动输入")
FINAL = "Final Answer:"
AGAIN = (
    "That is neither an action nor a final answer. Write either the two lines “Action: …” and “Action Input: …”, "
    "or “Final Answer: …”."
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a model wants: a call, or to answer. Neither: it kept to no form."""

    call: ToolCall | None = None
    answer: str | None = None


def instructions(tools: Sequence[ToolSpec]) -> str:
    listed = "\n".join(
        f"- {tool.name}: {tool.description} Parameters: {json.dumps(tool.parameters, ensure_ascii=False)}"
        for tool in tools
    )
    names = ", ".join(tool.name for tool in tools)
    return (
        "You may use tools, one at a time. To use one, write exactly these lines and stop:\n\n"
        f"Thought: what you think\nAction: one of {names}\nAction Input: its parameters as one JSON object\n\n"
        "You are then given a line that begins with “Observation:”. Never write that line yourself. "
        f"When you know the answer, write:\n\nThought: what you think\n{FINAL} the answer\n\nTools:\n{listed}"
    )


def read_turn(said: str, tools: Sequence[ToolSpec]) -> Turn:
    """What a model's text asks for, whichever way it writes it."""
    said = without_thinking(said)
    if made_up := _MADE_UP.search(said):  # the results that it invents
        said = said[: made_up.start()]
    action, final = _ACTION.search(said), _FINAL.search(said)
    if final and (action is None or final.start() < action.start()):
        return Turn(answer=said[final.end() :].strip())
    if action:
        return _from_lines(said, action, tools)
    for found in json_objects(said):
        if turn := _from_json(found, tools):
            return turn
    if said and not _THOUGHT.match(said):
        return Turn(answer=said)
    return Turn()


def only_thought(said: str) -> str:
    """A text that kept to no form, without the mark before it."""
    return _THOUGHT.sub("", without_thinking(said)).strip()


def begun_answer(said: str) -> str | None:
    """What of a text that is still growing can be shown: its final answer, once it has begun."""
    final, action = _FINAL.search(said), _ACTION.search(said)
    if final is None or (action and action.start() < final.start()) or "<think" in said[: final.start()]:
        return None
    return said[final.end() :].lstrip()


def _from_lines(said: str, action: re.Match[str], tools: Sequence[ToolSpec]) -> Turn:
    name, rest = action[1].strip(), said[action.end() :]
    given = _INPUT.search(rest)
    raw = rest[given.end() :].strip() if given else rest.strip()
    if as_a_call := _AS_A_CALL.match(name):
        name, raw = as_a_call[1], as_a_call[2].strip() or raw
    elif not name or name.startswith("{"):
        for found in json_objects(said[action.start() :]):
            if turn := _from_json(found, tools):
                return turn
    if name.strip('`*"“” ').casefold() in ("final answer", "finish", "最终答案"):
        return Turn(answer=_text_of(raw))
    return Turn(_call(name, raw, tools))


def _from_json(found: Mapping[str, Any], tools: Sequence[ToolSpec]) -> Turn | None:
    name = next((found[key] for key in _NAMES if isinstance(found.get(key), str)), None)
    given: Any = next((found[key] for key in _INPUTS if key in found), {})
    if name is None:
        return None
    if name.strip().casefold() in ("final answer", "final_answer", "最终答案"):
        return Turn(answer=_text_of(given))
    if all(name != tool.name for tool in tools) and not any(key in found for key in _INPUTS):
        return None  # some other object with a name
    raw = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return Turn(_call(name, raw, tools))


def _text_of(value: Any) -> str:
    if isinstance(value, str):
        found = next(iter(json_objects(value)), None) if value.startswith("{") else None
        return _text_of(found) if found else value.strip("\"'` \n")
    if isinstance(value, Mapping) and len(value) == 1:
        return str(next(iter(value.values())))
    return json.dumps(value, ensure_ascii=False)


def _call(name: str, raw: str, tools: Sequence[ToolSpec]) -> ToolCall:
    name = name.strip("`*\"“”'[](): .")
    tool = next((one for one in tools if one.name.casefold() == name.casefold()), None)
    if tool is None:
        return ToolCall("", name, {}, raw, tool_unknown(name, [one.name for one in tools]))
    fields = tool.parameters.get("properties") or {}
    found = next(iter(json_objects(raw)), None)
    if found is not None:
        return ToolCall("", tool.name, found, raw)
    bare = raw.strip("`\"'“” \n")
    if not bare or bare.casefold() in ("none", "null", "无"):
        return ToolCall("", tool.name, {}, raw)
    needed = [one for one in tool.parameters.get("required") or () if one in fields] or list(fields)
    if len(needed) == 1 and not raw.lstrip().startswith(("{", "[")):
        named = re.match(rf"{re.escape(needed[0])}\s*[=:\uff1a]\s*", bare)  # query="…"
        return ToolCall("", tool.name, {needed[0]: bare[named.end() :].strip("\"'“”") if named else bare}, raw)
    return ToolCall("", tool.name, {}, raw, tool_arguments(tool.name, raw))
