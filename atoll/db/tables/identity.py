"""Who: the installation, workspaces, users, their sessions, API keys."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text

from atoll.db.metadata import Digest, Id, Millis, metadata, workspace_column

installation = Table(
    "installation",
    metadata,
    Column("name", String(64), primary_key=True),  # "setup": done once; "secret_check": which key seals the secrets
    Column("value", Text, nullable=False),
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("language", String(8), nullable=False),
    Column("created_at", Millis, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("username", String(64), nullable=False),
    Column("login", String(64), nullable=False, unique=True),  # the name folded: who signs in is found by it
    Column("password_hash", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Index(None, "workspace_id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Digest, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    workspace_column(),
    Column("created_at", Millis, nullable=False),
    Column("seen_at", Millis, nullable=False),
    Column("expires_at", Millis, nullable=False),
    Index(None, "user_id"),
    Index(None, "expires_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("name", String(200), nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("key_hash", Digest, nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("created_by", Id, ForeignKey("users.id", ondelete="SET NULL")),
    Column("created_at", Millis, nullable=False),
    Column("expires_at", Millis),
    Column("last_used_at", Millis),
    Index(None, "workspace_id"),
)
