"""The first schema."""

from alembic import op

from atoll.db.metadata import all_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    all_tables().create_all(op.get_bind())
