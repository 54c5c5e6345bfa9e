"""Every promise, over all runs of a stored database: `python -m tests.runs.verify DATA/atoll.db`, or
`postgresql://user:password@host:port/name`. Changes nothing.

Of each run: its log (tests/runs/invariants.py), and that its row is a reading of its log. Of the database: that SQLite
finds it whole, and that large values are what their hashes say.
"""

import asyncio
import hashlib
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, select

from atoll.db.database import Database
from atoll.db.tables.runs import event_values, runs
from atoll.db.tenancy import everything
from atoll.engine.events import Event
from atoll.engine.fold import fold
from atoll.engine.graph import Graph
from atoll.engine.plan import Plan, compile_plan
from atoll.engine.state import ENDED, RunStatus
from atoll.engine.step import Catalogue
from atoll.kit.errors import UserError
from atoll.nodes.registry import Registry
from atoll.runs import store
from tests.runs import invariants

LARGEST = 400  # events of a log that is folded from every prefix; that takes the square of them


@dataclass
class Verdict:
    """`faults`: (run, what is wrong). `unread`: runs whose node types are not installed here: only numbers are looked at."""

    runs: Counter[str] = field(default_factory=Counter)
    events: int = 0
    values: int = 0
    unread: int = 0
    handed_on: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        states = ", ".join(f"{count} {status}" for status, count in sorted(self.runs.items()))
        lines = [f"{sum(self.runs.values())} runs ({states}), {self.events} events, {self.values} large values; "
                 f"{self.handed_on} runs had more than one owner, {self.unread} could only be counted; "
                 f"{len(self.faults)} faults"]  # fmt: skip
        return "\n".join(lines + [f"{run}: {words}" for run, words in self.faults])


async def verify(database: Path | str, catalogue: Catalogue | None = None) -> Verdict:
    """Looks at all of it and raises nothing: what is wrong is in the verdict. `database`: a file of SQLite, or an
    address."""
    plugins = database.parent / "plugins" if isinstance(database, Path) else None
    known = Registry(plugins) if catalogue is None else catalogue
    db = Database(f"sqlite:///{database}" if isinstance(database, Path) else database)
    verdict = Verdict()
    try:
        await _database(db, verdict)
        async with db.read(slow=True) as tx:
            ids = (await tx.execute(select(runs.c.workspace_id, runs.c.id))).all()
        for workspace_id, run_id in ids:
            async with db.read(slow=True) as tx:
                row = await store.get(tx, workspace_id, run_id)
                if row is None:
                    continue
                events = await store.read_events(tx, run_id)
                graph = await store.get_graph(tx, workspace_id, row["content"])
            verdict.runs[row["status"]] += 1
            verdict.events += len(events)
            verdict.handed_on += row["epoch"] > 1
            try:
                _run(row, events, graph, known, verdict)
            except (AssertionError, KeyError, ValueError) as fault:
                verdict.faults.append((run_id, f"{type(fault).__name__}: {fault}"))
    finally:
        await db.close()
    return verdict


async def _database(db: Database, verdict: Verdict) -> None:
    async with db.read(slow=True) as tx:
        checks = (("integrity_check", [("ok",)]), ("foreign_key_check", [])) if tx.dialect.name == "sqlite" else ()
        for check, fine in checks:
            found = [tuple(row) for row in (await tx.exec_driver_sql(f"PRAGMA {check}")).all()]
            if found != fine:
                verdict.faults.append(("database", f"{check}: {found[:3]}"))
        for digest, value in await tx.execute(select(event_values.c.digest, event_values.c.value)):
            verdict.values += 1
            if hashlib.sha256(value.encode()).hexdigest() != digest:
                verdict.faults.append(("database", f"the value {digest} has another content"))


def _run(row: RowMapping, events: list[Event], graph: dict[str, Any], known: Catalogue, verdict: Verdict) -> None:
    over = row["status"] in ENDED
    invariants.check_sequence(events, ended=over)
    assert row["seq"] == len(events), f"its row counts {row['seq']} events, its log has {len(events)}"
    _reading(row, events)
    try:
        plan = compile_plan(Graph.model_validate(graph), known)
    except UserError:
        verdict.unread += 1
        return
    invariants.check_nodes(plan, events)
    if over and len(events) <= LARGEST:
        invariants.check_prefixes(plan, events)
    _status(row, plan, events)


def _reading(row: RowMapping, events: list[Event]) -> None:
    """The row of a run that has ended says what its last event says."""
    last = events[-1]
    if row["status"] not in ENDED:
        assert row["ended_at"] is None and row["outputs"] is None, "it goes on and has a result"
        return
    assert last.type == f"run.{row['status']}", f"its row says {row['status']}, its log {last.type}"
    assert row["ended_at"] == last.at and row["owner"] is None, "its row is not that of a run that has ended"
    if row["status"] == "succeeded":
        assert row["outputs"] == last.data["outputs"], "its row has another result"
    if row["status"] == "failed":
        assert row["error"] == {**last.data["error"], "node": last.node}, "its row has another error"


def _status(row: RowMapping, plan: Plan, events: list[Event]) -> None:
    aside = row["status"] == "paused" and (row["pause"] or {}).get("reason") == "event_unknown"
    if aside:
        return
    state = fold(plan, events)
    folded = RunStatus.RUNNING if row["status"] == "queued" else RunStatus(row["status"])
    assert state.status is folded, f"its row says {row['status']}, its log {state.status}"
    if state.pause is not None and state.status is RunStatus.PAUSED:
        assert row["pause"]["reason"] == state.pause["reason"], "its row has another pause"


def main() -> int:
    database = sys.argv[1] if len(sys.argv) == 2 else ""
    if not database.startswith("postgresql://") and not Path(database).is_file():
        print(
            f"usage: python -m {__spec__.name} DATA/atoll.db | postgresql://user:password@host:port/name",
            file=sys.stderr,
        )
        return 2
    with everything("verify"):
        verdict = asyncio.run(verify(database if "://" in database else Path(database)))
    print(verdict)
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main())
