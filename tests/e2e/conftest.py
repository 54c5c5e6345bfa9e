"""Fixtures of the browser tests. A file has one browser, and one worker: so Playwright's loop never meets another test's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import browser
from tests.e2e.house import House, furnished
from tests.product import Product, serving

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """A server of its own, as a newcomer finds it: nobody has set it up."""
    with serving(tmp_path / "data") as running:
        yield running


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serving(tmp_path_factory.mktemp("house") / "data") as running:
        yield furnished(running)
