"""Incidents: work that nobody takes or that was given up. An evaluation counts how often it was taken without progress."""

import sqlalchemy as sa
from alembic import op

from atoll.db.migrations import schema

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    bind = op.get_bind()
    schema.add_columns(bind, "evaluations", sa.Column("claims", sa.Integer, nullable=False, server_default="0"))
    made = schema.add_table(
        bind,
        "incidents",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("workspace_id", sa.String(40), sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.String(40), nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("found_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("sent_at", sa.BigInteger),
    )
    if not made:
        return
    op.create_index("ix_incidents_workspace_id_found_at", "incidents", ["workspace_id", "found_at"])
    still, due = sa.text("ended_at IS NULL"), sa.text("next_at IS NOT NULL")
    op.create_index(
        "uq_incidents_open",
        "incidents",
        ["subject_id", "what"],
        unique=True,
        sqlite_where=still,
        postgresql_where=still,
    )
    op.create_index("ix_incidents_next", "incidents", ["next_at"], sqlite_where=due, postgresql_where=due)
