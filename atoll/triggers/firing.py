"""A trigger starts its app: the published version, with the inputs made of what happened.

A run and what the trigger's row says of it are one transaction. Who loses a tick to another process makes no run.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.apps.service import AppService, Runnable
from atoll.db.audit import By, note
from atoll.db.database import Database
from atoll.kit import meter
from atoll.kit.errors import AtollError, NotFound, OperationalError, UserError
from atoll.policy import Policy
from atoll.runs.schemas import Run, RunTrigger
from atoll.runs.service import NewRun, RunService
from atoll.triggers import repository
from atoll.triggers.errors import unpublished
from atoll.triggers.inputs import filled
from atoll.triggers.schedule import Schedule

# A key of a run that is the trigger's: no caller's Idempotency-Key can be one, as it has a space.
KEY = "trigger {} {}"
log = structlog.get_logger("atoll.triggers")
GRACE = 60_000  # a tick that is later than this was missed


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a trigger is fired by. `values`: what its templates see. `by_name`: what is taken where it sets no inputs.

    `by`: who fired it, None for itself. `tick`: the due time that the row must still stand at, and `following` the next.
    """

    values: Mapping[str, Any]
    by_name: Mapping[str, Any] = field(default_factory=dict)
    by: str | None = None
    key: str | None = None
    request: str | None = None
    tick: int | None = None
    following: int | None = None


class Moved(Exception):
    """The trigger is no longer as it was: the tick is another process's, or somebody turned it off."""


class Firing:
    def __init__(
        self,
        db: Database,
        apps: AppService,
        runs: RunService,
        policy_of: Callable[[str], Awaitable[Policy]],
        clock: Callable[[], int],
    ) -> None:
        self._db, self._apps, self._runs, self._policy_of, self._clock = db, apps, runs, policy_of, clock

    async def start(self, row: RowMapping, occasion: Occasion) -> Run:
        """Raises UserError where no run can begin, and Moved."""
        workspace_id = row["workspace_id"]
        ready = await self._ready(workspace_id, row["app_id"])
        form = await self._apps.form(workspace_id, row["app_id"], ready.version or "published")
        types = {one.name: one.type for one in form.fields}
        inputs = filled(row["inputs"], occasion.values, types) if row["inputs"] else _named(occasion.by_name, types)
        policy = await self._policy_of(workspace_id)
        new = NewRun(
            graph=ready.graph,
            inputs=inputs,
            created_by=occasion.by or row["name"],
            app_id=row["app_id"],
            app_name=ready.app_name,
            version=ready.version,
            label=policy.input_label.as_dict(),
            idempotency_key=occasion.key,
            request=occasion.request,
            trigger=RunTrigger(id=row["id"], kind=row["kind"], name=row["name"]),
        )
        made = False

        async def also(tx: AsyncConnection, run_id: str) -> None:
            nonlocal made
            values = {"last_fired_at": self._clock(), "last_run_id": run_id, "error": None, "failures": 0}
            if not await self._note(tx, row, occasion, values):
                raise Moved
            if occasion.tick is not None:
                by = By("system", row["id"], row["name"], workspace_id)
                note(tx, "fire_trigger", "run", run_id, by=by, app_id=row["app_id"], trigger_id=row["id"])
            made = True

        run = await self._runs.create(workspace_id, new, also)
        if made:
            meter.count("atoll_triggers_total", kind=row["kind"], outcome="started")
        if not made and occasion.tick is not None:  # this tick had its run before: a clock that went back
            async with self._db.begin() as tx:
                await self._note(tx, row, occasion, {})
        return run

    async def tick(self, row: RowMapping) -> None:
        """A schedule is due. Of the ticks until now only the last counts: it is in time, or it was missed.

        What has no answer now is left as it is, for the next look.
        """
        now, due = self._clock(), row["wake_at"]
        try:
            schedule = Schedule.of(row["cron"], row["time_zone"])
        except UserError as error:  # a zone that is no more
            await self.failed(row, error, due, None)
            return
        last, following = schedule.last(due, now), schedule.after(now)
        if now - last > GRACE and row["missed"] == "skip":
            async with self._db.begin() as tx:
                left_out = {"wake_at": following, "missed_at": last}
                await repository.move_on(tx, row["workspace_id"], row["id"], due, left_out)
            return
        once = {"key": KEY.format(row["id"], last), "request": "tick"}
        occasion = scheduled(schedule, last, tick=due, following=following, **once)
        try:
            await self.start(row, occasion)
        except Moved:
            return
        except OperationalError as error:
            log.warning("trigger.postponed", trigger_id=row["id"], code=error.code)
        except UserError as error:
            await self.failed(row, error, due, following)
        except Exception as error:  # the border of a task: one that can't be fired must not hold up the others
            log.exception("trigger.broken", trigger_id=row["id"], error=type(error).__name__)
            await self.failed(row, _broken(), due, following)

    async def failed(
        self, row: RowMapping, error: AtollError, tick: int | None = None, following: int | None = None
    ) -> None:
        """Say at the trigger why nothing began; a schedule goes on with its next time."""
        failure = {"code": error.code, "message": error.message, "detail": error.pointer or ""}
        log.warning("trigger.not_started", trigger_id=row["id"], code=error.code, failures=row["failures"] + 1)
        meter.count("atoll_triggers_total", kind=row["kind"], outcome="failed")
        async with self._db.begin() as tx:
            if tick is not None:
                values = {"wake_at": following}
                if not await repository.move_on(tx, row["workspace_id"], row["id"], tick, values):
                    return
            await repository.failed(tx, row["workspace_id"], row["id"], failure)

    async def _note(self, tx: AsyncConnection, row: RowMapping, occasion: Occasion, values: Mapping[str, Any]) -> bool:
        if occasion.tick is None:
            return await repository.change(tx, row["workspace_id"], row["id"], values)
        values = {**values, "wake_at": occasion.following}
        return await repository.move_on(tx, row["workspace_id"], row["id"], occasion.tick, values)

    async def _ready(self, workspace_id: str, app_id: str) -> Runnable:
        try:
            return await self._apps.runnable(workspace_id, app_id, "published")
        except NotFound as error:
            raise unpublished() if error.code == "version_not_found" else error from None


def scheduled(schedule: Schedule, at: int, **more: Any) -> Occasion:
    """A schedule is due `at`."""
    local = schedule.local(at)
    return Occasion({"due": local.isoformat(timespec="seconds"), "date": local.date().isoformat()}, **more)


def _broken() -> AtollError:
    return AtollError(
        "trigger_broken",
        "Something went wrong inside Atoll while this trigger was fired. The log says what.",
        "触发时系统内部出错，详情见日志。",
    )


def _named(given: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in types}
