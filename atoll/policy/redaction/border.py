"""Redaction on the way from one zone to another: what goes loses what a rule names, and of what comes back exactly the
pseudonyms that this border made are put back.

A pseudonym that was in the text already stays: somebody made it so that it is not read here.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson

from atoll.policy.redaction.operators import PSEUDONYM
from atoll.policy.redaction.redactor import Redactor


class Border:
    """One call of something in another zone. `open_token` gives what is sealed in a kind's token, None for a foreign one.
    `counts` gains how many of each kind were taken out."""

    def __init__(
        self, redactor: Redactor, open_token: Callable[[str, str], str | None], counts: Counter[str] | None = None
    ) -> None:
        self._redactor, self._open = redactor, open_token
        self._counts = counts if counts is not None else Counter()
        self._made: set[str] = set()

    def text(self, shown: str) -> str:
        out = self._redactor.text(shown, self._counts)
        if out != shown:
            self._made |= _tokens(out) - _tokens(shown)
        return out

    def value(self, value: Any) -> Any:
        """Every text in a JSON value, names of fields and numbers that are identifiers too. Raises ValueError: too deep."""
        out = self._redactor.value(value, self._counts)
        if out != value:
            self._made |= _tokens(orjson.dumps(out).decode()) - _tokens(orjson.dumps(value).decode())
        return out

    def clean(self, shown: str) -> bool:
        """Whether nothing in it would be taken out: for what can't be changed, as an address."""
        return self._redactor.text(shown) == shown

    def back(self, shown: str) -> str:
        return PSEUDONYM.sub(self._value_of, shown) if self._made else shown

    def value_back(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.back(value)
        if isinstance(value, dict):
            return {name: self.value_back(one) for name, one in value.items()}
        return [self.value_back(one) for one in value] if isinstance(value, list | tuple) else value

    def stream(self) -> "Returning":
        return Returning(self)

    def begins(self, tail: str) -> bool:
        """Whether a pseudonym that was made here may begin so."""
        return any(one.startswith(tail) for one in self._made)

    def _value_of(self, match: Any) -> str:
        found = self._open(match[1].lower(), match[2]) if match[0] in self._made else None
        return match[0] if found is None else found


def _tokens(shown: str) -> set[str]:
    return {match[0] for match in PSEUDONYM.finditer(shown)}


class Returning:
    """A text that comes back in pieces: a pseudonym that is cut in two is held until it is whole."""

    def __init__(self, border: Border) -> None:
        self._border, self._kept = border, ""

    def feed(self, piece: str) -> str:
        self._kept += piece
        cut = self._kept.rfind("<")
        if cut < 0 or not self._border.begins(self._kept[cut:]):
            cut = len(self._kept)
        out, self._kept = self._border.back(self._kept[:cut]), self._kept[cut:]
        return out

    def end(self) -> str:
        out, self._kept = self._border.back(self._kept), ""
        return out
