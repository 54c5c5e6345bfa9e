"""Which app or dataset an id belongs to: the one place that asks whether somebody reaches what a path names.

The door asks for every path (`atoll.api.guard`). A name of a path that is neither here nor in `OTHERS` is found by
tests/architecture/test_paths.py: a new route can't forget.
"""

from collections.abc import Collection, Mapping
from typing import Any, Literal

from sqlalchemy import Table, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.database import Database
from atoll.db.tables.apps import apps
from atoll.db.tables.chat import conversations
from atoll.db.tables.evaluation import evaluations
from atoll.db.tables.knowledge import datasets, documents
from atoll.db.tables.runs import runs
from atoll.db.tables.triggers import triggers
from atoll.kit.errors import UserError
from atoll.workspaces.people.access import Actor

Kind = Literal["app", "dataset"]

# What belongs to an app or a dataset, by the name that its id has in paths: (the kind, where that is written).
PLACES: dict[str, tuple[Kind, Any]] = {
    "app_id": ("app", apps.c.id),
    "run_id": ("app", runs.c.app_id),
    "conversation_id": ("app", conversations.c.app_id),
    "trigger_id": ("app", triggers.c.app_id),
    "evaluation_id": ("app", evaluations.c.app_id),
    "dataset_id": ("dataset", datasets.c.id),
    "document_id": ("dataset", documents.c.dataset_id),
}
# What a path may name besides. Whoever adds one says in the review why it belongs to no app and no dataset.
OTHERS = frozenset(
    {
        "case_id",  # under its app's id
        "number",  # under its app's or document's id
        "node",  # under its app's or run's id
        "user_id",
        "key_id",
        "role_id",
        "group_id",
        "session_id",
        "invitation_id",
        "provider_id",
        "secret_id",
        "seq",
    }
)


class Objects:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, actor: Actor, names: Mapping[str, str]) -> list[tuple[str, Kind, str]]:
        """(name, kind, id of the app or dataset) of what ids in a path belong to; the last is "" for a run of no app.
        What there is not is left out. A dataset's name stands for its id."""
        found: list[tuple[str, Kind, str]] = []
        async with self._db.read() as tx:
            for name, id_ in names.items():
                if name not in PLACES:
                    continue
                kind, column = PLACES[name]
                table: Table = column.table
                named = or_(table.c.id == id_, table.c.name == id_) if column is datasets.c.id else table.c.id == id_
                query = select(column).where(table.c.workspace_id == actor.workspace_id, named)
                found += [(name, kind, row[0] or "") for row in await tx.execute(query)]
        return found

    async def unreached(self, actor: Actor) -> set[str]:
        """Ids and names of the apps and datasets that somebody does not reach."""
        words: set[str] = set()
        async with self._db.read() as tx:
            for table, within in ((apps, actor.apps), (datasets, actor.datasets)):
                query = select(table.c.id, table.c.name).where(table.c.workspace_id == actor.workspace_id)
                words |= {word for row in await tx.execute(query) if row.id not in within for word in row}
        return words


async def demand_objects(tx: AsyncConnection, actor: Actor, kind: Kind, ids: Collection[str], pointer: str) -> None:
    """That there are these, and the actor reaches them. Raises UserError `object_unknown`."""
    table = apps if kind == "app" else datasets
    query = select(table.c.id).where(table.c.workspace_id == actor.workspace_id, table.c.id.in_(ids))
    there = {row.id for row in await tx.execute(query)}
    if any(id_ not in there or not actor.reaches(kind, id_) for id_ in ids):
        raise UserError(
            "object_unknown",
            f"There is no such {kind}.",
            "其中的应用不存在。" if kind == "app" else "其中的知识库不存在。",
            pointer=pointer,
        )
