"""Incidents on PostgreSQL: written once, sent by one."""

from tests.incidents.test_watch import *
