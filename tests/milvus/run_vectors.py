"""What an index of vectors promises, kept by Milvus."""

from pathlib import Path

import pytest

from tests.conformance.test_vectors import *
from tests.milvus.server import Milvus


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'atoll.db'}"


@pytest.fixture
def vectors_chosen(milvus: Milvus) -> str:
    return milvus.address
