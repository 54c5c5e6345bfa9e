"""Evaluations, chat, triggers and hostile words on PostgreSQL, through the API; the longest of the tests stays with SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from atoll.cli.instance import Instance
from atoll.kit.settings import Settings
from tests.api.conftest import *
from tests.api.test_chat import *
from tests.api.test_evaluation import *
from tests.api.test_evaluation import _evaluating
from tests.api.test_injection import *
from tests.api.test_triggers import *

del test_two_hundred_cases_leave_room_for_other_runs  # noqa: F821


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data=tmp_path / "data", web=tmp_path / "web", database_url=database_url)
