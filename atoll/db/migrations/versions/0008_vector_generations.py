"""Which generation of an external vector index answers for a dataset, and which one is being filled."""

import sqlalchemy as sa
from alembic import op

from atoll.db.migrations import schema

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    schema.add_columns(
        op.get_bind(),
        "datasets",
        sa.Column("vectors", sa.String(100), nullable=False, server_default=""),
        sa.Column("vectors_next", sa.String(100), nullable=False, server_default=""),
    )
