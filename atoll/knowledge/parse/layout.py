"""The reading order of a PDF page: spans of glyphs become columns, lines, paragraphs and rows. Pure geometry.

Coordinates are points from the page's upper left corner, y down. Every character of the text made here keeps the box
of its glyph, so that any range of the text can be shown on the page; the same page always gives the same text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from atoll.kit.text import CJK
from atoll.knowledge.parse.columns import regions

CJK_CHARACTER = re.compile(rf"[{CJK}，。、；：！？（）《》「」“”]")
_ITEM = re.compile(
    r"(?:[•·●○◦▪■□◆►▶‣➢✓–—*-]|[(（]?\d{1,2}(?:[.)、）]|(?=\s*$))|[(（]?[一二三四五六七八九十]{1,3}[、）)])\s*"
)
_BULLET = re.compile(r"^(?:[•·●○◦▪■□◆►▶‣➢✓–—*-]|[(（]?\w{1,2}[.)、）]?)$")
_CELL_GAP = 1.2  # heights of a line between two cells; words are nearer
_HEADING_LENGTH = 120
_FULL_LINE = 0.85  # of a column's width
_ENDED = re.compile(r"[.。!！?？:：;；][\"'”’）)」』]*$")


class Glyph(NamedTuple):
    """Text is one character, rarely more (a ligature)."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(slots=True)
class Span:
    """Glyphs side by side on one line; or, with `rows`, a whole table, which keeps its place in the order."""

    glyphs: list[Glyph]
    x0: float
    y0: float
    x1: float
    y1: float
    size: float = 0.0
    bold: bool = False
    rows: list[list[list[Glyph]]] | None = None

    @property
    def height(self) -> float:
        return self.y1 - self.y0


@dataclass(slots=True)
class _Line:
    cells: list[list[Glyph]]
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool
    rows: list[list[list[Glyph]]] | None = None

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def text(self) -> str:
        return "  ".join("".join(glyph.text for glyph in cell) for cell in self.cells)


class Candidate(NamedTuple):
    """A paragraph that may be a heading, if the document's other text is smaller or lighter."""

    offset: int
    size: float
    bold: bool
    title: str


@dataclass(slots=True)
class PageText:
    """`boxes` has one entry a character of `text`: (x0, y0, x1, y1), None for what the layout added."""

    parts: list[str] = field(default_factory=list)
    boxes: list[tuple[float, float, float, float] | None] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    sizes: dict[tuple[float, bool], int] = field(default_factory=dict)  # (size, bold) → characters

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def glyphs(self, glyphs: Sequence[Glyph]) -> None:
        for glyph in glyphs:
            self.parts.append(glyph[0])
            self.boxes.append(glyph[1:])
            if len(glyph[0]) > 1:
                self.boxes += [glyph[1:]] * (len(glyph[0]) - 1)

    def literal(self, text: str) -> None:
        self.parts.append(text)
        self.boxes += [None] * len(text)


def compose(spans: Sequence[Span]) -> PageText:
    """The text of a page in its reading order."""
    page = PageText()
    for region in regions(spans):
        lines = _lines(region)
        prose = [line for line in lines if line.rows is None]
        sides = min((line.x0 for line in prose), default=0.0), max((line.x1 for line in prose), default=0.0)
        _write(page, lines, sides)
    return page


def _lines(region: Sequence[Span]) -> list[_Line]:
    found: list[_Line] = []
    row: list[Span] = []
    for span in sorted(region, key=lambda span: (span.y0 + span.y1) / 2):
        if row and (span.rows is not None or row[-1].rows is not None or not _beside(row[0], span)):
            found.append(_line(row))
            row = []
        row.append(span)
    if row:
        found.append(_line(row))
    return found


def _beside(first: Span, other: Span) -> bool:
    overlap = min(first.y1, other.y1) - max(first.y0, other.y0)
    return overlap > 0.5 * min(first.height, other.height)


def _line(row: list[Span]) -> _Line:
    row.sort(key=lambda span: span.x0)
    main = max(row, key=lambda span: len(span.glyphs))
    cells = [list(row[0].glyphs)]
    for before, span in pairwise(row):
        gap = span.x0 - before.x1
        if gap > _CELL_GAP * main.height and not _BULLET.match("".join(g.text for g in cells[-1]).strip()):
            cells.append(list(span.glyphs))
            continue
        if gap > 0.15 * main.height and not (_cjk(before.glyphs[-1]) and _cjk(span.glyphs[0])):
            cells[-1].append(space(before.glyphs[-1]))
        cells[-1] += span.glyphs
    return _Line(
        cells,
        row[0].x0,
        min(span.y0 for span in row),
        max(span.x1 for span in row),
        max(span.y1 for span in row),
        main.size,
        main.bold,
        row[0].rows,
    )


def space(after: Glyph) -> Glyph:
    return Glyph(" ", after.x1, after.y0, after.x1, after.y1)


def _cjk(glyph: Glyph) -> bool:
    return bool(CJK_CHARACTER.match(glyph.text))


def _write(page: PageText, lines: list[_Line], sides: tuple[float, float]) -> None:
    at = 0
    above: _Line | None = None  # the first line of the paragraph before
    while at < len(lines):
        line = lines[at]
        if line.rows is not None:
            _gap(page, "\n\n")
            _rows(page, line.rows)
            at += 1
        elif aligned := _aligned(lines, at):
            _gap(page, "\n\n")
            _rows(page, [line.cells for line in lines[at : at + aligned]])
            at += aligned
        else:
            count = _paragraph_length(lines, at, sides)
            _gap(page, "\n" if above and _items(above, line) else "\n\n")
            _paragraph(page, lines[at : at + count])
            at += count
            above = line
            continue
        above = None


def _items(above: _Line, line: _Line) -> bool:
    """Are both items of one list?"""
    alike = above.bold == line.bold and abs(above.size - line.size) < 0.1
    return alike and bool(_ITEM.match(above.text) and _ITEM.match(line.text))


def _gap(page: PageText, gap: str) -> None:
    if page.parts:
        page.literal(gap)


def _rows(page: PageText, rows: list[list[list[Glyph]]]) -> None:
    for number, cells in enumerate(rows):
        if number:
            page.literal("\n")
        for column, cell in enumerate(cells):
            if column:
                page.literal(" | ")
            page.glyphs(cell)


def _aligned(lines: list[_Line], at: int) -> int:
    """How many lines from here on look like the rows of a table without rules."""
    cells = len(lines[at].cells)
    if cells < 2:
        return 0
    count = 1
    while at + count < len(lines):
        line, before = lines[at + count], lines[at + count - 1]
        far = line.y0 - before.y1 > 2.5 * line.height
        if line.rows is not None or len(line.cells) != cells or far:
            break
        count += 1
    return count if count >= (3 if cells == 2 else 2) else 0


def _paragraph_length(lines: list[_Line], at: int, sides: tuple[float, float]) -> int:
    count, leading = 1, None
    while at + count < len(lines):
        before, line = lines[at + count - 1], lines[at + count]
        gap = line.y0 - before.y1
        if not _goes_on(before, line, count == 1, gap, sides) or (
            leading is not None and gap > leading + 0.25 * line.height
        ):
            break
        leading = gap if leading is None else min(gap, leading)
        count += 1
    return count


def _goes_on(before: _Line, line: _Line, first: bool, gap: float, sides: tuple[float, float]) -> bool:
    """Is `line` the next of the paragraph that `before` is in?"""
    if line.rows is not None or len(line.cells) > 1 or len(before.cells) > 1:
        return False
    if before.bold != line.bold or abs(before.size - line.size) > 0.1 * line.size:
        return False
    if not -0.5 * line.height < gap < 0.9 * line.height:
        return False
    item = _ITEM.match(before.text) if first else None
    if line.x0 - before.x0 > 0.8 * line.height and not item:
        return False
    start = _ITEM.match(line.text)
    if start and start.end() < len(line.text) and abs(line.x0 - before.x0) < line.height and not line.text[0].isdigit():
        return False
    if start and item and abs(line.x0 - before.x0) < 1:
        return False
    left, right = sides
    if before.x1 - left > _FULL_LINE * (right - left) and not _ENDED.search(before.text):
        return True
    # the next word would not have fitted on the line before
    return right - before.x1 < _first_word(line) + 0.6 * line.height


def _first_word(line: _Line) -> float:
    for glyph in line.cells[0]:
        if glyph.text == " " or _cjk(glyph):
            return (glyph.x1 if glyph.text != " " else glyph.x0) - line.x0
    return line.x1 - line.x0


def _paragraph(page: PageText, lines: list[_Line]) -> None:
    offset = len(page.boxes)
    for number, line in enumerate(lines):
        if number:
            _join(page, line.cells[0][0], lines)
        for column, cell in enumerate(line.cells):
            if column:
                page.literal("  ")
            page.glyphs(cell)
        kind = (round(line.size * 2) / 2, line.bold)
        page.sizes[kind] = page.sizes.get(kind, 0) + len(line.text)
    if len(lines) <= 2 and len(lines[0].cells) == 1:
        title = _tail(page, offset)
        if _may_be_heading(title):
            page.candidates.append(Candidate(offset, lines[0].size, lines[0].bold, title.strip()))


def _tail(page: PageText, offset: int) -> str:
    length, at = len(page.boxes) - offset, len(page.parts)
    taken = 0
    while taken < length:
        at -= 1
        taken += len(page.parts[at])
    return "".join(page.parts[at:])


def _may_be_heading(title: str) -> bool:
    letters = sum(character.isalpha() for character in title)
    return letters >= 2 and len(title) <= _HEADING_LENGTH and not re.search(r"[。；;，,：:]$|[a-z]\.$", title)


def _join(page: PageText, following: Glyph, lines: list[_Line]) -> None:
    """What stands between two lines of a paragraph: nothing in Chinese, a space elsewhere; a hyphen goes."""
    last = page.parts[-1]
    if (
        last in ("-", "\u00ad", "\u2010")
        and following.text.islower()
        and len(page.parts) > 1
        and page.parts[-2].islower()
    ):
        before = re.search(r"(\w+)[-\u00ad\u2010]$", "".join(page.parts[-40:]))
        if last == "\u00ad" or (before and not _hyphenated(before[1], following, lines)):
            page.parts.pop()
            page.boxes.pop()
        return
    if not (CJK_CHARACTER.match(last) or _cjk(following)):
        page.literal(" ")


def _hyphenated(before: str, following: Glyph, lines: list[_Line]) -> bool:
    """Does the paragraph write such a compound with a hyphen elsewhere?"""
    beginning = f"{before}-{following.text}"
    return any(beginning in line.text for line in lines)


def merged(boxes: Sequence[tuple[float, float, float, float] | None]) -> Iterator[tuple[float, float, float, float]]:
    """One box for each run of neighbours on a line."""
    current: tuple[float, float, float, float] | None = None
    for box in boxes:
        if box is None or box[2] <= box[0]:
            continue
        if current is None:
            current = box
            continue
        x0, y0, x1, y1 = current
        overlap = min(y1, box[3]) - max(y0, box[1])
        if overlap > 0.5 * min(y1 - y0, box[3] - box[1]) and box[0] >= x0:
            current = (x0, min(y0, box[1]), max(x1, box[2]), max(y1, box[3]))
        else:
            yield current
            current = box
    if current is not None:
        yield current
