"""Triggers, and the runs' columns that name them."""

import sqlalchemy as sa
from alembic import op

from atoll.db.migrations import schema

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    bind = op.get_bind()
    schema.make_tables(bind)
    schema.add_columns(
        bind,
        "runs",
        sa.Column("trigger_id", sa.String(40)),
        sa.Column("trigger_kind", sa.String(16)),
        sa.Column("trigger_name", sa.String(80)),
    )
    schema.make_indexes(bind, "ix_runs_triggered")
