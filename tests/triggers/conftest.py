"""A whole instance with one published app, and triggers whose clock the test moves."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from atoll.cli.instance import Instance
from atoll.db.tables.runs import runs
from atoll.kit.settings import Settings
from atoll.triggers.schemas import NewTrigger, Trigger
from atoll.triggers.service import TriggerService
from atoll.workspaces.people.access import Actor

GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "day"}},
        {"id": "say", "type": "template", "config": {"template": "Report of {{ day }}"}},
        {"id": "end", "type": "output"},
    ],
    "edges": [{"source": "start", "target": "say"}, {"source": "say", "target": "end"}],
}
MINUTE = 60_000


def ms(local: str, zone: str = "UTC", fold: int = 0) -> int:
    """Milliseconds since 1970 of a local time, ISO 8601 without offset."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1000)


@dataclass
class Clock:
    now: int = ms("2026-03-01T08:30:00")

    def __call__(self) -> int:
        return self.now

    def at(self, local: str, zone: str = "UTC", fold: int = 0) -> None:
        self.now = ms(local, zone, fold)


@dataclass
class Scene:
    instance: Instance
    actor: Actor
    app_id: str
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.triggers = self.service()

    def service(self, instance: Instance | None = None) -> TriggerService:
        """The triggers of an instance over the same data, by the test's clock."""
        i = instance or self.instance
        return TriggerService(i.db, i.apps, i.runs, i.workspaces.policies.get, i.workspaces.box, clock=self.clock)

    async def schedule(self, cron: str, **more: Any) -> Trigger:
        new = {"kind": "schedule", "name": "s", "cron": cron, "inputs": {"day": "{{ due }}"}, **more}
        return await self.triggers.add(self.actor, self.app_id, NewTrigger.model_validate(new))

    async def fire(self) -> None:
        await self.triggers.ticker.fire_due()

    async def now(self, trigger: Trigger) -> Trigger:
        return await self.triggers.get(self.actor, trigger.id)

    async def days(self) -> list[str]:
        """The input of each run, oldest first."""
        async with self.instance.db.read() as tx:
            rows = (await tx.execute(select(runs.c.inputs).order_by(runs.c.id))).scalars().all()
        return [row["day"] for row in rows]


async def opened(folder: Path) -> Scene:
    """A workspace with one published app, in a new data folder."""
    instance = Instance(Settings(data=folder / "data", web=folder / "web"))
    await instance.open()
    actor = Actor("user_1", await instance.workspaces.add_workspace("w"), "owner", "cli", "ann")
    app = await instance.apps.create(actor.workspace_id, "ann", name="report", graph=GRAPH)
    await instance.apps.publish(actor.workspace_id, app.id, "ann")
    return Scene(instance, actor, app.id)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    made = await opened(tmp_path)
    made.instance.worker.start()
    yield made
    await made.instance.stop()
