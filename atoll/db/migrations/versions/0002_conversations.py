"""Conversations: their table, the turns' columns on runs, how an app chats."""

import sqlalchemy as sa
from alembic import op

from atoll.db.migrations import schema

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    bind = op.get_bind()
    schema.make_tables(bind)
    schema.add_columns(bind, "apps", sa.Column("mode", sa.String(16), nullable=False, server_default="workflow"))
    schema.add_columns(
        bind,
        "runs",
        sa.Column("conversation_id", sa.String(40)),
        sa.Column("replaced_by", sa.String(40)),
        sa.Column("label", sa.JSON),
        sa.Column("conversation", sa.JSON),
    )
    schema.make_indexes(bind, "ix_runs_turns")
