"""When a schedule is due: five fields of cron in a time zone. Pure: times are milliseconds since 1970, the clock is the caller's.

The rules at the changes of the clock are Debian's: what falls into the hour that is left out is due right after it, what
falls into the hour that comes twice is due once. Schedules of every hour or minute go by real time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from atoll.kit.errors import UserError
from atoll.triggers.errors import cron_invalid

NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


@dataclass(frozen=True, slots=True)
class Schedule:
    fields: str
    zone: ZoneInfo

    @classmethod
    def of(cls, cron: str, time_zone: str) -> "Schedule":
        """Raises UserError `cron_invalid` or `time_zone_unknown`."""
        if time_zone not in _zones():
            raise UserError(
                "time_zone_unknown",
                f"There is no time zone “{time_zone[:64]}”. Names are like Asia/Shanghai or UTC.",
                f"没有时区“{time_zone[:64]}”，名称应类似 Asia/Shanghai 或 UTC。",
                pointer="/time_zone",
            )
        fields = NAMED.get(cron.strip().lower(), cron.strip())
        if len(fields.split()) != 5:
            raise cron_invalid("it has not five fields", "不是五段")
        try:
            CronSim(fields, datetime.now(UTC))
        except CronSimError as fault:
            said = str(fault).removeprefix("Bad ")
            raise cron_invalid(
                f"the {said} is wrong or never comes", f"{_FIELDS_ZH.get(said, said)}有误或永不出现"
            ) from None
        return cls(fields, ZoneInfo(time_zone))

    def after(self, ms: int) -> int | None:
        """The first time after `ms`; None where there is none within 50 years."""
        return next(self._after(ms), None)

    def last(self, due: int, now: int) -> int:
        """The last time that is not after `now`. `due` is one of them, maybe the only one."""
        low, high = due, now
        while low < high:
            middle = (low + high) // 2
            at = self.after(middle)
            if at is not None and at <= now:
                due = low = at
            else:
                high = middle
        return due

    def local(self, ms: int) -> datetime:
        return datetime.fromtimestamp(ms / 1000, self.zone)

    def _after(self, ms: int) -> Iterator[int]:
        for at in CronSim(self.fields, self.local(ms)):
            found = int(at.timestamp() * 1000)
            if found > ms:  # begun in the hour that comes twice, the first one may be in the hour before
                yield found


_FIELDS_ZH = {"minute": "分", "hour": "时", "day-of-month": "日", "month": "月", "day-of-week": "星期"}


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "Factory"}
