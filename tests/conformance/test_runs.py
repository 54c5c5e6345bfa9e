"""Runs on PostgreSQL: claims, leases, fences, idempotency, values, how many at once."""

from tests.runs.test_quota import *
from tests.runs.test_service import *
from tests.runs.test_worker import *
