"""The SQL of backups: the rows of all workspaces, read in one moment, written in one transaction."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    LargeBinary,
    MetaData,
    RowMapping,
    Select,
    Table,
    Text,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.backup import errors
from atoll.db import row_security
from atoll.db.audit import take_away
from atoll.db.metadata import Json, all_tables
from atoll.db.migrate import current, migrate, revisions, upgrade
from atoll.db.tables.evaluation import evaluations
from atoll.db.tables.identity import api_keys, installation, users, workspaces
from atoll.db.tables.knowledge import WORKING, datasets, documents
from atoll.db.tables.people import invitations
from atoll.db.tables.runs import runs
from atoll.db.tables.secrets import data_keys
from atoll.engine.events import Event
from atoll.runs import store

_BESIDE = ("alembic_version", "chunk_words")  # what no module of atoll/db/tables makes
LEFT_OUT = {"sessions", "rates"}  # who signed in does so again; how often counts from there
PAGE_BYTES = 4_000_000  # of rows that are read, and of a part of the archive; one row may be larger
_AHEAD = 1_000  # rows whose sizes are looked at before they are read


def tables() -> list[Table]:
    """Those that a backup has, each after those that it refers to."""
    return [table for table in all_tables().sorted_tables if table.name not in LEFT_OUT]


async def revision(tx: AsyncConnection) -> str | None:
    return await tx.run_sync(current)


async def demand_schema(tx: AsyncConnection) -> str:
    """The revision, which is this version's. Raises OperationalError `database_not_there`, `backup_schema_differs`."""
    found, known = await revision(tx), revisions()[-1]
    if found is None:
        raise errors.no_database()
    if found != known:
        raise errors.schema_differs(found, known)
    return known


async def counts(tx: AsyncConnection) -> dict[str, int]:
    """Rows by table."""
    return {t.name: (await tx.execute(select(func.count()).select_from(t))).scalar_one() for t in tables()}


async def pages(tx: AsyncConnection, table: Table) -> AsyncIterator[Sequence[RowMapping]]:
    """All rows by their key, about PAGE_BYTES at a time."""
    after: list[Any] = []
    size = _size(table)
    while True:
        keys = list(table.primary_key.columns)
        ahead = (await tx.execute(_following(select(*keys, size), table, after).limit(_AHEAD))).all()
        if not ahead:
            return
        for count in _cuts(row[-1] for row in ahead):
            rows = (await tx.execute(_following(select(table), table, after).limit(count))).mappings().all()
            yield rows
            after = [rows[-1][key.name] for key in keys]


def _size(table: Table) -> Any:
    """The length of what may be long in a row, characters or bytes."""
    long = [c for c in table.columns if isinstance(c.type, Text | JSON | LargeBinary)]
    sizes = [func.length(c if isinstance(c.type, LargeBinary) else cast(c, Text)) for c in long]
    return sum((func.coalesce(one, 0) for one in sizes), literal(200))


def _following(query: Select[Any], table: Table, after: Sequence[Any]) -> Select[Any]:
    keys = list(table.primary_key.columns)
    if after:
        last = [literal(value, key.type) for key, value in zip(keys, after, strict=True)]
        query = query.where(keys[0] > last[0] if len(keys) == 1 else tuple_(*keys) > tuple_(*last))
    return query.order_by(*keys)


def _cuts(sizes: Iterator[int]) -> Iterator[int]:
    """How many rows fit together, one at least."""
    count = together = 0
    for size in sizes:
        if count and together + size > PAGE_BYTES:
            yield count
            count = together = 0
        count, together = count + 1, together + size
    yield count


async def originals(tx: AsyncConnection) -> tuple[list[bytes], int]:
    """(the digests of all originals, their bytes together)."""
    query = select(documents.c.digest, func.max(documents.c.size).label("size")).group_by(documents.c.digest)
    found, size = [], 0
    for row in await tx.execute(query.order_by(documents.c.digest)):
        found.append(bytes.fromhex(row.digest))
        size += row.size
    return found, size


async def digest_used(tx: AsyncConnection, digest: str) -> bool:
    return (await tx.execute(select(documents.c.id).where(documents.c.digest == digest).limit(1))).first() is not None


async def fact(tx: AsyncConnection, name: str) -> str | None:
    return (await tx.execute(select(installation.c.value).where(installation.c.name == name))).scalar_one_or_none()


# Restoring


async def is_empty(tx: AsyncConnection) -> bool:
    """No workspace: a server that was only started left nothing that counts."""
    return (await tx.execute(select(workspaces.c.id).limit(1))).first() is None


async def clear(tx: AsyncConnection, saved_at: str) -> dict[str, Table]:
    """Take away all rows. Returns the tables of the revision `saved_at`, made anew where it is not today's."""
    if saved_at == await revision(tx):
        every = all_tables().sorted_tables
        if tx.dialect.name == "postgresql":  # deleting row by row could take longer than a statement may
            await tx.execute(sql(f"TRUNCATE {', '.join(table.name for table in every)}"))
            every = []
        else:
            await take_away(tx, 2**62)
        for table in reversed(every):
            await tx.execute(delete(table))
        return {table.name: table for table in tables()}
    return await tx.run_sync(_made_anew, saved_at)


def _made_anew(connection: Connection, saved_at: str) -> dict[str, Table]:
    there = MetaData()
    there.reflect(connection, only=lambda name, _: name in all_tables().tables or name in _BESIDE)
    if connection.dialect.name == "sqlite":
        connection.execute(sql("DROP TABLE IF EXISTS chunks_fts"))
    else:
        row_security.let_go(connection)
    there.drop_all(connection)
    upgrade(connection, saved_at)
    made = MetaData()
    made.reflect(connection)
    for table in made.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = Json
    return {name: table for name, table in made.tables.items() if name not in (*LEFT_OUT, *_BESIDE)}


async def add(tx: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    await tx.execute(insert(table), rows)


async def finish(tx: AsyncConnection) -> None:
    """What the database counts by itself goes on after the last row; then the revisions since the backup are applied."""
    if tx.dialect.name == "postgresql":
        for table in tables():
            if (column := table.autoincrement_column) is not None:
                query = "SELECT setval(pg_get_serial_sequence(:t, :c), (SELECT max({0}) FROM {1}) + 1, false)"
                named = sql(query.format(f'"{column.name}"', f'"{table.name}"'))
                await tx.execute(named, {"t": table.name, "c": column.name})
    await tx.run_sync(migrate)


async def let_go(tx: AsyncConnection) -> None:
    """Nobody holds anything: the processes that did are not those that will. Nor is an index outside that of these rows."""
    is_open = runs.c.status.in_(store.OPEN)
    await tx.execute(update(runs).where(is_open).values(owner=None, lease_until=None, claims=0))
    await tx.execute(update(documents).where(documents.c.status.in_(WORKING)).values(lease_until=None))
    await tx.execute(update(evaluations).where(evaluations.c.ended_at.is_(None)).values(lease_until=None))
    await tx.execute(update(datasets).values(vectors="", vectors_next=""))


async def hold_runs(tx: AsyncConnection, now: int) -> int:
    """Pause every run that is under way, as if a person had asked for it. Returns how many."""
    paused = {"reason": "asked", "by": "restore"}
    row = {"status": "paused", "pause": {**paused, "node": ""}, "wake_at": None, "owner": None, "lease_until": None,
           "pause_requested": False}  # fmt: skip
    count = 0
    while (held := await store.claim(tx, "restore", now, 0)) is not None:
        await store.append(tx, held, [Event("run.paused", None, paused, held.seq + 1, now)], 0, row)
        count += 1
    return count


@dataclass(frozen=True, slots=True)
class WaysIn:
    """Who and what may come in: `people` that may sign in, `keys` by their ids."""

    people: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()


async def ways_in(tx: AsyncConnection, now: int) -> WaysIn:
    may = (users.c.disabled.is_(False), users.c.shut_out.is_(False))
    lives = or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now)
    people = (await tx.execute(select(users.c.id).where(*may))).scalars()
    return WaysIn(frozenset(people), frozenset((await tx.execute(select(api_keys.c.id).where(lives))).scalars()))


async def end_keys(tx: AsyncConnection, ids: Collection[str], now: int) -> None:
    for one in ids:
        await tx.execute(update(api_keys).where(api_keys.c.id == one).values(expires_at=now))


async def end_invitations(tx: AsyncConnection) -> int:
    """Those of the backup, links to a new password too: what was used or taken back since would open again."""
    return (await tx.execute(delete(invitations))).rowcount


async def names(tx: AsyncConnection, people: Collection[str], keys: Collection[str]) -> tuple[list[str], list[str]]:
    """(of people, of keys), sorted."""
    found = [(row.id, row.username) for row in await tx.execute(select(users.c.id, users.c.username))]
    others = [(row.id, row.name) for row in await tx.execute(select(api_keys.c.id, api_keys.c.name))]
    return sorted(name for one, name in found if one in people), sorted(name for one, name in others if one in keys)


async def forget_key(tx: AsyncConnection) -> None:
    """The key that sealed the secrets is lost: the next start takes another one, and each secret is entered again."""
    await tx.execute(delete(installation).where(installation.c.name.in_(("secret_check", "secret_root"))))
    await tx.execute(delete(data_keys))
