"""The catalogue that the web app's tests draw forms from is the real one: `python -m tests.architecture.test_catalogue_fixture`."""

import json
import re
from pathlib import Path

from atoll.nodes.catalogue import catalogue
from atoll.nodes.registry import Registry

ICONS = Path(__file__).parents[2] / "web" / "src" / "canvas" / "view" / "icons.ts"
FIXTURE = Path(__file__).with_name("node_types.json")


def _now() -> str:
    return json.dumps(catalogue(Registry())["types"], ensure_ascii=False, indent=1) + "\n"


def test_the_web_apps_catalogue_is_fresh() -> None:
    assert FIXTURE.read_text(encoding="utf-8") == _now(), "run `python -m tests.architecture.test_catalogue_fixture`"


def test_the_web_app_draws_the_icon_of_each_node() -> None:
    drawn = set(re.findall(r"(?m)^  '?([a-z0-9-]+)'?: [A-Z]", ICONS.read_text(encoding="utf-8")))
    assert {one["icon"] for one in json.loads(FIXTURE.read_text(encoding="utf-8"))} <= drawn


if __name__ == "__main__":
    FIXTURE.write_text(_now(), encoding="utf-8")
