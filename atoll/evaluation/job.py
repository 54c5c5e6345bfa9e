"""One evaluation in a process's hands: its cells, a few at a time, until all have ended or wait for a person."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import RowMapping

from atoll.apps.expectations import EXPECTATIONS
from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.incidents import report
from atoll.engine.graph import Graph
from atoll.evaluation import readings, repository
from atoll.evaluation.schemas import FINAL, Fault
from atoll.evaluation.trial import Subject, Trials
from atoll.kit.clock import now_ms
from atoll.kit.errors import AtollError
from atoll.kit.i18n import text
from atoll.runs.schemas import Run
from atoll.runs.service import NewRun

log = structlog.get_logger("atoll.evaluation")
Json = dict[str, Any]
POISON_CLAIMS = 5  # so many without progress: its cells kill who carries them


class Gone(Exception):
    """Another process carries the evaluation by now, or it was deleted: drop it."""


class Job:
    """`look` is set where somebody may have asked for a stop."""

    def __init__(
        self,
        db: Database,
        trials: Trials,
        row: RowMapping,
        cells: Sequence[RowMapping],
        graphs: Sequence[Json],
        at_once: int,
    ) -> None:
        self.look = asyncio.Event()
        self._db, self._trials, self._row, self._graphs = db, trials, row, graphs
        self.id, self.workspace_id, self._epoch = row["id"], row["workspace_id"], row["epoch"]
        self._cells: dict[tuple[str, int], Json] = {(one["case_id"], one["variant"]): dict(one) for one in cells}
        self._read: dict[int, Graph] = {}
        self._slots = asyncio.Semaphore(at_once)
        self._stopping = bool(row["stop_requested"])

    async def run(self) -> None:
        """Raises Gone."""
        if self._row["claims"] > POISON_CLAIMS:
            await self.give_up()
            return
        if self._stopping:
            await self._stop_runs()
        try:
            async with asyncio.TaskGroup() as group:
                for case in self._row["cases"]:
                    group.create_task(self._case(case))
        except BaseExceptionGroup as failed:
            if failed.subgroup(Gone):
                raise Gone from None
            raise
        await self._finish()

    async def give_up(self) -> None:
        """Whoever took it up died of it, again and again. What has not ended fails. Raises Gone."""
        fault = Fault(
            code="evaluation_gave_up",
            message=text(
                f"Test runs were begun {POISON_CLAIMS} times without any progress and were given up. "
                "Look at the server's memory and log, then run them again.",
                f"测试运行已启动 {POISON_CLAIMS} 次但没有任何进展，已放弃。请检查服务器内存与日志后重试。",
            ),
        )
        for cell in self._cells.values():
            if cell["state"] not in FINAL:
                await self._write(cell, _failed(fault))
        async with self._db.begin() as tx:
            await self._hold(tx, {"epoch": self._epoch})
            await report(
                tx,
                "given_up",
                "evaluation",
                workspace_id=self.workspace_id,
                subject_id=self.id,
                title=self._row["app_name"],
                code=fault.code,
            )
        await self._finish()

    async def renew(self, lease_until: int) -> None:
        """Raises Gone."""
        async with self._db.begin() as tx:
            asked = await self._hold(tx, {"lease_until": lease_until})
        if asked:
            self._stopping = True
            await self._stop_runs()

    async def let_go(self) -> None:
        """Stopped in good order: whoever comes next goes on at once."""
        async with self._db.begin() as tx:
            await repository.hold(tx, self.id, self._epoch, {"lease_until": None, "claims": 0})

    async def _case(self, case: Json) -> None:
        """The version as it is, then its variants."""
        base = await self._cell(case, 0, None)
        if len(self._graphs) == 1:
            return
        first = self._cells[case["id"], 0]
        forkable = base is not None and await self._forkable(base)
        async with asyncio.TaskGroup() as group:
            for variant in range(1, len(self._graphs)):
                cell = self._cells[case["id"], variant]
                if forkable:
                    group.create_task(self._cell(case, variant, base))
                elif first["state"] in FINAL and cell["state"] not in FINAL:  # the variant would only meet it again
                    same = {"state": first["state"], "error": first["error"]}
                    group.create_task(self._write(cell, same))

    async def _forkable(self, base: Run) -> bool:
        try:
            return await self._trials.forkable(self.workspace_id, base, self._subject)
        except Exception:  # the border of a task: the fork will meet it too, and its cell say so
            log.exception("evaluation.fork_unclear", evaluation=self.id, run=base.id)
            return True

    async def _cell(self, case: Json, variant: int, base: Run | None) -> Run | None:
        """Its run, None where there is none. `base`: the run that it is a fork of."""
        cell = self._cells[case["id"], variant]
        if cell["state"] in FINAL:
            return await self._trials.runs.get(self.workspace_id, cell["run_id"]) if cell["run_id"] else None
        run: Run | None = None
        async with self._slots:
            if self._stopping and cell["run_id"] is None:
                return None
            try:
                run = await self._start(case, variant, base)
                await self._write(cell, {"state": "running", "run_id": run.id})
                if self._stopping:
                    await self._trials.cancel(self.workspace_id, run.id, self._row["created_by"])
                run = await self._trials.runs.wait(self.workspace_id, run.id)
                expect = EXPECTATIONS.validate_python(case["expect"])
                subject = self._subject if variant == 0 else None
                found = await self._trials.outcome(self.workspace_id, run, expect, subject)
            except Unavailable:  # no fault of the cell's: whoever takes the evaluation up again finds its run
                raise
            except AtollError as error:
                found = _failed(Fault(code=error.code, message=error.message))
            except Gone:
                raise
            except Exception:  # the border of a task
                log.exception("evaluation.cell_failed", evaluation=self.id, case=case["id"], variant=variant)
                found = _failed(_broken())
            await self._write(cell, found)
        return run

    async def _start(self, case: Json, variant: int, base: Run | None) -> Run:
        """Make the cell's run, or find it."""
        key = f"test {self.id} {case['id']} {variant}"  # no caller's Idempotency-Key can be one: it has spaces
        if base is None:
            new = NewRun(
                graph=self._graph(0), inputs=case["inputs"], created_by=self._row["created_by"],
                app_id=self._row["app_id"], app_name=self._row["app_name"], version=self._row["version"],
                label=self._row["label"], idempotency_key=key, kind="test",
            )  # fmt: skip
            return await self._trials.runs.create(self.workspace_id, new)
        by = self._row["created_by"]
        return await self._trials.fork(self.workspace_id, base, self._subject, self._graph(variant), key, by)

    def _graph(self, variant: int) -> Graph:
        if variant not in self._read:
            self._read[variant] = Graph.model_validate(self._graphs[variant])
        return self._read[variant]

    @property
    def _subject(self) -> Subject:
        return Subject(self._graph(0), self._row["node"])

    async def _write(self, cell: Json, values: Mapping[str, Any]) -> None:
        """Raises Gone."""
        async with self._db.begin() as tx:
            await self._hold(tx, {"epoch": self._epoch})  # first, so that nobody else writes between
            await repository.set_cell(tx, self.id, cell["case_id"], cell["variant"], values)
            if values["state"] in FINAL:
                done, _ = await repository.count_done(tx, self.id)
                await self._hold(tx, {"done": done, "claims": 0})
        cell.update(values)

    async def _hold(self, tx: Any, values: Mapping[str, Any]) -> bool:
        asked = await repository.hold(tx, self.id, self._epoch, values)
        if asked is None:
            raise Gone
        return asked

    async def _stop_runs(self) -> None:
        """Those of cells that have not ended, and their judges'."""
        for cell in list(self._cells.values()):
            if cell["run_id"] and cell["state"] not in FINAL:
                await self._trials.cancel(self.workspace_id, cell["run_id"], self._row["created_by"])

    async def _finish(self) -> None:
        """Raises Gone."""
        cells = list(self._cells.values())
        if self._stopping:
            for cell in cells:
                if cell["state"] not in FINAL:
                    await self._write(cell, {"state": "stopped"})
        done = sum(cell["state"] in FINAL for cell in cells)
        values: Json = {"lease_until": None, "done": done, "claims": 0}
        if done < len(cells):
            values["status"] = "paused"
        else:
            sums = readings.sums_of(cells, len(self._graphs))
            values |= {"status": "stopped" if self._stopping else "done", "ended_at": now_ms()}
            values["sums"] = [one.model_dump() for one in sums]
        async with self._db.begin() as tx:
            await self._hold(tx, values)


def _failed(fault: Fault) -> Json:
    return {"state": "error", "error": fault.model_dump()}


def _broken() -> Fault:
    return Fault(
        code="evaluation_internal",
        message=text("Something failed inside Atoll. The server's log says what.", "Atoll 内部出错，详见服务器日志。"),
    )
