"""`make bench`: runs all measurements and prints one table. `python -m benchmarks.run engine http` runs some."""

import asyncio
import importlib
import sys

from benchmarks.measure import Row, printed

PARTS = ("engine", "http", "retrieval", "start", "web")


def main() -> None:
    rows: list[Row] = []
    for part in sys.argv[1:] or PARTS:
        print(f"… {part}", file=sys.stderr)
        found = importlib.import_module(f"benchmarks.{part}").measure()
        rows += asyncio.run(found) if asyncio.iscoroutine(found) else found
    printed([["what", "measured", "control", "ratio", "aim"], *(row.cells() for row in rows)])


if __name__ == "__main__":
    main()
