"""What starts apps by itself: schedules and webhooks. The runs that they started name them: `runs.trigger_id`."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, text

from atoll.db.metadata import Id, Json, Millis, metadata, workspace_column

triggers = Table(
    "triggers",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("app_id", Id, ForeignKey("apps.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),  # schedule or webhook
    Column("name", String(80), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("inputs", Json, nullable=False),  # values by input; texts may be templates
    # A schedule. `wake_at` is when it is due next, null while it is off: who moves it on owns that tick.
    Column("cron", String(100)),
    Column("time_zone", String(64)),
    Column("missed", String(8)),  # once or skip
    Column("wake_at", Millis),
    # A webhook: its secrets, sealed (atoll.workspaces.secrets.box). The old one counts for a while after a rotation.
    Column("secret", LargeBinary, info={"sealed": "trigger"}),
    Column("old_secret", LargeBinary, info={"sealed": "trigger"}),
    Column("old_secret_until", Millis),
    # What came of it last.
    Column("last_fired_at", Millis),
    Column("last_run_id", Id),
    Column("missed_at", Millis),  # the last tick that was left out
    Column("error", Json),  # why the last one started nothing: {code, message}
    Column("failures", Integer, nullable=False, default=0),  # in a row
    Column("created_at", Millis, nullable=False),
    Column("created_by", String(80), nullable=False, default=""),
    Column("updated_at", Millis, nullable=False),
    Column("updated_by", String(80), nullable=False, default=""),
    Index(None, "workspace_id", "app_id", "created_at"),
    Index(
        "ix_triggers_wake",
        "wake_at",
        sqlite_where=text("wake_at IS NOT NULL"),
        postgresql_where=text("wake_at IS NOT NULL"),
    ),
)
