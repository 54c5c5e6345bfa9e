"""What was done, by whom, in a chain, and the signed points on it."""

import sqlalchemy as sa
from alembic import op

from atoll.db.migrations import schema

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    bind = op.get_bind()
    made = schema.add_table(
        bind,
        "audit_records",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("workspace_id", sa.String(40)),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor_kind", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.String(40), nullable=False),
        sa.Column("actor_name", sa.String(200), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("target_kind", sa.String(32), nullable=False),
        sa.Column("target_id", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    schema.add_table(
        bind,
        "audit_checkpoints",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    if not made:
        return
    op.create_index("ix_audit_records_workspace_id_seq", "audit_records", ["workspace_id", "seq"])
    op.create_index(
        "ix_audit_records_workspace_id_target_id_seq", "audit_records", ["workspace_id", "target_id", "seq"]
    )
