"""Triggers of an app: made, listed, changed, tried, deleted. Fired by the loop (`ticker`) and by messages (`hooks`)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import RowMapping

from atoll.apps.service import AppService
from atoll.db.audit import note_act
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict, UserError
from atoll.kit.ids import new_id
from atoll.kit.signature import new_secret
from atoll.policy import Policy
from atoll.runs.schemas import Failure, Run
from atoll.runs.service import RunService
from atoll.triggers import repository
from atoll.triggers.errors import cron_invalid, no_trigger, unpublished
from atoll.triggers.firing import Firing, Moved, scheduled
from atoll.triggers.hooks import Hooks, received
from atoll.triggers.inputs import check_inputs
from atoll.triggers.schedule import Schedule
from atoll.triggers.schemas import NewTrigger, Sample, Tick, Trigger, TriggerChange, TriggerWithSecret
from atoll.triggers.ticker import Ticker
from atoll.workspaces.people.access import Actor
from atoll.workspaces.secrets.box import SecretBox

MOST = 50  # triggers of one app
HOUR = 3_600_000
HOOK_PATH = "/api/v1/hooks/{}"
_TIMED = ("cron", "time_zone", "missed")


class TriggerService:
    """`clock` gives milliseconds since 1970. `hooks` receives messages, `ticker` fires what is due."""

    def __init__(
        self,
        db: Database,
        apps: AppService,
        runs: RunService,
        policy_of: Callable[[str], Awaitable[Policy]],
        box: SecretBox,
        *,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._db, self._apps, self._clock = db, apps, clock
        self._firing = Firing(db, apps, runs, policy_of, clock)
        self.hooks = Hooks(db, runs, self._firing, box, clock)
        self.ticker = Ticker(db, self._firing, clock)

    async def add(self, actor: Actor, app_id: str, new: NewTrigger) -> TriggerWithSecret:
        """Raises UserError `cron_invalid`, `time_zone_unknown`, `trigger_kind`, Conflict `triggers_too_many`, and what
        `check_inputs` raises."""
        await self._apps.get(actor.workspace_id, app_id)
        check_inputs(new.inputs, new.kind)
        now, trigger_id = self._clock(), new_id("trg")
        timed = {name: value for name in _TIMED if (value := getattr(new, name)) is not None}
        values: dict[str, Any] = {
            "id": trigger_id, "workspace_id": actor.workspace_id, "app_id": app_id, "kind": new.kind, "name": new.name,
            "enabled": new.enabled, "inputs": new.inputs, "failures": 0, "created_at": now, "created_by": actor.name,
            "updated_at": now, "updated_by": actor.name,
        }  # fmt: skip
        secret = None
        if new.kind == "schedule":
            values |= {"cron": "", "time_zone": "UTC", "missed": "once", **timed}
            values["wake_at"] = self._next(values)
        else:
            _no_schedule(timed)
            secret = new_secret()
            values["secret"] = await self.hooks.seal(secret, actor.workspace_id, trigger_id)
        async with self._db.begin() as tx:
            if len(await repository.listing(tx, actor.workspace_id, app_id)) >= MOST:
                raise _too_many()
            await repository.add(tx, values)
            note_act(tx, "trigger", trigger_id, app_id=app_id, kind=new.kind)
            row = await repository.get(tx, actor.workspace_id, trigger_id)
        self.ticker.ring()
        return TriggerWithSecret(**_shown(row).model_dump(), secret=secret)

    async def all(self, actor: Actor, app_id: str) -> list[Trigger]:
        """Those of an app, oldest first."""
        await self._apps.get(actor.workspace_id, app_id)
        async with self._db.read() as tx:
            return [_shown(row) for row in await repository.listing(tx, actor.workspace_id, app_id)]

    async def get(self, actor: Actor, trigger_id: str) -> Trigger:
        return _shown(await self._row(actor, trigger_id))

    async def change(self, actor: Actor, trigger_id: str, change: TriggerChange) -> Trigger:
        """A schedule that is turned on, or is changed, is due from now on: what it missed before does not count."""
        row = await self._row(actor, trigger_id)
        changes = change.model_dump(exclude_none=True)
        if "inputs" in changes:
            check_inputs(changes["inputs"], row["kind"])
        if row["kind"] == "webhook":
            _no_schedule({name: changes[name] for name in _TIMED if name in changes})
        elif any(name in changes and changes[name] != row[name] for name in ("cron", "time_zone", "enabled")):
            changes["wake_at"] = self._next({**row, **changes})
        changes |= {"updated_at": self._clock(), "updated_by": actor.name}
        await self._change(actor, trigger_id, changes)
        self.ticker.ring()
        return await self.get(actor, trigger_id)

    async def remove(self, actor: Actor, trigger_id: str) -> None:
        """Its runs stay, and still say what started them."""
        await self._row(actor, trigger_id)
        async with self._db.begin() as tx:
            await repository.remove(tx, actor.workspace_id, trigger_id)

    async def rotate(self, actor: Actor, trigger_id: str, keep_hours: int) -> TriggerWithSecret:
        """A new secret. The one before it counts for `keep_hours` more."""
        row = await self._webhook(actor, trigger_id)
        secret, now = new_secret(), self._clock()
        changes = {
            "secret": await self.hooks.seal(secret, actor.workspace_id, trigger_id),
            "old_secret": row["secret"] if keep_hours else None,
            "old_secret_until": now + keep_hours * HOUR if keep_hours else None,
        }
        await self._change(actor, trigger_id, changes | {"updated_at": now, "updated_by": actor.name})
        return TriggerWithSecret(**(await self.get(actor, trigger_id)).model_dump(), secret=secret)

    async def drop_old_secret(self, actor: Actor, trigger_id: str) -> Trigger:
        """From now on only the newest secret counts."""
        await self._webhook(actor, trigger_id)
        changes = {"old_secret": None, "old_secret_until": None}
        await self._change(actor, trigger_id, changes | {"updated_at": self._clock(), "updated_by": actor.name})
        return await self.get(actor, trigger_id)

    async def fire(self, actor: Actor, trigger_id: str, sample: Sample) -> Run:
        """As if it were due, or the sample had come; also while it is off. Its next time stays as it is.

        Raises what keeps it from starting, and says it at the trigger too.
        """
        row = await self._row(actor, trigger_id)
        if row["kind"] == "schedule":
            occasion = scheduled(Schedule.of(row["cron"], row["time_zone"]), self._clock(), by=actor.name)
        else:
            headers = {name.lower(): value for name, value in sample.headers.items()}
            occasion = received(sample.body, headers, sample.query, None, None, actor.name)
        try:
            return await self._firing.start(row, occasion)
        except Moved:
            raise no_trigger() from None
        except UserError as error:
            await self._firing.failed(row, error)
            raise

    def preview(self, cron: str, time_zone: str, count: int = 5) -> list[Tick]:
        """The next times from now. Raises UserError `cron_invalid` or `time_zone_unknown`."""
        schedule, at = Schedule.of(cron, time_zone), self._clock()
        found: list[Tick] = []
        while len(found) < count and (following := schedule.after(at)) is not None:
            at = following
            found.append(Tick(at=at, local=schedule.local(at).isoformat(timespec="seconds")))
        return found

    def _next(self, row: Mapping[str, Any]) -> int | None:
        following = Schedule.of(row["cron"], row["time_zone"]).after(self._clock())
        if following is None:
            raise cron_invalid("it never comes", "永不出现")
        return following if row["enabled"] else None

    async def _row(self, actor: Actor, trigger_id: str) -> RowMapping:
        async with self._db.read() as tx:
            row = await repository.get(tx, actor.workspace_id, trigger_id)
        if row is None:
            raise no_trigger()
        return row

    async def _webhook(self, actor: Actor, trigger_id: str) -> RowMapping:
        row = await self._row(actor, trigger_id)
        if row["kind"] != "webhook":
            raise UserError(
                "trigger_kind", "A schedule has no secret: nobody calls it.", "定时触发器没有密钥，无需外部调用。"
            )
        return row

    async def _change(self, actor: Actor, trigger_id: str, values: Mapping[str, Any]) -> None:
        async with self._db.begin() as tx:
            if not await repository.change(tx, actor.workspace_id, trigger_id, values):
                raise no_trigger()


def _shown(row: Mapping[str, Any] | RowMapping | None) -> Trigger:
    if row is None:
        raise no_trigger()
    given = {name: row[name] for name in Trigger.model_fields if name in row}
    blocked = None if row["published"] else unpublished()
    return Trigger(
        **given,
        next_at=row["wake_at"],
        path=HOOK_PATH.format(row["id"]) if row["kind"] == "webhook" else None,
        problem=Failure(code=blocked.code, message=blocked.message) if blocked else None,
    )


def _no_schedule(timed: Mapping[str, Any]) -> None:
    if timed:
        first = next(iter(timed))
        raise UserError(
            "trigger_kind", f"A webhook has no schedule: leave “{first}” out.",
            f"Webhook 没有定时设置，请去掉“{first}”。", pointer=f"/{first}",
        )  # fmt: skip


def _too_many() -> Conflict:
    return Conflict(
        "triggers_too_many",
        f"The app has {MOST} triggers already. Delete one that is not needed.",
        f"该应用已有 {MOST} 个触发器，请先删除不需要的。",
    )
