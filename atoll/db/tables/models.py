"""What models there are, and the rules for what they may be sent."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table

from atoll.db.metadata import Id, Json, Millis, metadata, workspace_column

providers = Table(
    "providers",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("name", String(64), nullable=False),
    Column("base_url", String(2000), nullable=False),
    Column("zone", String(32), nullable=False),
    Column("models", Json, nullable=False),  # [{name, kind: "chat" | "embedding"}]
    Column("api_key", LargeBinary, info={"sealed": "provider"}),  # atoll.workspaces.secrets.box
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Index(None, "workspace_id", "name", unique=True),
)

policies = Table(
    "policies",
    metadata,
    Column("workspace_id", Id, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("document", Json, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Column("updated_by", String(80), nullable=False, default=""),
)
