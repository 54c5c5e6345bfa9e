"""What models write, taken in whole and read leniently: JSON in prose and fences, and what was used. No I/O of its own."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atoll.sdk import ChatMessage, ChatReply, Context, NodeError

LONGEST = 200_000  # characters that are searched
STARTS = 50  # places where JSON may begin
_FENCE = re.compile(r"```[a-zA-Z]*\s*\n?(.*?)```", re.S)
_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.S)
_MARKS = " \t\n\r\"'`*.,;:!?()[]<>{}#-|“”‘’「」『』《》【】、。\u3000"
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


async def whole_reply(context: Context, model: str, messages: Sequence[ChatMessage], **more: Any) -> ChatReply:
    """The reply of a model whose pieces nobody watches. Raises NodeError."""
    reply: ChatReply | None = None
    async for piece in context.models.chat(model, messages, **more):
        if isinstance(piece, ChatReply):
            reply = piece
    if reply is None:
        raise no_answer()
    return reply


def no_answer() -> NodeError:
    return NodeError("model_no_answer", "The model ended without an answer.", "模型未返回回答。", retryable=True)


def record_use(context: Context, model: str, replies: Sequence[ChatReply], **facts: Any) -> None:
    """Keep who answered and what all replies together cost."""
    last = replies[-1]
    usage: dict[str, int] = {}
    for reply in replies:
        add_usage(usage, reply.usage)
    context.record(
        model=last.model, provider=last.provider, requested=last.requested or model, offline=last.offline,
        finish_reason=last.finish_reason, usage=usage, **facts,
    )  # fmt: skip


def add_usage(total: dict[str, int], more: Mapping[str, Any]) -> None:
    for name, count in more.items():
        if isinstance(count, int):
            total[name] = total.get(name, 0) + count


def without_thinking(said: str) -> str:
    """The answer without the thoughts that some models write before it."""
    return _THINKING.sub("", said).strip()


def json_objects(said: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text, those in fences first. What only nearly is JSON is read too: a comma too many."""
    said = without_thinking(said[:LONGEST])
    for part in [*_FENCE.findall(said), said]:
        yield from _objects(part)


def _objects(part: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(strict=False)
    at, tried = part.find("{"), 0
    while at >= 0 and tried < STARTS:
        tried += 1
        end = at
        for text in (part[at:], _TRAILING_COMMA.sub(r"\1", part[at:])):
            try:
                found, length = decoder.raw_decode(text)
            except (ValueError, RecursionError):
                continue
            end = at + length
            yield found
            break
        at = part.find("{", max(end, at + 1))


def plain(words: str) -> str:
    """`words` for comparing: one width, one case, no marks around."""
    return unicodedata.normalize("NFKC", words).casefold().strip(_MARKS)
