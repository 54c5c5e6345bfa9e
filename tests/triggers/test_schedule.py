"""When a schedule is due: at both changes of the clock, in zones without any, and what never comes."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atoll.kit.errors import UserError
from atoll.triggers.schedule import NAMED, Schedule
from tests.triggers.conftest import ms

NEW_YORK, SHANGHAI = "America/New_York", "Asia/Shanghai"


def times(cron: str, zone: str, start: str, count: int) -> list[str]:
    schedule, at = Schedule.of(cron, zone), ms(start, zone)
    found = []
    for _ in range(count):
        following = schedule.after(at)
        assert following is not None and following > at
        at = following
        found.append(schedule.local(at).isoformat())
    return found


@pytest.mark.parametrize(
    ("cron", "zone", "start", "expected"),
    [
        # the clock goes from 02:00 to 03:00: what falls between is due at 03:00, and once
        ("30 2 * * *", NEW_YORK, "2026-03-07T12:00", ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"]),
        ("0 3 * * *", NEW_YORK, "2026-03-07T12:00", ["2026-03-08T03:00:00-04:00", "2026-03-09T03:00:00-04:00"]),
        # by real time, every hour is an hour after the last
        ("0 * * * *", NEW_YORK, "2026-03-08T01:00", ["2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00"]),
        # from 02:00 back to 01:00: once, in the first of the two hours
        ("30 1 * * *", NEW_YORK, "2026-10-31T12:00", ["2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"]),
        ("0 * * * *", NEW_YORK, "2026-11-01T00:30", ["2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00"]),
        # no changes since 1991
        ("30 2 * * *", SHANGHAI, "2026-03-07T12:00", ["2026-03-08T02:30:00+08:00", "2026-03-09T02:30:00+08:00"]),
        ("30 1 * * *", SHANGHAI, "2026-10-31T12:00", ["2026-11-01T01:30:00+08:00", "2026-11-02T01:30:00+08:00"]),
        ("0 9 * * MON-FRI", SHANGHAI, "2026-11-06T10:00", ["2026-11-09T09:00:00+08:00", "2026-11-10T09:00:00+08:00"]),
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00", ["2028-02-29T00:00:00+00:00", "2032-02-29T00:00:00+00:00"]),
        ("0 12 L * *", "UTC", "2026-01-31T12:00", ["2026-02-28T12:00:00+00:00", "2026-03-31T12:00:00+00:00"]),
        ("@DAILY", "UTC", "2026-01-31T12:00", ["2026-02-01T00:00:00+00:00", "2026-02-02T00:00:00+00:00"]),
    ],
)
def test_due_times(cron: str, zone: str, start: str, expected: list[str]) -> None:
    assert times(cron, zone, start, 2) == expected


def test_begun_in_the_second_of_the_two_hours_the_first_one_is_past() -> None:
    schedule = Schedule.of("30 1 * * *", NEW_YORK)
    following = schedule.after(ms("2026-11-01T01:10", NEW_YORK, fold=1))
    assert following == ms("2026-11-02T01:30", NEW_YORK)


@pytest.mark.parametrize(
    "cron",
    [
        "", " ", "x", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *",
        "* * * * 8", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "*/0 * * * *", "5-1 * * * *", "-1 * * * *", "@reboot", "@", "0 0 * * MOON",
        "\u0661 * * * *", "* * * * \u00b2L", "0 0 1\0 * *", "9" * 90 + " * * * *",
    ],
)  # fmt: skip
def test_what_never_comes_or_can_not_be_read(cron: str) -> None:
    with pytest.raises(UserError) as caught:
        Schedule.of(cron, "UTC")
    assert (caught.value.code, caught.value.pointer) == ("cron_invalid", "/cron")


@pytest.mark.parametrize(
    "zone", ["", "utc+8", "America", "../etc/passwd", "/etc/passwd", "posix/UTC", "localtime", "a\0b", "x" * 64]
)
def test_zones_that_there_are_not(zone: str) -> None:
    with pytest.raises(UserError) as caught:
        Schedule.of("@daily", zone)
    assert (caught.value.code, caught.value.pointer) == ("time_zone_unknown", "/time_zone")


CRONS = st.one_of(
    st.sampled_from(sorted(NAMED)),
    st.sampled_from(["*/7 * * * *", "30 1,2 * * *", "0 2 * * *", "59 23 L * *", "0 0 29 2 *", "15 10 * * MON#2", "0 0 1 1 *"]),
    st.builds(lambda m, h, d: f"{m} {h} * * {d}", st.integers(0, 59), st.integers(0, 23), st.sampled_from("*0123456")),
)  # fmt: skip
ZONES = st.sampled_from(
    [NEW_YORK, SHANGHAI, "UTC", "Europe/Dublin", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"]
)
TIMES = st.integers(ms("2024-01-01"), ms("2028-12-31")) | st.integers(ms("2026-10-31T20:00"), ms("2026-11-01T12:00"))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(CRONS, ZONES, TIMES)
def test_times_go_on_and_do_not_depend_on_where_one_looks_from(cron: str, zone: str, start: int) -> None:
    schedule = Schedule.of(cron, zone)
    found = [start]
    for _ in range(6):
        following = schedule.after(found[-1])
        assert following is not None
        found.append(following)
    ticks = found[1:]
    assert all(b > a for a, b in pairwise(found)) and all(at % 60_000 == 0 for at in ticks)
    for a, b in pairwise(ticks):
        assert schedule.after((a + b) // 2) == b and schedule.after(b - 1) == b


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(CRONS, ZONES, TIMES, st.integers(0, 40), st.integers(0, 10**12))
def test_the_last_of_those_that_were_missed(cron: str, zone: str, start: int, missed: int, more: int) -> None:
    schedule = Schedule.of(cron, zone)
    due = schedule.after(start)
    assert due is not None
    last = due
    for _ in range(missed):
        last = schedule.after(last) or last
    following = schedule.after(last)
    assert following is not None
    now = last + more % (following - last)
    assert schedule.last(due, now) == last
