"""Text for a line of a log or a terminal: what can't be seen, ends a line or turns its direction is written as an escape."""

import re

# Control characters, those that join or turn what stands beside them, and the ends of lines that JSON permits.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    """On one line. As what is found is below U+FFFF, JSON stays the same JSON."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def indented(text: str) -> str:
    """Lines, none of which can be taken for the beginning of another entry."""
    return "\n".join("  " + visible(line) for line in text.splitlines())
