"""`agent`: a model that uses tools until it knows the answer. What it did is noted step by step, and survives a crash."""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from atoll.kit.clock import now_ms
from atoll.kit.i18n import pick, text
from atoll.kit.text import CJK
from atoll.kit.validation import Unfit
from atoll.nodes import react
from atoll.nodes.journal import FUNCTION_CALLING, REACT, Journal, Turn, journal_of, thought_note
from atoll.nodes.replies import no_answer
from atoll.nodes.toolbox import AgentTool, arguments_of, names_in_values, shown, typed
from atoll.sdk import (
    Ask,
    ChatMessage,
    ChatReply,
    Input,
    Node,
    NodeError,
    Output,
    Resource,
    ToolCall,
    ToolUse,
    declared,
    register_node,
    ui,
)

_MARK = re.compile(r"\[(\d{1,3})\]")
_NOW = "You may use no more tools. Answer now, with what you have; say what you could not find out."


class AgentConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    model: str = Field(min_length=1, max_length=200, json_schema_extra=ui("model", label=text("Model", "模型")))
    query: str = Field(
        default="{{ query }}", min_length=1, max_length=100_000,
        json_schema_extra=ui("prompt", label=text("Task or question", "任务或问题"), rows=4),
    )  # fmt: skip
    tools: list[AgentTool] = Field(
        default_factory=list, max_length=30, json_schema_extra=ui("objects", label=text("Tools", "工具"))
    )
    instruction: str = Field(
        default="", max_length=100_000,
        json_schema_extra=ui("prompt", label=text("Instruction", "系统提示词"), rows=4),
    )  # fmt: skip
    strategy: Literal["function_calling", "react"] = Field(
        default="function_calling",
        json_schema_extra=ui(
            "select", label=text("Strategy", "策略"), advanced=True,
            help=text("ReAct is for models that do not take tools", "ReAct 适用于不支持工具调用的模型"),
            options=[
                {"value": "function_calling", "label": text("Function calling", "函数调用")},
                {"value": "react", "label": text("ReAct (plain text)", "ReAct(纯文本)")},
            ],
        ),
    )  # fmt: skip
    max_steps: int = Field(
        default=8, ge=1, le=50, json_schema_extra=ui("number", label=text("Turns at most", "最多轮数"))
    )
    max_tokens: int = Field(
        default=0, ge=0, le=10_000_000,
        json_schema_extra=ui("number", label=text("Tokens at most, in all", "token 总上限"), advanced=True,
                             help=text("0: no limit", "0 表示不限")),
    )  # fmt: skip
    at_limit: Literal["error", "answer"] = Field(
        default="error",
        json_schema_extra=ui(
            "select", label=text("At a limit", "达到上限时"), advanced=True,
            options=[
                {"value": "error", "label": text("Fail", "失败")},
                {"value": "answer", "label": text("Answer without tools", "不再用工具，直接回答")},
            ],
        ),
    )  # fmt: skip
    temperature: float | None = Field(
        default=None, ge=0, le=2,
        json_schema_extra=ui("slider", label=text("Temperature", "温度"), step=0.1, advanced=True),
    )  # fmt: skip

    @model_validator(mode="after")
    def _distinct(self) -> "AgentConfig":
        names = [name.casefold() for tool in self.tools for name in tool.names()]
        if len(set(names)) < len(names):
            raise Unfit(text("two tools have the same name", "有两个工具同名"))
        return self


class AgentNode(Node):
    name = "agent"
    display_name = text("Agent", "智能体")
    description = text("A model that uses tools until it knows the answer.", "由模型自主调用工具，直到得出回答。")
    category = "model"
    icon = "bot"
    inputs = (
        Input("query", "any", display_name=text("question", "问题")),
        Input("context", "any", display_name=text("context", "上下文")),
    )
    outputs = (
        Output("text", "string", display_name=text("text", "文本")),
        Output("citations", "array[object]", display_name=text("citations", "引用")),
        Output("steps", "array[object]", display_name=text("steps", "步骤")),
    )
    streams = True
    open_inputs = True
    notes_calls = True
    timeout = 900.0
    Config = AgentConfig

    @classmethod
    def tools(cls, config: AgentConfig) -> Sequence[ToolUse]:
        return [use for at, tool in enumerate(config.tools) for use in tool.uses(at)]

    @classmethod
    def resources(cls, config: AgentConfig) -> Sequence[Resource]:
        own = [tool for tool in config.tools if tool.kind in ("dataset", "node")]  # of the others their host gives it
        said = [one for tool in own for one in declared(tool.name, tool.level, tool.tags)]
        return [*super().resources(config), *said]

    @classmethod
    def names_used(cls, config: AgentConfig) -> Sequence[tuple[str, str]]:
        return [name for tool in config.tools for name in names_in_values(tool.values, "tools")]

    @classmethod
    def summary(cls, config: AgentConfig) -> str:
        tools = ", ".join(tool.name for tool in config.tools)
        return (f"{config.model} · {tools}" if tools else config.model)[:60]

    async def invoke(self, inputs: dict[str, Any]) -> AsyncIterator[str | dict[str, Any]]:
        c = self.config
        query = await self.context.rendered(c.query)
        if not query.text.strip():
            raise NodeError("agent_no_question", "There is no question to work on.", "没有可处理的问题。")
        self.context.record(prompt=query.text)
        self._language = "zh" if re.search(f"[{CJK}]", query.text) else "en"
        offers = [offer for tool in c.tools for offer in tool.offers(self.context.tools.info)]
        self._offers = {offer.spec.name: offer for offer in offers}
        self._specs = [offer.spec for offer in offers]
        instruction = await self.context.rendered(c.instruction, after=query)
        journal = journal_of(self.context.notes, instruction.passages)
        self._opening = (instruction.text, query.text)
        streamed = False
        while not (journal.turns and journal.turns[-1].answer is not None):
            for number, call in journal.open_calls:
                self._check_limits(journal, before_calls=True)
                await self._call(journal, number, call)
            streamed = False
            async for piece in self._think(journal):
                streamed = True
                yield piece
        self._record(journal)
        answer = str(journal.turns[-1].answer)
        if not streamed:  # it was noted before a crash, or came without a form to stream by
            yield answer
        marks = {int(number) for number in _MARK.findall(answer)}
        passages = journal.sources.passages
        yield {"text": answer, "citations": [one for one in passages if one["n"] in marks], "steps": journal.steps()}

    # -- the model's turn

    async def _think(self, journal: Journal) -> AsyncIterator[str]:
        """One turn of the model, noted. Yields what of it is an answer, as it comes."""
        c = self.config
        strategy = journal.turns[-1].strategy if journal.turns else c.strategy
        last = self._check_limits(journal)
        while True:
            began, said, given = now_ms(), "", ""
            reply: ChatReply | None = None
            async for piece in self._chat(journal, strategy, last=last):
                if isinstance(piece, ChatReply):
                    reply = piece
                    continue
                said += piece
                begun = react.begun_answer(said) if strategy == REACT else said
                if begun and begun.startswith(given) and begun != given:
                    yield begun[len(given) :]
                    given = begun
            if reply is None:
                raise no_answer()
            if not (reply.offline and strategy == REACT):
                break
            strategy = FUNCTION_CALLING  # the offline model keeps to no text protocol, but it can call
        calls, answer = self._read(reply, strategy, journal, last=last)
        await self._note(journal, thought_note(journal, reply, calls, answer, strategy, now_ms() - began))

    def _chat(self, journal: Journal, strategy: str, *, last: bool) -> AsyncIterator[str | ChatReply]:
        c = self.config
        specs = self._specs
        instruction, query = self._opening
        in_words = react.instructions(specs) if strategy == REACT and specs else ""
        system = "\n\n".join(part for part in (instruction, in_words) if part)
        opening = [ChatMessage("system", system)] if system else []
        messages = journal.messages([*opening, ChatMessage("user", query)], strategy)
        if last:
            messages.append(ChatMessage("user", _NOW))
        more: dict[str, Any] = {}
        if strategy == FUNCTION_CALLING and specs:
            more = {"tools": specs, "tool_choice": "none" if last else "auto"}
        passages = journal.sources.passages
        return self.context.models.chat(c.model, messages, temperature=c.temperature, context=list(passages), **more)

    def _read(
        self, reply: ChatReply, strategy: str, journal: Journal, *, last: bool
    ) -> tuple[Sequence[ToolCall], str | None]:
        """(calls, answer) of a reply."""
        specs = self._specs
        if strategy == REACT and specs:
            turn = react.read_turn(reply.text, specs)
            if turn.call and not last:
                return [turn.call], None
            if turn.answer:
                return [], turn.answer
            thought = react.only_thought(reply.text)
            if not (last or journal.strayed):
                return [], None  # told once how to write it
            if turn.call is None and thought:
                return [], thought
        elif reply.tool_calls and not last:
            return reply.tool_calls, None
        elif reply.text.strip():
            return [], reply.text
        if last:
            raise self._limit_reached(journal)
        raise no_answer()

    # -- calls

    async def _call(self, journal: Journal, number: int, call: ToolCall) -> None:
        """Make a call, unless its effect is in doubt; whatever comes of it is a result that the model sees."""
        result: dict[str, Any] = {"kind": "result", "call": number, "tool": call.name}
        try:
            inputs = await self._inputs(call)
        except NodeError as fault:
            await self._note(journal, result | self._failed(fault))
            return
        info = self.context.tools.info(call.name)
        if journal.begun[number] and info.side_effects and self._decided(journal, number, call) == "skip":
            words = text("A person decided that it is not done again.", "已由人工决定不再执行。")
            await self._note(journal, result | {"result": pick(words, self._language), "error": "effect_unknown"})
            return
        await self._note(
            journal, {"kind": "call", "call": number, "tool": call.name, "arguments": dict(call.arguments)}
        )
        seen = len(journal.sources.passages)
        try:
            reply = await self.context.tools.call(call.name, inputs, key=f"{self.context.idempotency_key}:{number}")
        except NodeError as fault:
            await self._note(journal, result | self._failed(fault))
            return
        wanted = self._offers[call.name].output
        name = wanted if wanted in reply.outputs else info.outputs[0].name if info.outputs else ""
        said = shown(reply.outputs, name, journal.sources)
        passages = journal.sources.passages[seen:]
        usage = reply.facts.get("usage") if isinstance(reply.facts.get("usage"), dict) else {}
        await self._note(journal, result | {"result": said, "passages": passages, "ms": reply.ms, "usage": usage})

    async def _inputs(self, call: ToolCall) -> dict[str, Any]:
        """What the model gives, and what is fixed. Raises NodeError with words for the model."""
        if call.fault is not None:
            raise call.fault
        offer = self._offers[call.name]
        fixed = {
            name: typed((await self.context.rendered(value)).text, kind) for name, (value, kind) in offer.values.items()
        }
        return arguments_of(call, offer.spec) | fixed

    def _failed(self, fault: NodeError) -> dict[str, Any]:
        return {"result": f"Error ({fault.code}): {pick(fault.message, self._language)}", "error": fault.code}

    def _decided(self, journal: Journal, number: int, call: ToolCall) -> str:
        """What a person said about a call that was begun and has no result. Raises Ask where nobody has yet.

        The choices name the call and how often it was begun, so that no answer counts for another doubt."""
        doubt = f"{number}_{journal.begun[number]}"
        chosen = str((self.context.answer or {}).get("choice"))
        if chosen == f"fail_{doubt}":
            raise NodeError(
                "agent_call_unknown", f"A call of {call.name} was interrupted; a person decided to stop here.",
                f"对“{call.name}”的调用曾被中断，已由人工决定终止。",
            )  # fmt: skip
        if chosen in (f"repeat_{doubt}", f"skip_{doubt}"):
            return chosen.partition("_")[0]
        arguments = dict(call.arguments)
        raise Ask({
            "text": f"{call.name} {arguments}: 调用被中断，不确定是否已生效。 It was interrupted, and may have taken effect.",
            "choices": [
                {"id": f"repeat_{doubt}", "label": "再执行一次 Repeat"},
                {"id": f"skip_{doubt}", "label": "视为已执行 Go on without"},
                {"id": f"fail_{doubt}", "label": "终止 Fail"},
            ],
            "fields": [],
        })  # fmt: skip

    # -- limits and notes

    def _check_limits(self, journal: Journal, *, before_calls: bool = False) -> bool:
        """True where a limit is reached and the next turn is the last. Raises NodeError where that is the end."""
        if not self._limits(journal):
            return False
        if self.config.at_limit == "error":
            raise self._limit_reached(journal)
        return not before_calls

    def _limits(self, journal: Journal) -> str:
        c = self.config
        if len(journal.turns) >= c.max_steps:
            return "steps"
        return "tokens" if c.max_tokens and journal.tokens >= c.max_tokens else ""

    def _limit_reached(self, journal: Journal) -> NodeError:
        self._record(journal)
        if self._limits(journal) == "tokens":
            most = self.config.max_tokens
            return NodeError(
                "agent_tokens", f"The agent used {most} tokens (max_tokens) without an answer. Raise the limit or ask for less.",
                f"智能体用满 {most} 个 token(max_tokens)仍未得出回答。请提高上限或缩小任务。",
            )  # fmt: skip
        most = self.config.max_steps
        return NodeError(
            "agent_steps", f"The agent took {most} turns (max_steps) without an answer. Raise the limit or ask for less.",
            f"智能体用满 {most} 轮（max_steps）仍未得出回答。请提高上限或缩小任务。",
        )  # fmt: skip

    async def _note(self, journal: Journal, note: dict[str, Any]) -> None:
        """On disk before anything goes on."""
        await self.context.note(**note)
        journal.take(note)
        self._record(journal)

    def _record(self, journal: Journal) -> None:
        turn: Turn = journal.turns[-1]
        reply = dict(turn.reply)
        self.context.record(
            **{**reply, "requested": reply["requested"] or self.config.model, "usage": journal.usage},
            strategy=turn.strategy, turns=len(journal.turns), calls=len(journal.results),
        )  # fmt: skip


register_node(AgentNode)
