"""A short campaign against a cluster: a death, Redis emptied and gone, PostgreSQL's connections cut. The long one is
`make chaos-cluster`."""

from pathlib import Path

import pytest

from tests.chaos.cluster import ClusterNemesis
from tests.chaos.cluster_campaign import cluster_campaign

pytestmark = pytest.mark.xdist_group("crash")


def test_a_cluster_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    def rage(nemesis: ClusterNemesis) -> None:
        nemesis.settle()
        nemesis.disturb_messages()
        for deed in (nemesis.flush_redis, nemesis.cut_connections, nemesis.kill_worker):
            nemesis.do(deed)

    figures = cluster_campaign(tmp_path, rage, most_runs=80, most_documents=5, load=0.2)
    assert {"kill", "flush_redis", "cut_connections", "messages doubled"} <= set(figures["faults"])
    assert figures["runs"] >= 5 and figures["documents"] >= 1
