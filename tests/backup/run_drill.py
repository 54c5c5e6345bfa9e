"""`make test-restore`: the restore drill within each database. Across both it is in tests/conformance/test_backup.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backup.drill import drill
from tests.chaos.peer import Peer, peering
from tests.postgresql import server


@pytest.fixture
def peer() -> Iterator[Peer]:
    with peering() as made:
        yield made


def test_within_sqlite(tmp_path: Path, peer: Peer) -> None:
    drill(tmp_path, peer, {}, {}, {})


def test_within_postgresql(tmp_path: Path, peer: Peer) -> None:
    with server(durable=True) as postgresql:
        first, second = postgresql.database(), postgresql.database()
        drill(tmp_path, peer, {"DATABASE_URL": first}, {"DATABASE_URL": second}, {})
