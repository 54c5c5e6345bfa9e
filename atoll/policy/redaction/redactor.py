"""Finds and replaces, in a whole text or in a stream. Both give the same, however the stream is cut.

From left to right: of what begins first the longest, of equally long ones the kind that is listed first; then it goes on
behind it. Whether something begins at a place is decided by at most `BEHIND` characters before it and `hold` after it,
so a stream holds back no more than that and a stride.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from atoll.policy.redaction.detectors import AHEAD, BEHIND, KINDS, Kind, plain_form
from atoll.policy.redaction.operators import Operator, ZoneKey, replacement

DEPTH = 64
STRIDE = 32  # a stream looks again after so many more characters, not at each token
_Span = tuple[int, int, int]  # start, end, place of the kind


class Redactor:
    """`rules`: the kinds to find and what to put in their place. Raises ValueError where a rule needs a key."""

    def __init__(self, rules: Mapping[str, Operator], more: Sequence[Kind] = (), key: ZoneKey | None = None) -> None:
        known = {**KINDS, **{kind.name: kind for kind in more}}
        self._kinds = [known[name] for name in rules]
        self._put: list[Callable[[str], str]] = [replacement(name, operator, key) for name, operator in rules.items()]
        self.hold = max((kind.width for kind in self._kinds), default=0) + AHEAD

    def text(self, shown: str, counts: Counter[str] | None = None) -> str:
        """`counts` gains how many of each kind were found."""
        stream = self.stream()
        out = stream.feed(shown) + stream.end()
        if counts is not None:
            counts.update(stream.counts)
        return out

    def value(self, value: Any, counts: Counter[str] | None = None) -> Any:
        """Every text in a JSON value, deep, names of fields too. Numbers that are identifiers become texts."""
        return self._deep(value, counts if counts is not None else Counter(), 0)

    def stream(self) -> "Stream":
        return Stream(self)

    def _deep(self, value: Any, counts: Counter[str], depth: int) -> Any:
        if depth > DEPTH:
            raise ValueError("too deep")
        if isinstance(value, str):
            return self.text(value, counts)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            before = counts.total()
            shown = self.text(str(value), counts)
            return shown if counts.total() > before else value
        if isinstance(value, Mapping):
            found: dict[str, Any] = {}
            for name, one in value.items():
                new = self.text(name, counts)
                while new in found:  # two masked names may be alike
                    new += "_"
                found[new] = self._deep(one, counts, depth + 1)
            return found
        return [self._deep(one, counts, depth + 1) for one in value]

    def following(self, plain: str, at: int, known: list[tuple[int, int] | None]) -> _Span | None:
        """The next span at `at` or later. `known`: what each kind found last, (-1, -1) before the first look."""
        best: _Span | None = None
        for place, kind in enumerate(self._kinds):
            found = known[place]
            if found is not None and found[0] < at:
                found = known[place] = kind.find(plain, at)
            if found is not None and (best is None or (found[0], -found[1]) < (best[0], -best[1])):
                best = (*found, place)
        return best

    def put(self, place: int, found: str) -> str:
        return self._put[place](found)

    def name(self, place: int) -> str:
        return self._kinds[place].name

    def __len__(self) -> int:
        return len(self._kinds)


class Stream:
    """One text that comes in pieces. `feed` gives what is sure by now, `end` the rest."""

    def __init__(self, redactor: Redactor) -> None:
        self.counts: Counter[str] = Counter()
        self._redactor = redactor
        self._kept, self._at = "", 0  # what came, from a little before the place that we are at

    def feed(self, piece: str) -> str:
        self._kept += piece
        sure = len(self._kept) - self._redactor.hold
        return self._go(sure) if sure >= self._at + STRIDE else ""

    def end(self) -> str:
        return self._go(len(self._kept))

    def _go(self, sure: int) -> str:
        """Everything that begins before `sure` is decided."""
        if sure <= self._at:
            return ""
        plain, out, at = plain_form(self._kept), [], self._at
        known: list[tuple[int, int] | None] = [(-1, -1)] * len(self._redactor)
        while at < sure:
            span = self._redactor.following(plain, at, known)
            if span is None or span[0] >= sure:
                break
            start, end, place = span
            out += [self._kept[at:start], self._redactor.put(place, self._kept[start:end])]
            self.counts[self._redactor.name(place)] += 1
            at = end
        if at < sure:
            out.append(self._kept[at:sure])
            at = sure
        cut = max(0, at - BEHIND)
        self._kept, self._at = self._kept[cut:], at - cut
        return "".join(out)
