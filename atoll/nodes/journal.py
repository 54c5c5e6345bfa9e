"""What an agent has noted, read back: the turns of its model, the calls it began, their results. Pure.

The notes are all that a crash leaves, so an agent decides from a journal only: what was noted before goes on, what was
not is done anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from atoll.nodes import react
from atoll.nodes.replies import add_usage
from atoll.nodes.toolbox import Sources
from atoll.sdk import ChatMessage, ChatReply, NodeError, ToolCall

FUNCTION_CALLING, REACT = "function_calling", "react"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the model: calls to make, or its answer; neither where it kept to no form."""

    text: str
    calls: tuple[tuple[int, ToolCall], ...]
    answer: str | None
    strategy: str
    reply: Mapping[str, Any]


@dataclass(slots=True)
class Journal:
    """`begun`: how often a call was begun, by its number (from 1, over all turns). `results`: the notes of results."""

    sources: Sources
    turns: list[Turn] = field(default_factory=list)
    begun: Counter[int] = field(default_factory=Counter)
    results: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    calls: dict[int, ToolCall] = field(default_factory=dict)
    usage: dict[str, int] = field(default_factory=dict)

    def take(self, note: Mapping[str, Any]) -> None:
        match note.get("kind"):
            case "thought":
                calls = tuple((int(one["call"]), read_call(one)) for one in note["calls"])
                self.turns.append(Turn(note["text"], calls, note["answer"], note["strategy"], note["reply"]))
                self.calls |= dict(calls)
                add_usage(self.usage, note["reply"].get("usage") or {})
            case "call":
                self.begun[note["call"]] += 1
            case "result":
                self.results[note["call"]] = note
                for passage in note.get("passages") or ():
                    self.sources.number(passage)
                add_usage(self.usage, note.get("usage") or {})

    @property
    def open_calls(self) -> list[tuple[int, ToolCall]]:
        """Calls of the last turn that have no result yet."""
        return [(n, call) for n, call in self.turns[-1].calls if n not in self.results] if self.turns else []

    @property
    def tokens(self) -> int:
        return sum(self.usage.get(name, 0) for name in ("input", "output"))

    @property
    def strayed(self) -> bool:
        """Whether the last turn kept to no form."""
        return bool(self.turns) and not self.turns[-1].calls and self.turns[-1].answer is None

    def messages(self, opening: Sequence[ChatMessage], strategy: str) -> list[ChatMessage]:
        """The conversation so far, as the model is to see it."""
        told = list(opening)
        for turn in self.turns:
            if strategy == FUNCTION_CALLING:
                told.append(ChatMessage("assistant", turn.text, tool_calls=[call for _, call in turn.calls]))
                told += [ChatMessage("tool", self._result(n), tool_call_id=call.id) for n, call in turn.calls]
            else:
                told.append(ChatMessage("assistant", turn.text))
                results = [f"Observation: {self._result(n)}" for n, _ in turn.calls]
                told.append(ChatMessage("user", "\n\n".join(results) or react.AGAIN))
        return told

    def _result(self, number: int) -> str:
        note = self.results.get(number)
        return str(note["result"]) if note else ""

    def steps(self) -> list[dict[str, Any]]:
        """The calls with what came of them, for the node's output."""
        return [
            {"tool": self.calls[n].name, "arguments": dict(self.calls[n].arguments), "result": note["result"],
             "error": note.get("error"), "ms": note.get("ms", 0)}
            for n, note in sorted(self.results.items())
        ]  # fmt: skip


def journal_of(notes: Iterable[Mapping[str, Any]], passages: Sequence[Mapping[str, Any]]) -> Journal:
    """`passages`: those that the question itself shows; they come first."""
    journal = Journal(Sources([dict(passage) for passage in passages]))
    for note in notes:
        journal.take(note)
    return journal


def thought_note(
    journal: Journal, reply: ChatReply, calls: Sequence[ToolCall], answer: str | None, strategy: str, ms: int
) -> dict[str, Any]:
    """A turn as it is noted. Calls are numbered over all turns, and each has an id of its own."""
    first = len(journal.calls) + 1
    taken = {call.id for call in journal.calls.values()}
    noted: list[dict[str, Any]] = []
    for number, call in enumerate(calls, first):
        made = call.id if call.id and call.id not in taken else f"{call.id or 'call'}_{number}"
        taken.add(made)
        noted.append({"call": number, "id": made, "tool": call.name, "arguments": dict(call.arguments)} | _fault(call))
    return {
        "kind": "thought", "step": len(journal.turns) + 1, "text": reply.text, "calls": noted, "answer": answer,
        "strategy": strategy, "ms": ms,
        "reply": {"model": reply.model, "provider": reply.provider, "requested": reply.requested,
                  "offline": reply.offline, "finish_reason": reply.finish_reason, "usage": dict(reply.usage)},
    }  # fmt: skip


def _fault(call: ToolCall) -> dict[str, Any]:
    if call.fault is None:
        return {}
    return {"fault": {"code": call.fault.code, "message": call.fault.message, "detail": call.fault.detail}}


def read_call(noted: Mapping[str, Any]) -> ToolCall:
    fault = noted.get("fault")
    error = None
    if fault:
        message = fault["message"]
        error = NodeError(fault["code"], message["en"], message.get("zh"), detail=fault["detail"])
    return ToolCall(noted["id"], noted["tool"], noted["arguments"], "", error)
