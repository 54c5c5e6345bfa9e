"""Evaluations: begun, listed, looked at, stopped. `evaluator` carries them."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from sqlalchemy import RowMapping

from atoll.apps.cases import Cases
from atoll.apps.errors import no_case
from atoll.apps.expectations import Case, plain
from atoll.apps.repository import put_graph
from atoll.apps.schemas import GraphJson
from atoll.apps.service import AppService, Runnable
from atoll.db.audit import note_act
from atoll.db.database import Database
from atoll.engine.graph import Graph, canonical
from atoll.evaluation import errors, readings, repository
from atoll.evaluation.evaluator import Evaluator
from atoll.evaluation.schemas import Evaluation, EvaluationSummary, VariantForm
from atoll.evaluation.variants import changed
from atoll.kit.clock import now_ms
from atoll.kit.errors import AtollError
from atoll.kit.ids import new_id
from atoll.policy import Policy

log = structlog.get_logger("atoll.evaluation")
MAX_CELLS = 2_000
KEPT = 100  # evaluations of an app
MAX_RUNNING = 20  # of an app at a time

Trigger = Literal["person", "publish"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to evaluate. `version`: a number, "draft" or "published". `cases` None: all. `node`: the path of the node that
    `variants` change."""

    version: int | str = "published"
    cases: Sequence[str] | None = None
    node: str | None = None
    variants: Sequence[VariantForm] = ()


class EvaluationService:
    def __init__(
        self,
        db: Database,
        apps: AppService,
        cases: Cases,
        evaluator: Evaluator,
        policy_of: Callable[[str], Awaitable[Policy]],
    ) -> None:
        self._db, self._apps, self._cases = db, apps, cases
        self._evaluator, self._policy_of = evaluator, policy_of

    async def begin(
        self, workspace_id: str, app_id: str, wish: Wish, by: str, trigger: Trigger = "person"
    ) -> Evaluation:
        """Raises NotFound, and UserError `evaluation_...` or `graph_has_problems` (its pointer says of which variant)."""
        if bool(wish.variants) != (wish.node is not None):
            raise errors.no_node_to_vary()
        cases = _chosen(await self._cases.page(workspace_id, app_id), wish.cases)
        if not cases:
            raise errors.no_cases()
        if len(cases) * (1 + len(wish.variants)) > MAX_CELLS:
            raise errors.too_many_cells(MAX_CELLS)
        ready = await self._apps.runnable(workspace_id, app_id, wish.version)
        variants, graphs = await self._variants(workspace_id, app_id, wish, ready)
        evaluation_id, now = new_id("eval"), now_ms()
        row = {
            "id": evaluation_id, "workspace_id": workspace_id, "app_id": app_id, "app_name": ready.app_name,
            "version": ready.version, "trigger": trigger, "node": wish.node, "variants": variants,
            "cases": [{"id": one.id, "name": one.name, "inputs": one.inputs, "expect": plain(one.expect)} for one in cases],
            "label": (await self._policy_of(workspace_id)).input_label.as_dict(), "status": "running",
            "total": len(cases) * len(variants), "done": 0, "created_at": now, "created_by": by,
        }  # fmt: skip
        cells = [
            {"evaluation_id": evaluation_id, "workspace_id": workspace_id, "case_id": one.id, "position": at,
             "variant": variant, "state": "waiting", "checks": [], "models": []}
            for at, one in enumerate(cases)
            for variant in range(len(variants))
        ]  # fmt: skip
        async with self._db.begin() as tx:
            if await repository.count_running(tx, workspace_id, app_id) >= MAX_RUNNING:
                raise errors.too_many_running(MAX_RUNNING)
            for content, graph in graphs.items():
                await put_graph(tx, workspace_id, content, graph.digest(), graph.model_dump(exclude_defaults=True))
            await repository.add(tx, row, cells)
            note_act(tx, "evaluation", evaluation_id, app_id=app_id)
            await repository.keep_newest(tx, workspace_id, app_id, KEPT)
        self._evaluator.dispatcher.ring("housekeeping")
        return await self.get(workspace_id, evaluation_id)

    async def published(self, workspace_id: str, app_id: str, number: int, by: str) -> None:
        """A version was published: evaluate it, where the app has cases. That it can't be is no fault of the publishing."""
        try:
            if await self._cases.page(workspace_id, app_id):
                await self.begin(workspace_id, app_id, Wish(number), by, "publish")
        except AtollError as error:
            log.warning("evaluation.not_begun", app_id=app_id, version=number, code=error.code)

    async def page(
        self, workspace_id: str, app_id: str, cursor: str | None, limit: int
    ) -> tuple[list[EvaluationSummary], str | None]:
        """Newest first: (evaluations, cursor of the next page or None)."""
        await self._apps.get(workspace_id, app_id)
        async with self._db.read() as tx:
            rows = await repository.listing(tx, workspace_id, app_id, cursor, limit + 1)
            listed = rows[:limit]
            cells = await repository.cells_of(tx, [row["id"] for row in listed if not row["sums"]])
        found = [readings.summary(row, [one for one in cells if one["evaluation_id"] == row["id"]]) for row in listed]
        return found, listed[-1]["id"] if len(rows) > limit else None

    async def get(self, workspace_id: str, evaluation_id: str) -> Evaluation:
        async with self._db.read() as tx:
            row = await self._row(tx, workspace_id, evaluation_id)
            return readings.whole(row, await repository.cells_of(tx, [evaluation_id]))

    async def stop(self, workspace_id: str, evaluation_id: str) -> Evaluation:
        """Asks for a stop: its runs are stopped, what had not begun does not begin. One that has ended stays as it is."""
        async with self._db.begin() as tx:
            await self._row(tx, workspace_id, evaluation_id)
            await repository.request_stop(tx, workspace_id, evaluation_id)
        self._evaluator.look()
        return await self.get(workspace_id, evaluation_id)

    async def _row(self, tx: Any, workspace_id: str, evaluation_id: str) -> RowMapping:
        row = await repository.get(tx, workspace_id, evaluation_id)
        if row is None:
            raise errors.no_evaluation()
        return row

    async def _variants(
        self, workspace_id: str, app_id: str, wish: Wish, ready: Runnable
    ) -> tuple[list[dict[str, Any]], dict[str, Graph]]:
        """(the variants as they are kept, their graphs by content). The first is the version as it is."""
        drawn: GraphJson = {}
        as_it_is: dict[str, Any] = {}
        if wish.node is not None:
            drawn, _ = await self._apps.graph(workspace_id, app_id, ready.version or "draft")
            _, as_it_is = changed(drawn, wish.node, {})
        graphs = {_content(ready.graph): ready.graph}
        variants = [{"name": "", "config": {}, "merged": as_it_is, "content": _content(ready.graph)}]
        for at, form in enumerate(wish.variants):
            varied, merged = changed(drawn, wish.node or "", form.config)
            try:
                graph = await self._apps.sound(workspace_id, varied)
            except AtollError as error:
                error.pointer = f"/variants/{at}/config"
                raise
            content = _content(graph)
            graphs[content] = graph
            variants.append({"name": form.name, "config": form.config, "merged": merged, "content": content})
        return variants, graphs


def _content(graph: Graph) -> str:
    return hashlib.sha256(canonical(graph.model_dump(exclude_defaults=True))).hexdigest()


def _chosen(cases: Sequence[Case], ids: Sequence[str] | None) -> list[Case]:
    """In the app's order. Raises NotFound `case_not_found`."""
    if ids is None:
        return list(cases)
    known = {one.id for one in cases}
    for at, one in enumerate(ids):
        if one not in known:
            raise no_case(f"/cases/{at}")
    return [one for one in cases if one.id in set(ids)]
