"""The event store: SQL of runs and events. Every append demands the lease; without it nothing is written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import RowMapping, Update, and_, bindparam, func, insert, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.statements import ALL, Within, insert_if_new
from atoll.db.tables.apps import graphs
from atoll.db.tables.chat import conversations
from atoll.db.tables.runs import event_values, runs
from atoll.db.tables.runs import events as events_table
from atoll.db.tenancy import ours, owned
from atoll.engine.events import Event
from atoll.runs import values

OPEN = ("queued", "running")
# Made once: these are written with every run.
_NEW_RUN = insert(runs)
_NEW_EVENTS = insert(events_table)
POISON_CLAIMS = 5  # so many claims without progress: the run kills its workers, stop feeding it to them


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody asked of a run while it was under way; a write tells."""

    stop: str | None = None  # who asked for it
    pause: bool = False


class LeaseLost(Exception):
    """Somebody else owns the run now. Drop it at once and write nothing more."""


@dataclass(slots=True)
class Claim:
    """The right to append to one run, until the lease ends or somebody raises the epoch."""

    run_id: str
    workspace_id: str
    epoch: int
    owner: str
    seq: int
    claims: int = 0
    app_id: str = ""


async def put_graph(
    tx: AsyncConnection, workspace_id: str, content: str, digest: str, graph: Mapping[str, Any]
) -> None:
    """Keep a graph under the hash of its content, if it isn't there yet."""
    row = {"workspace_id": workspace_id, "content": content, "digest": digest, "graph": graph}
    await tx.execute(insert_if_new(tx, graphs), row)


async def get_graph(tx: AsyncConnection, workspace_id: str, content: str) -> dict[str, Any]:
    query = select(graphs.c.graph).where(graphs.c.workspace_id == workspace_id, graphs.c.content == content)
    found: dict[str, Any] = (await tx.execute(query)).scalar_one()
    return found


async def create(tx: AsyncConnection, row: Mapping[str, Any], first: Sequence[Event]) -> None:
    """The row and its first events, in the caller's transaction: this insert is the enqueue."""
    await tx.execute(_NEW_RUN, dict(row))
    await _insert_events(tx, row["workspace_id"], row["id"], first)


async def claim(
    tx: AsyncConnection,
    owner: str,
    now: int,
    lease_ms: int,
    run_id: str | None = None,
    *,
    carried: Collection[str] = (),
) -> Claim | None:
    """Take one run that nobody holds: `run_id`, or the one that has waited longest. Never one that this owner still
    carries with a lease that ran out: it renews that, or loses it to another."""
    free = and_(runs.c.status.in_(OPEN), or_(runs.c.lease_until.is_(None), runs.c.lease_until < now))
    if carried:
        free = and_(free, runs.c.id.not_in(carried))
    pick = select(runs.c.id).where(free).order_by(runs.c.created_at).limit(1)
    if run_id is not None:
        pick = pick.where(runs.c.id == run_id)
    pick = pick.with_for_update(skip_locked=True)  # SQLite has one writer and leaves this out
    query = (
        update(runs)
        .where(runs.c.id == pick.scalar_subquery(), free)
        .values(epoch=runs.c.epoch + 1, owner=owner, lease_until=now + lease_ms, claims=runs.c.claims + 1)
        .returning(runs.c.id, runs.c.workspace_id, runs.c.epoch, runs.c.seq, runs.c.claims, runs.c.app_id)
    )
    row = (await tx.execute(query)).first()
    if row is None:
        return None
    return Claim(row.id, row.workspace_id, row.epoch, owner, row.seq, row.claims, row.app_id or "")


async def append(
    tx: AsyncConnection, held: Claim, new: Sequence[Event], lease_until: int, readings: Mapping[str, Any]
) -> Wishes:
    """Write `new` (numbered from `held.seq` + 1) and the run's readings.

    Raises LeaseLost if the lease is somebody else's by now.
    """
    progress = any(event.type != "node.started" for event in new)
    changes = {
        "seq": held.seq + len(new),
        "lease_until": lease_until,
        **({"claims": 0} if progress else {}),
        **readings,
    }
    where = {
        "held_id": held.run_id, "held_workspace": held.workspace_id, "held_epoch": held.epoch,
        "held_owner": held.owner, "held_seq": held.seq,
    }  # fmt: skip
    row = (await tx.execute(_appending(tuple(changes)), {f"new_{n}": v for n, v in changes.items()} | where)).first()
    if row is None:
        raise LeaseLost(held.run_id)
    await _insert_events(tx, held.workspace_id, held.run_id, new)
    return _asked(row)


async def is_kept(tx: AsyncConnection, held: Claim, last: Event) -> bool:
    """Whether this event, whose append brought no answer, is there: in one epoch only one worker writes."""
    c = events_table.c
    query = select(c.seq).where(c.run_id == held.run_id, c.seq == last.seq, c.type == last.type, c.at == last.at)
    query = query.join(runs, runs.c.id == c.run_id).where(runs.c.epoch == held.epoch, owned(runs))
    return (await tx.execute(query)).first() is not None


@lru_cache(maxsize=64)
def _appending(columns: tuple[str, ...]) -> Update:
    """The statement of an append that changes these columns: building one costs more than running it."""
    return (
        update(runs)
        .where(
            runs.c.id == bindparam("held_id"),
            runs.c.workspace_id == bindparam("held_workspace"),
            runs.c.epoch == bindparam("held_epoch"),
            runs.c.owner == bindparam("held_owner"),
            runs.c.seq == bindparam("held_seq"),
            runs.c.status.in_(OPEN),
        )
        .values({name: bindparam(f"new_{name}", type_=runs.c[name].type) for name in columns})
        .returning(runs.c.cancel_requested, runs.c.cancel_by, runs.c.pause_requested)
    )


def _asked(row: Any) -> Wishes:
    return Wishes((row.cancel_by or "user") if row.cancel_requested else None, bool(row.pause_requested))


async def _insert_events(tx: AsyncConnection, workspace_id: str, run_id: str, new: Sequence[Event]) -> None:
    rows: list[dict[str, Any]] = []
    kept: dict[str, str] = {}
    for e in new:
        data, version = values.stored(e.data, kept)
        rows.append(
            {
                "run_id": run_id,
                "seq": e.seq,
                "type": e.type,
                "node": e.node,
                "at": e.at,
                "version": version,
                "data": data,
            }
        )
    if kept:
        await _keep(tx, workspace_id, kept)
    await tx.execute(_NEW_EVENTS, rows)


async def _keep(tx: AsyncConnection, workspace_id: str, kept: Mapping[str, str]) -> None:
    """Keep large values, those that are not there yet."""
    there = set(await _values(tx, workspace_id, kept, event_values.c.digest))
    rows = [  # in one order everywhere: two runs that keep the same values can't wait for each other
        {"workspace_id": workspace_id, "digest": digest, "value": kept[digest]}
        for digest in sorted(kept)
        if digest not in there
    ]
    if rows:
        await tx.execute(insert_if_new(tx, event_values), rows)


async def _values(tx: AsyncConnection, workspace_id: Any, digests: Collection[str], *columns: Any) -> dict[str, Any]:
    """By digest, the last of `columns`."""
    found: dict[str, Any] = {}
    listed = list(digests)
    for at in range(0, len(listed), 500):
        query = select(event_values.c.digest, *columns).where(
            event_values.c.workspace_id == workspace_id, event_values.c.digest.in_(listed[at : at + 500])
        )
        found |= {row[0]: row[-1] for row in await tx.execute(query)}
    return found


async def renew(tx: AsyncConnection, owner: str, run_ids: Sequence[str], lease_until: int) -> dict[str, Wishes]:
    """Renew the leases that are still ours, by run. Missing ones are lost."""
    query = (
        update(runs)
        .where(runs.c.owner == owner, runs.c.id.in_(run_ids), runs.c.status.in_(OPEN))
        .values(lease_until=lease_until)
        .returning(runs.c.id, runs.c.cancel_requested, runs.c.cancel_by, runs.c.pause_requested)
    )
    return {row.id: _asked(row) for row in await tx.execute(query)}


async def release(tx: AsyncConnection, owner: str) -> None:
    """Hand every run of this owner on at once: a worker that is told to stop does this last. No run did that to it."""
    held = and_(runs.c.owner == owner, runs.c.status.in_(OPEN))
    await tx.execute(update(runs).where(held).values(lease_until=0, claims=0))


async def resume(tx: AsyncConnection, workspace_id: str, run_id: str, event: Event, seq: int | None = None) -> bool:
    """A paused run is told how to go on: the event is appended and the run may be claimed again. `seq`: of the last event
    that who tells it has seen; where there are others since, it may be another question that the run waits for."""
    where = [runs.c.id == run_id, runs.c.workspace_id == workspace_id, runs.c.status == "paused"]
    query = (
        update(runs)
        .where(*where, *([] if seq is None else [runs.c.seq == seq]))
        .values(
            status="queued", pause=None, error=None, pause_requested=False, wake_at=None,
            seq=runs.c.seq + 1, lease_until=None, owner=None,
        )
        .returning(runs.c.seq)
    )  # fmt: skip
    return await _append_paused(tx, workspace_id, run_id, query, event)


async def change_paused(tx: AsyncConnection, workspace_id: str, run_id: str, event: Event) -> bool:
    """Append a change that a person made to a paused run, which stays paused."""
    query = (
        update(runs)
        .where(runs.c.id == run_id, runs.c.workspace_id == workspace_id, runs.c.status == "paused")
        .values(seq=runs.c.seq + 1)
        .returning(runs.c.seq)
    )
    return await _append_paused(tx, workspace_id, run_id, query, event)


async def _append_paused(tx: AsyncConnection, workspace_id: str, run_id: str, query: Any, event: Event) -> bool:
    row = (await tx.execute(query)).first()
    if row is None:
        return False
    event.seq = row.seq
    await _insert_events(tx, workspace_id, run_id, [event])
    return True


async def wake_unanswered(tx: AsyncConnection, now: int) -> None:
    """Paused runs whose question has run out of time go on, with that as the answer."""
    due = and_(runs.c.status == "paused", runs.c.wake_at.is_not(None), runs.c.wake_at <= now)
    query = select(runs.c.id, runs.c.workspace_id, runs.c.pause).where(due).order_by(runs.c.id).limit(100)
    for row in (await tx.execute(query)).all():
        event = Event("run.resumed", row.pause["node"], {"answer": {"timeout": True}}, at=now)
        await resume(tx, row.workspace_id, row.id, event)


async def request_pause(tx: AsyncConnection, workspace_id: str, run_id: str) -> bool:
    """Ask a run that is open to pause. False where there is no such run or it has ended or is paused."""
    query = (
        update(runs)
        .where(runs.c.id == run_id, runs.c.workspace_id == workspace_id, runs.c.status.in_(OPEN))
        .values(pause_requested=True)
    )
    return bool((await tx.execute(query)).rowcount)


async def park(tx: AsyncConnection, held: Claim, readings: Mapping[str, Any]) -> None:
    """Set a run aside that this process can't carry on, without a word in its log. It may be resumed like any other."""
    whose = runs.c.workspace_id == held.workspace_id
    mine = and_(runs.c.id == held.run_id, whose, runs.c.epoch == held.epoch, runs.c.owner == held.owner)
    aside = {"status": "paused", "owner": None, "lease_until": None, "claims": 0}
    await tx.execute(update(runs).where(mine, runs.c.status.in_(OPEN)).values({**aside, **readings}))


async def request_cancel(tx: AsyncConnection, workspace_id: str, run_id: str, by: str) -> str | None:
    """Ask for a stop. Returns the run's status, None where there is no such run."""
    query = (
        update(runs)
        .where(runs.c.id == run_id, runs.c.workspace_id == workspace_id)
        .values(cancel_requested=True, cancel_by=by[:80])
        .returning(runs.c.status)
    )
    status: str | None = (await tx.execute(query)).scalar_one_or_none()
    return status


async def get(tx: AsyncConnection, workspace_id: str, run_id: str) -> RowMapping | None:
    query = select(runs).where(runs.c.id == run_id, runs.c.workspace_id == workspace_id)
    return (await tx.execute(query)).mappings().first()


async def by_idempotency_key(tx: AsyncConnection, workspace_id: str, key: str) -> RowMapping | None:
    query = select(runs).where(runs.c.workspace_id == workspace_id, runs.c.idempotency_key == key)
    return (await tx.execute(query)).mappings().first()


async def unfinished(tx: AsyncConnection, workspace_id: str, most: int) -> int:
    """How many are queued or running, at most `most`: no more are looked at."""
    found = select(runs.c.id).where(runs.c.workspace_id == workspace_id, runs.c.status.in_(OPEN)).limit(most)
    return int((await tx.execute(select(func.count()).select_from(found.subquery()))).scalar_one())


async def listing(
    tx: AsyncConnection,
    workspace_id: str,
    *,
    app_id: str | None = None,
    status: str | None = None,
    trigger_id: str | None = None,
    kinds: Sequence[str] = (),
    reader: str | None = None,
    within: Within = ALL,
    before: str | None = None,
    limit: int = 50,
) -> list[RowMapping]:
    """Newest first; `within`: of which apps. Ids sort by time, so `before` is an id. With `reader` no turns of other
    people's conversations."""
    query = select(runs).where(runs.c.workspace_id == workspace_id).order_by(runs.c.id.desc()).limit(limit)
    query = query.where(*within.conditions(runs.c.app_id))
    if app_id:
        query = query.where(runs.c.app_id == app_id)
    if status:
        query = query.where(runs.c.status == status)
    if trigger_id:
        query = query.where(runs.c.trigger_id == trigger_id)
    if kinds:
        query = query.where(runs.c.kind.in_(kinds))
    if reader is not None:
        own = select(conversations.c.id).where(
            conversations.c.workspace_id == workspace_id, conversations.c.user_id == reader
        )
        query = query.where(or_(runs.c.conversation_id.is_(None), runs.c.conversation_id.in_(own)))
    if before:
        query = query.where(runs.c.id < before)
    return list((await tx.execute(query)).mappings())


async def read_events(tx: AsyncConnection, run_id: str, after: int = 0) -> list[Event]:
    c = events_table.c
    query = select(c.seq, c.type, c.node, c.at, c.version, c.data).where(c.run_id == ours(runs, run_id), c.seq > after)
    rows = (await tx.execute(query.order_by(literal_column("seq")))).all()
    found = [Event(row.type, row.node, orjson.loads(row.data), row.seq, row.at) for row in rows]
    referring = [event for event, row in zip(found, rows, strict=True) if row.version == values.REFERRING]
    if referring:
        known = await _known(
            tx, run_id, {d for event in referring for value in event.data.values() for d in values.referred(value)}
        )
        for event in referring:
            event.data = {name: values.whole(value, known) for name, value in event.data.items()}
    return found


async def _known(tx: AsyncConnection, run_id: str, digests: set[str]) -> dict[str, Any]:
    """The whole values of these, which may refer to more. Each is there once, however many events have it."""
    whose = select(runs.c.workspace_id).where(runs.c.id == run_id, owned(runs)).scalar_subquery()
    raw: dict[str, Any] = {}
    while missing := digests - set(raw):
        raw |= {d: orjson.loads(v) for d, v in (await _values(tx, whose, missing, event_values.c.value)).items()}
        digests = {digest for value in raw.values() for digest in values.referred(value)} | missing
    known: dict[str, Any] = {}

    def of(digest: str) -> Any:
        if digest not in known:
            inner = {one: of(one) for one in values.referred(raw[digest])}
            known[digest] = values.whole(raw[digest], inner)
        return known[digest]

    return {digest: of(digest) for digest in raw}
