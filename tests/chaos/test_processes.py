"""Three real servers over one database: one is frozen in the middle of its work, the others race for it, it wakes up."""

import signal
from pathlib import Path

import pytest

from tests.chaos.house import SETTINGS, app, arrived, asking_and_paying, looked_over, paying, rows, signed_in, start
from tests.chaos.peer import peering
from tests.product import serving
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("crash")
ASKING, PAYING = 12, 3
LEASE = {"ATOLL_LEASE_SECONDS": "6"}  # so long that a busy machine starves nobody of it who is not frozen


def test_who_is_frozen_past_its_lease_writes_nothing_more_and_pays_nothing_more(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = SETTINGS | LEASE
    with peering() as peer, serving(data, **settings) as first:
        owner = first.client()
        owner.set_up()
        ask, pay = app(owner, asking_and_paying(peer)), app(owner, paying(peer))
        asking = [start(owner, ask) for _ in range(ASKING)]
        unsure = [start(owner, pay) for _ in range(PAYING)]
        arrived(peer, ASKING + PAYING)
        with serving(data, **settings) as second, serving(data, **settings) as third:
            first.process.send_signal(signal.SIGSTOP)
            try:
                arrived(peer, ASKING)  # whoever took them asks again; a payment is not made again
                until("paused", lambda: {row[0] for row in rows(data, "status", unsure)} == {"paused"})
                peer.open.set()  # the answers lie waiting for the one who is frozen
                until("ended", lambda: {row[0] for row in rows(data, "status", asking)} == {"succeeded"})
                before = rows(data, "id, seq, epoch, status, owner")
            finally:
                first.process.send_signal(signal.SIGCONT)
            until("noticed", lambda: first.log.read_text().count("run.lease_lost") == ASKING + PAYING)
            assert rows(data, "id, seq, epoch, status, owner") == before
            assert {epoch for _, _, epoch, _, _ in before} == {2}, "each was taken over by one"
            assert [peer.count("POST", f"{run}:pay") for run in asking + unsure] == [1] * (ASKING + PAYING)
            assert [method for method, _ in peer.asked].count("GET") == 2 * ASKING
            client = signed_in(third)
            for run in unsure:
                client.call("POST", f"/runs/{run}/resume", {"node": "pay", "decision": "skip"})
            until("decided", lambda: {row[0] for row in rows(data, "status", unsure)} == {"succeeded"})
            assert start(signed_in(first), ask), "the one that was frozen is of use again"
            assert second.process.poll() is None
    assert looked_over(data).handed_on == ASKING + PAYING


def test_who_is_told_to_stop_hands_its_runs_on_though_somebody_watches_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with peering() as peer, serving(data, **SETTINGS) as first:
        client = first.client()
        client.set_up()
        run = start(client, app(client, asking_and_paying(peer)))
        arrived(peer, 1)
        watched = client.events(run)
        assert next(watched)["type"] == "run.started"
        first.process.terminate()
        for _ in watched:
            pass  # the stream ends by itself
        assert first.process.wait(20) == -signal.SIGTERM
        assert "shutdown exceeded" not in first.log.read_text(), "nobody had to be cut off"
        assert rows(data, "status, lease_until, claims") == [("running", 0, 0)]
