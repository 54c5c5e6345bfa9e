"""`make bench-peers`: runs every engine's module in its own environment, one after the other, and prints one table."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import printed
from benchmarks.peers.work import BARE, CALLS, SECONDS, SIZES

ROOT = Path(__file__).parents[2]
PEERS, GRAPHON = ROOT / ".cache" / "peers", ROOT / ".cache" / "graphon"
LIMIT = 300  # seconds for one engine
QUIET = {"HAYSTACK_TELEMETRY_ENABLED": "false", "LANGSMITH_TRACING": "false", "DO_NOT_TRACK": "1"}


@dataclass(frozen=True, slots=True)
class Engine:
    module: str
    python: Path


ENGINES = (
    Engine("atoll", Path(sys.executable)),
    Engine("burr", PEERS / "bin" / "python"),
    Engine("pydantic_graph", PEERS / "bin" / "python"),
    Engine("langgraph", PEERS / "bin" / "python"),
    Engine("haystack", PEERS / "bin" / "python"),
    Engine("graphon", GRAPHON / "bin" / "python"),
)


class Failed(Exception):
    """An engine that could not be measured, and why."""


def measured(engine: Engine) -> dict[str, Any]:
    """What `benchmarks.peers.one` prints. Raises Failed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ATOLL_", "PYTHON"))}
    env |= {"PYTHONPATH": str(ROOT), **QUIET}
    command = [str(engine.python), "-m", "benchmarks.peers.one", engine.module]
    with tempfile.TemporaryDirectory() as folder:  # what it keeps goes here
        try:
            done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise Failed(f"not done after {LIMIT} s") from None
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or ["no word"])[-1][:200])
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def lines(found: dict[str, Any]) -> list[list[str]]:
    bare = next(one for one in found["figures"] if one["name"] == BARE.name)
    shown = []
    for one in found["figures"]:
        cpu = [one["cpu_us"][str(size)] for size in SIZES]
        ratio = one["cpu_us"]["100"] / bare["cpu_us"]["100"]
        control = one is bare
        shown.append([
            f"  {one['name']}" if control else f"{one['name']} {found['version']}",
            *(f"{value:.3g}" for value in cpu),
            f"{ratio:.0f}x",
            f"{one['calls_ms']:.1f}",
            "" if control else f"{found['import_ms']:.0f}",
            "" if control else f"{found['import_mb']:.0f}",
            found["python"],
            one["keeps"],
        ])  # fmt: skip
    return shown


def main() -> int:
    sizes = [f"{size:,} nodes" for size in SIZES]
    calls = f"{CALLS} calls of {SECONDS * 1000:.0f} ms"
    table = [["us CPU a node, chain of", *sizes, "100: to bare", calls, "import ms", "MB", "Python", "kept on disk"]]
    missing = []
    for engine in ENGINES:
        print(f"… {engine.module}", file=sys.stderr)
        if not engine.python.exists():
            why = "needs Python 3.12 or 3.13; name one with PYTHON312=" if engine.module == "graphon" else "no venv"
            print(f"{engine.module}: skipped: {why}")
            continue
        try:
            table += lines(measured(engine))
        except Failed as why:
            missing.append(f"{engine.module}: FAILED: {why}")
    printed(table)
    print("\n".join(missing), end="\n" if missing else "")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
