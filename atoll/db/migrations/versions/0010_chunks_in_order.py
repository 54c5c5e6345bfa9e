"""The chunks of a dataset are read in the order of their numbers, a page at a time."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("CREATE INDEX IF NOT EXISTS ix_chunks_dataset_id_number ON chunks (dataset_id, number)")
    op.execute("DROP INDEX IF EXISTS ix_chunks_dataset_id")
