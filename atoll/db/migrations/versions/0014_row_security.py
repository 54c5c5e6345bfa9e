"""PostgreSQL gives a transaction the rows of its workspace only."""

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Filled below."""
