"""A world for each test, with logs that stay short."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.runs.world import World, world_in


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    """Unconfigured, structlog draws an exception with all local variables: seconds of work for each."""
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_in(tmp_path) as made:
        yield made
