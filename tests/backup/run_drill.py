"""The restore drill on SQLite; `tests/conformance/test_backup.py` has it across databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backup.drill import drill
from tests.chaos.peer import Peer, peering

pytestmark = pytest.mark.xdist_group("drill")


@pytest.fixture
def peer() -> Iterator[Peer]:
    with peering() as made:
        yield made


def test_killed_wiped_and_restored_elsewhere(tmp_path: Path, peer: Peer) -> None:
    drill(tmp_path, peer, {}, {})
