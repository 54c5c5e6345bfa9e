"""Each promise of docs/concepts/labels.md names a module that is there and a test that is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (.+) \| `([\w/]+\.py)` \| `(tests/[\w/]+\.py)::(\w+)` \|$", re.M)


def test_what_holds_a_promise_is_there() -> None:
    page = (ROOT / "docs/concepts/labels.md").read_text(encoding="utf-8")
    part = page.split("## What is promised, and what holds it")[1].split("\n## ")[0]
    rows = ROW.findall(part)
    assert 20 <= len(rows) <= 25 and len(rows) == part.count("\n| ") - 2, "a row that can't be read"
    for promise, module, path, name in rows:
        assert (ROOT / "atoll" / module).is_file(), (promise, module)
        written = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        tests = {node.name for node in ast.walk(written) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in tests, (promise, path, name)
