"""The worker dies at every write of the log, before and after its commit: the next one finishes the run all the same."""

import asyncio
from typing import Any

import pytest

from atoll.engine.events import Event
from atoll.engine.plan import compile_plan
from atoll.runs.debugging import Going
from atoll.runs.schemas import Run
from atoll.sdk import NodeError
from tests.runs import invariants
from tests.runs.dying import DyingDatabase, Lives, Side, after_every_event, at_every_write
from tests.runs.world import World, asked_at, edge, graph, node

YES = {"id": "true", "clauses": [{"variable": "q", "operator": "is", "value": "yes"}]}
STEPS = graph(
    node("ask", "input", variable="q"),
    node("left"),
    node("right", retry={"attempts": 4, "delay": 0}),
    node("broken", on_error="default", default_outputs={"value": "spare"}),
    node("pay", "pay", default_outputs={"value": "paid"}),
    node("if", "condition", cases=[YES]),
    node("then", "llm", model="m", prompt_template="{{ right.value }}"),
    node("else"),
    node("end", "output", template="{{ pay.value }} {{ broken.value }} {{ then.text }}"),
    edge("ask", "left"), edge("ask", "right"), edge("right", "if", None, value="right"), edge("left", "broken"),
    edge("if", "then", "true", case="prompt"), edge("if", "else", "false", case="value"),
    edge("left", "pay"), edge("broken", "pay", None, value="other"), edge("then", "pay", None, text="other"),
    edge("else", "pay", None, value="other"), edge("pay", "end"),
)  # fmt: skip


class Case(Lives):
    """One run of `STEPS` and its side effects."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name, STEPS, {"q": "yes"}, self.look)
        self.failed_once = False
        world.models.answers["m"] = [["well ", "done"]]
        world.stage.parts = {"pay": [self.pay], "right": [self.fail_once], "broken": [NodeError("broken", "Broken.")]}

    def look(self, paused: Run) -> Going:
        """The person looks at the bank's statement."""
        assert asked_at(paused) == "pay"
        return Going("pay", "skip" if self.effects else "repeat")

    async def pay(self, at: Any, _inputs: Any) -> dict[str, Any]:
        self.effects.append(at.context.idempotency_key)
        await asyncio.sleep(0)
        return {"value": "paid"}

    async def fail_once(self, _at: Any, _inputs: Any) -> dict[str, Any]:
        if self.failed_once:
            return {"value": "right"}
        self.failed_once = True
        raise NodeError("busy", "Busy.", retryable=True)

    async def examine(self, run: Run) -> list[Event]:
        """Whatever happened, the run came to the same end, and its log holds."""
        assert (run.status, run.outputs) == ("succeeded", {"output": "paid spare well done"}), self.name
        assert len(self.effects) == 1, self.name
        return await self.log(run)


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_run_survives_a_crash_at_any_write(world: World, side: Side) -> None:
    runs, asked = 0, 0
    async for lives, run in at_every_write(world, side, lambda name: Case(world, name)):
        assert isinstance(lives, Case)
        await lives.examine(run)
        runs, asked = runs + 1, asked + len(lives.pauses)
    assert runs > 6, "the run has more writes than that"
    assert asked, "some crash left a payment unknown"


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_run_survives_the_crash_of_the_worker_that_goes_on(world: World, side: Side) -> None:
    """The second worker dies too, at each of its first writes."""
    for first in (2, 4, 6, 7):
        for second in (2, 4):
            case = Case(world, f"{side}-{first}-{second}")
            run = None
            for at in (first, second):
                db = DyingDatabase(world.db, at, side)
                run = run or await case.carried_by(db)
                await db.close()
            await case.examine(run or await case.finished())


async def test_a_log_cut_after_any_event_goes_on_to_the_same_end(world: World) -> None:
    case = Case(world, "whole")
    whole = await case.examine(await case.finished())
    async for lives, run in after_every_event(world, whole, lambda name: Case(world, name)):
        assert (run.status, run.outputs) == ("succeeded", {"output": "paid spare well done"}), lives.name
        await lives.log(run)


# The invariants themselves notice what they are for


def logged(*events: tuple[str, str | None, dict[str, Any]]) -> list[Event]:
    return [Event(kind, at, data, seq) for seq, (kind, at, data) in enumerate(events, 1)]


GOOD = logged(
    ("run.started", None, {}), ("node.started", "a", {"attempt": 1}), ("node.succeeded", "a", {"outputs": {}}),
    ("node.started", "b", {"attempt": 1}), ("node.succeeded", "b", {"outputs": {}}), ("run.succeeded", None, {}),
)  # fmt: skip
BROKEN = {
    "a hole": [*GOOD[:3], *GOOD[4:]],
    "two outcomes": [*GOOD, Event("run.failed", None, {"error": {}}, 7)],
    "no outcome": GOOD[:-1],
    "a success twice": [*GOOD[:5], Event("node.succeeded", "b", {"outputs": {}}, 6), Event("run.succeeded", None, {}, 7)],
    "a start before its inputs": logged(
        ("run.started", None, {}), ("node.started", "b", {"attempt": 1}), ("run.failed", None, {"error": {}})),
    "a success without its nodes": logged(("run.started", None, {}), ("run.succeeded", None, {})),
    "an attempt twice": logged(
        ("run.started", None, {}), ("node.started", "a", {"attempt": 1}), ("node.started", "a", {"attempt": 1}),
        ("run.cancelled", None, {})),
    "a payment repeated": logged(
        ("run.started", None, {}), ("node.started", "a", {"attempt": 1}), ("node.started", "a", {"attempt": 2}),
        ("run.cancelled", None, {})),
    "a delta in the log": logged(("run.started", None, {}), ("node.delta", "a", {}), ("run.cancelled", None, {})),
}  # fmt: skip


async def test_a_good_log_passes(world: World) -> None:
    plan = compile_plan(graph(node("a", "pay"), node("b"), edge("a", "b")), world.catalogue)
    invariants.check(plan, GOOD, ["a", "b"])
    with pytest.raises(AssertionError, match="more than once"):
        invariants.check(plan, GOOD, ["a", "a"])


@pytest.mark.parametrize("events", BROKEN.values(), ids=BROKEN)
async def test_a_broken_log_does_not(world: World, events: list[Event]) -> None:
    plan = compile_plan(graph(node("a", "pay"), node("b"), edge("a", "b")), world.catalogue)
    with pytest.raises(AssertionError):
        invariants.check(plan, events)
