"""A chat request in OpenAI's wire protocol: messages, tools, the form of the answer. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from atoll.sdk import ChatMessage, ToolSpec


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a chat model besides its messages."""

    temperature: float | None = None
    max_tokens: int | None = None
    tools: Sequence[ToolSpec] = ()
    tool_choice: str = "auto"
    response_format: Mapping[str, Any] | None = None

    @property
    def offered(self) -> list[str]:
        return [tool.name for tool in self.tools]


def payload(model: str, messages: Sequence[ChatMessage], wish: Wish, *, in_words: bool = False) -> dict[str, Any]:
    """The request's body. `in_words`: the form of the answer is asked for in the prompt, not by the protocol."""
    if in_words and wish.response_format is not None:
        messages = _with_form(messages, wish.response_format)
    made: dict[str, Any] = {
        "model": model,
        "messages": [_message(message) for message in messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if wish.temperature is not None:
        made["temperature"] = wish.temperature
    if wish.max_tokens is not None:
        made["max_tokens"] = wish.max_tokens
    if wish.tools:
        made["tools"] = [_tool(tool) for tool in wish.tools]
        if wish.tool_choice in ("none", "required"):
            made["tool_choice"] = wish.tool_choice
        elif wish.tool_choice != "auto":
            made["tool_choice"] = {"type": "function", "function": {"name": wish.tool_choice}}
    if wish.response_format is not None and not in_words:
        schema = wish.response_format
        made["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": schema, "strict": _is_strict(schema)},
        }
    return made


def _message(message: ChatMessage) -> dict[str, Any]:
    made: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        made["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                # what was no JSON is left out: servers read the arguments again, and refuse the whole conversation
                "function": {"name": call.name, "arguments": orjson.dumps(dict(call.arguments)).decode()},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id:
        made["tool_call_id"] = message.tool_call_id
    return made


def _tool(tool: ToolSpec) -> dict[str, Any]:
    parameters = dict(tool.parameters) or {"type": "object", "properties": {}}
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": parameters},
    }


def _with_form(messages: Sequence[ChatMessage], schema: Mapping[str, Any]) -> list[ChatMessage]:
    words = (
        "Answer with one JSON object and nothing else, no explanation, no code fence. "
        f"It must fit this JSON Schema: {orjson.dumps(schema).decode()}"
    )
    first, rest = messages[0], list(messages[1:])
    if first.role == "system":
        return [ChatMessage("system", f"{first.content}\n\n{words}"), *rest]
    return [ChatMessage("system", words), first, *rest]


def _is_strict(schema: Any) -> bool:
    """Whether a schema keeps to what providers can enforce: objects name all their fields, and all are required."""
    if not isinstance(schema, Mapping):
        return True
    kinds = schema.get("type")
    if kinds == "object" or (isinstance(kinds, list) and "object" in kinds):
        fields = schema.get("properties") or {}
        if schema.get("additionalProperties") is not False or set(schema.get("required") or ()) != set(fields):
            return False
        return all(_is_strict(field) for field in fields.values())
    return _is_strict(schema.get("items"))
