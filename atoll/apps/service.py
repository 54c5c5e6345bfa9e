"""Apps: made, drawn (draft), checked, published (versions that never change), restored, made ready to run."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.apps import repository
from atoll.apps.calls import Called, LookUp, calls, embedded, resolve
from atoll.apps.checking import checked, scope
from atoll.apps.dataflow import Places, PlacesOf, data_flow
from atoll.apps.errors import draft_changed, has_problems, no_app, no_node, no_version, too_deep, too_large
from atoll.apps.forms import form
from atoll.apps.schemas import App, Checked, Draft, Form, GraphJson, Scoped, Using, Version, VersionWithGraph
from atoll.apps.using import secrets_used
from atoll.db.audit import note_act, note_seldom
from atoll.db.database import Database
from atoll.db.statements import ALL, Within
from atoll.engine.check import Report
from atoll.engine.graph import MAX_BYTES, Graph, GraphNode, canonical
from atoll.engine.plan import Catalogue
from atoll.kit.clock import now_ms
from atoll.kit.ids import new_id
from atoll.policy import FlowReport

EMPTY: GraphJson = {"nodes": [], "edges": []}
QUICK_BYTES = 100_000  # a graph up to this size is checked on the loop; a larger one beside it
KEPT_BYTES = 1_000_000  # of graphs whose checks are kept: a check takes fifty times that in memory


@dataclass(frozen=True, slots=True)
class Runnable:
    """A graph that passed every check, ready for a run. `version` is None for the draft."""

    app_id: str
    app_name: str
    version: int | None
    graph: Graph


@dataclass(slots=True)
class Looked:
    """What the check of a graph found. `flow`: where its data go, with the places that this was asked for."""

    report: Report
    shown: Checked
    size: int = 0
    flow: tuple[Places, FlowReport] | None = None

    def data_flow(self, places: Places) -> FlowReport:
        if self.flow is None or self.flow[0] is not places:
            self.flow = (places, data_flow(self.report, places))
        return self.flow[1]


Also = Callable[[AsyncConnection, str], Awaitable[None]]
"""More to write in the transaction that makes an app: it gets the app's id."""


class AppService:
    """`catalogue` gives the node types (one with a `digest` lets checks be kept); `places_of` a workspace's places."""

    def __init__(self, db: Database, catalogue: Catalogue, places_of: PlacesOf) -> None:
        self._db, self._catalogue, self._places_of = db, catalogue, places_of
        self._checks: OrderedDict[tuple[str, str], Looked] = OrderedDict()

    # Apps

    async def page(self, workspace_id: str, words: str = "", within: Within = ALL) -> list[App]:
        async with self._db.read() as tx:
            return [_app(row) for row in await repository.listing(tx, workspace_id, words, within)]

    async def get(self, workspace_id: str, app_id: str) -> App:
        """Raises NotFound."""
        async with self._db.read() as tx:
            return await self._get(tx, workspace_id, app_id)

    async def find(self, workspace_id: str, name_or_id: str) -> App:
        """By id, else by name where only one app has it. Raises NotFound."""
        async with self._db.read() as tx:
            row = await repository.app(tx, workspace_id, name_or_id)
            rows = [row] if row else await repository.by_name(tx, workspace_id, name_or_id)
        if len(rows) != 1:
            raise no_app()
        return _app(rows[0])

    async def create(
        self,
        workspace_id: str,
        by: str,
        *,
        name: str,
        description: str = "",
        icon: str = "",
        graph: GraphJson | None = None,
        also: Also | None = None,
    ) -> App:
        """`also` writes more in the same transaction."""
        graph, now = graph or EMPTY, now_ms()
        _check_size(graph)
        values = {
            "id": new_id("app"),
            "workspace_id": workspace_id,
            "name": name,
            "description": description,
            "icon": icon,
            "created_at": now,
            "created_by": by,
            "updated_at": now,
            "updated_by": by,
            "published_version": None,
            "mode": _mode(graph),
        }
        draft = {
            "app_id": values["id"],
            "workspace_id": workspace_id,
            "graph": graph,
            "revision": 1,
            "saved_at": now,
            "saved_by": by,
        }
        async with self._db.begin() as tx:
            await repository.add(tx, values, draft)
            note_act(tx, "app", str(values["id"]), name=name)
            if also is not None:
                await also(tx, str(values["id"]))
        return _app(values)

    async def change(self, workspace_id: str, app_id: str, by: str, values: Mapping[str, Any]) -> App:
        """`values`: any of name, description, icon."""
        async with self._db.begin() as tx:
            changed = {**values, "updated_at": now_ms(), "updated_by": by}
            if not await repository.change(tx, workspace_id, app_id, changed):
                raise no_app()
            return await self._get(tx, workspace_id, app_id)

    async def delete(self, workspace_id: str, app_id: str, by: str) -> None:
        """The app is gone from every list; runs of it stay readable."""
        async with self._db.begin() as tx:
            if not await repository.change(tx, workspace_id, app_id, {"deleted_at": now_ms(), "updated_by": by}):
                raise no_app()

    # The draft

    async def draft(self, workspace_id: str, app_id: str) -> Draft:
        async with self._db.read() as tx:
            row = await repository.draft(tx, workspace_id, app_id)
        if row is None:
            raise no_app()
        return await self._draft(row)

    async def save_draft(self, workspace_id: str, app_id: str, by: str, graph: GraphJson, base_revision: int) -> Draft:
        """With problems or without. Raises Conflict `draft_changed` if it is no longer at `base_revision`."""
        _check_size(graph)
        now = now_ms()
        async with self._db.begin() as tx:
            saved = {"graph": graph, "saved_at": now, "saved_by": by}
            done = await repository.save_draft(tx, workspace_id, app_id, base_revision, saved)
            row = await repository.draft(tx, workspace_id, app_id)
            if row is None:
                raise no_app()
            if not done:
                raise draft_changed(row["revision"], row["saved_by"])
            changed = {"updated_at": now, "updated_by": by}
            if row["published_version"] is None:
                changed["mode"] = _mode(graph)
            await repository.change(tx, workspace_id, app_id, changed)
            await note_seldom(tx, "app", app_id)
        return await self._draft(row)

    async def check(self, workspace_id: str, graph: GraphJson) -> Checked:
        return (await self._checked(workspace_id, graph)).shown

    async def secrets_used(self, workspace_id: str) -> dict[str, list[Using]]:
        """The apps that refer to each named secret, by its name."""
        async with self._db.read() as tx:
            return await secrets_used(tx, workspace_id)

    # Versions

    async def publish(self, workspace_id: str, app_id: str, by: str, note: str = "") -> Version:
        """The draft becomes the next version. Raises UserError `graph_has_problems` with all of them."""
        async with self._db.read() as tx:
            row = await repository.draft(tx, workspace_id, app_id)
        if row is None:
            raise no_app()
        await self._sound(workspace_id, row["graph"], _own(row))
        graph = Graph.model_validate(row["graph"])  # as it was drawn: what it calls is looked up for each run
        whole = graph.model_dump(exclude_defaults=True)
        content = hashlib.sha256(canonical(whole)).hexdigest()
        now = now_ms()
        digest = graph.digest()
        version = {"content": content, "digest": digest, "note": note, "created_at": now, "created_by": by}
        async with self._db.begin() as tx:
            latest = await repository.draft(tx, workspace_id, app_id)
            if latest is None:
                raise no_app()
            if latest["revision"] != row["revision"]:
                raise draft_changed(latest["revision"], latest["saved_by"])
            await repository.put_graph(tx, workspace_id, content, digest, whole)
            number = await repository.add_version(tx, workspace_id, app_id, version)
            published = {"published_version": number, "mode": _mode(whole), "updated_at": now, "updated_by": by}
            await repository.change(tx, workspace_id, app_id, published)
            note_act(tx, "app", app_id, version=number, digest=digest)
        return _version({"number": number, **version})

    async def versions(self, workspace_id: str, app_id: str) -> list[Version]:
        async with self._db.read() as tx:
            await self._get(tx, workspace_id, app_id)
            return [_version(row) for row in await repository.versions(tx, workspace_id, app_id)]

    async def version(self, workspace_id: str, app_id: str, number: int) -> VersionWithGraph:
        row = await self._version_row(workspace_id, app_id, number)
        return VersionWithGraph(**_version(row).model_dump(), graph=row["graph"])

    async def restore(self, workspace_id: str, app_id: str, by: str, number: int) -> Draft:
        """A version's graph becomes the draft; the draft before it is gone."""
        old = await self._version_row(workspace_id, app_id, number)
        async with self._db.begin() as tx:
            row = await repository.draft(tx, workspace_id, app_id)
            if row is None:
                raise no_app()
            now = now_ms()
            saved = {"graph": old["graph"], "saved_at": now, "saved_by": by}
            await repository.save_draft(tx, workspace_id, app_id, row["revision"], saved)
            note_act(tx, "app", app_id, version=number)
            await repository.change(tx, workspace_id, app_id, {"updated_at": now, "updated_by": by})
        return await self.draft(workspace_id, app_id)

    # What follows from a graph

    async def form(self, workspace_id: str, app_id: str, version: int | str) -> Form:
        """What starts a run or a conversation. `version`: a number, "draft" or "published"."""
        row = await self._row(workspace_id, app_id, version)
        report = (await self._checked(workspace_id, row["graph"], _own(row))).report
        return form(report)

    async def scope(self, workspace_id: str, app_id: str, node: str) -> list[Scoped]:
        """The names that templates of a node of the draft may use. `node` is a path. Raises NotFound `node_not_found`."""
        row = await self._row(workspace_id, app_id, "draft")
        report = (await self._checked(workspace_id, row["graph"], _own(row))).report
        found = scope(report, node)
        if found is None:
            raise no_node(node)
        return found

    async def places(self, workspace_id: str) -> Places:
        """Zones and labels of all that graphs of the workspace may name."""
        return await self._places_of(workspace_id)

    async def data_flow(
        self, workspace_id: str, app_id: str, version: int | str = "draft", places: Places | None = None
    ) -> FlowReport:
        """`places`: as it would be with those."""
        row = await self._row(workspace_id, app_id, version)
        looked = await self._checked(workspace_id, row["graph"], _own(row), row.get("content"))
        return looked.data_flow(places or await self._places_of(workspace_id))

    async def runnable(self, workspace_id: str, app_id: str, version: int | str) -> Runnable:
        """Raises NotFound, and UserError `graph_has_problems` for a graph that would not pass being published."""
        row = await self._row(workspace_id, app_id, version)
        graph = await self._sound(workspace_id, row["graph"], _own(row), row.get("content"))
        return Runnable(app_id, row["app_name"], row.get("number"), graph)

    async def graph(self, workspace_id: str, app_id: str, version: int | str) -> tuple[GraphJson, int | None]:
        """(graph, number) of a version; the draft has no number."""
        row = await self._row(workspace_id, app_id, version)
        return row["graph"], row.get("number")

    async def draft_node(self, workspace_id: str, app_id: str, node: str) -> GraphNode:
        """One node of the draft, by its path, which may have problems elsewhere. Raises NotFound `node_not_found`,
        UserError `graph_has_problems` with those of the node."""
        row = await self._row(workspace_id, app_id, "draft")
        looked = await self._checked(workspace_id, row["graph"], _own(row))
        report, shown = looked.report, looked.shown
        if report.graph is None:
            raise has_problems([problem.model_dump() for problem in shown.problems])
        *holders, last = node.split("/")
        inside: Report | None = report
        for holder in holders:
            inside = inside.inner.get(holder) if inside else None
        if inside is None or inside.graph is None or inside.sealed:
            raise no_node(node)
        found = next((one for one in inside.graph.nodes if one.id == last), None)
        if found is None:
            raise no_node(node)
        if last not in inside.steps:
            raise has_problems([problem.model_dump() for problem in shown.problems if problem.node == node])
        return found

    async def self_contained(self, workspace_id: str, app_id: str, version: int | str) -> tuple[GraphJson, int | None]:
        """(graph, number) of a version, with the graphs of all apps that it calls inside. Raises UserError
        `graph_has_problems` where they can't be looked up."""
        row = await self._row(workspace_id, app_id, version)
        resolved = await resolve(row["graph"], self._calling(workspace_id), _own(row))
        if resolved.problems:
            raise has_problems([problem.as_dict() for problem in resolved.problems])
        return embedded(resolved.graph) if calls(resolved.graph) else resolved.graph, row.get("number")

    async def sound(self, workspace_id: str, graph: GraphJson) -> Graph:
        """A graph that may run as it is. Raises UserError `graph_has_problems`."""
        return await self._sound(workspace_id, graph)

    # Inside

    async def _get(self, tx: AsyncConnection, workspace_id: str, app_id: str) -> App:
        row = await repository.app(tx, workspace_id, app_id)
        if row is None:
            raise no_app()
        return _app(row)

    async def _row(self, workspace_id: str, app_id: str, version: int | str) -> RowMapping:
        if version != "draft":
            return await self._version_row(workspace_id, app_id, None if isinstance(version, str) else version)
        async with self._db.read() as tx:
            row = await repository.draft(tx, workspace_id, app_id)
        if row is None:
            raise no_app()
        return row

    async def _version_row(self, workspace_id: str, app_id: str, number: int | None) -> RowMapping:
        async with self._db.read() as tx:
            row = await repository.version(tx, workspace_id, app_id, number)
            if row is None:
                await self._get(tx, workspace_id, app_id)
                raise no_version()
        return row

    async def _draft(self, row: RowMapping) -> Draft:
        shown = (await self._checked(row["workspace_id"], row["graph"], _own(row))).shown
        return Draft(
            problems=shown.problems,
            ports=shown.ports,
            graph=row["graph"],
            revision=row["revision"],
            saved_at=row["saved_at"],
            saved_by=row["saved_by"],
        )

    async def _sound(
        self, workspace_id: str, graph: GraphJson, own: tuple[str, str] | None = None, content: str | None = None
    ) -> Graph:
        looked = await self._checked(workspace_id, graph, own, content)
        found = looked.report.graph
        problems = [problem.model_dump() for problem in looked.shown.problems]
        if looked.report.ok and found is not None:
            flow = looked.data_flow(await self._places_of(workspace_id))
            problems += [problem.as_dict() for problem in flow.problems]
            if not flow.problems:
                return found
        raise has_problems(problems)

    async def _checked(
        self, workspace_id: str, graph: GraphJson, own: tuple[str, str] | None = None, content: str | None = None
    ) -> Looked:
        """The check of a graph with all that it calls inside. `own`: id and name of the app that it is of."""
        resolved = await resolve(graph, self._calling(workspace_id), own)
        if resolved.graph is not graph:
            content = None
        looked = await self._looked_at(resolved.graph, content)
        if not resolved.problems:
            return looked
        # Where a call was left as it is the check finds nothing, and these say why.
        codes = {one.code for one in resolved.problems}
        problems = [
            one
            for one in looked.report.problems
            if not (one.pointer.endswith("/config/app") and (one.node in resolved.left or one.code in codes))
        ]
        problems += resolved.problems
        said = {"problems": [one.as_dict() for one in problems], "ports": looked.shown.ports}
        return Looked(replace(looked.report, problems=problems), Checked.model_validate(said))

    def _calling(self, workspace_id: str) -> LookUp:
        """Looks up what apps call, each once."""
        known: dict[tuple[str, int | None], Called | None] = {}

        async def look_up(ref: str, number: int | None) -> Called | None:
            if (ref, number) not in known:
                known[ref, number] = await self._called(workspace_id, ref, number)
            return known[ref, number]

        return look_up

    async def _called(self, workspace_id: str, ref: str, number: int | None) -> Called | None:
        async with self._db.read() as tx:
            row = await repository.app(tx, workspace_id, ref)
            rows = [row] if row else await repository.by_name(tx, workspace_id, ref)
            if len(rows) != 1:
                return None
            version = await repository.version(tx, workspace_id, rows[0]["id"], number)
        return Called(rows[0]["id"], rows[0]["name"], version["number"], version["graph"]) if version else None

    async def _looked_at(self, graph: GraphJson, content: str | None) -> Looked:
        """The check of a graph, kept: an app is run and looked at more often than it is changed."""
        whole = b"" if content else _bytes(graph)
        key = (content or hashlib.sha256(whole).hexdigest(), getattr(self._catalogue, "digest", ""))
        if kept := self._checks.get(key):
            self._checks.move_to_end(key)
            return kept
        size = len(whole or _bytes(graph))
        if size <= QUICK_BYTES:
            report, shown = checked(graph, self._catalogue)
        else:
            report, shown = await asyncio.to_thread(checked, graph, self._catalogue)
        looked = self._checks[key] = Looked(report, shown, size)
        while len(self._checks) > 1 and sum(kept.size for kept in self._checks.values()) > KEPT_BYTES:
            self._checks.popitem(last=False)
        return looked


def _check_size(graph: GraphJson) -> None:
    if len(_bytes(graph)) > MAX_BYTES:
        raise too_large(MAX_BYTES)


def _bytes(graph: GraphJson) -> bytes:
    try:
        return orjson.dumps(graph)
    except orjson.JSONEncodeError:  # from JSON it came, so it can only be its depth
        raise too_deep() from None


def _mode(graph: GraphJson) -> str:
    return "workflow" if graph.get("chat") is None else "chat"


def _own(row: RowMapping) -> tuple[str, str]:
    return row["app_id"], row["app_name"]


def _app(row: Mapping[str, Any] | RowMapping) -> App:
    given = {name: row[name] for name in App.model_fields if name in row and row[name] is not None}
    return App(**{"published_version": None, **given})


def _version(row: Mapping[str, Any] | RowMapping) -> Version:
    return Version(**{name: row[name] for name in Version.model_fields})
