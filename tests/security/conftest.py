"""Two jails for the attacks: with all fences, and as on a kernel that has no Landlock."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from atoll.kit.jail import Jail, process


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["all fences", "no Landlock"])
async def jail(request: pytest.FixtureRequest) -> AsyncIterator[Jail]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "no Landlock":
            without = "import atoll.kit.jail.fence as f; f.landlock_ruleset = lambda: None; from atoll"
            patch.setattr(process, "_BOOT", process._BOOT.replace("from atoll", without, 1))
        jail = Jail("code")
        assert await jail.check() == {"available": True, "reason": None}
        assert jail._zygote
        assert request.param == "all fences" or not jail._zygote.landlock
        yield jail
        await jail.stop()
