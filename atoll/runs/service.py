"""What the API and the command line ask of runs. Scoped to a workspace, always."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import note_act
from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.statements import ALL, Within
from atoll.engine.conversation import beginning
from atoll.engine.events import TERMINAL, Event
from atoll.engine.graph import Graph, canonical
from atoll.engine.plan import Plan
from atoll.kit import trace as traces
from atoll.kit.clock import iso, now_ms
from atoll.kit.errors import Conflict
from atoll.kit.ids import new_id
from atoll.runs import following, store
from atoll.runs.errors import no_node, no_run
from atoll.runs.execution.inputs import checked_inputs
from atoll.runs.quota import Quota
from atoll.runs.schemas import Citation, Failure, ModelUsed, NodeTrace, PauseOut, Run, RunTrigger, Usage
from atoll.runs.store import Claim
from atoll.runs.trace import step_at, trace
from atoll.runs.worker.worker import Worker


@dataclass(frozen=True, slots=True)
class Begin:
    """How a run begins that is not simply run from its start to its end.

    `conversation` and `history`: what a turn has from the turns before it.
    `prefix`: events of the run that it was forked from, numbered from 2. `pins`: outputs of nodes that do not run.
    `given`: inputs of nodes that were typed. `variables`: names that nothing in the graph gives, for a run of a single
    node. `breakpoints`: [{node, condition: [clause]}]. `mode`: "step" pauses before the first node.
    """

    prefix: Sequence[Event] = ()
    pins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    breakpoints: Sequence[Mapping[str, Any]] = ()
    mode: Literal["go", "step"] = "go"
    conversation: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()

    def as_data(self) -> dict[str, Any]:
        """The part that stands in the run's first event."""
        data: dict[str, Any] = {
            "pins": self.pins, "given": self.given, "variables": self.variables,
            "breakpoints": list(self.breakpoints), "mode": "" if self.mode == "go" else self.mode,
            "history": list(self.history),
        }  # fmt: skip
        return {name: value for name, value in data.items() if value}


@dataclass(frozen=True, slots=True)
class NewRun:
    """`graph` must have passed the check. `label` is that of the inputs, {level, tags}.

    `request`: a hash of what was asked, which the same `idempotency_key` must come with again; None makes it of the graph
    and the inputs.
    """

    graph: Graph
    inputs: Mapping[str, Any]
    created_by: str
    app_id: str | None = None
    app_name: str = ""
    version: int | None = None
    label: Mapping[str, Any] | None = None
    idempotency_key: str | None = None
    kind: Literal["run", "fork", "node", "test"] = "run"
    parent_id: str | None = None
    begin: Begin | None = None
    conversation_id: str | None = None
    trigger: RunTrigger | None = None
    request: str | None = None


Also = Callable[[AsyncConnection, str], Awaitable[None]]
"""More to write in the transaction that makes a run: it gets the run's id."""


class RunService:
    def __init__(self, db: Database, worker: Worker, quota: Quota = Quota()) -> None:
        self._db, self._worker, self._quota = db, worker, quota

    async def create(self, workspace_id: str, new: NewRun, also: Also | None = None) -> Run:
        """Write the run and its first event in one transaction, with what `also` writes; this process carries it on if
        it has room.

        Raises UserError `input_missing` or `input_type`, Conflict `idempotency_mismatch`, and what `Quota.take` raises.
        """
        whole, content = _content(new.graph)
        plan = self._worker.plans.of(content, new.graph)
        inputs = checked_inputs(plan, new.inputs)
        request = new.request or _request(new, content, inputs)
        at, run_id = now_ms(), new_id("run")
        sys = {"run_id": run_id, "app_id": new.app_id or "", "user": new.created_by, "started_at": iso(at)}
        begin = new.begin or Begin()
        data = {"inputs": inputs, "digest": plan.digest, "sys": sys, "label": new.label, **begin.as_data()}
        if conversation := beginning(new.graph.conversation, begin.conversation):
            data["conversation"] = conversation
        if under := traces.current():
            data["trace"] = under
        first = [Event("run.started", None, data, 1, at), *(replace(event, at=at) for event in begin.prefix)]
        mine = self._worker.has_room()
        row = {
            "id": run_id, "workspace_id": workspace_id, "app_id": new.app_id, "app_name": new.app_name,
            "version": new.version, "content": content, "digest": plan.digest, "created_at": at, "started_at": at,
            "created_by": new.created_by, "idempotency_key": new.idempotency_key, "idempotency_hash": request,
            "status": "running" if mine else "queued", "inputs": inputs, "seq": len(first),
            "kind": new.kind, "parent_id": new.parent_id, "conversation_id": new.conversation_id,
            **_columns(new.trigger),
            "epoch": 1 if mine else 0, "owner": self._worker.leases.owner if mine else None,
            "lease_until": self._worker.leases.until() if mine else None, "claims": 1 if mine else 0,
        }  # fmt: skip
        try:
            async with self._db.begin(fenced=also is None) as tx:
                if new.kind != "test":  # an evaluation has so many at once as it was told to
                    await self._quota.take(tx, workspace_id, None if new.trigger else new.created_by, at)
                await store.put_graph(tx, workspace_id, content, plan.digest, whole)
                await store.create(tx, row, first)
                note_act(tx, "run", run_id, workspace_id=workspace_id, app_id=new.app_id, version=new.version)
                if also is not None:
                    await also(tx, run_id)
        except IntegrityError:
            if (found := await self.repeated(workspace_id, new.idempotency_key, request)) is None:
                raise
            return found
        if mine:
            held = Claim(run_id, workspace_id, 1, self._worker.leases.owner, len(first), app_id=new.app_id or "")
            self._worker.adopt(held, first, plan)
        else:
            self._worker.dispatcher.ring("runs")
        return shown({**_EMPTY, **row})

    async def repeated(self, workspace_id: str, key: str | None, request: str) -> Run | None:
        """The run that this very request made before. Raises Conflict `idempotency_mismatch`."""
        if key is None:
            return None
        async with self._db.read() as tx:
            row = await store.by_idempotency_key(tx, workspace_id, key)
        if row is not None and row["idempotency_hash"] != request:
            raise Conflict(
                "idempotency_mismatch",
                "This Idempotency-Key was used for another request. Take a new key.",
                "该 Idempotency-Key 已用于另一个请求，请换一个新的。",
            )
        return shown(row) if row else None

    async def get(self, workspace_id: str, run_id: str) -> Run:
        return shown(await self.row(workspace_id, run_id))

    async def by_key(self, workspace_id: str, key: str) -> Run | None:
        """The run that was made with this Idempotency-Key."""
        async with self._db.read() as tx:
            row = await store.by_idempotency_key(tx, workspace_id, key)
        return shown(row) if row else None

    async def page(
        self,
        workspace_id: str,
        *,
        app_id: str | None = None,
        status: str | None = None,
        trigger_id: str | None = None,
        kinds: Sequence[str] = (),
        reader: str | None = None,
        within: Within = ALL,
        cursor: str | None = None,
        limit: int = 50,
    ) -> tuple[list[Run], str | None]:
        """Newest first: (runs, cursor of the next page or None). `reader` leaves other people's conversations out;
        `within`: of which apps."""
        async with self._db.read() as tx:
            rows = await store.listing(
                tx,
                workspace_id,
                app_id=app_id,
                status=status,
                trigger_id=trigger_id,
                kinds=kinds,
                reader=reader,
                within=within,
                before=cursor,
                limit=limit + 1,
            )
        runs = [shown(row) for row in rows[:limit]]
        return runs, runs[-1].id if len(rows) > limit else None

    async def graph(self, workspace_id: str, run_id: str) -> dict[str, Any]:
        """The graph that ran, with its layout."""
        row = await self.row(workspace_id, run_id)
        async with self._db.read() as tx:
            return await store.get_graph(tx, workspace_id, row["content"])

    async def events(self, workspace_id: str, run_id: str, after: int = 0) -> list[Event]:
        await self.row(workspace_id, run_id)
        async with self._db.read() as tx:
            return await store.read_events(tx, run_id, after)

    def stream(self, workspace_id: str, run_id: str, after: int = 0) -> AsyncGenerator[Event | None]:
        """See `following.follow`."""
        return following.follow(self._db, self._worker, workspace_id, run_id, after)

    async def wait(self, workspace_id: str, run_id: str) -> Run:
        """Wait until the run has ended or paused, over an outage of the database too."""
        after = 0
        while True:
            try:
                run = await self.get(workspace_id, run_id)
            except Unavailable:
                await asyncio.sleep(following.POLL)
                continue
            if run.status not in ("queued", "running"):
                return run
            async with aclosing(self.stream(workspace_id, run_id, after)) as stream:
                async for event in stream:
                    if event is None:
                        break  # a run that was set aside says nothing in its log: look at its row
                    after = event.seq or after
                    if event.type in TERMINAL or event.type == "run.paused":
                        break

    async def cancel(self, workspace_id: str, run_id: str, by: str) -> Run:
        """Ask for a stop. A run that has ended stays as it is."""
        async with self._db.begin() as tx:
            status = await store.request_cancel(tx, workspace_id, run_id, by)
            if status is None:
                raise no_run(run_id)
            if status == "paused":
                await store.resume(tx, workspace_id, run_id, Event("run.resumed", None, {"by": by}, at=now_ms()))
        if not self._worker.cancel(run_id, by):
            self._worker.dispatcher.ring("runs")
        return await self.get(workspace_id, run_id)

    async def node(self, workspace_id: str, run_id: str, path: str) -> NodeTrace:
        """What went into a node and what came out. Raises NotFound `node_not_found`."""
        row = await self.row(workspace_id, run_id)
        plan = await self.plan_of_row(workspace_id, row)
        step = step_at(plan, path)
        if step is None:
            raise no_node(path)
        async with self._db.read() as tx:
            events = await store.read_events(tx, run_id)
        return trace(plan, step, path, events)

    async def plan_of_row(self, workspace_id: str, row: RowMapping) -> Plan:
        """The compiled plan of the graph that a run runs."""
        async with self._db.read() as tx:
            graph = await store.get_graph(tx, workspace_id, row["content"])
        return self._worker.plans.of(row["content"], Graph.model_validate(graph))

    def plan_of(self, graph: Graph) -> Plan:
        """The compiled plan of a graph. Raises UserError `graph_not_runnable`."""
        return self._worker.plans.of(_content(graph)[1], graph)

    async def row(self, workspace_id: str, run_id: str) -> RowMapping:
        async with self._db.read() as tx:
            row = await store.get(tx, workspace_id, run_id)
        if row is None:
            raise no_run(run_id)
        return row


def _content(graph: Graph) -> tuple[dict[str, Any], str]:
    """A graph as it is kept, and the hash that it is kept under."""
    whole = graph.model_dump(exclude_defaults=True)
    return whole, hashlib.sha256(canonical(whole)).hexdigest()


def _request(new: NewRun, content: str, inputs: Mapping[str, Any]) -> str:
    """The hash of what is asked for."""
    asked = {"content": content, "inputs": inputs, "app": new.app_id, "version": new.version}
    if new.conversation_id is not None:
        asked["conversation"] = new.conversation_id
    return hashlib.sha256(canonical(asked)).hexdigest()


def _columns(trigger: RunTrigger | None) -> dict[str, Any]:
    return {f"trigger_{name}": getattr(trigger, name, None) for name in RunTrigger.model_fields}


_EMPTY: dict[str, Any] = dict.fromkeys(("outputs", "citations", "error", "pause", "ended_at", "totals"))


def shown(row: Mapping[str, Any] | RowMapping) -> Run:
    totals = row["totals"] or {}
    return Run(
        id=row["id"], app_id=row["app_id"], app_name=row["app_name"], version=row["version"], status=row["status"],
        inputs=row["inputs"], outputs=row["outputs"],
        citations=_citations(row["citations"] or []),
        error=Failure(**row["error"]) if row["error"] else None,
        pause=PauseOut.of(row["pause"]) if row["pause"] else None, kind=row["kind"], parent_id=row["parent_id"],
        created_at=row["created_at"], started_at=row["started_at"], ended_at=row["ended_at"],
        created_by=row["created_by"], usage=Usage(**totals.get("usage", {})),
        models=[ModelUsed(**model) for model in totals.get("models", [])], offline=totals.get("offline", False),
        graph_digest=row["digest"], conversation_id=row["conversation_id"], trigger=_trigger(row),
    )  # fmt: skip


def _trigger(row: Mapping[str, Any] | RowMapping) -> RunTrigger | None:
    if row["trigger_id"] is None:
        return None
    return RunTrigger(id=row["trigger_id"], kind=row["trigger_kind"], name=row["trigger_name"])


def _citations(cited: Sequence[Mapping[str, Any]]) -> list[Citation]:
    """What a plugin calls `citations` may be anything: only what has the form of one is shown."""
    found = []
    for one in cited:
        try:
            found.append(Citation.model_validate(one))
        except ValidationError:
            continue
    return found
