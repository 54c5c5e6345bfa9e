"""Ruled tables of a PDF page: from its straight lines to rows of cells. Pure geometry.

A table is a set of horizontal and vertical rules that touch; text belongs to the cell it stands in.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from atoll.knowledge.parse.layout import CJK_CHARACTER, Glyph, Span, space

_NEAR = 3.0  # points within which two rules meet, or are one
_MOST_RULES = 600  # of one direction: more make a drawing, not tables
_FULL = 0.3  # of the cells of a table hold something; those of a chart's grid do not


@dataclass(slots=True)
class Rules:
    """`across`: (y, x0, x1), `down`: (x, y0, y1), in the coordinates of the layout."""

    across: list[tuple[float, float, float]] = field(default_factory=list)
    down: list[tuple[float, float, float]] = field(default_factory=list)

    def add(self, x0: float, y0: float, x1: float, y1: float) -> None:
        if abs(y1 - y0) <= 1.5 < abs(x1 - x0):
            self.across.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x1 - x0) <= 1.5 < abs(y1 - y0):
            self.down.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))


@dataclass(slots=True)
class _Grid:
    xs: list[float]
    ys: list[float]
    down: list[tuple[float, float, float]]

    def holds(self, x: float, y: float) -> bool:
        return self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= y <= self.ys[-1]

    def split(self, span: Span) -> Iterator[tuple[int, list[Glyph]]]:
        """(column, glyphs): a span is parted only where a rule really stands between."""
        y = (span.y0 + span.y1) / 2
        borders = [x for x, y0, y1 in self.down if y0 - _NEAR <= y <= y1 + _NEAR]
        borders = [x for x in _merged(borders) if span.x0 < x < span.x1]
        piece: list[Glyph] = []
        at = 0
        for glyph in span.glyphs:
            while at < len(borders) and (glyph.x0 + glyph.x1) / 2 > borders[at]:
                if piece:
                    yield self._column(piece), piece
                piece = []
                at += 1
            piece.append(glyph)
        if piece:
            yield self._column(piece), piece

    def _column(self, piece: list[Glyph]) -> int:
        column = bisect(self.xs, (piece[0].x0 + piece[0].x1) / 2) - 1
        return max(0, min(column, len(self.xs) - 2))

    def row(self, span: Span) -> int:
        return max(0, min(bisect(self.ys, (span.y0 + span.y1) / 2) - 1, len(self.ys) - 2))


def with_tables(spans: Sequence[Span], rules: Rules) -> list[Span]:
    """The spans, those inside of a table replaced by one span with its rows."""
    rest = list(spans)
    for grid in _grids(rules):
        inside: list[Span] = []
        outside: list[Span] = []
        for span in rest:
            (inside if grid.holds((span.x0 + span.x1) / 2, (span.y0 + span.y1) / 2) else outside).append(span)
        if any(span.rows is not None for span in inside):
            continue
        if table := _table(grid, inside):
            rest = [*outside, table]
    return rest


def _table(grid: _Grid, inside: Sequence[Span]) -> Span | None:
    width, height = len(grid.xs) - 1, len(grid.ys) - 1
    cells: dict[tuple[int, int], list[Span]] = {}
    for span in inside:
        row = grid.row(span)
        for column, glyphs in grid.split(span):
            piece = Span(glyphs, glyphs[0].x0, span.y0, glyphs[-1].x1, span.y1, span.size, span.bold)
            cells.setdefault((row, column), []).append(piece)
    rows = {row for row, _ in cells}
    columns = sorted({column for _, column in cells})
    if len(rows) < 2 or len(columns) < 2 or len(cells) < _FULL * width * height:
        return None
    found = [[_cell(cells.get((row, column), [])) for column in columns] for row in sorted(rows)]
    glyphs = [glyph for row_cells in found for cell in row_cells for glyph in cell]
    return Span(glyphs, grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1], rows=found)


def _cell(spans: list[Span]) -> list[Glyph]:
    """What stands in a cell, in one line."""
    lines: list[list[Span]] = []
    for span in sorted(spans, key=lambda span: span.y0 + span.y1):
        if lines and span.y0 + span.y1 < 2 * lines[-1][0].y1:
            lines[-1].append(span)
        else:
            lines.append([span])
    found: list[Glyph] = []
    for line in lines:
        for span in sorted(line, key=lambda span: span.x0):
            first = span.glyphs[0].text
            if found and not (CJK_CHARACTER.match(found[-1].text) and CJK_CHARACTER.match(first)):
                found.append(space(found[-1]))
            found += [glyph._replace(text="/") if glyph.text == "|" else glyph for glyph in span.glyphs]
    return found


def _grids(rules: Rules) -> Iterator[_Grid]:
    across, down = rules.across, rules.down
    if not across or not down or max(len(across), len(down)) > _MOST_RULES:
        return
    group = list(range(len(across) + len(down)))

    def root(at: int) -> int:
        while group[at] != at:
            group[at] = group[group[at]]
            at = group[at]
        return at

    for i, (y, x0, x1) in enumerate(across):
        for j, (x, y0, y1) in enumerate(down):
            if x0 - _NEAR <= x <= x1 + _NEAR and y0 - _NEAR <= y <= y1 + _NEAR:
                group[root(i)] = root(len(across) + j)
    members: dict[int, tuple[list[tuple[float, float, float]], list[tuple[float, float, float]]]] = {}
    for i, rule in enumerate(across):
        members.setdefault(root(i), ([], []))[0].append(rule)
    for j, rule in enumerate(down):
        members.setdefault(root(len(across) + j), ([], []))[1].append(rule)
    for horizontal, vertical in members.values():
        if not horizontal or not vertical:
            continue
        left, right = min(x0 for _, x0, _ in horizontal), max(x1 for _, _, x1 in horizontal)
        xs = _merged([left, right, *(x for x, _, _ in vertical)])  # its sides may be open
        ys = _merged([y for y, _, _ in horizontal])
        if len(xs) > 2 and len(ys) > 2:
            yield _Grid(xs, ys, vertical)


def _merged(values: Sequence[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NEAR:
            found.append(value)
    return found
