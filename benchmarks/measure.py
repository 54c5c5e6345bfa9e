"""How the benchmarks measure: CPU time of this process or another one, medians of repeats, rows of the printed table."""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Row:
    """One line of the table. `control` is the same work without the product; `aim` is the goal, in `unit`."""

    name: str
    value: float
    unit: str
    control: float | None = None
    against: str = ""
    aim: float | None = None

    def cells(self) -> list[str]:
        times = self.value / self.control if self.control else 0.0
        ratio = f"{times:.1f}x" if times >= 0.1 else f"{times:.2g}x" if times else ""
        met = "" if self.aim is None else f"{self.aim:g} {'met' if self.value <= self.aim else 'MISSED'}"
        control = f"{self.control:.3g} ({self.against})" if self.control is not None else ""
        return [self.name, f"{self.value:.3g} {self.unit}", control, ratio, met]


def printed(table: Sequence[Sequence[str]]) -> None:
    """A table with its head, in columns."""
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def percentile(values: Sequence[float], per_cent: float) -> float:
    """The nearest of the values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * per_cent / 100))]


async def cpu_seconds(work: Callable[[], Awaitable[object]], repeats: int) -> float:
    """Median CPU seconds of this process, all threads, for one call."""
    await work()  # warm: compiled plans, caches, first imports
    taken = []
    for _ in range(repeats):
        before = time.process_time()
        await work()
        taken.append(time.process_time() - before)
    return statistics.median(taken)


def process_cpu(pid: int) -> float:
    """CPU seconds that a process has used so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def process_memory(pid: int) -> dict[str, float]:
    """MB by name, `Rss` and `Pss`, summed over the process and its children."""
    total = {"Rss": 0.0, "Pss": 0.0}
    for one in (pid, *children(pid)):
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        except (ProcessLookupError, FileNotFoundError):
            continue  # a child that ended meanwhile
        for line in rollup.splitlines():
            name, _, rest = line.partition(":")
            if name in total:
                total[name] += int(rest.split()[0]) / 1024
    return total


def children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *children(int(child))]
    except (ProcessLookupError, FileNotFoundError):
        pass  # ended meanwhile
    return found
