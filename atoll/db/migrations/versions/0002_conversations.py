"""Conversations: their table, the turns' columns on runs, how an app chats. The first revision makes them in a new database."""

import sqlalchemy as sa
from alembic import op

from atoll.db.metadata import all_tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    bind = op.get_bind()
    tables = all_tables()
    tables.create_all(bind)  # those that are missing
    for name in ("apps", "runs"):
        there = {column["name"] for column in sa.inspect(bind).get_columns(name)}
        for column in tables.tables[name].columns:
            if column.name not in there:
                default = "workflow" if column.name == "mode" else None
                added = sa.Column(column.name, column.type, nullable=column.nullable, server_default=default)
                op.add_column(name, added)
    for index in tables.tables["runs"].indexes:
        index.create(bind, checkfirst=True)
