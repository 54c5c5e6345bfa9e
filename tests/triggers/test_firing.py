"""Schedules fire when they are due: once, also late, lost, failed, while somebody changes them, and with the clock going back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from atoll.cli.instance import Instance
from atoll.db.errors import database_away
from atoll.kit.errors import UserError
from atoll.kit.settings import Settings
from atoll.triggers import repository
from atoll.triggers.schemas import Sample, TriggerChange
from tests.triggers.conftest import GRAPH, MINUTE, Scene, ms


async def test_a_due_schedule_starts_one_run_and_moves_on(scene: Scene) -> None:
    made = await scene.schedule("0 9 * * *", time_zone="Asia/Shanghai", inputs={"day": "{{ date }} / {{ due }}"})
    await scene.fire()
    assert await scene.days() == []
    scene.clock.at("2026-03-02T09:00:00", "Asia/Shanghai")
    await scene.fire()
    await scene.fire()
    assert await scene.days() == ["2026-03-02 / 2026-03-02T09:00:00+08:00"]
    after = await scene.now(made)
    assert after.next_at == ms("2026-03-03T09:00:00", "Asia/Shanghai")
    assert (after.last_fired_at, after.error, after.failures) == (scene.clock.now, None, 0)
    run = await scene.instance.runs.wait(scene.actor.workspace_id, after.last_run_id or "")
    assert (run.status, run.version, run.created_by) == ("succeeded", 1, "s")
    assert run.trigger is not None and run.trigger.id == made.id


@pytest.mark.parametrize(
    ("missed", "now", "expected", "left_out"),
    [
        ("once", "2026-03-01T09:00:59", ["09:00"], None),  # in time
        ("skip", "2026-03-01T09:01:00", ["09:00"], None),
        ("once", "2026-03-01T09:01:01", ["09:00"], None),  # missed
        ("skip", "2026-03-01T09:01:01", [], "2026-03-01T09:00:00"),
        ("once", "2026-03-01T15:20:00", ["15:00"], None),  # seven were missed: the last is made up for
        ("skip", "2026-03-01T15:20:00", [], "2026-03-01T15:00:00"),
        ("once", "2026-03-01T15:00:30", ["15:00"], None),  # the last of them is in time
        ("skip", "2026-03-01T15:00:30", ["15:00"], None),
    ],
)
async def test_ticks_that_nobody_was_there_for(
    scene: Scene, missed: str, now: str, expected: list[str], left_out: str | None
) -> None:
    made = await scene.schedule("0 * * * *", missed=missed)
    assert made.next_at == ms("2026-03-01T09:00:00")
    scene.clock.at(now)
    await scene.fire()
    await scene.fire()
    assert [day[11:16] for day in await scene.days()] == expected
    after = await scene.now(made)
    assert after.next_at is not None and scene.clock.now < after.next_at <= scene.clock.now + 60 * MINUTE
    assert after.missed_at == (ms(left_out) if left_out else None)


@pytest.mark.parametrize(
    ("zone", "start", "end", "expected"),
    [
        (
            "America/New_York",
            "2026-03-07T12:00",
            "2026-03-10T00:00",
            ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"],
        ),
        (
            "America/New_York",
            "2026-10-31T12:00",
            "2026-11-02T12:00",
            ["2026-11-01T02:30:00-05:00", "2026-11-02T02:30:00-05:00"],
        ),
        (
            "Asia/Shanghai",
            "2026-03-07T12:00",
            "2026-03-09T12:00",
            ["2026-03-08T02:30:00+08:00", "2026-03-09T02:30:00+08:00"],
        ),
    ],
)
async def test_days_on_which_the_clock_changes(
    scene: Scene, zone: str, start: str, end: str, expected: list[str]
) -> None:
    scene.clock.at(start, zone)
    await scene.schedule("30 2 * * *", time_zone=zone)
    while scene.clock.now < ms(end, zone):
        await scene.fire()
        scene.clock.now += 30 * MINUTE
    assert await scene.days() == expected


async def test_an_hour_that_comes_twice_is_two_hours_but_one_half_past_one(scene: Scene) -> None:
    scene.clock.at("2026-11-01T00:30", "America/New_York")
    await scene.schedule("0 * * * *", time_zone="America/New_York")
    await scene.schedule("30 1 * * *", time_zone="America/New_York")
    while scene.clock.now < ms("2026-11-01T02:30", "America/New_York"):
        await scene.fire()
        scene.clock.now += 10 * MINUTE
    assert [day[11:16] + day[19:] for day in await scene.days()] == [
        "01:00-04:00", "01:30-04:00", "01:00-05:00", "02:00-05:00",
    ]  # fmt: skip


async def test_of_two_that_see_a_tick_one_fires_it(scene: Scene) -> None:
    for _ in range(10):
        await scene.schedule("0 * * * *", inputs={"day": "{{ due }}"})
    other = Instance(Settings(data=scene.instance.settings.data, web=scene.instance.settings.data))
    others = scene.service(other)
    scene.clock.at("2026-03-01T09:00:05")
    await asyncio.gather(scene.fire(), others.ticker.fire_due())
    assert len(await scene.days()) == 10
    ids = {trigger.last_run_id for trigger in await scene.triggers.all(scene.actor, scene.app_id)}
    assert len(ids) == 10 and None not in ids
    await other.stop()


@pytest.mark.parametrize("change", [{"enabled": False}, {"cron": "0 10 * * *"}])
async def test_a_tick_that_was_seen_before_a_change_starts_nothing(scene: Scene, change: dict[str, Any]) -> None:
    made = await scene.schedule("0 9 * * *")
    scene.clock.at("2026-03-01T09:00:01")
    async with scene.instance.db.read() as tx:
        (row,) = await repository.due(tx, scene.clock.now, 10)
    await scene.triggers.change(scene.actor, made.id, TriggerChange(**change))
    await scene.triggers._firing.tick(row)
    assert await scene.days() == []
    after = await scene.now(made)
    assert (after.error, after.last_run_id) == (None, None)
    assert after.next_at == (ms("2026-03-01T10:00:00") if "cron" in change else None)


async def test_what_is_off_deleted_or_of_a_deleted_app_is_not_fired(scene: Scene) -> None:
    off = await scene.schedule("0 * * * *", enabled=False)
    gone = await scene.schedule("0 * * * *")
    await scene.triggers.remove(scene.actor, gone.id)
    app = await scene.instance.apps.create(scene.actor.workspace_id, "ann", name="other", graph=GRAPH)
    await scene.instance.apps.publish(scene.actor.workspace_id, app.id, "ann")
    await Scene(scene.instance, scene.actor, app.id, scene.clock).schedule("0 * * * *")
    await scene.instance.apps.delete(scene.actor.workspace_id, app.id, "ann")
    scene.clock.at("2026-03-01T10:00:00")
    await scene.fire()
    assert await scene.days() == []
    on = await scene.triggers.change(scene.actor, off.id, TriggerChange(enabled=True))
    assert on.next_at == ms("2026-03-01T11:00:00")  # what was missed while it was off does not count
    async with scene.instance.db.read() as tx:
        assert await repository.earliest(tx) == on.next_at


async def test_a_name_that_changes_leaves_a_waiting_tick(scene: Scene) -> None:
    made = await scene.schedule("0 9 * * *")
    scene.clock.at("2026-03-01T09:00:30")
    changed = await scene.triggers.change(scene.actor, made.id, TriggerChange(name="b", enabled=True, cron="0 9 * * *"))
    assert changed.next_at == made.next_at
    await scene.fire()
    assert len(await scene.days()) == 1


async def test_what_fails_to_start_is_recorded_and_goes_on_with_the_next_time(scene: Scene) -> None:
    made = await scene.schedule("0 * * * *", inputs={"wrong": 1})
    well = await scene.schedule("0 * * * *")
    for hour in range(9, 21):
        scene.clock.at(f"2026-03-01T{hour:02}:00:01")
        await scene.fire()
    after = await scene.now(made)
    assert after.error is not None and after.error.code == "input_missing"
    assert (after.failures, after.enabled, after.next_at) == (12, True, ms("2026-03-01T21:00:00"))
    assert (await scene.now(well)).failures == 0 and len(await scene.days()) == 12
    await scene.triggers.change(scene.actor, made.id, TriggerChange(inputs={"day": "{{ due.hour }}"}))
    scene.clock.at("2026-03-01T20:59:00")
    with pytest.raises(UserError):
        await scene.triggers.fire(scene.actor, made.id, Sample())
    after = await scene.now(made)
    assert after.error is not None and (after.error.code, after.error.detail) == (
        "template_unknown_name",
        "/inputs/day",
    )
    await scene.triggers.change(scene.actor, made.id, TriggerChange(inputs={"day": "x"}))
    scene.clock.at("2026-03-01T21:00:00")
    await scene.fire()
    after = await scene.now(made)
    assert (after.error, after.failures) == (None, 0) and len(await scene.days()) == 14


async def test_while_the_database_is_away_a_tick_waits(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await scene.schedule("0 * * * *")
    scene.clock.at("2026-03-01T09:00:00")
    create = scene.instance.runs.create

    async def away(*_: Any) -> None:
        raise database_away("as the test says")

    monkeypatch.setattr(scene.instance.runs, "create", away)
    await scene.fire()
    waiting = await scene.now(made)
    assert (waiting.next_at, waiting.failures) == (made.next_at, 0)
    monkeypatch.setattr(scene.instance.runs, "create", create)
    await scene.fire()
    assert len(await scene.days()) == 1


async def test_a_fault_of_ours_does_not_hold_up_the_others(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = await scene.schedule("0 * * * *", name="bad"), await scene.schedule("0 * * * *")
    scene.clock.at("2026-03-01T09:00:00")
    start = scene.triggers._firing.start

    async def faulty(row: Any, occasion: Any) -> Any:
        if row["name"] == "bad":
            raise RuntimeError("a fault")
        return await start(row, occasion)

    monkeypatch.setattr(scene.triggers._firing, "start", faulty)
    await scene.fire()
    after = await scene.now(bad)
    assert after.error is not None and after.error.code == "trigger_broken" and "fault" not in str(after.error)
    assert after.next_at == (await scene.now(good)).next_at == ms("2026-03-01T10:00:00")
    assert len(await scene.days()) == 1


async def test_a_clock_that_goes_back_does_not_repeat_a_tick(scene: Scene) -> None:
    made = await scene.schedule("0 * * * *")
    scene.clock.at("2026-03-01T09:00:00")
    await scene.fire()
    scene.clock.at("2026-03-01T08:59:00")
    await scene.triggers.change(scene.actor, made.id, TriggerChange(enabled=False))
    await scene.triggers.change(scene.actor, made.id, TriggerChange(enabled=True))
    assert (await scene.now(made)).next_at == ms("2026-03-01T09:00:00")
    scene.clock.at("2026-03-01T09:00:10")
    await scene.fire()
    assert (await scene.now(made)).next_at == ms("2026-03-01T10:00:00")
    assert len(await scene.days()) == 1


async def test_the_loop_fires_what_becomes_due_and_hears_of_changes(scene: Scene) -> None:
    heard = asyncio.Event()
    create_run = scene.instance.runs.create

    async def create(*given: Any) -> Any:
        run = await create_run(*given)
        heard.set()
        return run

    scene.instance.runs.create = create  # type: ignore[method-assign]
    scene.triggers.ticker.start()
    await asyncio.sleep(0.05)  # it has looked, and sleeps until its sweep
    made = await scene.schedule("0 * * * *")
    scene.clock.at("2026-03-01T09:00:00")
    scene.triggers.ticker.ring()
    async with asyncio.timeout(5):  # a sweep is longer
        await heard.wait()
    await scene.triggers.ticker.stop()
    assert (await scene.now(made)).last_run_id is not None and len(await scene.days()) == 1


async def test_what_becomes_due_just_after_a_look_does_not_wait_for_the_next_sweep(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.schedule("0 * * * *")
    scene.clock.at("2026-03-01T08:59:59")
    due = repository.due

    async def looked(*given: Any) -> Any:
        found = await due(*given)
        scene.clock.at("2026-03-01T09:00:00")
        return found

    monkeypatch.setattr(repository, "due", looked)
    scene.triggers.ticker.start()
    await asyncio.sleep(1.5)
    await scene.triggers.ticker.stop()
    assert len(await scene.days()) == 1


async def test_a_zone_that_is_no_more_is_said(scene: Scene, tmp_path: Path) -> None:
    made = await scene.schedule("0 * * * *")
    async with scene.instance.db.begin() as tx:
        await repository.change(tx, scene.actor.workspace_id, made.id, {"time_zone": "Europe/Atlantis"})
    scene.clock.at("2026-03-01T09:00:00")
    await scene.fire()
    after = await scene.now(made)
    assert after.error is not None and after.error.code == "time_zone_unknown" and after.next_at is None
