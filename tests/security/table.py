"""The list of attacks and who holds each: read from the source of the tests, and counted by a run of them.

`make attacks` runs every marked test with this module as a plugin and prints what was tried and what was blocked.
"""

import ast
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("cases.toml")
_read = tomllib.loads(FILE.read_text(encoding="utf-8"))
OPEN: dict[str, str] = _read.pop("open")
CLASSES: dict[str, str] = {letter: table.pop("title") for letter, table in _read.items()}
CASES: dict[str, str] = {case: what for table in _read.values() for case, what in table.items()}
CLASS_OF: dict[str, str] = {case: letter for letter, table in _read.items() for case in table}


def _marks(path: Path) -> Iterator[str]:
    if "mark.attack" not in path.read_text(encoding="utf-8"):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.attack":
            yield from (str(ast.literal_eval(given)) for given in node.args)


@cache
def held() -> dict[str, list[str]]:
    """By case, the files that hold it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("*.py"):
        for case in _marks(path):
            found[case].add(path.relative_to(ROOT).as_posix())
    return {case: sorted(files) for case, files in found.items()}


def files() -> list[str]:
    """Every file that pytest has to collect for all cases."""
    return sorted({name for names in held().values() for name in names if Path(name).name.startswith("test_")})


# -- as a plugin

_tried: Counter[str] = Counter()
_through: Counter[str] = Counter()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("attack")]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(marked)])
    items[:] = marked


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    report.user_properties.append(("attack", [a for mark in item.iter_markers("attack") for a in mark.args]))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.failed:
        cases = next((given for name, given in report.user_properties if name == "attack"), [])
        _tried.update(cases)
        _through.update(cases if report.failed else [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not hasattr(terminalreporter.config, "workerinput"):
        terminalreporter.write_line("\n" + table(_tried, _through))


def table(tried: Counter[str], through: Counter[str]) -> str:
    """Markdown: by class, how many cases there are and are tried, in how many tests, and how many got through."""
    lines = ["| class | cases | tried | tests | got through |", "| --- | ---: | ---: | ---: | ---: |"]
    rows = []
    for letter, title in CLASSES.items():
        of = [case for case, at in CLASS_OF.items() if at == letter]
        ran = [case for case in of if tried[case]]
        rows.append((len(of), len(ran), sum(tried[c] for c in of), sum(through[c] for c in of)))
        lines.append(f"| {letter} {title} | " + " | ".join(map(str, rows[-1])) + " |")
    lines.append("| all | " + " | ".join(str(sum(column)) for column in zip(*rows, strict=True)) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(*files())
