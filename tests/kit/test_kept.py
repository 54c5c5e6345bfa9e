"""A value that is kept for a moment: read once, read anew when its time is over or it changed, also while it is read."""

import asyncio

from atoll.kit.kept import Kept


async def test_a_value_is_read_once_and_anew_when_it_changed_or_its_time_is_over() -> None:
    reads = iter(range(10))

    async def read() -> int:
        return next(reads)

    kept: Kept[int] = Kept(60)
    assert [await kept.get("a", read), await kept.get("a", read), await kept.get("b", read)] == [0, 0, 1]
    kept.forget("a")
    assert [await kept.get("a", read), await kept.get("b", read)] == [2, 1]
    over: Kept[int] = Kept(0)
    assert [await over.get("a", read), await over.get("a", read)] == [3, 4]


async def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slowly() -> str:
        begun.set()
        await go.wait()
        return "old"

    async def new() -> str:
        return "new"

    kept: Kept[str] = Kept(60)
    reading = asyncio.create_task(kept.get("a", slowly))
    await begun.wait()
    kept.forget("a")
    go.set()
    assert await reading == "old" and await kept.get("a", new) == "new"
