"""Who imports whom: the contracts have no exception, and a start loads nothing heavy."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Loaded where they are used, never at start: documents, arrays, migrations, pictures.
HEAVY = {
    "PIL", "alembic", "docx", "lxml", "numpy", "pandas", "pdfminer", "pdfplumber", "pptx", "pypdfium2",
    "python_calamine", "reportlab", "selectolax", "xlsxwriter",
}  # fmt: skip


def test_the_import_rules_have_no_exception() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert [contract for contract in rules["contracts"] if contract.get("ignore_imports")] == []


def test_the_import_rules_hold() -> None:
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_a_start_loads_nothing_heavy() -> None:
    assert _loaded_by("import atoll.cli.main") & HEAVY == set()


def test_a_plugin_loads_only_the_contract() -> None:
    loaded = _loaded_by("import atoll.sdk")
    assert loaded & (HEAVY | {"fastapi", "sqlalchemy", "httpx2", "starlette", "uvicorn"}) == set()
