"""Whom a provider has let in no more, and a workspace whose people come in by single sign-on only."""

import sqlalchemy as sa
from alembic import op

from atoll.db.migrations import schema

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    bind = op.get_bind()
    schema.add_columns(bind, "users", sa.Column("shut_out", sa.Boolean, nullable=False, server_default=sa.false()))
    schema.add_columns(
        bind, "workspaces", sa.Column("sso_required", sa.Boolean, nullable=False, server_default=sa.false())
    )
