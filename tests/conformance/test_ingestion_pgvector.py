"""Ingestion with vectors in pgvector: what holds for the rows holds for the index beside them."""

import pytest

from tests.knowledge.conftest import gate, jail, make
from tests.knowledge.test_ingest import *
from tests.postgresql import Server


@pytest.fixture
def database_url(pgvector: Server, pgvector_url: str) -> str:
    return pgvector.database(like=pgvector_url)


@pytest.fixture
def vectors_chosen() -> str:
    return "pgvector"
