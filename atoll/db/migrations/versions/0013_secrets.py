"""Secrets: the workspaces' keys, and named secrets."""

import sqlalchemy as sa
from alembic import op

from atoll.db.migrations import schema

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    bind = op.get_bind()
    workspace = sa.ForeignKey("workspaces.id", ondelete="CASCADE")
    schema.add_table(
        bind,
        "data_keys",
        sa.Column("workspace_id", sa.String(40), workspace, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("kek", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("retired_at", sa.BigInteger),
    )
    made = schema.add_table(
        bind,
        "named_secrets",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("workspace_id", sa.String(40), sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("about", sa.String(500), nullable=False, server_default=""),
        sa.Column("hosts", sa.JSON, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False, server_default=""),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("updated_by", sa.String(80), nullable=False, server_default=""),
    )
    if made:
        op.create_index("ix_named_secrets_workspace_id_name", "named_secrets", ["workspace_id", "name"], unique=True)
