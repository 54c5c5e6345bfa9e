"""Indexes of runs are by id, as their lists are read; the one of open evaluations is by what is looked for."""

from alembic import op

from atoll.db.migrations import schema

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("DROP INDEX IF EXISTS ix_runs_workspace_id_created_at")
    op.execute("DROP INDEX IF EXISTS ix_runs_workspace_id_app_id_created_at")
    op.execute("DROP INDEX IF EXISTS ix_evaluations_open")
    schema.make_indexes(op.get_bind())
