"""What trust costs: the scope of statements and the audit in a run that is started over HTTP; records written, and checked.

The run is asked of the application itself, without a socket, by a program with a key, until it has ended.
With and without are taken in turn, so that what else the machine does meets both.
"""

import logging
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import structlog
from sqlalchemy import event, insert

from atoll.api import guard
from atoll.api.app import create_app
from atoll.cli.instance import Instance
from atoll.cli.serve import services_of
from atoll.db import tenancy
from atoll.db.audit import FIRST, By, hash_of, note
from atoll.db.database import Database
from atoll.db.tables.audit import audit_records
from atoll.kit.clock import now_ms
from atoll.kit.settings import Settings
from atoll.workspaces.audit.chain import Verifier
from atoll.workspaces.people.access import Actor
from benchmarks.measure import Row

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # a server has it off too
ROUNDS, RUNS = 25, 6  # rounds of so many runs each, in turn
RECORDS = 1_000  # appended, one a transaction
CHECKED = 100_000
GRAPH = {
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "query"}},
        {"id": "say", "type": "template", "config": {"template": "Hello {{ query }}"}},
        {"id": "end", "type": "output"},
    ],
    "edges": [{"source": "start", "target": "say"}, {"source": "say", "target": "end"}],
}


async def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        async with _program(Path(folder)) as (instance, start):
            plain, scoped, audited = await _in_turn(instance, start)
            rows = [
                Row(
                    "run of 3 nodes, statements held",
                    scoped * 1000,
                    "ms CPU",
                    plain * 1000,
                    "not held",
                    1.05 * plain * 1000,
                ),
                Row(
                    "run of 3 nodes, audited too",
                    audited * 1000,
                    "ms CPU",
                    plain * 1000,
                    "neither",
                    1.05 * plain * 1000,
                ),
            ]
        rows.append(await _appended(Path(folder) / "records.db"))
    rows.append(_checked())
    return rows


@asynccontextmanager
async def _program(folder: Path) -> AsyncIterator[tuple[Instance, Callable[[], Awaitable[None]]]]:
    instance = Instance(Settings(data=folder / "data", web=folder / "web", sample=False))
    await instance.open()
    instance.worker.start()
    app = create_app(services_of(instance, sandbox=lambda: {"available": False, "reason": None}))
    with tenancy.everything("a benchmark"):
        workspace_id = await instance.workspaces.add_workspace("w")
        actor = Actor("", workspace_id, "owner", "cli")
        owner = await instance.workspaces.people.add(actor, "ann", "correct horse battery", "owner")
        made = await instance.apps.create(workspace_id, "ann", name="a", graph=GRAPH)
        await instance.apps.publish(workspace_id, made.id, "ann")
        key = await instance.workspaces.keys.add(Actor(owner.id, workspace_id, "owner", "session"), "k", "owner", None)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost",
                                headers={"Authorization": f"Bearer {key.key}"})  # fmt: skip

    async def start() -> None:
        path = f"/api/v1/apps/{made.id}/runs"
        answer = await client.post(path, json={"inputs": {"query": "x"}})
        assert answer.status_code == 201, answer.text
        with tenancy.within(workspace_id):
            run = await instance.runs.wait(workspace_id, answer.json()["id"])
        assert run.status == "succeeded"

    yield instance, start
    await client.aclose()
    await instance.stop()


async def _in_turn(instance: Instance, start: Callable[[], Awaitable[None]]) -> list[float]:
    """The least CPU seconds of a run, which is the one that nothing else disturbed: with neither, with the scope, with both."""
    taken: list[list[float]] = [[], [], []]
    for _ in range(ROUNDS):
        for at, (scope, audit) in enumerate(((False, False), (True, False), (True, True))):
            with _as(instance.db, scope, audit):
                await start()
                before = time.process_time()
                for _ in range(RUNS):
                    await start()
                taken[at].append((time.process_time() - before) / RUNS)
    return [min(one) for one in taken]


@contextmanager
def _as(db: Database, scope: bool, audit: bool) -> Iterator[None]:
    engines = {db._writer, db._reader, db._slow_reader}
    records = guard.Rule.records
    if not scope:
        for engine in engines:
            event.remove(engine.sync_engine, "before_cursor_execute", tenancy._check)
    if not audit:
        guard.Rule.records = lambda self, method: False  # type: ignore[method-assign]
    try:
        yield
    finally:
        guard.Rule.records = records  # type: ignore[method-assign]
        if not scope:
            for engine in engines:
                tenancy.hold(engine)


def _record(seq: int) -> dict[str, Any]:
    return {"seq": seq, "workspace_id": "ws", "at": now_ms(), "actor_kind": "user", "actor_id": "usr_1", "actor_name": "Ann",
            "action": "change_user", "target_kind": "user", "target_id": "usr_2", "outcome": "done",
            "detail": {"role": "editor", "was": "analyst"}, "address": "192.0.2.7", "request_id": "req_1"}  # fmt: skip


async def _appended(path: Path) -> Row:
    """A transaction with one record, beside one that inserts the same row without a chain."""
    db = Database(f"sqlite:///{path}")
    await db.migrate()
    seq = 1_000_000
    with tenancy.everything("a benchmark"):
        before = time.process_time()
        for _ in range(RECORDS):
            async with db.begin() as tx:
                note(
                    tx,
                    "change_user",
                    "user",
                    "usr_2",
                    by=By("user", "usr_1", "Ann", "ws"),
                    role="editor",
                    was="analyst",
                )
        chained = time.process_time() - before
        before = time.process_time()
        for _ in range(RECORDS):
            seq += 1
            async with db.begin() as tx:
                await tx.execute(insert(audit_records), [{**_record(seq), "hash": FIRST}])
        plain = time.process_time() - before
    await db.close()
    return Row(
        "record, in a transaction of its own", chained / RECORDS * 1e6, "µs CPU", plain / RECORDS * 1e6, "an insert"
    )


def _checked() -> Row:
    records, digest = [], FIRST
    for seq in range(1, CHECKED + 1):
        record = _record(seq)
        digest = record["hash"] = hash_of(digest, record)
        records.append(record)
    verifier = Verifier((), None)
    before = time.process_time()
    verifier.take(records)
    taken = time.process_time() - before
    assert verifier.end() == []
    before, digest = time.process_time(), FIRST
    for record in records:
        digest = hash_of(digest, record)
    bare = time.process_time() - before
    million = 1e6 / CHECKED
    return Row("check of a million records", taken * million, "s CPU", bare * million, "the hashes alone", 5)
