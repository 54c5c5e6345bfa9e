"""Backups of PostgreSQL, into PostgreSQL and into SQLite, and of SQLite into PostgreSQL."""

import shutil
from pathlib import Path

import pytest

from tests.backup.conftest import filled, migrated
from tests.backup.drill import drill
from tests.backup.installation import fill
from tests.backup.run_drill import peer
from tests.backup.test_reconcile import (
    house,
    test_an_index_of_words_that_lost_all_is_made_again_while_others_change_it,
    test_each_difference_is_found_mended_and_gone,
    test_what_is_published_or_deleted_while_the_index_is_made_again_is_right_in_the_new_one,
)
from tests.backup.test_save_and_restore import (
    small_parts,
    test_a_document_deleted_meanwhile_is_left_out_and_a_lost_original_is_said,
    test_a_target_that_holds_something_is_left_alone,
    test_everything_comes_back,
    test_of_an_earlier_schema_the_revisions_since_are_applied,
    test_runs_that_were_under_way_are_held_and_nobody_owns_anything,
    test_what_was_revoked_since_does_not_open_again,
)
from tests.chaos.peer import Peer
from tests.conformance.conftest import prepared
from tests.postgresql import Server


@pytest.fixture(scope="session")
def filled_postgresql(postgresql: Server) -> str:
    return prepared(postgresql, fill)


@pytest.fixture
def source_url(postgresql: Server, filled_postgresql: str) -> str:
    return postgresql.database(like=filled_postgresql)


@pytest.fixture
def target_url(postgresql: Server, migrated_url: str) -> str:
    return postgresql.database(like=migrated_url)


@pytest.mark.parametrize("way", ["to SQLite", "from SQLite"])
async def test_from_one_database_into_the_other(
    way: str, source_url: str, target_url: str, filled: Path, migrated: Path, tmp_path: Path
) -> None:
    if way == "to SQLite":
        target_url = f"sqlite:///{shutil.copy(migrated, tmp_path)}"
    else:
        source_url = f"sqlite:///{shutil.copy(filled, tmp_path)}"
    await test_everything_comes_back(source_url, target_url, tmp_path)


def test_killed_and_wiped_it_goes_on_elsewhere(postgresql: Server, tmp_path: Path, peer: Peer) -> None:
    """From SQLite into PostgreSQL, and from there back."""
    drill(tmp_path, peer, {}, {"DATABASE_URL": postgresql.database()}, {})
