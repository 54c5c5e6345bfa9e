"""Ingestion with vectors in Milvus: what holds for the rows holds for the index beside them."""

import pytest

from tests.knowledge.conftest import gate, jail, make
from tests.knowledge.test_ingest import *
from tests.milvus.server import Milvus


@pytest.fixture
def vectors_chosen(milvus: Milvus) -> str:
    return milvus.address
