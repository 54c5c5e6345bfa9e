"""A cluster of real processes, faults one after the other while runs and ingestions go: `python -m tests.chaos.cluster_campaign`.

What `tests.chaos.campaign` demands, of runs with text that is read while it is written too; and: every document that was
accepted is ready, the index is equal to the rows, and what a schedule began has ended. Prints its figures.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.tables.knowledge import documents
from atoll.db.tables.runs import runs
from atoll.knowledge import index
from benchmarks import model
from benchmarks.streaming import GRAPH
from tests.chaos.campaign import Campaign, by_hand
from tests.chaos.cluster import ClusterNemesis, Role
from tests.chaos.house import app, looked_over
from tests.chaos.nemesis import LEASE, ended
from tests.chaos.peer import peering
from tests.postgresql import server as postgresql_server
from tests.product import ASKING, Client, command
from tests.redis_server import redis_server

ROLES = ("api", "worker", "worker", "scheduler")
TEXT = "\n\n".join(f"# Part {at}\n\n" + "The reef grows where the water is warm and clear. " * 40 for at in range(12))


@dataclass
class ClusterCampaign(Campaign):
    """`database`: its address. `most_runs` and `most_documents`: so many are started, then no more."""

    kinds: tuple[str, ...] = ("talk", "chain", "talk", "passes")
    database: str = ""
    models: str = ""
    most_runs: int = 200
    most_documents: int = 20
    taken_in: list[str] = field(default_factory=list)

    def prepare(self, client: Client) -> dict[str, str]:
        self.dataset = client.call("POST", "/datasets", {"name": "reef"}, expect=201)["id"]
        served = [{"name": model.NAME, "kind": "chat"}]
        provider = {"name": "bench", "base_url": self.models, "zone": "local", "models": served}
        client.call("POST", "/providers", provider, expect=201)
        daily = app(client, ASKING)
        client.call("POST", f"/apps/{daily}/publish", {})
        schedule = {"kind": "schedule", "name": "every minute", "cron": "* * * * *", "inputs": {"query": "well?"}}
        client.call("POST", f"/apps/{daily}/triggers", schedule, expect=201)
        return {"talk": app(client, GRAPH)}

    def loads(self, apps: dict[str, str]) -> list[tuple[Any, ...]]:
        return [*super().loads(apps), (self._upload,)]

    def begins(self) -> bool:
        return super().begins() and len(self.accepted) < self.most_runs

    def _upload(self) -> None:
        for number in range(self.most_documents):
            if self.enough.is_set():
                return
            file = (f"reef-{number}.md", f"# Reef {number}\n\n{TEXT}".encode(), "text/markdown")
            made = self._call(0, "POST", f"/datasets/{self.dataset}/documents", files={"file": file}, expect=201)
            self.taken_in.append(made["id"])
            time.sleep(self.load)

    def settled(self) -> bool:
        states = self._read_all(_states_of_documents)
        return super().settled() and all(states.get(one) in ("ready", "failed") for one in self.taken_in)

    def examined(self) -> dict[str, Any]:
        assert not self.wrong, self.wrong[:5]
        states = self._read_all(_states_of_documents)
        unready = {one: states.get(one) for one in self.taken_in if states.get(one) != "ready"}
        assert not unready, f"documents that are not ready: {unready}"
        rows, words = self._read_all(lambda tx: index.counts(tx, self.dataset))
        assert rows == words > len(self.taken_in), f"{rows} chunks, {words} of them in the index"
        with self.entered() as client:
            found = client.call("POST", f"/datasets/{self.dataset}/search", {"query": "warm and clear water"})["hits"]
        assert found, "the index answers nothing"
        fired = Counter(self._read_all(_states_of_fired).values())
        assert set(fired) <= {"succeeded"}, f"what the schedule began: {fired}"
        return super().examined() | {
            "fired by the schedule": fired.total(),
            "documents": len(self.taken_in),
            "chunks, all in the index": rows,
        }

    def _read_all(self, reading: Callable[..., Any]) -> Any:
        return _read(self.database, reading)


def _read(database: str, reading: Callable[..., Any]) -> Any:
    """Past the servers; again where the database is just being restarted."""

    async def once() -> Any:
        db = Database(database, connections=2)
        try:
            async with db.read(slow=True) as tx:
                return await reading(tx)
        finally:
            await db.close()

    end = time.monotonic() + 30
    while True:
        try:
            return asyncio.run(once())
        except Unavailable:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


async def _states_of_documents(tx: Any) -> dict[str, str]:
    return {row.id: row.status for row in (await tx.execute(select(documents.c.id, documents.c.status))).all()}


async def _states_of_runs(tx: Any) -> dict[str, str]:
    """Without those that a schedule began."""
    return await _states(tx, runs.c.trigger_id.is_(None))


async def _states_of_fired(tx: Any) -> dict[str, str]:
    return await _states(tx, runs.c.trigger_id.is_not(None))


async def _states(tx: Any, which: Any) -> dict[str, str]:
    return {row.id: row.status for row in (await tx.execute(select(runs.c.id, runs.c.status).where(which))).all()}


def cluster_campaign(
    folder: Path, rage: Callable[[ClusterNemesis], None], seed: int = 0, **more: Any
) -> dict[str, Any]:
    with (
        postgresql_server(durable=True) as postgresql,
        redis_server() as redis,
        peering(delay=0.3) as peer,
        model.serving() as models,
    ):
        database, data = postgresql.database(), folder / "data"
        settings = {"DATABASE_URL": database, "REDIS_URL": redis.url, "ATOLL_SAMPLE": "false",
                    "ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_LEASE_SECONDS": f"{LEASE:g}"}  # fmt: skip
        done = command(data, "migrate", **settings)
        assert done.returncode == 0, done.stderr
        roles = [Role(name, data, folder / f"{name}-{at}.log", settings) for at, name in enumerate(ROLES)]
        nemesis = ClusterNemesis(roles, postgresql, database, redis, Random(seed))
        made = ClusterCampaign(
            [role for role in roles if role.name == "api"], nemesis, peer,
            lambda: _read(database, _states_of_runs), lambda: looked_over(database), database=database, models=models, **more,
        )  # fmt: skip
        with ended(roles):
            return made.carried_out(lambda: rage(nemesis))


def main() -> int:
    def fight(folder: Path, seed: int, seconds: float) -> dict[str, Any]:
        most = {"most_runs": max(200, int(seconds * 2)), "most_documents": max(20, int(seconds / 5))}
        return cluster_campaign(folder, lambda nemesis: nemesis.rage(seconds), seed, load=0.3, **most)

    return by_hand(__doc__, fight)


if __name__ == "__main__":
    sys.exit(main())
