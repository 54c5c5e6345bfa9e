"""Secrets: the workspaces' keys, and named secrets."""

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Filled below."""
