"""People on PostgreSQL, through the API: races, codes that count once, and lists that leave out what is hidden."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from atoll.cli.instance import Instance
from atoll.kit.settings import Settings
from tests.api.conftest import *
from tests.api.test_accounts import test_an_invitation_is_taken_once, test_signing_in_with_a_second_factor
from tests.api.test_limited import test_pages_of_runs_stay_whole
from tests.api.test_people import test_owners_who_all_step_down_at_once_leave_one
from tests.oidc.conftest import issuer
from tests.oidc.test_hostile import test_an_answer_is_taken_once_even_by_a_provider_that_would


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data=tmp_path / "data", web=tmp_path / "web", database_url=database_url)
