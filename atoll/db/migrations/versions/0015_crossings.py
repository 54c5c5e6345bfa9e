"""How often data have crossed from zone to zone."""

import sqlalchemy as sa
from alembic import op

from atoll.db.migrations import schema

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    schema.add_table(
        op.get_bind(),
        "crossings",
        sa.Column("workspace_id", sa.String(40), sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("app_id", sa.String(40), nullable=False),
        sa.Column("node", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("from_zone", sa.String(64), nullable=False),
        sa.Column("to_zone", sa.String(64), nullable=False),
        sa.Column("level", sa.String(64), nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("rule", sa.JSON, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("refused", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "app_id", "node", "kind", "name", "from_zone", "to_zone", "level"),
    )
