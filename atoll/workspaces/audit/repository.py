"""The SQL of the audit. What people ask takes the workspace; who checks, seals or exports the whole chain says so by its scope."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.database import Database
from atoll.db.statements import insert_if_new
from atoll.db.tables.audit import audit_checkpoints, audit_records
from atoll.db.tables.identity import workspaces

_r, _k = audit_records.c, audit_checkpoints.c
NAMES = tuple(str(column.name) for column in _r)
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records; None: any. `since` and `until` are milliseconds, `until` not included. `target` is an id."""

    words: str | None = None
    action: str | None = None
    actor: str | None = None
    target: str | None = None
    outcome: str | None = None
    since: int | None = None
    until: int | None = None


def _conditions(wanted: Wanted) -> list[Any]:
    found: list[Any] = []
    if words := wanted.words:
        found.append(or_(*(column.icontains(words, autoescape=True) for column in
                           (_r.action, _r.actor_name, _r.target_id, _r.target_kind, _r.address))))  # fmt: skip
    if wanted.action is not None:
        found.append(_r.action == wanted.action)
    if wanted.actor is not None:
        found.append(or_(_r.actor_id == wanted.actor, _r.actor_name == wanted.actor))
    if wanted.target is not None:
        found.append(_r.target_id == wanted.target)
    if wanted.outcome is not None:
        found.append(_r.outcome == wanted.outcome)
    if wanted.since is not None:
        found.append(_r.at >= wanted.since)
    if wanted.until is not None:
        found.append(_r.at < wanted.until)
    return found


async def is_alone(tx: AsyncConnection) -> bool:
    """Whether the installation has one workspace: its people are told of acts on the installation too."""
    return (await tx.execute(select(func.count()).select_from(workspaces))).scalar_one() == 1


async def search(
    tx: AsyncConnection, workspace_id: str, also_of_none: bool, wanted: Wanted, before: int | None, limit: int
) -> Sequence[RowMapping]:
    """Newest first. `also_of_none`: with the acts on the installation itself."""
    whose = _r.workspace_id == workspace_id
    query = select(audit_records).where(or_(whose, _r.workspace_id.is_(None)) if also_of_none else whose)
    query = query.where(*_conditions(wanted))
    if before is not None:
        query = query.where(_r.seq < before)
    return (await tx.execute(query.order_by(_r.seq.desc()).limit(limit))).mappings().all()


async def pages(
    db: Database,
    workspace_id: str | None,
    also_of_none: bool,
    since: int | None,
    until: int | None,
    after: int = 0,
    upto: int | None = None,
) -> AsyncIterator[list[dict[str, Any]]]:
    """Records in the order of the chain, page by page; `workspace_id` None: the whole chain. `upto`: the last one that may
    be among them; None: also those that are made while this is read."""
    query = select(*_r).where(*_conditions(Wanted(since=since, until=until)))
    if upto is not None:
        query = query.where(_r.seq <= upto)
    if workspace_id is not None:
        whose = _r.workspace_id == workspace_id
        query = query.where(or_(whose, _r.workspace_id.is_(None)) if also_of_none else whose)
    query = query.order_by(_r.seq).limit(PAGE)
    while True:
        async with db.read(slow=True) as tx:
            rows = (await tx.execute(query.where(_r.seq > after))).all()
        if not rows:
            return
        yield [dict(zip(NAMES, row, strict=True)) for row in rows]
        after = rows[-1][0]


async def last(tx: AsyncConnection) -> RowMapping | None:
    query = select(_r.seq, _r.hash, _r.at).order_by(_r.seq.desc()).limit(1)
    return (await tx.execute(query)).mappings().first()


async def hash_at(tx: AsyncConnection, seq: int) -> str | None:
    """Of this record, or of the checkpoint that is left of it."""
    for table in (audit_records, audit_checkpoints):
        query = select(table.c.hash).where(table.c.seq == seq)
        if (found := (await tx.execute(query)).scalar_one_or_none()) is not None:
            return str(found)
    return None


async def first_since(tx: AsyncConnection, at: int) -> int | None:
    found: int | None = (await tx.execute(select(func.min(_r.seq)).where(_r.at >= at))).scalar_one()
    return found


async def checkpoint_over(tx: AsyncConnection, until: int) -> RowMapping | None:
    """The oldest that seals all records of before that moment."""
    last = select(func.coalesce(func.max(_r.seq), 0)).where(_r.at < until).scalar_subquery()
    query = select(audit_checkpoints).where(_k.seq >= last).order_by(_k.seq).limit(1)
    return (await tx.execute(query)).mappings().first()


async def checkpoints(tx: AsyncConnection) -> Sequence[RowMapping]:
    """Oldest first."""
    return (await tx.execute(select(audit_checkpoints).order_by(_k.seq))).mappings().all()


async def last_checkpoint(tx: AsyncConnection) -> RowMapping | None:
    return (await tx.execute(select(audit_checkpoints).order_by(_k.seq.desc()).limit(1))).mappings().first()


async def add_checkpoint(tx: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """False where another process has sealed this record."""
    return bool((await tx.execute(insert_if_new(tx, audit_checkpoints).values(values))).rowcount)


async def last_sealed_before(tx: AsyncConnection, at: int) -> RowMapping | None:
    """The newest checkpoint whose records are all older than that moment."""
    query = select(_k.seq, _k.hash).join(audit_records, _r.seq == _k.seq).where(_r.at < at)
    return (await tx.execute(query.order_by(_k.seq.desc()).limit(1))).mappings().first()


async def first_seq(tx: AsyncConnection) -> int | None:
    found: int | None = (await tx.execute(select(func.min(_r.seq)))).scalar_one()
    return found


async def forget_checkpoints(tx: AsyncConnection, before: int) -> None:
    await tx.execute(delete(audit_checkpoints).where(_k.seq < before))
