"""Crossings and releases on PostgreSQL: counted by the same statement, under row-level security."""

from tests.runs.test_sinks import (
    held,
    test_a_person_releases_and_is_written_down,
    test_crossings_are_counted_once_a_node_and_told_once_a_run,
)

__all__ = [
    "held",
    "test_a_person_releases_and_is_written_down",
    "test_crossings_are_counted_once_a_node_and_told_once_a_run",
]
