"""How often something may be done, counted in the database: it holds over all processes, and over a restart.

A key has one number, the time until which it has used up its turns (the generic cell rate algorithm). Each turn moves it
on by `ms`; a turn is refused while it lies further ahead than the turns that may come at once.
"""

import hashlib
from typing import NamedTuple

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.statements import insert_if_new
from atoll.db.tables.rates import rates

Key = tuple[str, ...]


class Rate(NamedTuple):
    """So many at once, then one every `ms`."""

    at_once: int
    ms: int


async def take(tx: AsyncConnection, key: Key, rate: Rate, now: int) -> int:
    """Takes a turn: 0. Where there is none, nothing changes: the milliseconds until there is one."""
    known, ahead = _digest(key), (rate.at_once - 1) * rate.ms
    beginning = case((rates.c.until > now, rates.c.until), else_=now)
    free = (rates.c.key == known, rates.c.until <= now + ahead)
    go_on = update(rates).where(*free).values(until=beginning + rate.ms)
    if (await tx.execute(go_on)).rowcount:
        return 0
    if (await tx.execute(insert_if_new(tx, rates), {"key": known, "until": now + rate.ms})).rowcount:
        return 0
    if (await tx.execute(go_on)).rowcount:  # the row is there since a moment ago: others came with the first
        return 0
    until = (await tx.execute(select(rates.c.until).where(rates.c.key == known))).scalar() or 0
    return max(1, int(until) - now - ahead)


async def give_back(tx: AsyncConnection, key: Key, rate: Rate) -> None:
    """The turn was none."""
    await tx.execute(update(rates).where(rates.c.key == _digest(key)).values(until=rates.c.until - rate.ms))


async def remember(tx: AsyncConnection, key: Key, until: int) -> None:
    """A key that is no count: `remembered` says so until then."""
    await tx.execute(delete(rates).where(rates.c.key == _digest(key)))
    await tx.execute(insert(rates).values(key=_digest(key), until=until))


async def remembered(tx: AsyncConnection, key: Key, now: int) -> bool:
    found = select(rates.c.until).where(rates.c.key == _digest(key), rates.c.until > now)
    return (await tx.execute(found)).first() is not None


async def forget_past(tx: AsyncConnection, now: int) -> None:
    """Removes what says nothing any more. In a transaction that is alone, as it waits for the rows of others."""
    await tx.execute(delete(rates).where(rates.c.until <= now))


def _digest(key: Key) -> str:
    return hashlib.sha256("\0".join(key).encode()).hexdigest()
