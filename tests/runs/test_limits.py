"""Time limits hold for whatever a node is made of, of one attempt and of the run, and the code names the limit."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from atoll.engine.plan import compile_plan
from atoll.kit.jail.profiles import CodeJails
from atoll.runs.debugging import Going
from atoll.runs.execution.code import RunCode
from atoll.runs.schemas import Run
from atoll.sdk import Node, NodeError, Output, ToolCall
from tests.runs import invariants
from tests.runs.world import WS, ScriptedPeer, World, chain, debugging, finished, graph, kinds, new, node, soon

LIMIT = 0.3  # seconds
WITHIN = 2.5  # seconds after the limit; the machine may be busy


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Lets go of what no limit can end: threads."""
    event = threading.Event()
    yield event
    event.set()


def hanging(world: World, over: threading.Event) -> dict[str, dict[str, Any]]:
    """One node `n` of each kind that does not end by itself."""

    async def coroutine(self: Node, inputs: Any) -> Any:
        await asyncio.Event().wait()

    async def stubborn(self: Node, inputs: Any) -> Any:
        while not over.is_set():
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue

    async def streaming(self: Node, inputs: Any) -> Any:
        yield "piece"
        await asyncio.Event().wait()

    def function(self: Node, inputs: Any) -> Any:
        over.wait(30)

    def generator(self: Node, inputs: Any) -> Any:
        yield "piece"
        over.wait(30)

    def waiting(self: Node, inputs: Any) -> Any:
        self.context.wait(asyncio.Event().wait())

    for invoke in (coroutine, stubborn, streaming, function, generator, waiting):
        name = invoke.__name__
        members = {"name": name, "outputs": (Output("value"),), "invoke": invoke}
        world.catalogue[name] = type(name, (Node,), members)
    world.models.answers |= {"m": [[asyncio.Event()]], "calls": [[ToolCall("a", "act", {})]]}
    world.http = ScriptedPeer([asyncio.Event().wait])
    inside = chain(node("in", "coroutine")).model_dump(exclude_defaults=True)
    deep = chain(node("deep", "loop", graph=inside)).model_dump(exclude_defaults=True)
    return {
        **{name: node("n", name) for name in ("coroutine", "stubborn", "streaming", "function", "generator", "waiting")},
        "model": node("n", "llm", model="m", prompt_template="x"),
        "code": node("n", "code", code="def main():\n    while True: pass", inputs=[]),
        "http_request": node("n", "http_request", url="https://x.example/"),
        "tool": node("n", "tool", node="coroutine"),
        "agent": node("n", "agent", model="calls", query="x", tools=[{"name": "act", "kind": "node", "node": "coroutine"}]),
        "iteration": node("n", "iteration", graph=inside),
        "loop in an iteration": node("n", "iteration", graph=deep),
        "loop": node("n", "loop", graph=inside),
        "subflow": node("n", "subflow", app="inner", graph=inside),
    }  # fmt: skip


KINDS = ("coroutine", "stubborn", "streaming", "function", "generator", "waiting", "model", "code", "http_request", "tool",
         "agent", "iteration", "loop in an iteration", "loop", "subflow")  # fmt: skip


async def run_of(world: World, over: threading.Event, kind: str, **limits: Any) -> tuple[Run, float]:
    """A run of that node after a list that it may pass through, and the seconds that it took."""
    jail = None
    if kind == "code":
        jail = CodeJails()
        world.code = RunCode(jail, world.http)
        await jail.start()
    world.stage.parts["items"] = [[["one"]]]
    under_test = hanging(world, over)[kind] | ({"timeout": limits.pop("timeout")} if "timeout" in limits else {})
    steps = chain(node("items"), under_test)
    service = world.service(limits=limits or None)
    began = time.monotonic()
    run = await finished(service, steps)
    took = time.monotonic() - began
    invariants.check(compile_plan(steps, world.catalogue), await service.events(WS, run.id))
    if jail is not None:
        await jail.stop()
    return run, took


@pytest.mark.parametrize("kind", KINDS)
async def test_an_attempt_has_its_time(world: World, over: threading.Event, kind: str) -> None:
    run, took = await run_of(world, over, kind, timeout=LIMIT)
    assert run.error is not None and (run.error.code, run.error.node) == ("node_timeout", "n")
    assert "0.3 s" in run.error.message["en"] and "0.3 秒" in run.error.message["zh"]
    assert took < LIMIT + WITHIN


@pytest.mark.parametrize("kind", KINDS)
async def test_a_run_has_its_time(world: World, over: threading.Event, kind: str) -> None:
    run, took = await run_of(world, over, kind, seconds=LIMIT)
    assert run.error is not None and run.error.code == "limit_run_seconds"
    assert "ATOLL_RUN_SECONDS = 0.3" in run.error.message["en"]
    assert took < LIMIT + WITHIN


# Containers


def each(timeout: float, **more: Any) -> dict[str, Any]:
    inside = chain(node("w")).model_dump(exclude_defaults=True)
    return node("each", "iteration", graph=inside, timeout=timeout, **more)


async def test_a_container_that_takes_too_long_ends_what_is_in_it_and_goes_out_by_its_branch(world: World) -> None:
    world.stage.parts |= {"items": [[1, 2]], "each/0/w": [world.stage.hold]}
    steps = graph(
        node("items"), each(0.2, on_error="branch"), node("after"), node("rescue", "template", template="{{ each.error.code }}"),
        {"source": "items", "target": "each"}, {"source": "each", "target": "after"},
        {"source": "each", "target": "rescue", "source_handle": "error"},
    )  # fmt: skip
    run = await finished(world.service(), steps)
    assert (run.status, run.outputs) == ("succeeded", {"text": "node_timeout", "passages": []})
    assert world.stage.stopped["each/0/w"].is_set()
    assert (world.stage.count("each/1/w"), world.stage.count("after")) == (0, 0)


async def test_a_container_in_time_is_left_alone_and_a_retry_has_its_own_time(world: World) -> None:
    world.stage.parts |= {"items": [[1]], "each/0/w": [world.stage.hold, NodeError("x", "X.", retryable=True), "third"]}
    service = world.service()
    run = await finished(service, chain(node("items"), each(0.3, retry={"attempts": 3, "delay": 0})))
    assert (run.status, run.outputs) == ("succeeded", {"results": ["third"], "count": 1})
    codes = [event.data["error"]["code"] for event in await service.events(WS, run.id) if event.type == "node.retrying"]
    assert codes == ["node_timeout", "x"]
    await asyncio.sleep(0.4)
    assert (await service.get(WS, run.id)).status == "succeeded"


async def test_a_container_has_its_time_over_a_crash_but_a_persons_is_not_counted(world: World) -> None:
    first = world.worker()
    inside = chain(node("ok", "approval"), node("w")).model_dump(exclude_defaults=True)
    steps = chain(node("items"), node("each", "iteration", graph=inside, timeout=1.0))
    world.stage.parts |= {"items": [[1]], "each/0/w": [world.stage.hold]}
    service = world.service(first)
    run = await finished(service, steps)
    assert run.status == "paused"
    await asyncio.sleep(1.1)  # longer than the container may take
    await debugging(service).resume(WS, run.id, Going("each/0/ok", answer={"choice": "approve"}), "ann")
    await soon(world.stage.reached["each/0/w"].wait())
    await first.stop()
    service = world.service()
    ended = await soon(service.wait(WS, run.id))
    assert ended.error is not None and (ended.error.code, ended.error.node) == ("node_timeout", "each")
    log = await service.events(WS, run.id)
    assert kinds(log).count(("node.started", "each/0/w")) == 2, "it went on after the crash, and then ran out of time"
    invariants.check(compile_plan(steps, world.catalogue), log)


# Rests before retries


async def test_a_rest_in_one_pass_or_branch_holds_back_no_other(world: World) -> None:
    """With one place at work: a node that rests before a retry leaves it to the others, in and out of containers."""
    world.stage.parts |= {
        "items": [[1, 2, 3]], "each/0/w": [NodeError("busy", "Busy.", retryable=True)],
        "beside": [NodeError("busy", "Busy.", retryable=True)],
    }  # fmt: skip
    retry = {"attempts": 2, "delay": 60}
    inside = chain(node("w", retry=retry)).model_dump(exclude_defaults=True)
    steps = graph(
        node("items"), node("each", "iteration", graph=inside, parallel=3), node("beside", retry=retry), node("far"),
        {"source": "items", "target": "each"}, {"source": "items", "target": "far"},
    )  # fmt: skip
    service = world.service(limits={"parallel": 1})
    run = await service.create(WS, new(steps))
    for name in ("each/1/w", "each/2/w", "far"):
        await soon(world.stage.reached[name].wait())
    await service.cancel(WS, run.id, "ann")
    assert (await soon(service.wait(WS, run.id))).status == "cancelled"
    assert (world.stage.count("each/0/w"), world.stage.count("beside")) == (1, 1)
