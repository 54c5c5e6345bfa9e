"""For all tests: what is shared by them explains its failures as the tests themselves do; where their database is."""

from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.product", "tests.postgresql", "tests.redis_server", "tests.e2e.browser")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite; `tests/conformance` puts PostgreSQL in its place."""
    return f"sqlite:///{tmp_path / 'atoll.db'}"


@pytest.fixture
def vectors_chosen() -> str:
    """ATOLL_VECTORS: the rows; pgvector and Milvus are put in its place where they are tested."""
    return ""
