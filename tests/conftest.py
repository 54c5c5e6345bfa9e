"""For all tests: what is shared by them explains its failures as the tests themselves do; where their database is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from atoll.db import tenancy
from atoll.kit import template_process
from tests import launcher

pytest.register_assert_rewrite("tests.product", "tests.postgresql", "tests.redis_server", "tests.e2e.browser")

# Tests call services that no door stands before. What comes through the door, and every loop, says whose work it is as in
# the product; where the product itself runs, in a process of its own, nothing is without a scope.
tenancy.unnamed = tenancy.Everything("a test")


template_process.install()  # as the composition root does


@pytest.fixture(scope="session", autouse=True)
def _launcher() -> Iterator[None]:
    launcher.launcher = launcher.Launcher()
    yield
    launcher.launcher.stop()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite; `tests/conformance` puts PostgreSQL in its place."""
    return f"sqlite:///{tmp_path / 'atoll.db'}"


@pytest.fixture
def vectors_chosen() -> str:
    """ATOLL_VECTORS: the rows; pgvector and Milvus are put in its place where they are tested."""
    return ""
