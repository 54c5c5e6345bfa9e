"""One small graph for each built-in node type, with an effect outside wherever the type can have one."""

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from atoll.engine.graph import Graph
from atoll.policy.redaction import ZoneKey, ZoneRedaction
from atoll.runs.debugging import Going
from atoll.runs.schemas import Run
from atoll.sdk import DocumentText, HttpReply, Node, Output, Passage, ToolCall
from tests.nodes.test_agent import Thinking
from tests.runs.dying import Lives
from tests.runs.world import World, chain, edge, graph, node

DONE = {"value": "done"}
INPUTS = {"q": "a refund please"}
ASK = node("ask", "input", variable="q")
CLASSES = [{"id": "refund", "name": "Refund"}, {"id": "other", "name": "Other"}]


def effect(id: str = "effect", **more: Any) -> dict[str, Any]:
    """A node whose effect knows no key. What it gives in place of an effect that was done is what it would have given."""
    return node(id, "effect", default_outputs=DONE, **more)


@dataclass(frozen=True)
class Type:
    """The node `n` of a type, between two others that take time. `doubts`: a crash may leave its effect unknown."""

    node: dict[str, Any]
    doubts: bool = False
    beside: tuple[dict[str, Any], ...] = ()

    @property
    def steps(self) -> Graph:
        parts = (ASK, node("before"), self.node, node("after"), node("end", "output"))
        ways = [edge(left["id"], right["id"]) for left, right in pairwise(parts)]
        return graph(*parts, *ways, *self.beside)


def inner(*nodes: dict[str, Any]) -> dict[str, Any]:
    return chain(*nodes).model_dump(exclude_defaults=True)


def n(type: str, **config: Any) -> dict[str, Any]:
    return node("n", type, **config)


PASS = inner(node("work"), effect(), node("say", "template", template="{{ index }}:{{ effect.value }}"))
TYPES: dict[str, Type] = {
    "agent": Type(n("agent", model="m", query="{{ q }}", tools=[
        {"name": "find", "dataset": "reports"},
        {"name": "act", "kind": "node", "node": "effect"}]), doubts=True),
    "answer": Type(n("answer", template="{{ q }}!")),
    "approval": Type(n("approval", message="{{ q }}?")),
    "classifier": Type(n("classifier", model="choice", classes=CLASSES)),
    "code": Type(n("code", code="def main(text):\n    return {'result': str(text).upper()}")),
    "condition": Type(n("condition", cases=[{"id": "yes", "clauses": [
        {"variable": "q", "operator": "contains", "value": "refund"}]}])),
    "document_extractor": Type(n("document_extractor", dataset="reports", document="a.pdf")),
    "extractor": Type(n("extractor", model="values", fields=[{"name": "company"}])),
    "http_request": Type(n("http_request", method="POST", url="https://bank.example/pay", body="{}",
                           default_outputs={"body": "paid"}), doubts=True),
    "input": Type(node("n", "template", template="{{ q }}")),
    "iteration": Type(n("iteration", graph=PASS, output="say.text", parallel=2), doubts=True),
    "list_operator": Type(n("list_operator", take="first", count=2)),
    "llm": Type(n("llm", model="says", prompt_template="{{ q }}")),
    "loop": Type(n("loop", graph=PASS, most=3, output="say.text"), doubts=True),
    "note": Type(node("n", "template", template="{{ q }}"), beside=(node("words", "note", text="why"),)),
    "output": Type(node("n", "template", template="{{ q }}")),
    "redact": Type(n("redact", level="public")),
    "restore": Type(n("restore")),
    "retriever": Type(n("retriever", vector_index="reports", query="{{ q }}")),
    "subflow": Type(n("subflow", app="inner", inputs={"text": "{{ q }}"}, graph=inner(
        node("start", "input", variable="text"), node("work"), effect(), node("end", "output", name="said"),
    )), doubts=True),
    "template": Type(n("template", template="{{ q }}")),
    "tool": Type(n("tool", node="effect", default_outputs={"result": "done"}), doubts=True),
    "variable_aggregator": Type(n("variable_aggregator")),
    "variable_assigner": Type(n("variable_assigner", assignments=[
        {"variable": "conversation.seen", "operation": "append", "from": "value", "value": 1}])),
}  # fmt: skip


class Effect(Node):
    """Something outside that knows no key."""

    name = "effect"
    side_effects = True
    outputs = (Output("value"),)
    done: ClassVar[list[str]]

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        self.done.append(self.context.idempotency_key)
        await asyncio.sleep(0)
        return DONE


class Typed(Lives):
    """One run of a type's graph. Whatever acts outside writes its idempotency key into `effects`."""

    def __init__(self, world: World, name: str, type: str) -> None:
        super().__init__(world, name, TYPES[type].steps, INPUTS, self.look)
        self.doubts = 0
        world.redaction = ZoneRedaction(ZoneKey.derived(name))
        Effect.done = self.effects
        world.catalogue["effect"] = Effect
        world.stage.parts = {"before": [["a", "b", "c", "d"]], "after": [self.after]}
        script = [[ToolCall("x", "find", {"query": "q"})], [ToolCall("y", "act", {})], "all done [1]"]
        answers = {"choice": ['{"class": "refund"}'], "values": ['{"company": "Lanhai"}'], "says": ["It ", "is so."]}
        world.models.answers = {model: [said] for model, said in answers.items()}
        if type == "agent":
            world.models = Thinking(script)  # type: ignore[assignment]
        world.knowledge.passages["reports"] = [Passage("c1", "d1", "a.pdf", "reports", "27 %", 0.9)]
        world.knowledge.documents["reports", "a.pdf"] = DocumentText("d1", "a.pdf", "reports", "The text.", 1)
        world.http = world.http if type != "http_request" else _Bank(self)

    async def after(self, _node: Any, inputs: dict[str, Any]) -> dict[str, Any]:
        """Of an agent's steps, all but the time that they took."""
        return {"value": inputs.get("value")}

    def look(self, paused: Run) -> Going:
        """The person looks outside whether it happened."""
        pause = paused.pause
        assert pause is not None
        if pause.reason == "effect_unknown":
            self.doubts += 1
            done = f"{paused.id}:{pause.node}" in self.effects
            return Going(pause.node, "skip" if done else "repeat")
        assert pause.reason == "approval" and pause.asks is not None
        choices = [choice["id"] for choice in pause.asks.form["choices"]]
        if "approve" in choices:
            return Going(pause.node, answer={"choice": "approve"})
        self.doubts += 1
        wanted = "skip" if self.effects else "repeat"
        (choice,) = [one for one in choices if one.startswith(wanted)]
        return Going(pause.node, answer={"choice": choice})


class _Bank:
    """The other end of `http_request`."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives

    async def request(self, method: str, url: str, *, headers: Any = None, **_: Any) -> HttpReply:
        self._lives.effects.append((headers or {})["Idempotency-Key"])
        await asyncio.sleep(0)
        return HttpReply(200, {"content-type": "text/plain"}, b"paid", url)
