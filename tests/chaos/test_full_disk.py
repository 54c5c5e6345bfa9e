"""A disk that gets full under a real server, its log on it too: callers are told, runs wait, all goes on with room."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.disks import DISKS
from tests.chaos.house import SETTINGS, app, arrived, asking_and_paying, looked_over, rows, start
from tests.chaos.peer import peering
from tests.product import Client, serving
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("crash")
RUNS = 8
FULL_FOR = 3.0  # seconds


def refused(client: Client, path: str, **more: Any) -> tuple[int, str]:
    """(status, code) of the first refusal; on a full disk what is small may still find a place."""
    for _ in range(300):
        began = time.monotonic()
        reply = client.post(f"/api/v1{path}", headers={"X-Atoll-CSRF": client.csrf}, **more)
        if reply.is_error:
            assert time.monotonic() - began < 5
            error = reply.json()["error"]
            assert error["message"]["en"] and error["message"]["zh"] and "Traceback" not in reply.text
            return reply.status_code, error["code"]
    raise AssertionError(f"{path}: nothing was refused")


@pytest.mark.parametrize("kind", DISKS)
def test_nothing_is_lost_and_nothing_has_to_be_started_again(tmp_path: Path, kind: str) -> None:
    with DISKS[kind](tmp_path / "disk") as disk, peering() as peer:
        data = disk.folder / "data"
        with serving(data, **SETTINGS) as server:
            client, pid = server.client(), server.process.pid
            client.set_up()
            app_id = app(client, asking_and_paying(peer))
            dataset = client.call("POST", "/datasets", {"name": "reports"}, expect=201)["id"]
            runs = [start(client, app_id) for _ in range(RUNS)]
            arrived(peer, RUNS)
            heard: list[dict[str, Any]] = []
            reader = server.client(cookies=client.cookies)
            listening = threading.Thread(target=lambda: heard.extend(reader.events(runs[0])))
            disk.fill(pid)
            listening.start()
            try:
                peer.open.set()
                body = {"inputs": {"name": "x" * 50_000}, "version": "draft"}
                status, code = refused(client, f"/apps/{app_id}/runs", json=body)
                assert (status, code) == (507 if disk.database_code == "disk_full" else 503, disk.database_code)
                upload = {"file": ("a.txt", b"words " * 50_000)}
                assert refused(client, f"/datasets/{dataset}/documents", files=upload) == (507, "disk_full")
                assert client.call("GET", "/runs")["items"] and client.get("/health/ready").status_code == 200
                time.sleep(FULL_FOR)
                assert server.process.poll() is None
            finally:
                disk.free(pid)
            until("gone on", lambda: {row[0] for row in rows(data, "status", runs)} == {"succeeded"})
            assert {row[0] for row in rows(data, "epoch", runs)} == {1}, "they never left the hands of the server"
            assert [peer.count("POST", f"{run}:pay") for run in runs] == [1] * RUNS
            listening.join(20)
            assert [event["seq"] for event in heard if event["seq"]] == list(range(1, heard[-1]["seq"] + 1))
            assert heard[-1]["type"] == "run.succeeded"
            assert client.run(app_id, {"name": "after"})["status"] == "succeeded"
            files = {"file": ("a.txt", b"Words enough to be a passage.")}
            client.call("POST", f"/datasets/{dataset}/documents", files=files)
            assert [one["status"] for one in client.documents_ready(dataset)] == ["ready"]
            assert "Traceback" not in server.log.read_text()
        looked_over(data)
