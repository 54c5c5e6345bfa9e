"""Keys of workspaces, their rotation and named secrets on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from atoll.cli.instance import Instance
from atoll.kit.settings import Settings
from tests.api.conftest import *
from tests.api.test_secrets import test_changing_and_deleting, test_it_is_sent_and_what_comes_back_is_masked
from tests.workspaces.conftest import db, workspaces
from tests.workspaces.test_secrets_rotation import (
    test_a_rotation_of_the_master_key_that_was_stopped,
    test_nothing_fails_while_keys_are_rotated,
)

__all__ = [
    "db",
    "test_a_rotation_of_the_master_key_that_was_stopped",
    "test_changing_and_deleting",
    "test_it_is_sent_and_what_comes_back_is_masked",
    "test_nothing_fails_while_keys_are_rotated",
    "workspaces",
]


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data=tmp_path / "data", web=tmp_path / "web", database_url=database_url, http_allow="127.0.0.1")
