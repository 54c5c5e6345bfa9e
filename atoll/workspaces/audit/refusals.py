"""Records of what is refused at the door. Whoever is refused a thousand times a minute does not fill the audit.

The first of its kind is recorded at once. Those like it within the minute are counted, and their number is one more
record at its end. A kind is who did what to what from where, and why it was refused; a workspace has so many kinds in a
minute, and beyond that what and from where are left out.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from atoll.db.audit import NOBODY, Act, By, Outcome, acting, current, note
from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.tenancy import everything

EVERY = 60.0  # seconds
KINDS = 100  # of a workspace, in that time, each recorded by itself


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
    more: Counter[_Kind] = field(default_factory=Counter)  # 0: recorded, and none like it since
    kinds: Counter[str | None] = field(default_factory=Counter)  # by workspace


class Refusals:
    """Counts are this process's: several processes record as many times."""

    def __init__(self, db: Database) -> None:
        self._db = db
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
        minute = self._minute
        if kind not in minute.more and minute.kinds[by.workspace_id] >= KINDS:
            kind = kind.folded()
        if kind in minute.more:
            minute.more[kind] += 1
            return
        minute.more[kind] = 0
        minute.kinds[by.workspace_id] += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._end_of_minute(), name="audit.refusals")
        await self._write(kind, act.request_id if act else "")

    async def flush(self) -> None:
        """The numbers of those that were only counted."""
        minute, self._minute = self._minute, _Minute()
        for kind, more in minute.more.items():
            if more:
                await self._write(kind, "", more=more)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()

    async def _end_of_minute(self) -> None:
        await asyncio.sleep(EVERY)
        await self.flush()

    async def _write(self, kind: _Kind, request_id: str, **more: int) -> None:
        act = Act(kind.by, kind.action, address=kind.address, request_id=request_id)
        detail = {**dict(kind.detail), "code": kind.code, **more}
        with suppress(Unavailable), everything("audit.refusals"), acting(act):
            async with self._db.begin() as tx:
                note(tx, kind.action, kind.target_kind, kind.target_id, outcome=kind.outcome, **detail)
