"""Cuts the text of pages into the pieces that are indexed and cited. Pure, and linear in the length of the text.

A chunk holds whole sentences and whole table rows, never spans a page or a heading, and is `page.text[start:end]`:
only where a table goes on from the chunk before is its first row repeated in front of that.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from atoll.kit.text import estimate_tokens, sentences

_ROW = re.compile(r"^\s*\||\s\|(?:\s|$)")
_ROW_LIMIT = 4  # times the size: a longer "row" is no row
_HEADER_SHARE = 4  # a repeated header may take this part of the size
_TITLE = 120  # characters of a heading in the path
_PAUSES = (*"，、；：。", ", ", "; ", " ", "\n")


@dataclass(frozen=True, slots=True)
class Page:
    """`number` counts from 1, None where the format has no pages. `headings`: (offset, level, title), in order."""

    text: str
    number: int | None = None
    headings: Sequence[tuple[int, int, str]] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """`heading` is the path of titles it stands under, "A > B"."""

    index: int
    page: int | None
    start: int
    end: int
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is kept whole. `header` is the range of its table's first row, for the rows after that."""

    start: int
    end: int
    tokens: int
    row: bool = False
    header: tuple[int, int] | None = None


@dataclass(slots=True)
class _Packer:
    """Fills the chunks of one section."""

    size: int
    overlap: int
    full: list[list[_Unit]] = field(default_factory=list)
    units: list[_Unit] = field(default_factory=list)
    tokens: int = 0
    fresh: bool = False  # is there more in it than what the chunk before ended with?

    def paragraph(self, units: list[_Unit]) -> None:
        whole = sum(unit.tokens for unit in units)
        if self.tokens + whole > self.size >= whole and self.tokens * 2 >= self.size:
            self.flush()
        for unit in units:
            if self.tokens + unit.tokens > self.size:
                self.flush()
                if self.tokens + unit.tokens > self.size:
                    self._empty()
            self.units.append(unit)
            self.tokens += unit.tokens
            self.fresh = True

    def flush(self) -> None:
        """Closes the chunk; the next begins with its last sentences, as far as they fit the overlap."""
        if not self.fresh:
            return
        self.full.append(self.units)
        kept, tokens = len(self.units), 0
        while kept > 1 and not self.units[kept - 1].row and tokens + self.units[kept - 1].tokens <= self.overlap:
            kept -= 1
            tokens += self.units[kept].tokens
        self.units, self.tokens, self.fresh = self.units[kept:], tokens, False

    def _empty(self) -> None:
        self.units, self.tokens = [], 0


def chunks(pages: Sequence[Page], *, size: int = 400, overlap: int = 50) -> list[Chunk]:
    """The chunks of a document, each of about `size` tokens at most, with up to `overlap` tokens of the one before."""
    found: list[Chunk] = []
    path: list[tuple[int, str]] = []
    for page in pages:
        for start, end, headings in _sections(page):
            for level, title in headings:
                while path and path[-1][0] >= level:
                    path.pop()
                path.append((level, _short(title)))
            packer = _Packer(size, overlap)
            for paragraph in _paragraphs(page.text, start, end, size):
                packer.paragraph(paragraph)
            packer.flush()
            heading = " > ".join(title for _, title in path)
            for units in packer.full:
                found.append(_chunk(len(found), page, units, heading, size))
    return found


def _chunk(index: int, page: Page, units: list[_Unit], heading: str, size: int) -> Chunk:
    start, end = units[0].start, units[-1].end
    text = page.text[start:end]
    if header := units[0].header:
        row = page.text[header[0] : header[1]]
        if estimate_tokens(row) * _HEADER_SHARE <= size:
            text = f"{row}\n{text}"
    return Chunk(index, page.number, start, end, heading, text)


def _short(title: str) -> str:
    title = " ".join(title.split())
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"


def _sections(page: Page) -> Iterator[tuple[int, int, list[tuple[int, str]]]]:
    """(start, end, headings that begin there). A heading without text of its own goes with the next."""
    marks = [(min(max(offset, 0), len(page.text)), level, title) for offset, level, title in page.headings]
    begin, waiting = 0, list[tuple[int, str]]()
    for at, (offset, level, title) in enumerate(marks):
        if not waiting and page.text[begin:offset].strip():
            yield begin, offset, []
            begin = offset
        waiting.append((level, title))
        following = marks[at + 1][0] if at + 1 < len(marks) else len(page.text)
        _, _, body = page.text[offset:following].lstrip().partition("\n")
        if body.strip() or at + 1 == len(marks):
            yield begin, following, waiting
            begin, waiting = following, []
    if not marks:
        yield 0, len(page.text), []


def _paragraphs(text: str, start: int, end: int, size: int) -> Iterator[list[_Unit]]:
    """Each paragraph as its sentences, each table as its rows."""
    prose = at = start
    while at < end:
        rows = list(_rows(text, at, end))
        if len(rows) > 1:
            yield from _prose(text, prose, at, size)
            yield from _table(text, rows, size)
            prose = rows[-1][1]
        at = _line_end(text, rows[-1][1] if rows else at, end) + 1
    yield from _prose(text, prose, end, size)


def _rows(text: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    """The table rows that stand one after the other from `at` on."""
    while at < end:
        stop = _line_end(text, at, end)
        if not _ROW.search(text, at, stop):
            return
        yield at, stop
        at = stop + 1


def _line_end(text: str, at: int, end: int) -> int:
    found = text.find("\n", at, end)
    return end if found < 0 else found


def _table(text: str, rows: list[tuple[int, int]], size: int) -> Iterator[list[_Unit]]:
    """A row a paragraph: a table is cut between any two of them."""
    for at, (start, end) in enumerate(rows):
        header = rows[0] if at else None
        tokens = estimate_tokens(text[start:end]) + 1
        if tokens > _ROW_LIMIT * size:
            yield from ([piece] for piece in _pieces(text, start, end, size))
        else:
            yield [_Unit(start, end, tokens, row=True, header=header)]


def _prose(text: str, start: int, end: int, size: int) -> Iterator[list[_Unit]]:
    paragraph: list[_Unit] = []
    last = start
    for first, stop in sentences(text[start:end]):
        first, stop = first + start, stop + start
        if paragraph and "\n" in text[last:first]:
            yield paragraph
            paragraph = []
        tokens = estimate_tokens(text[first:stop])
        paragraph += [_Unit(first, stop, tokens)] if tokens <= size else _pieces(text, first, stop, size)
        last = stop
    if paragraph:
        yield paragraph


def _pieces(text: str, start: int, end: int, size: int) -> Iterator[_Unit]:
    """What is too long to be whole, cut at a pause where there is one."""
    while start < end:
        stop = min(end, start + 4 * size)
        low, high = start + 1, stop
        while low < high:  # the longest that fits: the estimate grows with the length
            middle = (low + high + 1) // 2
            low, high = (middle, high) if estimate_tokens(text[start:middle]) <= size else (low, middle - 1)
        stop = low
        if stop < end:
            half = start + (stop - start) // 2
            pause = max(at + len(mark) if at >= 0 else -1 for mark in _PAUSES for at in [text.rfind(mark, half, stop)])
            stop = pause if pause > half else stop
        yield _Unit(start, stop, estimate_tokens(text[start:stop]))
        start = stop
