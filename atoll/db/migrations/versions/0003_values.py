"""Large values of events by their content; who asked a run to stop. The first revision makes them in a new database."""

import sqlalchemy as sa
from alembic import op

from atoll.db.metadata import all_tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    bind = op.get_bind()
    tables = all_tables()
    tables.create_all(bind)  # those that are missing
    if "cancel_by" not in {column["name"] for column in sa.inspect(bind).get_columns("runs")}:
        op.add_column("runs", sa.Column("cancel_by", sa.String(80), nullable=True))
