"""JavaScript that a first visit loads, gzip, as the build's own account gives it."""

import re
import subprocess
from pathlib import Path

from benchmarks.measure import Row

SHOWN = {"SignInPage": ("JavaScript of the sign-in screen", 120), "DesignRoute": ("JavaScript of the canvas", 260)}


def measure() -> list[Row]:
    web = Path(__file__).parents[1] / "web"
    printed = subprocess.run(["node", "scripts/size.mjs"], cwd=web, capture_output=True, text=True).stdout
    rows = []
    for size, name in re.findall(r"([\d.]+) kB of\s+[\d.]+\s+(\w+)", printed):
        if name in SHOWN:
            title, aim = SHOWN[name]
            rows.append(Row(title, float(size), "kB gzip", aim=aim))
    return rows
