"""What a run's nodes read through their ports waits for a database that is away, as the run's own writes do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from atoll.cli.instance import Instance
from atoll.kit.errors import AtollError
from atoll.kit.settings import Settings
from atoll.sdk import ChatMessage
from tests.db.outages import moved_away


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    made = Instance(Settings(data=tmp_path / "data", offline_models=False))
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def ask(instance: Instance) -> None:
    async for _ in instance.ports("ws_1").models.chat("m", [ChatMessage("user", "What is a reef?")]):
        pass


async def search(instance: Instance) -> None:
    await instance.ports("ws_1").knowledge.retrieve("reports", "reef")


async def read(instance: Instance) -> None:
    await instance.ports("ws_1").knowledge.document("reports", "doc_1")


@pytest.mark.parametrize(
    ("port", "code"), [(ask, "model_unknown"), (search, "dataset_not_found"), (read, "dataset_not_found")]
)
async def test_a_node_waits_and_goes_on(instance: Instance, port: Callable[[Any], Awaitable[None]], code: str) -> None:
    """The database is empty: that is what it says once it is back."""
    async with asyncio.timeout(20):
        async with moved_away(instance.db):
            asking = asyncio.create_task(port(instance))
            await asyncio.sleep(0.3)
            assert not asking.done()
        with pytest.raises(AtollError) as found:
            await asking
    assert found.value.code == code


async def test_a_time_limit_ends_the_waiting(instance: Instance) -> None:
    async with moved_away(instance.db):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await ask(instance)
