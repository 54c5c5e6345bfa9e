"""Waiting for a bell, but not for ever: what rings may have been lost, so whoever waits looks by itself too."""

import asyncio


async def rung(bell: asyncio.Event, seconds: float) -> bool:
    """Returns when the bell rings, or after `seconds`: False then. Whoever waits silences the bell before it looks."""
    try:
        # not wait_for: on 3.11 it swallows a cancellation that meets the bell
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        return False
    return True
