"""One cell: its run, and what came of it. Whoever asks again with the same keys gets the same runs.

The version as it is runs whole. A variant is a fork of that run from the tuned node on, so what is upstream of it runs once
for each case. A run that did not get as far is not tried again with each variant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atoll.apps.expectations import MAX_EXPECTATIONS, Expectation, Judged
from atoll.apps.fitting import Fitting
from atoll.engine import state as engine
from atoll.engine.fork import ENDS, downstream
from atoll.engine.graph import Graph
from atoll.engine.plan import Plan
from atoll.evaluation import checks
from atoll.evaluation.judge import Judge
from atoll.evaluation.schemas import Check, Fault
from atoll.evaluation.variants import outermost
from atoll.kit.i18n import text
from atoll.runs.debugging import Debugging, Fork
from atoll.runs.schemas import Run
from atoll.runs.service import RunService

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """The version as it is, and the path of the node that is tuned."""

    graph: Graph
    node: str | None


class Trials:
    def __init__(self, runs: RunService, debugging: Debugging, fitting: Fitting, judge: Judge) -> None:
        self.runs = runs
        self._debugging, self._fitting, self._judge = debugging, fitting, judge

    async def cancel(self, workspace_id: str, run_id: str, by: str) -> None:
        """Stop a cell's run and the judges of it."""
        await self.runs.cancel(workspace_id, run_id, by)
        for number in range(MAX_EXPECTATIONS):
            judge = await self.runs.by_key(workspace_id, _judge_key(run_id, number))
            if judge is not None and judge.ended_at is None:
                await self.runs.cancel(workspace_id, judge.id, by)

    async def forkable(self, workspace_id: str, base: Run, subject: Subject) -> bool:
        """Can a fork keep all that the tuned node needs, so that it does nothing a second time that the run did, or will
        still do? A run that waits for a person after the tuned node need not be waited for."""
        plan = self.runs.plan_of(subject.graph)
        node = outermost(subject.node or "")
        events = await self.runs.events(workspace_id, base.id)
        ended = {event.node for event in events if event.type in ENDS and event.data.get("handled") != "stop"}
        if base.status == "succeeded":
            return True
        if base.status in engine.ENDED:
            return upstream(plan, node) <= ended
        return base.status == "paused" and set(plan.steps) - downstream(plan, node) <= ended

    async def fork(self, workspace_id: str, base: Run, subject: Subject, graph: Graph, key: str, by: str) -> Run:
        existing = await self.runs.by_key(workspace_id, key)
        if existing is not None:
            return existing
        fork = Fork(outermost(subject.node or ""), graph, kind="test", key=key)
        return await self._debugging.fork(workspace_id, base.id, fork, by)

    async def outcome(
        self, workspace_id: str, run: Run, expect: Sequence[Expectation], subject: Subject | None = None
    ) -> Json:
        """The columns of a cell whose run has ended or waits. `subject` where it is the run that variants fork from."""
        found: Json = {
            "run_id": run.id, "tokens_in": run.usage.input, "tokens_out": run.usage.output,
            "models": [model.model_dump() for model in run.models], "offline": run.offline,
        }  # fmt: skip
        if run.status == "paused":
            return {**found, "state": "paused"}
        found["ms"] = await self._ms(workspace_id, run, subject)
        if run.status == "cancelled":
            return {**found, "state": "stopped"}
        if run.status == "failed":
            error = run.error
            fault = Fault(code=error.code, message=error.message, node=error.node) if error else _unknown()
            return {**found, "state": "error", "error": fault.model_dump()}
        outputs = run.outputs or {}
        held = [await self._check(workspace_id, run, outputs, one, at) for at, one in enumerate(expect)]
        shown = checks.picked(outputs, "")
        return {
            **found,
            "state": checks.state_of(held),
            "checks": [one.model_dump(mode="json") for one in held],
            "output": checks.cut(checks.as_text(shown[1]), checks.MAX_OUTPUT) if shown else "",
        }

    async def _check(
        self, workspace_id: str, run: Run, outputs: Mapping[str, Any], expectation: Expectation, number: int
    ) -> Check:
        check = Check(
            kind=checks.kind_of(expectation), output=expectation.output, passed=False,
            negated=not isinstance(expectation, Judged) and expectation.negated,
            expected=checks.cut(checks.expected_of(expectation)), found="",
        )  # fmt: skip
        picked = checks.picked(outputs, expectation.output)
        if picked is None:
            return check.model_copy(update={"reason": checks.missing(expectation.output, outputs)})
        check.output, value = picked
        check.found = checks.cut(checks.as_text(value))
        if isinstance(expectation, Judged):
            opinion = await self._judge.ask(workspace_id, run, expectation, value, _judge_key(run.id, number))
            check.passed, check.reason, check.run_id = opinion.passed, opinion.reason, opinion.run_id
        else:
            check.passed, check.reason = await checks.held(expectation, value, self._fitting)
        return check

    async def _ms(self, workspace_id: str, run: Run, subject: Subject | None) -> int | None:
        """How long it took; of the run that variants are compared with, only what they do too."""
        if run.ended_at is None or run.started_at is None:
            return None
        since = run.started_at
        if subject is not None and subject.node is not None:
            since = (await self.runs.node(workspace_id, run.id, outermost(subject.node))).started_at or since
        return max(0, run.ended_at - since)


def upstream(plan: Plan, node: str) -> set[str]:
    """All that runs before `node` and leads to it."""
    found = list(plan.steps[node].upstream)
    for one in found:
        found.extend(before for before in plan.steps[one].upstream if before not in found)
    return set(found)


def _judge_key(run_id: str, number: int) -> str:
    """No caller's Idempotency-Key can be one: it has spaces."""
    return f"judge {run_id} {number}"


def _unknown() -> Fault:
    return Fault(code="run_failed", message=text("The run failed.", "运行失败。"))
