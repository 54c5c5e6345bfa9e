"""How often somebody does something, over all processes."""

import sqlalchemy as sa
from alembic import op

from atoll.db.migrations import schema

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    made = schema.add_table(
        op.get_bind(),
        "rates",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    if made:
        op.create_index("ix_rates_until", "rates", ["until"])
