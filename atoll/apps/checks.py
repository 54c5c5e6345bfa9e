"""Graphs checked with all that they call inside: the check of each is kept, as it is asked for more often than it changes."""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace

import orjson

from atoll.apps import repository
from atoll.apps.calls import Called, LookUp, Resolved, resolve
from atoll.apps.checking import checked
from atoll.apps.dataflow import Places, PlacesOf, data_flow
from atoll.apps.errors import has_problems, too_deep
from atoll.apps.schemas import Checked, GraphJson, Problem
from atoll.db.database import Database
from atoll.db.statements import ALL, Within
from atoll.engine.check import Report
from atoll.engine.graph import Graph
from atoll.engine.step import Catalogue
from atoll.policy import FlowReport

QUICK_BYTES = 100_000  # a graph up to this size is checked on the loop; a larger one beside it
KEPT_BYTES = 1_000_000  # of graphs whose checks are kept: a check takes fifty times that in memory

Own = tuple[str, str]
"""Id and name of the app that a graph is of."""


@dataclass(slots=True)
class Flow:
    """Where the data of a checked graph go: gone through again only when the places are others."""

    report: Report
    quick: bool
    known: tuple[Places, FlowReport] | None = None

    async def under(self, places: Places) -> FlowReport:
        if self.known is None or self.known[0] != places:
            found = (
                data_flow(self.report, places)
                if self.quick
                else await asyncio.to_thread(data_flow, self.report, places)
            )
            self.known = (places, found)
        return self.known[1]


@dataclass(frozen=True, slots=True)
class Looked:
    """What the check of a graph found, before any policy is asked."""

    report: Report
    shown: Checked
    size: int
    flow: Flow


class Checks:
    """`catalogue` gives the node types (one with a `digest` lets checks be kept); `places_of` a workspace's places."""

    def __init__(self, db: Database, catalogue: Catalogue, places_of: PlacesOf) -> None:
        self._db, self._catalogue, self._places_of = db, catalogue, places_of
        self._kept: OrderedDict[tuple[str, str], Looked] = OrderedDict()

    async def sound(
        self, workspace_id: str, graph: GraphJson, own: Own | None = None, content: str | None = None
    ) -> Graph:
        """A graph that may run here. Raises UserError `graph_has_problems` with all of them."""
        looked = await self.of(workspace_id, graph, own, content)
        problems = await self.problems(workspace_id, looked)
        if looked.report.graph is None or any(problem.severity == "error" for problem in problems):
            raise has_problems([problem.model_dump() for problem in problems])
        return looked.report.graph

    async def problems(self, workspace_id: str, looked: Looked) -> list[Problem]:
        """All that is wrong with a graph here: what its check found, then what the policy refuses of its data flow and which
        resources there are not. Of a graph with other faults the flow is what is known of it."""
        flow = await looked.flow.under(await self._places_of(workspace_id))
        told = [problem for problem in flow.problems if looked.report.ok or problem.code != "graph_cycle"]
        return looked.shown.problems + [Problem.model_validate(problem.as_dict()) for problem in told]

    async def of(
        self,
        workspace_id: str,
        graph: GraphJson,
        own: Own | None = None,
        content: str | None = None,
        within: Within = ALL,
    ) -> Looked:
        """The check of a graph with all that it calls inside. `own`: id and name of the app that it is of. `within`: the
        apps that it may call; others are as if there were none."""
        resolved = await self.resolved(workspace_id, graph, own, within)
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
        return replace(looked, report=replace(looked.report, problems=problems), shown=Checked.model_validate(said))

    async def resolved(self, workspace_id: str, graph: GraphJson, own: Own | None, within: Within = ALL) -> Resolved:
        return await resolve(graph, self._calling(workspace_id, within), own)

    def _calling(self, workspace_id: str, within: Within) -> LookUp:
        """Looks up what apps call, each once."""
        known: dict[tuple[str, int | None], Called | None] = {}

        async def look_up(ref: str, number: int | None) -> Called | None:
            if (ref, number) not in known:
                found = await self._called(workspace_id, ref, number)
                known[ref, number] = found if found and found.app_id in within else None
            return known[ref, number]

        return look_up

    async def _called(self, workspace_id: str, ref: str, number: int | None) -> Called | None:
        async with self._db.read() as tx:
            row = await repository.find(tx, workspace_id, ref)
            version = await repository.version(tx, workspace_id, row["id"], number) if row else None
        return Called(version["app_id"], version["app_name"], version["number"], version["graph"]) if version else None

    async def _looked_at(self, graph: GraphJson, content: str | None) -> Looked:
        """The check of a graph, kept: an app is run and looked at more often than it is changed."""
        whole = b"" if content else as_bytes(graph)
        key = (content or hashlib.sha256(whole).hexdigest(), getattr(self._catalogue, "digest", ""))
        if found := self._kept.get(key):
            self._kept.move_to_end(key)
            return found
        size = len(whole or as_bytes(graph))
        quick = size <= QUICK_BYTES
        if quick:
            report, shown = checked(graph, self._catalogue)
        else:
            report, shown = await asyncio.to_thread(checked, graph, self._catalogue)
        looked = self._kept[key] = Looked(report, shown, size, Flow(report, quick))
        while len(self._kept) > 1 and sum(kept.size for kept in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)
        return looked


def as_bytes(graph: GraphJson) -> bytes:
    """Raises UserError `graph_too_deep`."""
    try:
        return orjson.dumps(graph)
    except orjson.JSONEncodeError:  # from JSON it came, so it can only be its depth
        raise too_deep() from None
