"""`llm`: asks a chat model, streams its answer, keeps what it cited."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.kit.text import estimate_tokens
from atoll.nodes.replies import no_answer
from atoll.sdk import ChatMessage, ChatReply, Input, Node, Output, register_node, ui

_MARK = re.compile(r"\[(\d{1,3})\]")


class Memory(BaseModel):
    """Earlier turns of the conversation as messages before the prompt: whole ones, the newest, within `tokens`."""

    model_config = ConfigDict(extra="forbid")
    enabled: bool = Field(
        default=False,
        json_schema_extra=ui("switch", label=text("Remember earlier turns", "记住之前的对话"),
                             help=text("In a chat app", "用于对话应用")),
    )  # fmt: skip
    tokens: int = Field(
        default=3000, ge=1, le=100_000,
        json_schema_extra=ui("number", label=text("At most, tokens", "最多 token"), show_if={"enabled": True}),
    )  # fmt: skip


class LlmConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    model: str = Field(min_length=1, max_length=200, json_schema_extra=ui("model", label=text("Model", "模型")))
    prompt_template: str = Field(
        default="{{ prompt }}",
        min_length=1,
        max_length=100_000,
        json_schema_extra=ui("prompt", label=text("Prompt", "提示词"), rows=10),
    )
    system: str = Field(
        default="",
        max_length=100_000,
        json_schema_extra=ui("prompt", label=text("System prompt", "系统提示词"), rows=4, advanced=True),
    )
    temperature: float | None = Field(
        default=None,
        ge=0,
        le=2,
        json_schema_extra=ui("slider", label=text("Temperature", "温度"), step=0.1, advanced=True),
    )
    max_tokens: int | None = Field(
        default=None, ge=1, le=200_000,
        json_schema_extra=ui("number", label=text("Longest answer, tokens", "最大输出 token"), advanced=True),
    )  # fmt: skip
    memory: Memory = Field(
        default_factory=Memory, json_schema_extra=ui("object", label=text("Memory", "记忆"), advanced=True)
    )


class LlmNode(Node):
    name = "llm"
    display_name = text("Ask a model", "大模型")
    description = text("Sends a prompt to a chat model and streams the answer.", "向大模型发送提示词并流式返回回答。")
    category = "model"
    icon = "sparkles"
    inputs = (
        Input("prompt", "any", display_name=text("prompt", "提示词")),
        Input("context", "any", display_name=text("context", "上下文")),
    )
    outputs = (
        Output("text", "string", display_name=text("text", "文本")),
        Output("citations", "array[object]", display_name=text("citations", "引用")),
    )
    streams = True
    open_inputs = True
    timeout = 300.0
    Config = LlmConfig

    @classmethod
    def remembers(cls, config: LlmConfig) -> bool:
        return config.memory.enabled

    @classmethod
    def summary(cls, config: LlmConfig) -> str:
        return config.model

    async def invoke(self, inputs: dict[str, Any]) -> AsyncIterator[str | dict[str, Any]]:
        c = self.config
        prompt = await self.context.rendered(c.prompt_template)
        system = await self.context.rendered(c.system, after=prompt)
        messages = [ChatMessage("system", system.text)] if c.system else []
        if c.memory.enabled:
            messages += remembered(self.context.history, c.memory.tokens)
        messages.append(ChatMessage("user", prompt.text))
        self.context.record(prompt=prompt.text)
        reply: ChatReply | None = None
        stream = self.context.models.chat(
            c.model, messages, temperature=c.temperature, max_tokens=c.max_tokens, context=system.passages
        )
        async for piece in stream:
            if isinstance(piece, ChatReply):
                reply = piece
            else:
                yield piece
        if reply is None:
            raise no_answer()
        self.context.record(
            model=reply.model, provider=reply.provider, requested=reply.requested or c.model, offline=reply.offline,
            finish_reason=reply.finish_reason, usage=reply.usage,
        )  # fmt: skip
        cited = {int(number) for number in _MARK.findall(reply.text)}
        yield {"text": reply.text, "citations": [passage for passage in system.passages if passage["n"] in cited]}


def remembered(history: Sequence[Mapping[str, Any]], tokens: int) -> list[ChatMessage]:
    """Earlier turns as messages, oldest first: whole turns from the newest back, until one does not fit."""
    messages: list[ChatMessage] = []
    for turn in reversed(history):
        asked, answered = str(turn.get("question", "")), str(turn.get("answer", ""))
        tokens -= estimate_tokens(asked) + estimate_tokens(answered)
        if tokens < 0:
            break
        messages[:0] = [ChatMessage("user", asked), ChatMessage("assistant", answered)]
    return messages


register_node(LlmNode)
