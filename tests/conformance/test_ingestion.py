"""Ingestion on PostgreSQL: leases, two processes, crashes between stages, an index that equals the rows."""

from tests.knowledge.conftest import gate, jail, make
from tests.knowledge.test_ingest import *
