"""People: custom roles, groups, grants, a second factor, single sign-on, invitations."""

import sqlalchemy as sa
from alembic import op

from atoll.db.migrations import schema

revision = "0012"
down_revision = "0011"

Id, Millis = sa.String(40), sa.BigInteger


def upgrade() -> None:
    bind = op.get_bind()
    schema.add_columns(
        bind, "workspaces", sa.Column("second_factor", sa.String(16), nullable=False, server_default="nobody")
    )
    schema.add_columns(
        bind,
        "users",
        sa.Column("custom_role", Id),
        sa.Column("email", sa.String(254)),
        sa.Column("last_seen_at", Millis),
        sa.Column("totp", sa.LargeBinary),
        sa.Column("totp_begun", sa.LargeBinary),
        sa.Column("totp_step", sa.BigInteger),
        sa.Column("recovery_codes", sa.JSON),
        sa.Column("sso_issuer", sa.String(500)),
        sa.Column("sso_subject", sa.String(255)),
    )
    schema.add_columns(
        bind,
        "sessions",
        sa.Column("address", sa.String(64), nullable=False, server_default=""),
        sa.Column("agent", sa.String(200), nullable=False, server_default=""),
    )
    schema.add_columns(
        bind, "api_keys", sa.Column("custom_role", Id), sa.Column("apps", sa.JSON), sa.Column("datasets", sa.JSON)
    )
    op.execute("CREATE UNIQUE INDEX IF NOT EXISTS uq_users_sso ON users (workspace_id, sso_issuer, sso_subject)")
    _roles_and_groups(bind)
    _grants(bind)
    _ways_in(bind)


def _roles_and_groups(bind: sa.Connection) -> None:
    schema.add_table(
        bind,
        "roles",
        sa.Column("id", Id, primary_key=True),
        sa.Column("workspace_id", Id, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("permissions", sa.JSON, nullable=False),
        sa.Column("created_at", Millis, nullable=False),
        sa.Column("updated_at", Millis, nullable=False),
        sa.UniqueConstraint("workspace_id", "name", name="uq_roles_workspace_id_name"),
    )
    schema.add_table(
        bind,
        "user_groups",
        sa.Column("id", Id, primary_key=True),
        sa.Column("workspace_id", Id, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", Id),
        sa.Column("created_at", Millis, nullable=False),
        sa.Column("updated_at", Millis, nullable=False),
        sa.UniqueConstraint("workspace_id", "name", name="uq_user_groups_workspace_id_name"),
    )


def _grants(bind: sa.Connection) -> None:
    made = schema.add_table(
        bind,
        "group_members",
        sa.Column("group_id", Id, sa.ForeignKey("user_groups.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", Id, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("workspace_id", Id, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "user_id"),
    )
    schema.add_table(
        bind,
        "limited_objects",
        sa.Column("object_id", Id, primary_key=True),
        sa.Column("workspace_id", Id, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
    )
    schema.add_table(
        bind,
        "grants",
        sa.Column("object_id", Id, sa.ForeignKey("limited_objects.object_id", ondelete="CASCADE"), nullable=False),
        sa.Column("subject_kind", sa.String(8), nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("workspace_id", Id, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "subject_kind", "subject_id"),
    )
    if made:
        op.create_index("ix_group_members_user_id", "group_members", ["user_id"])
        op.create_index("ix_limited_objects_workspace_id", "limited_objects", ["workspace_id"])
        op.create_index("ix_grants_workspace_id_subject_id", "grants", ["workspace_id", "subject_id"])


def _ways_in(bind: sa.Connection) -> None:
    made = schema.add_table(
        bind,
        "invitations",
        sa.Column("id", Id, primary_key=True),
        sa.Column("workspace_id", Id, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id, sa.ForeignKey("users.id", ondelete="CASCADE")),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("role", Id, nullable=False),
        sa.Column("groups", sa.JSON, nullable=False),
        sa.Column("created_by", Id, sa.ForeignKey("users.id", ondelete="CASCADE")),
        sa.Column("created_by_name", sa.String(80), nullable=False),
        sa.Column("created_at", Millis, nullable=False),
        sa.Column("expires_at", Millis, nullable=False),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
    )
    if made:
        op.create_index("ix_invitations_workspace_id", "invitations", ["workspace_id"])
    schema.add_table(
        bind,
        "sso_providers",
        sa.Column("id", Id, primary_key=True),
        sa.Column("workspace_id", Id, sa.ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("client_id", sa.String(200), nullable=False),
        sa.Column("client_secret", sa.LargeBinary),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("group_claim", sa.String(100), nullable=False),
        sa.Column("mappings", sa.JSON, nullable=False),
        sa.Column("default_role", Id),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("created_at", Millis, nullable=False),
        sa.Column("updated_at", Millis, nullable=False),
        sa.UniqueConstraint("workspace_id", "name", name="uq_sso_providers_workspace_id_name"),
    )
    schema.add_table(
        bind,
        "sso_spent",
        sa.Column("state_hash", sa.String(64), primary_key=True),
        sa.Column("expires_at", Millis, nullable=False),
    )
