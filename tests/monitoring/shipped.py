"""What deploy/monitoring ships, read, and the Prometheus that tries it."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
TOOLS = [str(ROOT / ".cache/monitoring/usr" / folder) for folder in ("bin", "sbin")]
_RULE = re.compile(
    r"- alert: (?P<name>\w+)\n +expr: (?P<expr>.+)\n +for: (?P<held>\S+)\n +labels: \{ severity: (?P<severity>\w+) \}\n"
    r' +annotations:\n +summary: "(?P<summary>.+)"\n +zh: "(?P<zh>.+)"\n'
)
RULES: dict[str, dict[str, str]] = {
    found["name"]: found.groupdict() for found in _RULE.finditer((FOLDER / "rules.yml").read_text(encoding="utf-8"))
}


def program(name: str) -> str:
    """`prometheus`, `promtool` or `rsyslogd`: the machine's, or the one that `make` put into .cache."""
    found = shutil.which(name, path=os.pathsep.join([*TOOLS, os.environ["PATH"], "/usr/sbin"]))
    if found is None:
        raise AssertionError(f"{name} is missing: run `make monitoring-tools`, or install Debian's package prometheus")
    return found


def expressions() -> list[str]:
    """Every query of the dashboard, with the interval that Grafana would put in."""
    dashboard: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    found = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [one.replace("$__rate_interval", "1m") for one in found]


def metrics(expr: str) -> set[str]:
    return set(re.findall(r"\b(?:atoll|process)_\w+|\bup\b", expr))
