"""People: custom roles, groups, grants, a second factor, single sign-on, invitations."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Filled below."""
