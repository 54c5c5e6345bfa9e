"""Test cases, evaluations and their cells."""

from alembic import op

from atoll.db.migrations import schema

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    schema.make_tables(op.get_bind())
