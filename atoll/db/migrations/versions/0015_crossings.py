"""How often data have crossed from zone to zone."""

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Filled below."""
