"""Names of people: how they are compared."""

import unicodedata

from atoll.workspaces.errors import name_invalid

_BESIDE = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO", "HANGUL", "IDEOGRAPHIC"}


def folded(username: str) -> str:
    """What two spellings of one name have in common. Raises UserError `name_invalid` for what can't be a name."""
    name = unicodedata.normalize("NFKC", username).casefold()
    if not 1 <= len(name) <= 64 or not all(c.isalnum() or c in "._-@" for c in name):
        raise name_invalid("/username")
    return name


def demand_plain(username: str) -> None:
    """For a new name: its letters are of one alphabet, which Chinese, Japanese and Korean may stand beside, and all can be
    seen. A letter of another one would make it look like somebody else's. Raises UserError `name_invalid`."""
    called = [unicodedata.name(c, "").split() for c in folded(username) if c.isalpha()]
    alphabets = {words[0] for words in called if words} - _BESIDE
    if len(alphabets) > 1 or any("FILLER" in words for words in called):
        raise name_invalid("/username")
