"""The limit that is moved: it ends a wait when it has come, never the work of others, and never hides a cancellation."""

import asyncio
import time

import pytest

from atoll.kit.watch import Watch


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_wait_ends_when_its_limit_has_come() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with Watch(now() + 0.05):
            await asyncio.sleep(10)
    assert 0.04 < time.monotonic() - began < 2
    await asyncio.sleep(0)  # the task goes on as if nothing had been cancelled
    task = asyncio.current_task()
    assert task is not None and task.cancelling() == 0


async def test_a_limit_that_is_moved_in_time_does_not_come() -> None:
    moved = 0
    with pytest.raises(TimeoutError):
        async with Watch(now() + 0.1) as watch:
            for _ in range(10):
                watch.until(now() + 0.1)
                await asyncio.sleep(0.03)
                moved += 1
            await asyncio.sleep(10)
    assert moved == 10


@pytest.mark.parametrize("sooner", [True, False])
async def test_a_limit_is_moved_sooner_or_later(sooner: bool) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with Watch(now() + (10 if sooner else 0.02)) as watch:
            watch.until(now() + 0.06)
            await asyncio.sleep(10)
    assert 0.05 < time.monotonic() - began < 2


async def test_while_it_rests_nothing_ends() -> None:
    async with Watch(now() + 0.02) as watch:
        watch.rest()
        await asyncio.sleep(0.06)
        watch.until(now() + 10)
        await asyncio.sleep(0.02)


async def test_a_cancellation_from_elsewhere_is_passed_on() -> None:
    async def waits() -> None:
        async with Watch(now() + 10):
            await asyncio.sleep(10)

    task = asyncio.create_task(waits())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_of_two_the_one_that_has_come_says_so() -> None:
    with pytest.raises(TimeoutError):
        async with Watch(now() + 0.02):
            try:
                async with Watch(now() + 10):
                    await asyncio.sleep(10)
            except TimeoutError:
                pytest.fail("the inner one has not come")


async def test_what_is_raised_inside_is_left_as_it_is() -> None:
    with pytest.raises(ValueError, match="mine"):
        async with Watch(now() + 10):
            raise ValueError("mine")
