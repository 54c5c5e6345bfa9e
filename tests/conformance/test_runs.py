"""Runs on PostgreSQL: claims, leases, fences, idempotency, values."""

from tests.runs.test_service import *
from tests.runs.test_worker import *
