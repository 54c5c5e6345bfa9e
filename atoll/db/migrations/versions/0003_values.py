"""Large values of events by their content; who asked a run to stop."""

import sqlalchemy as sa
from alembic import op

from atoll.db.migrations import schema

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    schema.make_tables(op.get_bind())
    schema.add_columns(op.get_bind(), "runs", sa.Column("cancel_by", sa.String(80)))
