"""Who: the installation, workspaces, users, their sessions, API keys. Groups, roles and the ways in are in `people`."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, String, Table, Text, false

from atoll.db.metadata import Digest, Id, Json, Millis, metadata, workspace_column

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
    Column("second_factor", String(16), nullable=False, server_default="nobody"),  # who must: nobody, admins, everybody
    Column("sso_required", Boolean, nullable=False, server_default=false()),  # passwords are for owners only
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("username", String(64), nullable=False),
    Column("login", String(64), nullable=False, unique=True),  # the name folded: who signs in is found by it
    Column("password_hash", Text, nullable=False),  # empty: who signs in through a provider has none
    Column("role", String(16), nullable=False),  # built-in; beside a custom one the weakest
    Column("language", String(8), nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Column("custom_role", Id),
    Column("email", String(254)),
    Column("last_seen_at", Millis),
    # A second factor. The secrets are sealed; a time step counts once; recovery codes are kept by their sha256.
    Column("totp", LargeBinary, info={"sealed": "totp"}),
    Column("totp_begun", LargeBinary, info={"sealed": "totp"}),
    Column("totp_step", BigInteger),
    Column("recovery_codes", Json),
    # Single sign-on: who they are at their provider. Nothing else links an account to one.
    Column("sso_issuer", String(500)),
    Column("sso_subject", String(255)),
    Column("shut_out", Boolean, nullable=False, server_default=false()),  # the provider has let them in no more
    Index(None, "workspace_id"),
    Index("uq_users_sso", "workspace_id", "sso_issuer", "sso_subject", unique=True),
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
    Column("address", String(64), nullable=False, server_default=""),
    Column("agent", String(200), nullable=False, server_default=""),
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
    Column("custom_role", Id),
    Column("apps", Json),  # ids; null: all that the role reaches
    Column("datasets", Json),
    Index(None, "workspace_id"),
)
