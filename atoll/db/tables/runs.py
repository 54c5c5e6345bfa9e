"""What happened: runs and their events. The events are the truth; a run's other columns are readings of them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, Table, Text, text

from atoll.db.metadata import Digest, Id, Json, Millis, metadata, workspace_column

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("app_id", Id),
    Column("app_name", String(200), nullable=False, default=""),
    Column("version", Integer),  # null: the draft
    Column("content", Digest, nullable=False),  # graphs.content
    Column("digest", Digest, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("created_by", String(80), nullable=False, default=""),
    Column("idempotency_key", String(200)),
    Column("idempotency_hash", Digest),
    # Readings of the events.
    Column("status", String(16), nullable=False),
    Column("inputs", Json, nullable=False),
    Column("outputs", Json),
    Column("citations", Json),
    Column("error", Json),
    Column("totals", Json),  # tokens, models, offline
    Column("pause", Json),  # while paused: why, at which node, what is asked
    Column("started_at", Millis),
    Column("ended_at", Millis),
    # Ownership: an append demands the epoch and the owner, and the next sequence number.
    Column("seq", Integer, nullable=False, default=0),
    Column("epoch", Integer, nullable=False, default=0),
    Column("owner", String(64)),
    Column("lease_until", Millis),
    Column("claims", Integer, nullable=False, default=0),  # since the last append: the poison cap
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("cancel_by", String(80)),
    Column("pause_requested", Boolean, nullable=False, default=False),
    Column("wake_at", Millis),  # a paused run whose question nobody answered goes on then
    # Where it came from.
    Column("kind", String(16), nullable=False, default="run"),  # run, fork, node, test
    Column("parent_id", Id),  # the run that this one was forked from
    Column("trigger_id", Id),  # what started it by itself, and what that was then
    Column("trigger_kind", String(16)),
    Column("trigger_name", String(80)),
    # A turn of a conversation. What it hands to the next one is a reading of its end.
    Column("conversation_id", Id),
    Column("replaced_by", Id),  # the run that answered the same turn again
    Column("conversation", Json),  # the conversation's variables
    Column("label", Json),  # of all that it hands on
    # The list is by id, newest first: a page of it reads no more than it shows, however many runs there are.
    Index(None, "workspace_id", "id"),
    Index(None, "workspace_id", "app_id", "id"),
    Index(None, "workspace_id", "status", "id"),
    Index(
        "ix_runs_turns",
        "conversation_id",
        "id",
        sqlite_where=text("conversation_id IS NOT NULL"),
        postgresql_where=text("conversation_id IS NOT NULL"),
    ),
    Index(
        "ix_runs_triggered",
        "trigger_id",
        "id",
        sqlite_where=text("trigger_id IS NOT NULL"),
        postgresql_where=text("trigger_id IS NOT NULL"),
    ),
    Index("uq_runs_idempotency", "workspace_id", "idempotency_key", unique=True),
    Index(
        "ix_runs_wake",
        "wake_at",
        sqlite_where=text("status = 'paused' AND wake_at IS NOT NULL"),
        postgresql_where=text("status = 'paused' AND wake_at IS NOT NULL"),
    ),
    Index(
        "ix_runs_open",
        "lease_until",
        sqlite_where=text("status IN ('queued', 'running')"),
        postgresql_where=text("status IN ('queued', 'running')"),
    ),
)

# Large values that events refer to, each once in a workspace. Those of runs that were deleted stay.
event_values = Table(
    "event_values",
    metadata,
    workspace_column(),
    Column("digest", Digest, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("workspace_id", "digest"),
)

events = Table(
    "events",
    metadata,
    Column("run_id", Id, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("type", String(32), nullable=False),
    Column("node", String(400)),
    Column("at", Millis, nullable=False),
    Column("version", Integer, nullable=False),
    Column("data", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "seq"),
    Index(
        "uq_events_one_end",
        "run_id",
        unique=True,
        sqlite_where=text("type IN ('run.succeeded', 'run.failed', 'run.cancelled')"),
        postgresql_where=text("type IN ('run.succeeded', 'run.failed', 'run.cancelled')"),
    ),
)
