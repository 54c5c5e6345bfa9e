"""Each shipped rule with promtool: it is quiet at first, and fires when it has held long enough."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.monitoring.shipped import FOLDER, RULES, program

HTTP, RUNS, LAG = "atoll_http_request_seconds", "atoll_runs_total", "atoll_event_loop_lag_seconds_bucket"
CALLS, DOCUMENTS = "atoll_model_call_seconds_count", "atoll_documents_total"
# rule: (series by what they are, a minute at which it is quiet, one at which it fires, its labels)
CASES: dict[str, tuple[dict[str, str], int, int, dict[str, str]]] = {
    "AtollDown": ({'up{job="atoll",instance="a"}': "1 1 0x20"}, 3, 5, {"job": "atoll", "instance": "a"}),
    "AtollDatabaseAway": ({'atoll_database_up{instance="a"}': "1 1 0x20"}, 2, 4, {"instance": "a"}),
    "AtollConnectionsShort": (
        {
            'atoll_database_connections{pool="read",state="in_use"}': "7 7 8x20",
            'atoll_database_connections{pool="read",state="limit"}': "8x30",
            'atoll_database_connections{pool="write",state="in_use"}': "0x30",
            'atoll_database_connections{pool="write",state="limit"}': "8x30",
        },
        11,
        13,
        {"pool": "read"},
    ),
    "AtollQueueLong": (
        {
            'atoll_queue_length{queue="runs",instance="a"}': "100 100 101x20",
            'atoll_queue_length{queue="runs",instance="b"}': "100 100 101x20",
            'atoll_queue_length{queue="documents",instance="a"}': "60x20",
            'atoll_queue_length{queue="documents",instance="b"}': "60x20",
        },
        6,
        8,
        {"queue": "runs"},
    ),
    "AtollQueueOld": (
        {
            'atoll_queue_oldest_seconds{queue="runs"}': "0 0 301x20",
            'atoll_queue_oldest_seconds{queue="schedules"}': "301x20",
        },
        6,
        8,
        {"queue": "runs"},
    ),
    "AtollSchedulerLate": ({'atoll_queue_oldest_seconds{queue="schedules"}': "0 0 61x20"}, 3, 5, {}),
    "AtollErrors": (
        {f'{HTTP}_count{{status="2xx"}}': "0+90x30", f'{HTTP}_count{{status="5xx"}}': "0x10 10+10x20"}, 10, 20, {}
    ),
    "AtollSlow": (
        {
            f'{HTTP}_bucket{{le="1",route="/a"}}': "0+10x40",
            f'{HTTP}_bucket{{le="5",route="/a"}}': "0+20x40",
            f'{HTTP}_bucket{{le="+Inf",route="/a"}}': "0+20x40",
        },
        9,
        15,
        {},
    ),
    "AtollRunsFailing": (
        {f'{RUNS}{{app="a",status="failed"}}': "0x5 2+2x30", f'{RUNS}{{app="a",status="succeeded"}}': "0+3x40"}, 6, 25, {}
    ),
    "AtollRunsPoisoned": ({"atoll_runs_poisoned_total": "0 0 0 1x20"}, 2, 4, {}),
    "AtollWorkStuck": ({'atoll_incidents_total{what="stuck",kind="run"}': "0 0 0 1x20"}, 2, 4, {"kind": "run"}),
    "AtollLeasesLost": ({"atoll_run_leases_lost_total": "0 2 5 8x20"}, 1, 5, {}),
    "AtollModelFailing": (
        {
            f'{CALLS}{{model="m",outcome="failed"}}': "0+3x30",
            f'{CALLS}{{model="m",outcome="succeeded"}}': "0+7x30",
            f'{CALLS}{{model="well",outcome="succeeded"}}': "0+7x30",
            f'{CALLS}{{model="well",outcome="failed"}}': "0+1x30",
        },
        4,
        10,
        {"model": "m"},
    ),
    "AtollIngestionFailing": (
        {f'{DOCUMENTS}{{outcome="failed"}}': "0 1 2 8x20", f'{DOCUMENTS}{{outcome="ready"}}': "0+9x30"}, 2, 6, {}
    ),
    "AtollTriggersFailing": (
        {
            'atoll_triggers_total{kind="schedule",outcome="failed"}': "0 1 2 6x20",
            'atoll_triggers_total{kind="webhook",outcome="started"}': "0+9x30",
        },
        2,
        6,
        {"kind": "schedule"},
    ),
    "AtollWebhooksRefused": ({'atoll_webhooks_refused_total{why="signature"}': "0 5 5 40x20"}, 2, 5, {}),
    "AtollDiskFilling": (
        {
            'atoll_data_free_bytes{instance="a"}': "50 50 9x30",
            'atoll_data_size_bytes{instance="a"}': "100x32",
            'atoll_data_free_bytes{instance="b"}': "50x32",
            'atoll_data_size_bytes{instance="b"}': "100x32",
        },
        11,
        13,
        {"instance": "a"},
    ),
    "AtollLoopLate": (
        {
            f'{LAG}{{le="0.5",instance="a"}}': "0+50x30",
            f'{LAG}{{le="1",instance="a"}}': "0+60x30",
            f'{LAG}{{le="+Inf",instance="a"}}': "0+60x30",
        },
        4,
        8,
        {"instance": "a"},
    ),
    "AtollMemory": (
        {'process_resident_memory_bytes{job="atoll",instance="a"}': "1e9 1e9 3e9x30"}, 16, 18,
        {"job": "atoll", "instance": "a"},
    ),
}  # fmt: skip


def _promtool(tmp_path: Path, name: str, at: dict[int, list[dict[str, Any]]]) -> "subprocess.CompletedProcess[str]":
    series, *_ = CASES[name]
    test = {
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "alert_rule_test": [
            {"eval_time": f"{minute}m", "alertname": name, "exp_alerts": alerts} for minute, alerts in at.items()
        ],
    }
    file = tmp_path / "test.json"
    whole = {"rule_files": [str(FOLDER / "rules.yml")], "evaluation_interval": "1m", "tests": [test]}
    file.write_text(json.dumps(whole), encoding="utf-8")
    return subprocess.run([program("promtool"), "test", "rules", str(file)], capture_output=True, text=True, timeout=60)


def test_every_rule_that_is_shipped_is_tried() -> None:
    assert set(CASES) == set(RULES)
    assert (FOLDER / "rules.yml").read_text(encoding="utf-8").count("- alert:") == len(RULES)


def test_the_queue_rule_is_the_one_that_was_asked_for() -> None:
    rule = RULES["AtollQueueLong"]
    assert (rule["expr"], rule["held"]) == ("max by (queue) (atoll_queue_length) > 100", "5m")


@pytest.mark.parametrize("name", list(CASES))
def test_a_rule_is_quiet_and_then_fires(tmp_path: Path, name: str) -> None:
    _, quiet, fires, labels = CASES[name]
    rule = RULES[name]
    alert = {
        "exp_labels": {"severity": rule["severity"], **labels},
        "exp_annotations": {"summary": rule["summary"], "zh": rule["zh"]},
    }
    done = _promtool(tmp_path, name, {quiet: [], fires: [alert]})
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_notices_what_is_wrong(tmp_path: Path) -> None:
    """Else the tests above would say nothing."""
    assert _promtool(tmp_path, "AtollQueueLong", {8: []}).returncode == 1


def test_the_scrape_configuration_is_right(tmp_path: Path) -> None:
    config = (FOLDER / "prometheus.yml").read_text(encoding="utf-8")
    (tmp_path / "token").write_text("t")
    (tmp_path / "prometheus.yml").write_text(
        config.replace("/etc/prometheus/atoll-token", str(tmp_path / "token")), encoding="utf-8"
    )
    (tmp_path / "rules.yml").write_bytes((FOLDER / "rules.yml").read_bytes())
    done = subprocess.run(
        [program("promtool"), "check", "config", str(tmp_path / "prometheus.yml")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(RULES)} rules found" in done.stdout
