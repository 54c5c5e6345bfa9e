"""Names of people: how they are compared."""

import unicodedata

from atoll.workspaces.errors import name_invalid


def folded(username: str) -> str:
    """What two spellings of one name have in common. Raises UserError `name_invalid` for what can't be a name."""
    name = unicodedata.normalize("NFKC", username).casefold()
    if not 1 <= len(name) <= 64 or not all(c.isalnum() or c in "._-@" for c in name):
        raise name_invalid("/username")
    return name
