"""Which generation of an external vector index answers for a dataset, and which one is being filled."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name in ("vectors", "vectors_next"):
        op.add_column("datasets", sa.Column(name, sa.String(100), nullable=False, server_default=""))
