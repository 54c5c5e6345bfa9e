"""The leases of this process on runs of all workspaces: claimed, renewed, handed on. What holds them is the owner's name."""

import os
import socket
from collections.abc import Collection, Sequence

from atoll.db.database import Database
from atoll.db.tenancy import everything
from atoll.kit.clock import now_ms
from atoll.kit.ids import new_id
from atoll.runs import store
from atoll.runs.store import Claim, Wishes


class Leases:
    def __init__(self, db: Database, seconds: float) -> None:
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{new_id('w')}"[-64:]
        self.seconds = seconds
        self._db, self._ms = db, int(seconds * 1000)

    def until(self) -> int:
        """The end of one that is taken or renewed now."""
        return now_ms() + self._ms

    async def claim(self, carried: Collection[str]) -> Claim | None:
        """A run that nobody holds, but none of those that are `carried` here."""
        with everything("runs.claim"):
            async with self._db.begin(fenced=True) as tx:
                await store.wake_unanswered(tx, now_ms())
                return await store.claim(tx, self.owner, now_ms(), self._ms, carried=carried)

    async def renew(self, run_ids: Sequence[str]) -> dict[str, Wishes]:
        """Those that are still ours."""
        with everything("runs.renew"):
            async with self._db.begin(fenced=True) as tx:
                return await store.renew(tx, self.owner, run_ids, self.until())

    async def release(self) -> None:
        with everything("runs.release"):
            async with self._db.begin(fenced=True) as tx:
                await store.release(tx, self.owner)
