"""What is built: apps, their drafts, the graphs that versions and runs pin, versions, test cases."""

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from atoll.db.metadata import Digest, Id, Json, Millis, metadata, workspace_column

apps = Table(
    "apps",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False, default=""),
    Column("icon", String(64), nullable=False, default=""),
    Column("published_version", Integer),
    # A reading for lists: of the published version's graph, else of the draft's.
    Column("mode", String(16), nullable=False, default="workflow", server_default="workflow"),
    Column("created_at", Millis, nullable=False),
    Column("created_by", String(80), nullable=False, default=""),
    Column("updated_at", Millis, nullable=False),
    Column("updated_by", String(80), nullable=False, default=""),
    Column("deleted_at", Millis),  # its runs stay readable
    Index(None, "workspace_id", "deleted_at", "updated_at"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("app_id", Id, ForeignKey("apps.id", ondelete="CASCADE"), primary_key=True),
    workspace_column(),
    Column("graph", Json, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("saved_at", Millis, nullable=False),
    Column("saved_by", String(80), nullable=False, default=""),
)

graphs = Table(
    "graphs",
    metadata,
    workspace_column(),
    Column("content", Digest, nullable=False),  # sha256 of the whole graph as canonical JSON, `ui` too
    Column("digest", Digest, nullable=False),  # of what runs: Graph.digest()
    Column("graph", Json, nullable=False),
    PrimaryKeyConstraint("workspace_id", "content"),
)

app_versions = Table(
    "app_versions",
    metadata,
    Column("app_id", Id, ForeignKey("apps.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    workspace_column(),
    Column("content", Digest, nullable=False),
    Column("digest", Digest, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("created_at", Millis, nullable=False),
    Column("created_by", String(80), nullable=False, default=""),
    ForeignKeyConstraint(["workspace_id", "content"], ["graphs.workspace_id", "graphs.content"]),
)

test_cases = Table(
    "test_cases",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("app_id", Id, ForeignKey("apps.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("inputs", Json, nullable=False),
    Column("expect", Json, nullable=False),
    Column("position", Integer, nullable=False),
    Column("size", Integer, nullable=False),  # bytes of inputs and expectations: an app's together are bounded
    Column("updated_at", Millis, nullable=False),
    Column("updated_by", String(80), nullable=False, default=""),
    Index(None, "workspace_id", "app_id", "position"),
)
