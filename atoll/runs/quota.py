"""How many runs one person, one key and one workspace may start: so that none of them takes the whole installation."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db import rates
from atoll.db.rates import Rate
from atoll.kit.errors import TooMany
from atoll.runs import store

AGAIN = 5  # seconds after which to look whether a run has ended


@dataclass(frozen=True, slots=True)
class Quota:
    """`per_minute`: of one person or key, by their name in the workspace. `at_once`: of one workspace that have not
    ended; those that wait for a person are not counted. 0: as many as they like."""

    per_minute: int = 0
    at_once: int = 0

    async def take(self, tx: AsyncConnection, workspace_id: str, started_by: str | None, now: int) -> None:
        """In the transaction that makes the run. `started_by` None: started by itself, which has limits of its own.
        Raises TooMany `runs_too_often` or `runs_too_many`, with seconds to wait."""
        if self.per_minute and started_by is not None:
            rate = Rate(self.per_minute, max(1, 60_000 // self.per_minute))
            if wait := await rates.take(tx, ("run", workspace_id, started_by), rate, now):
                raise _too_often(self.per_minute, -(-wait // 1000))
        if self.at_once and await store.unfinished(tx, workspace_id, self.at_once) >= self.at_once:
            raise _too_many(self.at_once)


def _too_often(limit: int, seconds: int) -> TooMany:
    return TooMany(
        "runs_too_often",
        f"You may start {limit} runs a minute. Start the next in {seconds} seconds.",
        f"每分钟最多启动 {limit} 次运行，请在 {seconds} 秒后再启动。",
        retry_after=seconds,
        limit=limit,
    )


def _too_many(limit: int) -> TooMany:
    return TooMany(
        "runs_too_many",
        f"{limit} runs of this workspace have not ended. Wait until some have, or stop some.",
        f"本工作区已有 {limit} 次运行尚未结束，请等待其中一些结束或将其停止。",
        retry_after=AGAIN,
        limit=limit,
    )
