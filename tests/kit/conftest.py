from collections.abc import AsyncIterator

import pytest_asyncio

from atoll.kit.jail import Jail


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def jail() -> AsyncIterator[Jail]:
    jail = Jail("code")
    await jail.start()
    assert await jail.check() == {"available": True, "reason": None}
    yield jail
    await jail.stop()
