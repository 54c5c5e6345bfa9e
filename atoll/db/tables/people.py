"""Roles that a workspace makes, groups, who may reach a limited object, invitations, single sign-on."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from atoll.db.metadata import Digest, Id, Json, Millis, metadata, workspace_column

roles = Table(
    "roles",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("name", String(64), nullable=False),
    Column("permissions", Json, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)

user_groups = Table(
    "user_groups",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("name", String(64), nullable=False),
    Column("role", Id),  # a role's id: what members may do in addition
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)

group_members = Table(
    "group_members",
    metadata,
    Column("group_id", Id, ForeignKey("user_groups.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    workspace_column(),
    PrimaryKeyConstraint("group_id", "user_id"),
    Index(None, "user_id"),
)

# An app or a dataset that has a row here is limited: it is reached by who has a grant, and by who may give grants.
limited_objects = Table(
    "limited_objects",
    metadata,
    Column("object_id", Id, primary_key=True),
    workspace_column(),
    Column("kind", String(16), nullable=False),  # app or dataset
    Index(None, "workspace_id"),
)

grants = Table(
    "grants",
    metadata,
    Column("object_id", Id, ForeignKey("limited_objects.object_id", ondelete="CASCADE"), nullable=False),
    Column("subject_kind", String(8), nullable=False),  # user or group
    Column("subject_id", Id, nullable=False),
    workspace_column(),
    Column("level", String(8), nullable=False),  # use or edit
    PrimaryKeyConstraint("object_id", "subject_kind", "subject_id"),
    Index(None, "workspace_id", "subject_id"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("token_hash", Digest, nullable=False, unique=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE")),  # who is to choose a new password
    Column("name", String(200), nullable=False),
    Column("email", String(254)),
    Column("role", Id, nullable=False),
    Column("groups", Json, nullable=False),
    Column("created_by", Id, ForeignKey("users.id", ondelete="CASCADE")),  # null: the server's command line
    Column("created_by_name", String(80), nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("expires_at", Millis, nullable=False),
    Index(None, "workspace_id"),
)

sso_providers = Table(
    "sso_providers",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("name", String(64), nullable=False),
    Column("issuer", String(500), nullable=False),
    Column("client_id", String(200), nullable=False),
    Column("client_secret", LargeBinary, info={"sealed": "sso"}),
    Column("scopes", Json, nullable=False),
    Column("group_claim", String(100), nullable=False),
    Column("mappings", Json, nullable=False),  # [{value, role, group_id}]
    Column("default_role", Id),  # null: nobody without a mapping
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)

# Sign-ins that were finished: the same answer of a provider is not taken twice.
sso_spent = Table(
    "sso_spent",
    metadata,
    Column("state_hash", Digest, primary_key=True),
    Column("expires_at", Millis, nullable=False),
)
