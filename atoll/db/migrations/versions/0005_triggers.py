"""Triggers, and the runs' columns that name them. The first revision makes them in a new database."""

import sqlalchemy as sa
from alembic import op

from atoll.db.metadata import all_tables

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    bind = op.get_bind()
    tables = all_tables()
    tables.create_all(bind)  # those that are missing
    runs = tables.tables["runs"]
    there = {column["name"] for column in sa.inspect(bind).get_columns("runs")}
    for name in ("trigger_id", "trigger_kind", "trigger_name"):
        if name not in there:
            op.add_column("runs", sa.Column(name, runs.c[name].type, nullable=True))
    for index in runs.indexes:
        if index.name == "ix_runs_triggered":
            index.create(bind, checkfirst=True)
