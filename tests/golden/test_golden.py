"""A graph and a scripted model in, the whole event sequence out: every type, node, number and output, times left out.

A change here is a change of what every reader of a run sees. Make it on purpose, and look at it line by line.
"""

from pathlib import Path
from typing import Any

import orjson
import pytest

from atoll.engine.events import Event
from atoll.engine.graph import Graph
from atoll.sdk import NodeError, Passage
from tests.runs.world import WS, ScriptedPeer, World, collect, edge, graph, new, node, soon

FOLDER = Path(__file__).parent / "expected"
ASK = node("ask", "input", variable="q")
END = node("end", "output")
CASES = [
    {"id": "big", "clauses": [{"variable": "n", "operator": ">", "value": 10}]},
    {"id": "small", "clauses": [{"variable": "n", "operator": ">", "value": 0}]},
]
ARTICLE = Graph.model_validate(
    {
        "nodes": [
            {"id": "input_1", "type": "input", "config": {"variable": "user_query"}},
            {"id": "retrieval_1", "type": "retriever", "config": {"vector_index": "internal_reports", "top_k": 5}},
            {"id": "llm_1", "type": "llm",
             "config": {"model": "qwen-max", "prompt_template": "基于以下内容回答问题:{{context}}\n\n问题:{{user_query}}"}},
        ],
        "edges": [
            {"source": "input_1", "target": "retrieval_1"},
            {"source": "retrieval_1", "target": "llm_1", "data": {"mapping": {"output": "context"}}},
        ],
    }
)  # fmt: skip
GRAPHS: dict[str, tuple[Graph, dict[str, Any]]] = {
    "article": (ARTICLE, {"user_query": "澜海储能的市场份额"}),
    "one-way-of-three": (
        graph(node("ask", "input", variables=[{"name": "n", "type": "number"}]), node("if", "condition", cases=CASES),
              node("a", "template", template="big {{ n }}"), node("b", "template", template="small {{ n }}"),
              node("c", "template", template="none {{ n }}"), END,
              edge("ask", "if"), edge("if", "a", "big"), edge("if", "b", "small"), edge("if", "c", "false"),
              edge("a", "end"), edge("b", "end"), edge("c", "end")),
        {"n": 3}),
    "two-at-once-then-joined": (
        graph(ASK, node("one", "llm", model="m", prompt_template="one {{ q }}"),
              node("two", "llm", model="n", prompt_template="two {{ q }}"),
              node("end", "answer", template="{{ one.text }} and {{ two.text }}"),
              edge("ask", "one"), edge("ask", "two"), edge("one", "end"), edge("two", "end")),
        {"q": "?"}),
    "retry-then-default-then-branch": (
        graph(ASK,
              node("a", "http_request", url="https://x.example/a", retry={"attempts": 2, "delay": 0}),
              node("b", "http_request", url="https://x.example/b", on_error="default", default_outputs={"body": "spare"}),
              node("c", "http_request", url="https://x.example/c", on_error="branch"),
              node("fine", "output", name="fine", template="fine"),
              node("sad", "output", name="sad", template="{{ c.error.code }} {{ b.body }}"),
              edge("ask", "a"), edge("a", "b"), edge("b", "c"), edge("c", "fine"), edge("c", "sad", "error")),
        {"q": "?"}),
    "failure": (
        graph(ASK, node("t", "template", template="{{ q.missing.deeper }}"), node("after", "template", template="x"), END,
              edge("ask", "t"), edge("t", "after"), edge("after", "end")),
        {"q": "?"}),
    "redacted-then-asked": (
        graph(ASK, node("find", "retriever", vector_index="internal_reports"), node("clean", "redact", level="public"),
              node("say", "llm", model="m", prompt_template="{{ clean.result }}"), node("end", "answer"),
              edge("ask", "find"), edge("find", "clean", None, documents="value"), edge("clean", "say"), edge("say", "end")),
        {"q": "13800138000"}),
    "passages-keep-their-numbers": (
        graph(ASK, node("find", "retriever", vector_index="internal_reports"),
              node("quote", "template", template="{{ documents }}"),
              node("say", "llm", model="m", prompt_template="{{ prompt }}"), node("end", "answer"),
              edge("ask", "find"), edge("find", "quote", None, documents="documents"), edge("quote", "say", None, text="prompt"),
              edge("say", "end")),
        {"q": "?"}),
}  # fmt: skip


def script(world: World) -> None:
    """What the outside says, the same for every graph."""
    busy = NodeError("http_failed", "Busy.", "忙。", retryable=True)
    world.models.answers = {
        "m": [["first ", "says [2]"]], "n": [["second"]], "qwen-max": [["份额为", "15.0%", " [1]"]],
    }  # fmt: skip
    world.knowledge.passages["internal_reports"] = [
        Passage(f"c{n}", f"d{n}", f"{name}.pdf", "internal_reports", f"{name} text", 1 / n, page=n)
        for n, name in enumerate(("energy", "cable"), 1)
    ]
    world.http = ScriptedPeer([busy, (200, "ok"), (404, "no"), (500, "down")])
    world.datasets["internal_reports"] = world.datasets["reports"]


def joined(events: list[Event]) -> list[Event]:
    """Pieces of one text that follow each other are one: how many a reader gets depends on how quick it is."""
    found: list[Event] = []
    for event in events:
        last = found[-1] if found else None
        if last and event.type == last.type == "node.delta" and event.node == last.node:
            found[-1] = Event(last.type, last.node, {**last.data, "text": last.data["text"] + event.data["text"]})
        else:
            found.append(event)
    return found


def line(event: Event, run_id: str) -> str:
    data = {name: value for name, value in event.data.items() if name not in ("sys", "digest")}
    number = str(event.seq) if event.seq else "-"
    shown = orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode().replace(run_id, "RUN")
    return " ".join(part for part in (number, event.type, event.node, shown) if part)


@pytest.mark.parametrize("name", GRAPHS)
async def test_the_events_of_a_graph(world: World, name: str) -> None:
    script(world)
    steps, inputs = GRAPHS[name]
    service = world.service()
    run = await service.create(WS, new(steps, inputs))
    events = await soon(collect(service, run.id))
    happened = "".join(f"{line(event, run.id)}\n" for event in joined(events))
    assert happened == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def test_every_expectation_belongs_to_a_graph() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(GRAPHS)
