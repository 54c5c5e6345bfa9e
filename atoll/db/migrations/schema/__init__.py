"""The frozen schema that a new database begins with: SQL for each database, whatever the tables in code become.

Databases of before revision 0007 get from it what they lack; from 0008 on a revision says all it does by itself.
"""

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa


def make_tables(bind: sa.Connection) -> None:
    """Those that are missing."""
    for statement in _statements(bind):
        if "INDEX" not in statement.split("(", 1)[0]:
            bind.exec_driver_sql(statement)


def make_indexes(bind: sa.Connection, *names: str) -> None:
    """Those that are missing; `names`: only these."""
    for statement in _statements(bind):
        head = statement.split("(", 1)[0].split()
        if "INDEX" in head and (not names or head[-3] in names):
            bind.exec_driver_sql(statement)


def add_columns(bind: sa.Connection, table: str, *columns: sa.Column[object]) -> None:
    """Those that are missing."""
    from alembic import op

    there = {column["name"] for column in sa.inspect(bind).get_columns(table)}
    for column in columns:
        if column.name not in there:
            op.add_column(table, column)


def add_table(bind: sa.Connection, name: str, *columns: sa.Column[object] | sa.Constraint) -> bool:
    """False where it is there."""
    from alembic import op

    if sa.inspect(bind).has_table(name):
        return False
    op.create_table(name, *columns)
    return True


def _statements(bind: sa.Connection) -> Iterator[str]:
    frozen = Path(__file__).parent / f"0007.{bind.dialect.name}.sql"
    text = "".join(line for line in frozen.read_text("utf-8").splitlines(True) if not line.startswith("--"))
    return (statement.strip() for statement in text.split(";\n") if statement.strip())
