"""Fixtures of the browser tests. Playwright is started for each test, so that its loop never meets another test's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import browser
from tests.e2e.house import House, furnished
from tests.product import Product, serving


@pytest.fixture
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
