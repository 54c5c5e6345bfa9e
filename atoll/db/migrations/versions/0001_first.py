"""The first schema: a new database begins with the frozen one, and the revisions up to 0007 find nothing to do."""

from alembic import op

from atoll.db.migrations import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    schema.make_tables(op.get_bind())
    schema.make_indexes(op.get_bind())
