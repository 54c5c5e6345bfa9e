"""`builtin/extractive`: the offline chat model. It writes nothing: it quotes the best sentences of the passages.

Each quotation carries the number of its passage. Where nothing fits the question it says so. Deterministic: the
same prompt gives the same answer. It is no language model, and its name and every reply say that. Given tools, it calls
the first that searches by one text, once, with the question; then it quotes what came back.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import orjson

from atoll.kit.i18n import text
from atoll.kit.text import tokens
from atoll.llm.asking import Wish
from atoll.llm.question import find_question
from atoll.llm.ranking import choose
from atoll.llm.units import END, Unit, units, wide
from atoll.sdk import ChatMessage, ChatReply, ToolCall, ToolSpec

NAME = "builtin/extractive"
LABEL = text("Offline extractive (quotes sentences, does not write)", "离线摘录（摘录原句，不会写作）")

_PIECE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]{1,2}|[^\s\u3000-\u9fff\uff00-\uffef]+\s*|\s+")
_NUMBERED = re.compile(r"^\[(\d{1,3})\][^\n]*\n", re.M)
_TRAILING = ",:| -\uff0c\uff1a、"
_INSTRUCTION = re.compile(
    r"(?:回答|问题|资料|内容|上下文|answer|question|context|documents?)[^\n。.]{0,40}[:\uff1a]\s*$", re.I
)


async def chat(
    messages: Sequence[ChatMessage], context: Sequence[Mapping[str, Any]], wish: Wish | None = None
) -> AsyncGenerator[str | ChatReply]:
    """The answer word by word, then the reply; or the reply with a tool call."""
    counted = await asyncio.to_thread(_counted, messages)  # a long prompt must not hold up the loop
    if wish and (call := search_call(messages, wish)):
        usage = {"input": counted, "output": len(tokens(call.raw))}
        yield ChatReply("", NAME, "builtin", offline=True, finish_reason="tool_calls", usage=usage, tool_calls=(call,))
        return
    said = await asyncio.to_thread(answer, messages, context)
    for piece in _PIECE.findall(said):
        yield piece
        await asyncio.sleep(0)  # others get their turn
    usage = {"input": counted, "output": len(tokens(said))}
    yield ChatReply(text=said, model=NAME, provider="builtin", offline=True, usage=usage)


def _counted(messages: Sequence[ChatMessage]) -> int:
    return sum(len(tokens(message.content)) for message in messages)


def search_call(messages: Sequence[ChatMessage], wish: Wish) -> ToolCall | None:
    """A call of the first tool that takes one text, with the question; None where it has called already."""
    if wish.tool_choice == "none" or any(message.role == "tool" for message in messages):
        return None
    for tool in wish.tools:
        parameter = _only_text(tool)
        if parameter and wish.tool_choice in ("auto", "required", tool.name):
            asked = {parameter: find_question(_prompt(messages), [])}
            return ToolCall("call_1", tool.name, asked, orjson.dumps(asked).decode())
    return None


def _only_text(tool: ToolSpec) -> str | None:
    """The one string parameter of a tool that needs no other."""
    fields = tool.parameters.get("properties") or {}
    texts = [name for name, field in fields.items() if isinstance(field, Mapping) and field.get("type") == "string"]
    needed = set(tool.parameters.get("required") or ())
    return texts[0] if len(texts) == 1 and needed <= {texts[0]} else None


def answer(messages: Sequence[ChatMessage], context: Sequence[Mapping[str, Any]]) -> str:
    """Quotations that answer the last message of the user, or a sentence that says there are none."""
    prompt = _prompt(messages)
    passages = [_passage(passage, at) for at, passage in enumerate(context, 1)]
    question = find_question(prompt, [str(passage.get("text", "")) for passage in context])
    numbered = True
    if not passages:
        results = [_lines_of(message.content) for message in messages if message.role == "tool"]
        whole = "\n\n".join(results or [message.content for message in messages])
        passages, numbered = _material(whole, question)
    found = [unit for number, body, about in passages for unit in _units(number, body, about)]
    chinese = wide(question)
    if not found:
        return _NOTHING_GIVEN["zh" if chinese else "en"]
    chosen = choose(question, found)
    if not chosen:
        return _NOTHING_FITS["zh" if chinese else "en"]
    return _written(chosen, numbered)


def _prompt(messages: Sequence[ChatMessage]) -> str:
    return next((message.content for message in reversed(messages) if message.role == "user"), "")


def _lines_of(result: str) -> str:
    """What a tool gave as text: of JSON the texts and numbers in it, one a line."""
    try:
        value = orjson.loads(result)
    except orjson.JSONDecodeError:
        return result
    return "\n".join(_leaves(value))


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [line for one in value.values() for line in _leaves(one)]
    if isinstance(value, list):
        return [line for one in value for line in _leaves(one)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _passage(passage: Mapping[str, Any], at: int) -> tuple[int, str, str]:
    about = f"{passage.get('document_name', '')} {passage.get('heading', '')}"
    number = passage.get("n", at)
    return number if isinstance(number, int) else at, str(passage.get("text", "")), about


def _material(prompt: str, question: str) -> tuple[list[tuple[int, str, str]], bool]:
    """Passages out of a prompt that came without any: numbered ones where it numbers them, else all but the question."""
    at = prompt.rfind(question)
    rest = prompt[:at] + "\n\n" + prompt[at + len(question) :] if question and at >= 0 else prompt
    marks = list(_NUMBERED.finditer(rest))
    if marks:
        ends = [mark.start() for mark in marks[1:]] + [len(rest)]
        return [(int(mark[1]), rest[mark.end() : end], mark[0]) for mark, end in zip(marks, ends, strict=True)], True
    lines = [line for line in rest.split("\n") if not _INSTRUCTION.search(line)]
    body = "\n".join(lines).strip()
    return ([(1, body, "")] if re.search(r"\w.{7}", body) else []), False


def _units(number: int, body: str, about: str) -> list[Unit]:
    found = units(body, number)
    for unit in found:
        unit.context = f"{about} {unit.context}".strip()
    return found


def _written(chosen: Sequence[Unit], numbered: bool) -> str:
    out = ""
    for unit in chosen:
        sentence = (
            unit.text if unit.text.endswith((*END, ".", ":", "\uff1a", "”", '"', ")", "\uff09")) else _closed(unit.text)
        )
        mark = f"[{unit.passage}]" if numbered else ""
        if wide(sentence):
            out += sentence + mark
        else:
            out += (" " if out else "") + sentence + (f" {mark}" if mark else "")
    return out


def _closed(words: str) -> str:
    words = words.rstrip(_TRAILING)
    return words + ("。" if wide(words) else ".")


_NOTHING_FITS = text(
    "The documents given contain nothing that answers this question.",
    "资料中没有找到与该问题相关的内容。",
)
_NOTHING_GIVEN = text(
    "This offline model can only quote sentences from documents in the prompt, and there are none. "
    "Connect a knowledge base, or add a model provider.",
    "离线摘录模型只能从提示词里的资料中摘录原句，而这里没有资料。请接入知识库，或添加模型服务商。",
)
