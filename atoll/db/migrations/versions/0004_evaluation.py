"""Test cases, evaluations and their cells. The first revision makes them in a new database."""

from alembic import op

from atoll.db.metadata import all_tables

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    all_tables().create_all(op.get_bind())  # those that are missing
