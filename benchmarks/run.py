"""`make bench`: runs all measurements and prints one table. `python -m benchmarks.run engine http` runs some."""

import argparse
import asyncio
import importlib
import signal
import sys
import time
import traceback
from types import FrameType

from benchmarks.measure import Row, printed

PARTS = (
    "engine",
    "parallel",
    "http",
    "load",
    "cluster",
    "ingestion",
    "streaming",
    "growth",
    "secrets",
    "trust",
    "redaction",
    "sandbox",
    "retrieval",
    "start",
    "web",
    "canvas",
)
NAMED = ("stores",)  # measured only where it is named: not every machine has its programs
LIMIT = 300  # seconds for one part


def overdue(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"not done after {LIMIT} s")


def measured(part: str) -> list[Row]:
    """The rows of one part. What hangs is stopped; what fails is told, and the other parts still run."""
    found = importlib.import_module(f"benchmarks.{part}").measure()
    rows: list[Row] = asyncio.run(found) if asyncio.iscoroutine(found) else found
    return rows


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.run", description="Measure, each figure beside a control.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all where none is named: {', '.join(PARTS)}")
    parts = parser.parse_args().parts
    if unknown := set(parts) - {*PARTS, *NAMED}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}: {', '.join(PARTS + NAMED)}")
    rows: list[Row] = []
    failed = []
    signal.signal(signal.SIGALRM, overdue)
    for part in parts or PARTS:
        begun = time.monotonic()
        signal.alarm(LIMIT)
        try:
            rows += measured(part)
        except Exception as error:  # the border of a part
            traceback.print_exc()
            failed.append(f"{part}: FAILED: {error}")
        finally:
            signal.alarm(0)
        print(f"… {part}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    printed([["what", "measured", "control", "ratio", "aim"], *(row.cells() for row in rows)])
    print("\n".join(failed), end="\n" if failed else "")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
