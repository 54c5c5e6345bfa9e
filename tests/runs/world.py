"""A workspace whose runs a test carries: real database, store, workers and service; scripted model, knowledge and peer.

`Stage` is what the scripted nodes play on: a test says what each call of a node does, and awaits what it reached.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from atoll.apps.dataflow import Places
from atoll.db.database import Database
from atoll.db.tables.identity import workspaces
from atoll.db.tables.runs import runs
from atoll.engine.events import Event
from atoll.engine.graph import Graph
from atoll.nodes.registry import Registry
from atoll.policy import Label, Policy
from atoll.policy.redaction import ZoneRedaction
from atoll.runs.debugging import Debugging
from atoll.runs.execution.context import Ports
from atoll.runs.execution.loop import Limits
from atoll.runs.labels.run_labels import RunLabels
from atoll.runs.schemas import Run
from atoll.runs.service import NewRun, RunService
from atoll.runs.worker.worker import Worker
from atoll.sdk import ChatMessage, ChatReply, DocumentText, HttpReply, Input, Node, NodeError, Output, Passage, ToolCall

WS = "ws_1"
SOON = 5.0  # seconds after which something that should happen has not
Part = Callable[[Node, dict[str, Any]], Awaitable[dict[str, Any]]]


async def soon(what: Awaitable[Any]) -> Any:
    async with asyncio.timeout(SOON):
        return await what


@dataclass
class Stage:
    """`parts`: by node id, what each call does in turn (the last one stays): a value, an error, a Part."""

    parts: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[tuple[str, int, str]] = field(default_factory=list)  # (node, attempt, idempotency key)
    reached: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    stopped: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    opened: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))

    def count(self, node: str) -> int:
        return sum(name == node for name, _, _ in self.calls)

    async def play(self, node: Node, inputs: dict[str, Any]) -> Any:
        context = node.context
        name = context.node_id
        self.calls.append((name, context.attempt, context.idempotency_key))
        parts = self.parts.get(name)
        part = (parts[0] if len(parts) == 1 else parts.pop(0)) if parts else None
        self.reached[name].set()
        if isinstance(part, BaseException):
            raise part
        if callable(part):
            return await part(node, inputs)
        if part is not None:
            return {"value": part}
        return {"value": f"{name}({', '.join(str(value) for value in inputs.values())})"}

    async def hold(self, node: Node, inputs: dict[str, Any]) -> dict[str, Any]:
        """A part that stays until the test opens it, and says if it was stopped instead."""
        name = node.context.node_id
        try:
            await self.opened[name].wait()
        except asyncio.CancelledError:
            self.stopped[name].set()
            raise
        return {"value": f"{name} held"}

    def nodes(self) -> dict[str, type[Node]]:
        stage = self

        class Work(Node):
            name = "work"
            inputs = (Input("value"), Input("other"))
            outputs = (Output("value"),)

            async def invoke(self, inputs: dict[str, Any]) -> Any:
                return await stage.play(self, inputs)

        class Pay(Work):
            name = "pay"
            side_effects = True

        class Say(Work):
            name = "say"
            streams = True
            outputs = (Output("text", "string"),)

            async def invoke(self, inputs: dict[str, Any]) -> AsyncIterator[Any]:
                """Yields the pieces of its part; an Event among them is waited for."""
                stage.calls.append((self.context.node_id, self.context.attempt, self.context.idempotency_key))
                said = ""
                for piece in stage.parts[self.context.node_id]:
                    if isinstance(piece, asyncio.Event):
                        stage.reached[self.context.node_id].set()
                        await piece.wait()
                    else:
                        said += piece
                        yield piece
                yield {"text": said}

        return {node.name: node for node in (Work, Pay, Say)}


@dataclass
class ScriptedModels:
    """Answers per model: lists of pieces, used up one per call (the last stays). An error is raised, an Event awaited,
    a ToolCall asked for at the end."""

    answers: dict[str, list[Sequence[Any]]] = field(default_factory=dict)
    asked: list[tuple[str, list[ChatMessage], dict[str, Any]]] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def chat(self, model: str, messages: Sequence[ChatMessage], **more: Any) -> AsyncIterator[str | ChatReply]:
        self.asked.append((model, list(messages), more))
        answers = self.answers[model]
        said = ""
        calls: list[ToolCall] = []
        for piece in answers[0] if len(answers) == 1 else answers.pop(0):
            if isinstance(piece, BaseException):
                raise piece
            if isinstance(piece, asyncio.Event):
                self.reached.set()
                try:
                    await piece.wait()
                except asyncio.CancelledError:
                    self.left.set()
                    raise
            elif isinstance(piece, ToolCall):
                calls.append(piece)
            else:
                said += piece
                yield piece
        yield ChatReply(said, model, "scripted", usage={"input": 3, "output": 2}, tool_calls=tuple(calls))


@dataclass
class ScriptedKnowledge:
    passages: dict[str, list[Passage]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    documents: dict[tuple[str, str], DocumentText] = field(default_factory=dict)

    async def document(self, dataset: str, document: str) -> DocumentText:
        if (dataset, document) not in self.documents:
            raise NodeError("document_not_found", "There is no such document.", "文档不存在。")
        return self.documents[dataset, document]

    async def retrieve(self, dataset: str, query: str, **more: Any) -> list[Passage]:
        self.asked.append((dataset, query, more))
        if dataset not in self.passages:
            raise NodeError("dataset_not_found", f"There is no dataset “{dataset}”.")
        return self.passages[dataset][: more.get("top_k", 5)]


class NoPort:
    """A port that the test has not provided."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the test provides no such port: {name}")


@dataclass
class ScriptedPeer:
    """The other end of `http_request`: replies or errors in turn, the last one stays."""

    replies: list[Any] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    async def request(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **_: Any) -> HttpReply:
        self.asked.append((method, url, dict(headers or {})))
        reply = self.replies[0] if len(self.replies) == 1 else self.replies.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        if callable(reply):
            reply = await reply()
        status, body = reply
        return HttpReply(status, {"content-type": "text/plain"}, body.encode(), url)


class World:
    """One database and what the runs in it see. A worker more is a process more."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.stage = Stage()
        self.models = ScriptedModels()
        self.knowledge = ScriptedKnowledge()
        self.http: Any = NoPort()
        self.code: Any = NoPort()
        self.redaction = ZoneRedaction()
        self.policy = Policy()
        self.model_zones: dict[str, str] = {}
        self.datasets: dict[str, tuple[str, Label]] = {"reports": ("local", Label("internal"))}
        self.registry = Registry()
        self.catalogue: dict[str, type[Node]] = {**self.registry, **self.stage.nodes()}
        self.workers: list[Worker] = []

    # What the composition root gives to a worker

    def ports(self, workspace_id: str) -> Ports:
        return Ports(self.models, self.knowledge, self.http, self.code, redaction=self.redaction)

    async def labels(self, workspace_id: str) -> RunLabels:
        places = Places(self.policy, "local", self.model_zones, self.datasets)
        return RunLabels(places.policy, places.here, places.place)

    # Workers

    def worker(self, db: Database | None = None, *, start: bool = True, **options: Any) -> Worker:
        if limits := options.pop("limits", None):
            options["limits"] = Limits(**limits)
        made = Worker(db or self.db, self.catalogue, self, **options)
        self.workers.append(made)
        if start:
            made.start()
        return made

    def service(self, worker: Worker | None = None, **options: Any) -> RunService:
        return RunService(self.db, worker or self.worker(**options))

    async def lapse(self, run_id: str) -> None:
        """The lease of a run runs out, as if its time had passed."""
        async with self.db.begin() as tx:
            await tx.execute(update(runs).where(runs.c.id == run_id).values(lease_until=0))

    async def row(self, run_id: str) -> Mapping[str, Any]:
        async with self.db.read() as tx:
            return dict((await tx.execute(runs.select().where(runs.c.id == run_id))).mappings().one())

    async def close(self) -> None:
        for worker in self.workers:
            await worker.stop()


async def make_database(path: Path) -> None:
    """A database with two workspaces."""
    db = Database(f"sqlite:///{path}")
    await fill(db)
    await db.close()


async def fill(db: Database) -> None:
    """Migrate it, and add the two workspaces."""
    await db.migrate()
    async with db.begin() as tx:
        rows = [{"id": name, "name": name, "language": "en", "created_at": 0} for name in (WS, "ws_2")]
        await tx.execute(insert(workspaces), rows)


@asynccontextmanager
async def world_in(path: Path) -> AsyncIterator[World]:
    """`path` is a database of `make_database`."""
    db = Database(f"sqlite:///{path}")
    made = World(db)
    try:
        yield made
    finally:
        await made.close()
        await db.close()


# Graphs


def node(id: str, type: str = "work", **more: Any) -> dict[str, Any]:
    fields = {name: more.pop(name) for name in ("retry", "timeout", "on_error", "default_outputs") if name in more}
    return {"id": id, "type": type, "config": more, **fields}


def edge(source: str, target: str, handle: str | None = None, **mapping: str) -> dict[str, Any]:
    return {"source": source, "target": target, "source_handle": handle, "data": {"mapping": mapping}}


def graph(*parts: dict[str, Any]) -> Graph:
    nodes = [part for part in parts if "id" in part]
    return Graph.model_validate({"nodes": nodes, "edges": [part for part in parts if "source" in part]})


def chain(*nodes: dict[str, Any]) -> Graph:
    edges = [edge(left["id"], right["id"]) for left, right in pairwise(nodes)]
    return graph(*nodes, *edges)


def new(what: Graph, inputs: Mapping[str, Any] | None = None, **more: Any) -> NewRun:
    return NewRun(what, inputs or {}, created_by="ann", **more)


async def finished(service: RunService, what: Graph, inputs: Mapping[str, Any] | None = None, **more: Any) -> Run:
    """Create a run and wait until it ends or pauses."""
    run = await service.create(WS, new(what, inputs, **more))
    ended: Run = await soon(service.wait(WS, run.id))
    return ended


async def collect(service: RunService, run_id: str, after: int = 0) -> list[Event]:
    """The whole stream of a run, to its end."""
    async with asyncio.timeout(SOON), aclosing(service.stream(WS, run_id, after)) as stream:
        return [event async for event in stream if event is not None]


def kinds(events: Sequence[Event]) -> list[tuple[str, str | None]]:
    return [(event.type, event.node) for event in events]


def debugging(service: RunService) -> Debugging:
    """What a person may do to the runs of this service."""
    return Debugging(service._db, service._worker, service)


def asked_at(run: Run) -> str | None:
    """The node that a paused run waits at."""
    return run.pause.node if run.pause else None
