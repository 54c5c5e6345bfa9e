"""What seals secrets, and the secrets that have a name. A sealed column anywhere is marked `info={"sealed": purpose}`:
rotation finds it by that."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from atoll.db.metadata import Id, Json, Millis, metadata, workspace_column

data_keys = Table(
    "data_keys",
    metadata,
    Column("workspace_id", Id, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),  # by the master key
    Column("kek", String(64), nullable=False),  # which master key
    Column("created_at", Millis, nullable=False),
    Column("retired_at", Millis),  # nothing was sealed with it any more
)

named_secrets = Table(
    "named_secrets",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("name", String(64), nullable=False),
    Column("about", String(500), nullable=False, default=""),
    Column("hosts", Json, nullable=False),  # patterns of hosts that it may be sent to
    Column("value", LargeBinary, nullable=False, info={"sealed": "secret"}),
    Column("used_at", Millis),
    Column("created_at", Millis, nullable=False),
    Column("created_by", String(80), nullable=False, default=""),
    Column("updated_at", Millis, nullable=False),
    Column("updated_by", String(80), nullable=False, default=""),
    Index(None, "workspace_id", "name", unique=True),
)
