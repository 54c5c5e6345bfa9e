"""Records runs into the newest folder of `recorded/`: `python -m tests.histories.record NAME...` (all where none is named).

Only for a new history, or a new generation. The files that are there are what older versions wrote: they must fold as
they are, for ever.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

from atoll.db.tenancy import everything
from atoll.engine.events import Event
from atoll.engine.fold import fold
from atoll.engine.graph import Graph
from atoll.runs.debugging import Going
from atoll.runs.service import Begin, RunService
from atoll.sdk import NodeError, Passage, ToolCall
from tests.histories.history import History, reading
from tests.runs.world import (
    WS,
    ScriptedPeer,
    World,
    chain,
    debugging,
    edge,
    finished,
    graph,
    make_database,
    new,
    node,
    soon,
    world_in,
)

Recorded = tuple[Graph, list[Event]]
Scenario = Callable[[World], Awaitable[Recorded]]

ASK = node("ask", "input", variable="q")
SAY = node("say", "llm", model="m", prompt_template="{{ q }}")
END = node("end", "output", name="answer")
YES = [{"id": "true", "clauses": [{"variable": "q", "operator": "contains", "value": "?"}]}]
FORK = graph(
    ASK, node("if", "condition", cases=YES), SAY, node("more", "template", template="{{ say.text }}!"),
    node("no", "template", template="no question"), node("end", "output", template="{{ more.text }}{{ no.text }}"),
    edge("ask", "if"), edge("if", "say", "true"), edge("say", "more"), edge("if", "no", "false"),
    edge("more", "end"), edge("no", "end"),
)  # fmt: skip
BUSY = NodeError("model_busy", "Busy.", "忙。", retryable=True, detail="429")
ORDER = node("order", "http_request", method="POST", url="https://shop.example/orders", body='{"q": "{{ q }}"}',
             on_error="branch", default_outputs={"status": 0})  # fmt: skip
ORDERING = graph(
    ASK, ORDER, node("end", "output", template="{{ order.status }}"), node("sorry", "output", template="{{ order.error.code }}"),
    edge("ask", "order"), edge("order", "end"), edge("order", "sorry", "error"),
)  # fmt: skip


async def to_its_end(world: World, what: Graph, question: str = "What?", **options: Any) -> Recorded:
    service = world.service(**options)
    run = await finished(service, what, {"q": question}, label={"level": "internal", "tags": []})
    return what, await service.events(WS, run.id)


def answering(*answers: list[Any]) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        world.models.answers["m"] = list(answers)

    return prepare


def simple(what: Graph, prepare: Callable[[World], None], question: str = "What?", **options: Any) -> Scenario:
    async def play(world: World) -> Recorded:
        prepare(world)
        return await to_its_end(world, what, question, **options)

    return play


def failing(on_error: str) -> Scenario:
    say = {**SAY, "on_error": on_error, "default_outputs": {"text": "spare"}}
    what = graph(
        ASK, say, END, node("sorry", "output", name="sorry", template="{{ say.error.code }}"),
        edge("ask", "say"), edge("say", "end"), edge("say", "sorry", "error"),
    )  # fmt: skip
    return simple(what, answering(["half ", NodeError("model_gone", "Gone.", "没了。")]))


async def cited(world: World) -> Recorded:
    world.knowledge.passages["reports"] = [
        Passage(f"c{n}", "d1", "储能.pdf", "reports", f"事实 {n}", 0.5, page=n, heading="市场") for n in (1, 2)
    ]
    world.models.answers["m"] = [["澜海 15% [2]"]]
    find = node("find", "retriever", vector_index="reports")
    say = node("say", "llm", model="m", prompt_template="{{ context }}\n{{ q }}")
    return await to_its_end(
        world, graph(ASK, find, say, edge("ask", "find"), edge("find", "say", None, output="context"))
    )


async def in_flight(world: World, what: Graph) -> tuple[RunService, str]:
    """A run whose model is writing."""
    world.models.answers["m"] = [["half ", asyncio.Event()], ["whole"]]
    service = world.service()
    run = await service.create(WS, new(what, {"q": "What?"}))
    await soon(world.models.reached.wait())
    return service, run.id


async def cancelled(world: World) -> Recorded:
    what = chain(ASK, SAY, END)
    service, run_id = await in_flight(world, what)
    await service.cancel(WS, run_id, "ann")
    await soon(service.wait(WS, run_id))
    return what, await service.events(WS, run_id)


async def unfinished(world: World) -> Recorded:
    what = chain(ASK, SAY, END)
    service, run_id = await in_flight(world, what)
    return what, await service.events(WS, run_id)


async def crashed(world: World) -> Recorded:
    """The worker is gone while two nodes run and one is done."""
    what = graph(ASK, SAY, node("beside", "template", template="{{ q }}"), END, edge("ask", "say"), edge("ask", "beside"),
                 edge("say", "end"), edge("beside", "end"))  # fmt: skip
    _, run_id = await in_flight(world, what)
    await world.workers[-1].stop()
    service = world.service()
    await soon(service.wait(WS, run_id))
    return what, await service.events(WS, run_id)


def ordering(decision: Literal["repeat", "skip", "fail"] | None) -> Scenario:
    """The worker is gone while an order is placed; a person says what became of it (None: has not yet)."""

    async def play(world: World) -> Recorded:
        reached = asyncio.Event()

        async def never() -> Any:
            reached.set()
            await asyncio.Event().wait()

        world.http = ScriptedPeer([never, (201, "ordered")])
        run = await world.service().create(WS, new(ORDERING, {"q": "bread"}))
        await soon(reached.wait())
        await world.workers[-1].stop()
        service = world.service()
        await soon(service.wait(WS, run.id))
        if decision:
            await debugging(service).resume(WS, run.id, Going("order", decision), "ann")
            await soon(service.wait(WS, run.id))
        return ORDERING, await service.events(WS, run.id)

    return play


async def debugged(world: World) -> Recorded:
    """Stopped before the model, a value changed, and on."""
    world.models.answers["m"] = [["yes"]]
    what = chain(ASK, node("lay", "template", template="{{ q }}"), SAY, END)
    service = world.service()
    run = await finished(service, what, {"q": "What?"}, begin=Begin(breakpoints=[{"node": "say"}]))
    await debugging(service).set_value(WS, run.id, "lay", "text", "changed", "ann")
    await debugging(service).resume(WS, run.id, Going(mode="go"), "ann")
    await soon(service.wait(WS, run.id))
    return what, await service.events(WS, run.id)


def approving(choice: str | None) -> Scenario:
    """A person is asked; None: has not answered."""
    what = graph(ASK, node("ok", "approval", message="{{ q }}"), END, node("no", "output", name="no", template="no"),
                 edge("ask", "ok"), edge("ok", "end", "approve"), edge("ok", "no", "reject"))  # fmt: skip

    async def play(world: World) -> Recorded:
        service = world.service()
        run = await finished(service, what, {"q": "What?"})
        if choice:
            await debugging(service).resume(WS, run.id, Going("ok", answer={"choice": choice}), "ann")
            await soon(service.wait(WS, run.id))
        return what, await service.events(WS, run.id)

    return play


async def iterated(world: World) -> Recorded:
    """Three items, one of which fails and is left out."""
    world.models.answers["m"] = [["one"], [NodeError("model_gone", "Gone.", "没了。")], ["three"]]
    items = {"id": "ask", "type": "input", "config": {"variables": [{"name": "items", "type": "list"}]}}
    say = node("say", "llm", model="m", prompt_template="{{ item }}")
    each = node("each", "iteration", graph={"nodes": [say], "edges": []}, output="say.text", error_mode="drop")
    what = chain(items, each, END)
    service = world.service()
    run = await finished(service, what, {"items": [1, 2, 3]})
    return what, await service.events(WS, run.id)


async def calling(world: World) -> Recorded:
    """Another app, given a text by a template, which finds, answers and cites."""
    world.knowledge.passages["reports"] = [
        Passage("c1", "d1", "储能.pdf", "reports", "事实 1", 0.5, page=1, heading="市场")
    ]
    world.models.answers["m"] = [["15% [1]"]]
    find = node("find", "retriever", vector_index="reports")
    say = node("say", "llm", model="m", prompt_template="{{ context }}\n{{ q }}")
    inner = graph(ASK, find, say, node("end", "answer"), edge("ask", "find"),
                  edge("find", "say", None, output="context"), edge("say", "end"))  # fmt: skip
    held = inner.model_dump(exclude_defaults=True)
    call = node("call", "subflow", app="assistant", version="1", graph=held, inputs={"q": "{{ q }} In short."})
    return await to_its_end(world, chain(ASK, call, END))


async def iterated_citing(world: World) -> Recorded:
    """Two passes that both count from 1."""
    world.knowledge.passages["reports"] = [
        Passage(f"c{n}", "d1", "储能.pdf", "reports", f"事实 {n}", 0.5) for n in (1, 2)
    ]
    world.models.answers["m"] = [["one [1]"], ["two [1]"]]
    items = {"id": "ask", "type": "input", "config": {"variables": [{"name": "items", "type": "list"}]}}
    find = node("find", "retriever", vector_index="reports")
    say = node("say", "llm", model="m", prompt_template="{{ find.documents[index] }}")
    body = {"nodes": [find, say], "edges": [edge("find", "say")]}
    find["config"]["query"] = "{{ item }}"
    what = chain(items, node("each", "iteration", graph=body, output="say.text"), END)
    service = world.service()
    run = await finished(service, what, {"items": ["a", "b"]})
    return what, await service.events(WS, run.id)


async def agentic(world: World) -> Recorded:
    """A model that searches, is told of a tool that does not exist, and answers with a citation."""
    passage = Passage("c1", "d1", "储能.pdf", "reports", "事实 1", 0.5, page=1, heading="市场")
    world.knowledge.passages["reports"] = [passage]
    unknown = ToolCall("b", "fly", {}, "{}", NodeError("tool_unknown", "There is no tool fly.", "没有工具 fly。"))
    world.models.answers["m"] = [["Look. ", ToolCall("a", "find", {"query": "澜海"})], [unknown], ["27% [1]"]]
    do = node("do", "agent", model="m", query="{{ q }}", tools=[{"name": "find", "dataset": "reports"}])
    return await to_its_end(world, chain(ASK, do, END))


RETRYING = chain(ASK, {**SAY, "retry": {"attempts": 3, "delay": 0.01}}, END)


async def released(world: World) -> Recorded:
    """A person lets a question go on under a lower label."""
    what = chain(
        ASK, node("ok", "approval", release_level="public"), node("end", "output", template="{{ ok.released }}")
    )
    service = world.service()
    run = await finished(service, what, {"q": "May it?"}, label={"level": "internal", "tags": []})
    await debugging(service).resume(WS, run.id, Going(answer={"choice": "approve"}), "mia")
    await soon(service.wait(WS, run.id))
    return what, await service.events(WS, run.id)


SCENARIOS: dict[str, Scenario] = {
    "straight": simple(chain(ASK, SAY, END), answering(["It is ", "so."])),
    "branch-taken": simple(FORK, answering(["yes"])),
    "branch-skipped": simple(FORK, answering(["yes"]), "Nothing."),
    "retry-then-success": simple(RETRYING, answering([BUSY], ["half ", BUSY], ["done"])),
    "retries-used-up": simple(RETRYING, answering([BUSY])),
    "failure-stop": failing("stop"),
    "failure-default": failing("default"),
    "failure-branch": failing("branch"),
    "limit-steps": simple(chain(ASK, SAY, END), answering(["x"]), limits={"steps": 2}),
    "citations": cited,
    "cancelled": cancelled,
    "unfinished": unfinished,
    "crash": crashed,
    "paused": ordering(None),
    "paused-repeat": ordering("repeat"),
    "paused-skip": ordering("skip"),
    "paused-fail": ordering("fail"),
    "debugged": debugged,
    "asked": approving(None),
    "approved": approving("approve"),
    "rejected": approving("reject"),
    "iteration": iterated,
    "iteration-citing": iterated_citing,
    "subflow": calling,
    "agent": agentic,
    "redacted": simple(
        chain(ASK, node("redact", "redact", level="public"), node("end", "output", template="{{ redact.result }}")),
        answering(["x"]), "Call 13800138000 about a@b.example",
    ),
    "released": released,
}  # fmt: skip


def timeless(events: list[Event], run_id: str) -> list[Event]:
    """The same on any machine at any time."""
    kept = []
    for event in events:
        data = dict(event.data)
        if "key" in data:
            data["key"] = data["key"].replace(run_id, "run_1")
        if "sys" in data:
            data["sys"] |= {"run_id": "run_1", "started_at": "2026-01-01T00:00:00.000Z"}
        if event.type == "node.noted":
            data |= {"ms": 0} if "ms" in data else {}
        for step in (data.get("outputs") or {}).get("steps") or ():
            step["ms"] = 0
        kept.append(Event(event.type, event.node, data, event.seq, 1_767_225_600_000 + event.seq))
    return kept


async def record(name: str) -> History:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "atoll.db"
        with everything("a recording"):
            await make_database(path)
            async with world_in(path) as world:
                what, events = await SCENARIOS[name](world)
    events = timeless(events, events[0].data["sys"]["run_id"])
    history = History(name, what.model_dump(exclude_defaults=True), events, {})
    return History(name, history.graph, events, reading(fold(history.plan(), events)))


if __name__ == "__main__":
    for wanted in sys.argv[1:] or SCENARIOS:
        asyncio.run(record(wanted)).write()
