"""Columns of a page: which pieces belong together, and what is read first. Pure geometry."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atoll.knowledge.parse.layout import Span

_WIDE = 0.58  # of the text's width: a piece this wide belongs to no column
_NARROWEST = 8.0  # points: a gap between columns
_CROSSED = 0.06  # of the height may cross the gap: titles, figures
_LINES = 3  # a column has at least so many on each side
_FILLED = 0.5  # of a column's width is taken by its middle line; a table's cells take less
_EM = 7  # and that line is so many times as wide as high
_DEPTH = 3


def regions(spans: Sequence["Span"], depth: int = 0) -> Iterator[list["Span"]]:
    """The spans of one column after the other, in reading order."""
    gap = _gap(spans) if depth < _DEPTH and len(spans) >= 2 * _LINES else None
    if gap is None:
        if spans:
            yield list(spans)
        return
    alone = {id(span) for span in _edge_rows(spans)} | {id(s) for s in spans if s.x0 < gap[0] and s.x1 > gap[1]}
    single = sorted((s for s in spans if id(s) in alone), key=_middle)
    rest = sorted((s for s in spans if id(s) not in alone), key=_middle)
    at = 0
    pending: list[Span] = []
    for stop in [*single, None]:
        inside = []
        while at < len(rest) and (stop is None or _middle(rest[at]) < _middle(stop)):
            inside.append(rest[at])
            at += 1
        left, right = [s for s in inside if s.x1 <= gap[1]], [s for s in inside if s.x1 > gap[1]]
        if _readable(left) and _readable(right):
            if pending:
                yield pending
            pending = []
            yield from regions(left, depth + 1)
            yield from regions(right, depth + 1)
        else:
            pending += inside
        if stop is not None:
            pending.append(stop)
    if pending:
        yield pending


def _middle(span: "Span") -> float:
    return span.y0 + span.y1


def _gap(spans: Sequence["Span"]) -> tuple[float, float] | None:
    """The emptiest strip from top to bottom, near the middle. None where there is no column on one of its sides."""
    x0, x1 = min(s.x0 for s in spans), max(s.x1 for s in spans)
    width = x1 - x0
    if width < 150:
        return None
    narrow = [s for s in spans if s.x1 - s.x0 < _WIDE * width]
    cover = [0.0] * (int(width) + 2)
    for span in narrow:
        for at in range(max(0, int(span.x0 - x0)), min(len(cover), int(span.x1 - x0) + 1)):
            cover[at] += span.height
    limit = _CROSSED * sum(span.height for span in narrow)
    best: tuple[float, float] | None = None
    start = None
    for at in range(int(0.15 * width), int(0.85 * width) + 1):
        if cover[at] <= limit:
            start = at if start is None else start
            continue
        if start is not None and (best is None or at - start > best[1] - best[0]):
            best = (start, at)
        start = None
    if best is None or best[1] - best[0] < _NARROWEST:
        return None
    gap = (x0 + best[0], x0 + best[1])
    left = [s for s in narrow if s.x1 <= gap[1]]
    right = [s for s in narrow if s.x0 >= gap[0]]
    return gap if _readable(left) and _readable(right) else None


def _readable(spans: Sequence["Span"]) -> bool:
    return _column(spans) or (len(spans) >= 2 * _LINES and _gap(spans) is not None)


def _column(spans: Sequence["Span"]) -> bool:
    """Are these lines of running text, one below the other?"""
    if len(spans) < _LINES:
        return False
    if any(s.rows is not None for s in spans):
        return True
    width = max(s.x1 for s in spans) - min(s.x0 for s in spans)
    middle = median(s.x1 - s.x0 for s in spans)
    return middle >= _FILLED * width and middle >= _EM * median(s.height for s in spans)


def _edge_rows(spans: Sequence["Span"]) -> Iterator["Span"]:
    """The page's head and foot: a first or last row well apart from the rest."""
    for first in (min(spans, key=_middle), max(spans, key=_middle)):
        same = [s for s in spans if min(s.y1, first.y1) - max(s.y0, first.y0) > 0.5 * first.height]
        inside = {id(s) for s in same}
        distance = min((max(s.y0 - first.y1, first.y0 - s.y1) for s in spans if id(s) not in inside), default=0.0)
        if len(same) <= 3 and distance > 1.2 * first.height:
            yield from same
