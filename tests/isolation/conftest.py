"""Two workspaces of one installation, each with one of everything, made by the API. Nothing here is without a scope."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from atoll.api.app import create_app
from atoll.cli.instance import Instance
from atoll.cli.serve import services_of
from atoll.db import tenancy
from atoll.kit.settings import Settings
from tests.api.conftest import Browser, People, _plain_logs
from tests.isolation.things import Things, one_of_everything

__all__ = ["_plain_logs"]


class Two:
    """`ours` is asked about; `theirs` is what nobody of ours may see."""

    def __init__(self, people: People, owner: Browser, eve: Browser, ours: Things, theirs: Things) -> None:
        self.people, self.owner, self.eve, self.ours, self.theirs = people, owner, eve, ours, theirs


@pytest.fixture
async def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Two]:
    instance = Instance(Settings(data=tmp_path / "data", web=tmp_path / "web"))
    await instance.open()
    instance.worker.start()
    services = services_of(instance, sandbox=lambda: {"available": False, "reason": None})
    async with AsyncExitStack() as stack:
        people = People(create_app(services), services, stack)
        owner = await stack.enter_async_context(Browser(people.app))
        await owner.set_up()
        eve = await people.stranger()
        monkeypatch.setattr(tenancy, "unnamed", None)  # from here on as in the product
        ours = await one_of_everything(owner, "ours")
        theirs = await one_of_everything(eve, "canary")
        yield Two(people, owner, eve, ours, theirs)
    await instance.stop()
