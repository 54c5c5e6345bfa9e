"""What operations must know: work that nobody takes, work that was given up. One row for each time, and who is told of it."""

from sqlalchemy import Column, Index, Integer, String, Table, text

from atoll.db.metadata import Id, Millis, metadata, workspace_column

incidents = Table(
    "incidents",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("what", String(16), nullable=False),  # stuck or given_up
    Column("kind", String(16), nullable=False),  # run, document or evaluation
    Column("subject_id", Id, nullable=False),
    Column("title", String(255), nullable=False),  # the app's or the document's name
    Column("code", String(64), nullable=False),
    Column("found_at", Millis, nullable=False),
    Column("ended_at", Millis),  # something took it after all
    # The message to operations. `next_at`: when it is sent next, null once it was or was given up; who moves it on sends.
    Column("next_at", Millis),
    Column("tries", Integer, nullable=False, default=0),
    Column("sent_at", Millis),
    Index(None, "workspace_id", "found_at"),
    Index(
        "uq_incidents_open",
        "subject_id",
        "what",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index(
        "ix_incidents_next",
        "next_at",
        sqlite_where=text("next_at IS NOT NULL"),
        postgresql_where=text("next_at IS NOT NULL"),
    ),
)
