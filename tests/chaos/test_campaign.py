"""A short campaign: a death, a freeze and a full disk while runs go. The long one is `make chaos`."""

from pathlib import Path

import pytest

from tests.chaos.campaign import campaign
from tests.chaos.nemesis import HostNemesis

pytestmark = pytest.mark.xdist_group("crash")


def test_what_was_accepted_ends_and_what_was_ordered_is_paid_once(tmp_path: Path) -> None:
    def rage(nemesis: HostNemesis) -> None:
        for deed in (nemesis.kill, nemesis.freeze, nemesis.fill):
            nemesis.do(deed)

    figures = campaign(tmp_path, rage)
    assert {"kill", "freeze", "fill"} <= set(figures["faults"])
    assert figures["runs"] >= 5 and figures["payments"] >= figures["runs"]
