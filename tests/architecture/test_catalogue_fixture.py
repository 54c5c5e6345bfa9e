"""The catalogue that the web app's tests draw forms from is the real one: `python -m tests.architecture.test_catalogue_fixture`."""

import json
from pathlib import Path

from atoll.nodes.catalogue import catalogue
from atoll.nodes.registry import Registry

FIXTURE = Path(__file__).with_name("node_types.json")


def _now() -> str:
    return json.dumps(catalogue(Registry())["types"], ensure_ascii=False, indent=1) + "\n"


def test_the_web_apps_catalogue_is_fresh() -> None:
    assert FIXTURE.read_text(encoding="utf-8") == _now(), "run `python -m tests.architecture.test_catalogue_fixture`"


if __name__ == "__main__":
    FIXTURE.write_text(_now(), encoding="utf-8")
