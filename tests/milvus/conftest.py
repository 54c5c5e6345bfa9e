"""The tests of an index of vectors, with Milvus in its place. Not part of `make test`: `make test-milvus`."""

from collections.abc import Iterator

import pytest

from tests.milvus.server import Milvus, running


@pytest.fixture(scope="session")
def milvus() -> Iterator[Milvus]:
    with running() as server:
        yield server
