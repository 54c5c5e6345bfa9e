"""Records of what is refused at the door. Whoever is refused a thousand times a minute does not fill the audit.

The first of its kind is recorded at once. Those like it within the minute are counted, and their number is one more
record at its end. A kind is who did what to what from where, and why it was refused; a workspace has so many kinds in a
minute, and beyond that what and from where are left out. All of it holds over all processes (`atoll.db.rates`): each
counts what it refuses itself, and asks the others, in the database, only for the first of a kind.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db import rates
from atoll.db.audit import NOBODY, Act, By, Outcome, acting, current, note
from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.rates import Rate
from atoll.db.tenancy import everything
from atoll.kit.clock import now_ms

EVERY = 60.0  # seconds
KINDS = 100  # of a workspace, in that time, each recorded by itself
ONCE, ROOM = Rate(1, int(EVERY * 1000)), Rate(KINDS, int(EVERY * 1000 / KINDS))


@dataclass(frozen=True, slots=True)
class _Kind:
    by: By
    action: str
    target_kind: str
    target_id: str
    address: str
    outcome: Outcome
    code: str
    detail: tuple[tuple[str, Any], ...] = ()

    def folded(self) -> "_Kind":
        return replace(self, target_id="", address="", detail=())


@dataclass(slots=True)
class _Minute:
    """What this process has refused."""

    more: Counter[_Kind] = field(default_factory=Counter)  # that no record tells yet; 0: a record tells of the only one
    kinds: Counter[str | None] = field(default_factory=Counter)  # by workspace

    def add(self, kind: _Kind, more: int) -> None:
        if kind not in self.more:
            self.kinds[kind.by.workspace_id] += 1
        self.more[kind] += more


class Refusals:
    """`clock` gives milliseconds."""

    def __init__(self, db: Database, clock: Callable[[], int] = now_ms) -> None:
        self._db, self._clock = db, clock
        self._minute = _Minute()
        self._task: asyncio.Task[None] | None = None

    async def note(
        self,
        action: str,
        target_kind: str = "",
        target_id: str = "",
        *,
        code: str,
        by: By | None = None,
        outcome: Outcome = "refused",
        **detail: str,
    ) -> None:
        """Best effort: who is refused is refused, whether it can be written down or not. `by`: the request's where it is
        not given."""
        act = current()
        by = by or (act.by if act else NOBODY)
        address = act.address if act else ""
        kind = _Kind(by, action, target_kind, target_id, address, outcome, code, tuple(sorted(detail.items())))
        if kind not in self._minute.more and self._minute.kinds[by.workspace_id] >= KINDS:
            kind = kind.folded()
        if kind in self._minute.more:
            self._minute.more[kind] += 1
            return
        self._minute.add(kind, 0)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._minutes(), name="audit.refusals")
        counted = await self._record_first(kind, act.request_id if act else "")
        if counted is not None:
            meanwhile = self._minute.more.pop(kind, 0) if counted != kind else 0
            self._minute.add(counted, meanwhile + 1)

    async def flush(self, *, last: bool = False) -> None:
        """The numbers of those that were only counted. What another process told within the minute is told in the next
        one, but by a process that ends: this is its `last`."""
        minute, self._minute = self._minute, _Minute()
        for kind, more in minute.more.items():
            if more and not await self._record_more(kind, more, last):
                self._minute.add(kind, more)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush(last=True)

    async def _minutes(self) -> None:
        """Until there is nothing to tell."""
        while self._minute.more:
            await asyncio.sleep(EVERY)
            await self.flush()

    async def _record_first(self, kind: _Kind, request_id: str) -> _Kind | None:
        """None where there is a record of it now; otherwise what it is to be counted as."""
        with suppress(Unavailable), everything("audit.refusals"), acting(_act(kind, request_id)):
            async with self._db.begin() as tx:
                first = await self._turn(tx, "first", kind)
                folded = kind.folded()
                if first and kind != folded and await rates.take(tx, _room(kind), ROOM, self._clock()):
                    await rates.give_back(tx, _key("first", kind), ONCE)
                    self._minute.kinds[kind.by.workspace_id] = KINDS  # the others have taken the rest: ask no more
                    kind = folded
                    first = await self._turn(tx, "first", kind)
                if first:
                    _note(tx, kind)
            return None if first else kind
        return kind

    async def _record_more(self, kind: _Kind, more: int, last: bool) -> bool:
        """Whether it is told now."""
        with suppress(Unavailable), everything("audit.refusals"), acting(_act(kind, "")):
            async with self._db.begin() as tx:
                told = await self._turn(tx, "more", kind) or last
                if told:
                    _note(tx, kind, more=more)
                await rates.forget_past(tx, self._clock())
            return told
        return False

    async def _turn(self, tx: AsyncConnection, what: str, kind: _Kind) -> bool:
        """Whether no process had this one within the minute."""
        return not await rates.take(tx, _key(what, kind), ONCE, self._clock())


def _act(kind: _Kind, request_id: str) -> Act:
    """`recorded`: a transaction that only counts leaves no record."""
    return Act(kind.by, kind.action, address=kind.address, request_id=request_id, recorded=True)


def _note(tx: AsyncConnection, kind: _Kind, **more: int) -> None:
    detail = {**dict(kind.detail), "code": kind.code, **more}
    note(tx, kind.action, kind.target_kind, kind.target_id, outcome=kind.outcome, **detail)


def _key(what: str, kind: _Kind) -> rates.Key:
    return ("refusal", what, repr(kind))


def _room(kind: _Kind) -> rates.Key:
    return ("refusals", kind.by.workspace_id or "")
