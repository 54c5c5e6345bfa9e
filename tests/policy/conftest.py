"""A world for each test."""

from tests.runs.fixtures import migrated, plain_logs, world

__all__ = ["migrated", "plain_logs", "world"]
