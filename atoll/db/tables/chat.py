"""Conversations, and what people think of their turns. The turns themselves are runs."""

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, String, Table, Text

from atoll.db.metadata import Id, Millis, metadata, workspace_column

conversations = Table(
    "conversations",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("app_id", Id, ForeignKey("apps.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Id, nullable=False),  # whose it is: a person, or the key of a program
    Column("title", String(200), nullable=False, default=""),
    Column("version", String(16), nullable=False),  # published or draft
    Column("last_turn", Id),  # the run of the last turn: a new one is taken only after the one that its sender saw
    Column("created_at", Millis, nullable=False),
    Column("created_by", String(80), nullable=False, default=""),
    Column("updated_at", Millis, nullable=False),
    Column("deleted_at", Millis),  # its runs stay in the list of runs
    Index(None, "workspace_id", "app_id", "user_id", "updated_at"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("run_id", Id, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Id, nullable=False),
    workspace_column(),
    Column("vote", String(8), nullable=False),  # up or down
    Column("comment", Text, nullable=False, default=""),
    Column("at", Millis, nullable=False),
    PrimaryKeyConstraint("run_id", "user_id"),
)
