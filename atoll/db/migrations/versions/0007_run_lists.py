"""Indexes of runs are by id, as their lists are read. The first revision makes them in a new database."""

from alembic import op

from atoll.db.metadata import all_tables

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("DROP INDEX IF EXISTS ix_runs_workspace_id_created_at")
    op.execute("DROP INDEX IF EXISTS ix_runs_workspace_id_app_id_created_at")
    for index in all_tables().tables["runs"].indexes:
        index.create(op.get_bind(), checkfirst=True)
