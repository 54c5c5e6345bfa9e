"""What somebody may have meant by a name that nothing gives, as the end of a sentence. Pure."""

import difflib
from collections.abc import Iterable
from itertools import islice

_LONGEST = 64  # characters of a name that is a slip of the pen
_MOST = 20_000  # comparisons for one graph, about 0.1 s: each unknown name is compared with all known ones


class Guesses:
    """For one check. After very many unknown names it has nothing more to say."""

    def __init__(self) -> None:
        self._left = _MOST

    def hint(self, name: str, known: Iterable[str]) -> tuple[str, str]:
        """A sentence with a space before it and its Chinese; empty where nothing is close."""
        if len(name) > _LONGEST or self._left <= 0:
            return "", ""
        compared = list(islice(known, self._left))
        self._left -= len(compared)
        close = difflib.get_close_matches(name, [one for one in compared if len(one) <= _LONGEST], 1)
        return (f" Did you mean “{close[0]}”?", f"是否想用“{close[0]}”？") if close else ("", "")
