"""Apps: made, drawn (draft), checked, published (versions that never change), restored, made ready to run."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.apps import repository
from atoll.apps.calls import calls, embedded
from atoll.apps.checking import scope
from atoll.apps.checks import Checks, Looked, Own, as_bytes
from atoll.apps.dataflow import Places, PlacesOf, incomplete
from atoll.apps.errors import draft_changed, has_problems, no_app, no_node, no_version, too_large
from atoll.apps.forms import form
from atoll.apps.schemas import App, Checked, Draft, Form, GraphJson, Scoped, Using, Version, VersionWithGraph
from atoll.apps.using import secrets_used
from atoll.db.audit import note_act, note_seldom
from atoll.db.database import Database
from atoll.db.statements import ALL, Within
from atoll.engine.check import Report
from atoll.engine.graph import MAX_BYTES, Graph, GraphNode, canonical
from atoll.engine.step import Catalogue
from atoll.kit.clock import now_ms
from atoll.kit.ids import new_id
from atoll.policy import FlowReport

EMPTY: GraphJson = {"nodes": [], "edges": []}


@dataclass(frozen=True, slots=True)
class Runnable:
    """A graph that passed every check, ready for a run. `version` is None for the draft."""

    app_id: str
    app_name: str
    version: int | None
    graph: Graph


Also = Callable[[AsyncConnection, str], Awaitable[None]]
"""More to write in the transaction that makes an app: it gets the app's id."""


class AppService:
    """`catalogue` gives the node types, `places_of` a workspace's places."""

    def __init__(self, db: Database, catalogue: Catalogue, places_of: PlacesOf) -> None:
        self._db, self._places_of = db, places_of
        self._checks = Checks(db, catalogue, places_of)

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
            row = await repository.find(tx, workspace_id, name_or_id)
        if row is None:
            raise no_app()
        return _app(row)

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
            row = await self._draft_row(tx, workspace_id, app_id)
        return await self._draft(row)

    async def save_draft(self, workspace_id: str, app_id: str, by: str, graph: GraphJson, base_revision: int) -> Draft:
        """With problems or without. Raises Conflict `draft_changed` if it is no longer at `base_revision`."""
        _check_size(graph)
        now = now_ms()
        async with self._db.begin() as tx:
            saved = {"graph": graph, "saved_at": now, "saved_by": by}
            done = await repository.save_draft(tx, workspace_id, app_id, base_revision, saved)
            row = await self._draft_row(tx, workspace_id, app_id)
            if not done:
                raise draft_changed(row["revision"], row["saved_by"])
            changed = {"updated_at": now, "updated_by": by}
            if row["published_version"] is None:
                changed["mode"] = _mode(graph)
            await repository.change(tx, workspace_id, app_id, changed)
            await note_seldom(tx, "app", app_id)
        return await self._draft(row)

    async def check(self, workspace_id: str, graph: GraphJson, within: Within = ALL) -> Checked:
        """Of a graph by itself: what the policy says of it is asked of a draft. `within`: the apps that it may call."""
        return (await self._checks.of(workspace_id, graph, within=within)).shown

    async def secrets_used(self, workspace_id: str) -> dict[str, list[Using]]:
        """The apps that refer to each named secret, by its name."""
        async with self._db.read() as tx:
            return await secrets_used(tx, workspace_id)

    # Versions

    async def publish(
        self, workspace_id: str, app_id: str, by: str, note: str = "", revision: int | None = None
    ) -> Version:
        """The draft becomes the next version. `revision`: which one was looked at. Raises UserError `graph_has_problems` with
        all of them, Conflict `draft_changed`."""
        async with self._db.read() as tx:
            row = await self._draft_row(tx, workspace_id, app_id)
        if revision not in (None, row["revision"]):
            raise draft_changed(row["revision"], row["saved_by"])
        await self._checks.sound(workspace_id, row["graph"], _own(row))
        graph = Graph.model_validate(row["graph"])  # as it was drawn: what it calls is looked up for each run
        whole = graph.model_dump(exclude_defaults=True)
        content = hashlib.sha256(canonical(whole)).hexdigest()
        now = now_ms()
        digest = graph.digest()
        version = {"content": content, "digest": digest, "note": note, "created_at": now, "created_by": by}
        async with self._db.begin() as tx:
            latest = await self._draft_row(tx, workspace_id, app_id)
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
            row = await self._draft_row(tx, workspace_id, app_id)
            now = now_ms()
            saved = {"graph": old["graph"], "saved_at": now, "saved_by": by}
            await repository.save_draft(tx, workspace_id, app_id, row["revision"], saved)
            note_act(tx, "app", app_id, version=number)
            await repository.change(tx, workspace_id, app_id, {"updated_at": now, "updated_by": by})
        return await self.draft(workspace_id, app_id)

    # What follows from a graph

    async def form(self, workspace_id: str, app_id: str, version: int | str) -> Form:
        """What starts a run or a conversation. `version`: a number, "draft" or "published"."""
        return form((await self._looked(workspace_id, app_id, version)).report)

    async def scope(self, workspace_id: str, app_id: str, node: str) -> list[Scoped]:
        """The names that templates of a node of the draft may use. `node` is a path. Raises NotFound `node_not_found`."""
        found = scope((await self._looked(workspace_id, app_id, "draft")).report, node)
        if found is None:
            raise no_node(node)
        return found

    async def places(self, workspace_id: str) -> Places:
        """Zones and labels of all that graphs of the workspace may name."""
        return await self._places_of(workspace_id)

    async def data_flow(
        self, workspace_id: str, app_id: str, version: int | str = "draft", places: Places | None = None
    ) -> FlowReport:
        """`places`: as it would be with those. Of a graph that could not run, what is known, and a problem that says so."""
        looked = await self._looked(workspace_id, app_id, version)
        found = await looked.flow.under(places or await self._places_of(workspace_id))
        errors = sum(problem.severity == "error" for problem in looked.shown.problems)
        return replace(found, problems=[incomplete(errors), *found.problems]) if errors else found

    async def runnable(self, workspace_id: str, app_id: str, version: int | str) -> Runnable:
        """Raises NotFound, and UserError `graph_has_problems` for a graph that would not pass being published."""
        row = await self._row(workspace_id, app_id, version)
        graph = await self._checks.sound(workspace_id, row["graph"], _own(row), row.get("content"))
        return Runnable(app_id, row["app_name"], row.get("number"), graph)

    async def graph(self, workspace_id: str, app_id: str, version: int | str) -> tuple[GraphJson, int | None]:
        """(graph, number) of a version; the draft has no number."""
        row = await self._row(workspace_id, app_id, version)
        return row["graph"], row.get("number")

    async def draft_node(self, workspace_id: str, app_id: str, node: str) -> GraphNode:
        """One node of the draft, by its path, which may have problems elsewhere. Raises NotFound `node_not_found`,
        UserError `graph_has_problems` with those of the node."""
        looked = await self._looked(workspace_id, app_id, "draft")
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
        resolved = await self._checks.resolved(workspace_id, row["graph"], _own(row))
        if resolved.problems:
            raise has_problems([problem.as_dict() for problem in resolved.problems])
        return embedded(resolved.graph) if calls(resolved.graph) else resolved.graph, row.get("number")

    async def sound(self, workspace_id: str, graph: GraphJson) -> Graph:
        """A graph that may run as it is. Raises UserError `graph_has_problems`."""
        return await self._checks.sound(workspace_id, graph)

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
            row = await self._draft_row(tx, workspace_id, app_id)
        return row

    async def _draft_row(self, tx: AsyncConnection, workspace_id: str, app_id: str) -> RowMapping:
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

    async def _looked(self, workspace_id: str, app_id: str, version: int | str) -> Looked:
        row = await self._row(workspace_id, app_id, version)
        return await self._checks.of(workspace_id, row["graph"], _own(row), row.get("content"))

    async def _draft(self, row: RowMapping) -> Draft:
        looked = await self._checks.of(row["workspace_id"], row["graph"], _own(row))
        return Draft(
            problems=await self._checks.problems(row["workspace_id"], looked),
            ports=looked.shown.ports,
            graph=row["graph"],
            revision=row["revision"],
            saved_at=row["saved_at"],
            saved_by=row["saved_by"],
        )


def _check_size(graph: GraphJson) -> None:
    if len(as_bytes(graph)) > MAX_BYTES:
        raise too_large(MAX_BYTES)


def _mode(graph: GraphJson) -> str:
    return "workflow" if graph.get("chat") is None else "chat"


def _own(row: RowMapping) -> Own:
    return row["app_id"], row["app_name"]


def _app(row: Mapping[str, Any] | RowMapping) -> App:
    given = {name: row[name] for name in App.model_fields if name in row and row[name] is not None}
    return App(**{"published_version": None, **given})


def _version(row: Mapping[str, Any] | RowMapping) -> Version:
    return Version(**{name: row[name] for name in Version.model_fields})
