"""Filebeat and Fluent Bit can't be had here: that their files are sound, and read the lines as rsyslog's file does."""

import json
import re
from datetime import datetime

import yaml

from atoll.telemetry.ecs import EcsRenderer
from tests.monitoring.shipped import ROOT

LOGGING = ROOT / "deploy" / "logging"
INDEX = "logs-atoll-default"


def test_filebeat_takes_a_line_as_it_is() -> None:
    found = yaml.safe_load((LOGGING / "filebeat.yml").read_text("utf-8"))
    (lines,) = found["filebeat.inputs"]
    (parser,) = lines["parsers"]
    assert parser["ndjson"] == {
        "target": "", "expand_keys": True, "overwrite_keys": True, "add_error_key": True, "message_key": "message",
    }  # fmt: skip
    assert found["output.elasticsearch"]["index"] == INDEX


def test_fluent_bit_reads_the_time_of_a_line() -> None:
    found = yaml.safe_load((LOGGING / "fluent-bit.yaml").read_text("utf-8"))
    (parser,), (tail,), (out,) = found["parsers"], found["pipeline"]["inputs"], found["pipeline"]["outputs"]
    assert tail["parser"] == parser["name"] and out["match"] == tail["tag"] and out["index"] == INDEX
    line = json.loads(EcsRenderer("local")(None, "info", {"event": "x"}))
    assert datetime.strptime(line[parser["time_key"]], parser["time_format"].replace("%L", "%f")).year > 2000  # noqa: DTZ007


def test_all_write_to_one_place_and_hold_no_secret() -> None:
    for name in ("rsyslog.conf", "filebeat.yml", "fluent-bit.yaml"):
        text = (LOGGING / name).read_text("utf-8")
        assert INDEX in text
        assert not re.search(r"(?i)(passw\w*|api_key|_user): *\"?[^$\"\s]", text)
