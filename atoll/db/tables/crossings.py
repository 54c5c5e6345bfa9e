"""How often an app's data has gone from one zone into another, or was refused: a count for each way, not a row for each time."""

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, String, Table

from atoll.db.metadata import Id, Json, Millis, metadata, workspace_column

crossings = Table(
    "crossings",
    metadata,
    workspace_column(),
    Column("app_id", Id, nullable=False),  # "": a graph of no app
    Column("node", String(255), nullable=False),  # its place in the graph, without the numbers of passes
    Column("kind", String(16), nullable=False),
    Column("name", String(255), nullable=False),
    Column("from_zone", String(64), nullable=False),
    Column("to_zone", String(64), nullable=False),
    Column("level", String(64), nullable=False),
    Column("tags", Json, nullable=False),  # of the last time, as is the rule
    Column("rule", Json, nullable=False),
    Column("count", BigInteger, nullable=False),  # allowed ones
    Column("refused", BigInteger, nullable=False),
    Column("last_at", Millis, nullable=False),
    PrimaryKeyConstraint("workspace_id", "app_id", "node", "kind", "name", "from_zone", "to_zone", "level"),
)
