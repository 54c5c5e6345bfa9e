"""Writing an audit record, in the transaction of the act. `atoll.workspaces.audit` reads, seals and checks them.

    async with db.begin() as tx:
        await repository.change_user(tx, ...)
        note(tx, "change_user", "user", user_id, role=role)

The door says who asks and by which route (`acting`). A transaction that changes something in such a request and notes
nothing leaves a record all the same, under the route's name: no route can forget. Records are appended at the very end
of the transaction, one transaction after the other, each with the hash of itself and of the one before.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import orjson
from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.statements import upsert
from atoll.db.tables.audit import audit_records
from atoll.db.tables.identity import installation
from atoll.db.tenancy import ALL, SETTING, everything
from atoll.kit.clock import now_ms

ActorKind = Literal["user", "key", "cli", "system", "nobody"]
Outcome = Literal["done", "refused", "failed"]

FIRST = hashlib.sha256(b"atoll audit 1").hexdigest()  # what the first record follows
TURN = 0x41756469  # the key of PostgreSQL's advisory lock under which records are appended: "Audi"
DETAIL_BYTES = 8_000
SELDOM_MS = 600_000
_PENDING = "atoll.audit"
_LAST = select(audit_records.c.seq, audit_records.c.hash).order_by(audit_records.c.seq.desc()).limit(1)
_APPEND = insert(audit_records)
_r = audit_records.c
# With it the rest of the transaction, which is this append, sees the records of all workspaces.
_TAKE_TURN = text(f"SELECT pg_advisory_xact_lock({TURN}), set_config('{SETTING}', '{ALL}', true)")


@dataclass(frozen=True, slots=True)
class By:
    """Who acts. `name` is what they were called at that time."""

    kind: ActorKind
    id: str = ""
    name: str = ""
    workspace_id: str | None = None


SYSTEM = By("system", "system", "Atoll")
NOBODY = By("nobody")


@dataclass(slots=True)
class Act:
    """One request that may change something. `targets` are the ids in its path, outermost first."""

    by: By
    action: str
    targets: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    request_id: str = ""
    recorded: bool = False
    over: bool = False  # work that it has started goes on in its context and is not its own any more


_act: ContextVar[Act | None] = ContextVar("atoll_act", default=None)


@contextmanager
def acting(act: Act) -> Iterator[Act]:
    """What is written in this block is this act's."""
    token = _act.set(act)
    try:
        yield act
    finally:
        act.over = True
        _act.reset(token)


@contextmanager
def aside() -> Iterator[None]:
    """What is written in this block is nobody's act and leaves no record: counting a try, before it is made."""
    token = _act.set(None)
    try:
        yield
    finally:
        _act.reset(token)


def current() -> Act | None:
    act = _act.get()
    return act if act is not None and not act.over else None


def note(
    tx: AsyncConnection,
    action: str,
    target_kind: str = "",
    target_id: str = "",
    *,
    by: By | None = None,
    workspace_id: str | None = None,
    outcome: Outcome = "done",
    **detail: Any,
) -> None:
    """A record of this transaction, written when it ends. `by` and the workspace are the request's where they are not
    given. `detail`: what changed, as JSON, never a secret and never the text of data; larger than 8 kB is left out."""
    act = current()
    by = by or (act.by if act else SYSTEM)
    tx.info.setdefault(_PENDING, []).append(
        {
            "workspace_id": workspace_id or by.workspace_id,
            "at": now_ms(),
            "actor_kind": by.kind,
            "actor_id": by.id[:40],
            "actor_name": by.name[:200],
            "action": action[:64],
            "target_kind": target_kind[:32],
            "target_id": target_id[:200],
            "outcome": outcome,
            "detail": _bounded(detail),
            "address": act.address[:64] if act else "",
            "request_id": act.request_id[:64] if act else "",
        }
    )


def note_act(tx: AsyncConnection, target_kind: str, target_id: str, **detail: Any) -> None:
    """The request that is being answered did this to that: for what a route's path doesn't say, as the id of what it
    made. Nothing outside of requests, nor where the act has its record already."""
    act = current()
    if act is not None and not act.recorded:
        note(tx, act.action, target_kind, target_id, **detail)


async def note_seldom(tx: AsyncConnection, target_kind: str, target_id: str) -> None:
    """An act that is done again and again, as an editor saves: one record in `SELDOM_MS` for each person and target."""
    if (act := current()) is None:
        return
    lately = select(_r.seq).where(
        _r.workspace_id == act.by.workspace_id,
        _r.target_id == target_id,
        _r.actor_id == act.by.id,
        _r.action == act.action,
        _r.at > now_ms() - SELDOM_MS,
    )
    if (await tx.execute(lately.limit(1))).first() is not None:
        act.recorded = True
        return
    note_act(tx, target_kind, target_id)


def begun(tx: AsyncConnection) -> None:
    """A connection comes back with what a transaction before has left on it."""
    tx.info.pop(_PENDING, None)


async def append(tx: AsyncConnection) -> bool:
    """At the end of a write transaction: what it noted, or the act that it belongs to. Says whether it wrote any."""
    act = current()
    if act is not None and not act.recorded and not tx.info.get(_PENDING):
        # Without an id in its path it is about the one who acts: their session, their password.
        kind, target = list(act.targets.items())[-1] if act.targets else (act.by.kind, act.by.id)
        note(tx, act.action, kind.removesuffix("_id"), target)
    pending = tx.info.pop(_PENDING, None)
    if not pending:
        return False
    with everything("audit.append"):  # the chain is one for all workspaces
        if tx.dialect.name == "postgresql":
            await tx.execute(_TAKE_TURN)  # the last lock of any transaction, held for two statements
        last = (await tx.execute(_LAST)).first()
        seq, digest = (last.seq, last.hash) if last else (0, FIRST)
        for record in pending:
            seq += 1
            record["seq"] = seq
            digest = record["hash"] = hash_of(digest, record)
        await tx.execute(_APPEND, pending)
    return True


def hash_of(before: str, record: Mapping[str, Any]) -> str:
    """sha256 over the hash before, whose the record is and what is in it, each as its own hash: so one can check the
    place of a record in the chain without being told what is in it."""
    return linked(before, owner_hash(record["workspace_id"]), content_hash(record))


def linked(before: str, owner: str, content: str) -> str:
    return hashlib.sha256((before + owner + content).encode()).hexdigest()


@lru_cache(1024)
def owner_hash(workspace_id: str | None) -> str:
    return hashlib.sha256((workspace_id or "").encode()).hexdigest()


def content_hash(record: Mapping[str, Any]) -> str:
    """Of the record as JSON with sorted keys, without its own hash."""
    return hashlib.sha256(_plain(record)).hexdigest()


def hash_of_first_kind(before: str, record: Mapping[str, Any]) -> str:
    """As records of before schema 0016 have it: in one piece."""
    return hashlib.sha256(before.encode() + _plain(record)).hexdigest()


def _plain(record: Mapping[str, Any]) -> bytes:
    plain = {name: value for name, value in record.items() if name != "hash"}
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def _bounded(detail: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in detail.items() if value is not None}
    return kept if len(orjson.dumps(kept)) <= DETAIL_BYTES else {"left_out": "too large"}


async def take_away(tx: AsyncConnection, upto: int) -> int:
    """Delete the records up to this one: what no longer has to be kept, or all of them before a restore. The database
    itself refuses every other deletion. Returns how many."""
    await tx.execute(upsert(tx, installation, {"name": "audit_gone", "value": str(upto)}, ["name"], ["value"]))
    return (await tx.execute(delete(audit_records).where(audit_records.c.seq <= upto))).rowcount
