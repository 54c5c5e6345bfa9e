"""Evaluations: an app's cases run with one or more variants of it, and what came of each pair."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, Table, Text, text

from atoll.db.metadata import Id, Json, Millis, metadata, workspace_column

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("app_id", Id, ForeignKey("apps.id", ondelete="CASCADE"), nullable=False),
    Column("app_name", String(200), nullable=False, default=""),
    Column("version", Integer),  # null: the draft
    Column("trigger", String(16), nullable=False),  # person or publish
    Column("node", String(400)),  # the path of the node that is tuned
    Column("label", Json),  # of the inputs
    Column("status", String(16), nullable=False),  # running, paused, done, stopped
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False, default=0),
    Column("sums", Json),  # by variant, once it has ended
    Column("created_at", Millis, nullable=False),
    Column("created_by", String(80), nullable=False, default=""),
    Column("ended_at", Millis),
    # Ownership: a change of a cell demands the epoch.
    Column("epoch", Integer, nullable=False, default=0),
    Column("lease_until", Millis),
    Column("stop_requested", Boolean, nullable=False, default=False),
    Column("claims", Integer, nullable=False, server_default="0"),  # since it was last let go of in good order
    # Large, so last: SQLite reads a row from its beginning to the last column that is asked for.
    Column("variants", Json, nullable=False),  # [{name, config, merged, content: graphs.content}]
    Column("cases", Json, nullable=False),  # [{id, name, inputs, expect}] as they were
    Index(None, "workspace_id", "app_id", "created_at"),
    Index(
        "ix_evaluations_open",
        "id",
        sqlite_where=text("status IN ('running', 'paused')"),
        postgresql_where=text("status IN ('running', 'paused')"),
    ),
)

# One case with one variant. Its run is made with a key that says which cell it is, so it is made once.
evaluation_cells = Table(
    "evaluation_cells",
    metadata,
    Column("evaluation_id", Id, ForeignKey("evaluations.id", ondelete="CASCADE"), nullable=False),
    Column("case_id", Id, nullable=False),
    Column("variant", Integer, nullable=False),  # its place among the variants
    workspace_column(),
    Column("position", Integer, nullable=False),  # of its case
    Column("state", String(16), nullable=False),
    Column("run_id", Id),
    Column("tokens_in", Integer, nullable=False, default=0),
    Column("tokens_out", Integer, nullable=False, default=0),
    Column("ms", Integer),
    Column("models", Json, nullable=False),
    Column("offline", Boolean, nullable=False, default=False),
    Column("checks", Json, nullable=False),
    Column("output", Text, nullable=False, default=""),
    Column("error", Json),
    PrimaryKeyConstraint("evaluation_id", "case_id", "variant"),
    Index(
        "ix_evaluation_cells_paused",
        "evaluation_id",
        sqlite_where=text("state = 'paused'"),
        postgresql_where=text("state = 'paused'"),
    ),
)
