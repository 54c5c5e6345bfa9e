"""The SQL of apps. Every function takes the workspace."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, RowMapping, Text, bindparam, cast, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.statements import ALL, Within, insert_if_new
from atoll.db.tables.apps import app_versions, apps, drafts, graphs

Values = Mapping[str, Any]


def _mine(workspace_id: Any, app_id: Any) -> tuple[Any, ...]:
    return (apps.c.workspace_id == workspace_id, apps.c.id == app_id, apps.c.deleted_at.is_(None))


# Made once: every run asks for one of these, and building a statement takes longer than running it.
_DRAFT = (
    select(drafts, apps.c.name.label("app_name"), apps.c.published_version)
    .join(apps, apps.c.id == drafts.c.app_id)
    .where(*_mine(bindparam("workspace"), bindparam("app")))
)
_VERSIONS = (
    select(app_versions, graphs.c.graph, apps.c.name.label("app_name"))
    .join(apps, apps.c.id == app_versions.c.app_id)
    .join(graphs, (graphs.c.workspace_id == app_versions.c.workspace_id) & (graphs.c.content == app_versions.c.content))
    .where(*_mine(bindparam("workspace"), bindparam("app")))
)
_PUBLISHED = _VERSIONS.where(app_versions.c.number == apps.c.published_version)
_VERSION = _VERSIONS.where(app_versions.c.number == bindparam("number"))


async def listing(tx: AsyncConnection, workspace_id: str, words: str, within: Within = ALL) -> Sequence[RowMapping]:
    """Last changed first; `words` are looked for in name and description."""
    query = select(apps).where(apps.c.workspace_id == workspace_id, apps.c.deleted_at.is_(None))
    query = query.where(*within.conditions(apps.c.id))
    if "\0" in words:
        return []  # no name has one, and SQLite would end the pattern there
    if words:
        query = query.where(
            or_(apps.c.name.icontains(words, autoescape=True), apps.c.description.icontains(words, autoescape=True))
        )
    return (await tx.execute(query.order_by(apps.c.updated_at.desc(), apps.c.id.desc()).limit(1000))).mappings().all()


async def app(tx: AsyncConnection, workspace_id: str, app_id: str) -> RowMapping | None:
    return (await tx.execute(select(apps).where(*_mine(workspace_id, app_id)))).mappings().first()


async def find(tx: AsyncConnection, workspace_id: str, name_or_id: str) -> RowMapping | None:
    """By id, else by name where only one app has it."""
    if found := await app(tx, workspace_id, name_or_id):
        return found
    named = (apps.c.workspace_id == workspace_id, apps.c.deleted_at.is_(None), apps.c.name == name_or_id)
    rows = (await tx.execute(select(apps).where(*named).limit(2))).mappings().all()
    return rows[0] if len(rows) == 1 else None


async def graphs_with(tx: AsyncConnection, workspace_id: str, word: str) -> Sequence["Row[*tuple[Any, ...]]"]:
    """(app's id, its name, graph) of each draft and each published version that holds a word."""
    mine = (apps.c.workspace_id == workspace_id, apps.c.deleted_at.is_(None))
    of_draft = (
        select(apps.c.id, apps.c.name, drafts.c.graph)
        .join(drafts, drafts.c.app_id == apps.c.id)
        .where(*mine, cast(drafts.c.graph, Text).contains(word, autoescape=True))
    )
    pinned = (app_versions.c.app_id == apps.c.id) & (app_versions.c.number == apps.c.published_version)
    kept = (graphs.c.workspace_id == apps.c.workspace_id) & (graphs.c.content == app_versions.c.content)
    published = (
        select(apps.c.id, apps.c.name, graphs.c.graph)
        .join(app_versions, pinned)
        .join(graphs, kept)
        .where(*mine, cast(graphs.c.graph, Text).contains(word, autoescape=True))
    )
    return [*(await tx.execute(of_draft)).all(), *(await tx.execute(published)).all()]


async def add(tx: AsyncConnection, app_values: Values, draft_values: Values) -> None:
    await tx.execute(insert(apps).values(app_values))
    await tx.execute(insert(drafts).values(draft_values))


async def change(tx: AsyncConnection, workspace_id: str, app_id: str, values: Values) -> bool:
    return (await tx.execute(update(apps).where(*_mine(workspace_id, app_id)).values(values))).rowcount > 0


async def draft(tx: AsyncConnection, workspace_id: str, app_id: str) -> RowMapping | None:
    """With the app's name, as `app_name`, and its `published_version`."""
    return (await tx.execute(_DRAFT, {"workspace": workspace_id, "app": app_id})).mappings().first()


async def save_draft(tx: AsyncConnection, workspace_id: str, app_id: str, base: int, values: Values) -> bool:
    """False where the draft is no longer at revision `base`."""
    where = (drafts.c.workspace_id == workspace_id, drafts.c.app_id == app_id, drafts.c.revision == base)
    return (await tx.execute(update(drafts).where(*where).values(revision=base + 1, **values))).rowcount > 0


async def put_graph(tx: AsyncConnection, workspace_id: str, content: str, digest: str, graph: Values) -> None:
    """Keep a graph under the hash of its content, if it isn't there yet."""
    row = {"workspace_id": workspace_id, "content": content, "digest": digest, "graph": graph}
    await tx.execute(insert_if_new(tx, graphs), row)


async def add_version(tx: AsyncConnection, workspace_id: str, app_id: str, values: Values) -> int:
    """The new version's number: one more than the last."""
    last = select(func.coalesce(func.max(app_versions.c.number), 0)).where(
        app_versions.c.workspace_id == workspace_id, app_versions.c.app_id == app_id
    )
    number = int((await tx.execute(last)).scalar_one()) + 1
    row = {"workspace_id": workspace_id, "app_id": app_id, "number": number, **values}
    await tx.execute(insert(app_versions).values(row))
    return number


async def versions(tx: AsyncConnection, workspace_id: str, app_id: str) -> Sequence[RowMapping]:
    """Newest first."""
    query = select(app_versions).where(app_versions.c.workspace_id == workspace_id, app_versions.c.app_id == app_id)
    return (await tx.execute(query.order_by(app_versions.c.number.desc()).limit(1000))).mappings().all()


async def version(tx: AsyncConnection, workspace_id: str, app_id: str, number: int | None) -> RowMapping | None:
    """With its graph and the app's name; `number` None means the published one."""
    query = _PUBLISHED if number is None else _VERSION
    given = {"workspace": workspace_id, "app": app_id} | ({} if number is None else {"number": number})
    return (await tx.execute(query, given)).mappings().first()
