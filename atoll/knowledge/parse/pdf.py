"""PDF by PDFium: text with positions, pages as pictures. Reading order and tables are the layout's and the grid's."""

import ctypes
import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2
import pypdfium2.raw as raw

from atoll.kit.text import CJK
from atoll.knowledge.parse.faults import fault
from atoll.knowledge.parse.grid import Rules, with_tables
from atoll.knowledge.parse.layout import Candidate, Glyph, PageText, Span, compose, merged, space
from atoll.knowledge.parse.pages import MOST_CHARACTERS, Page, Parsed, clean

MEDIA_TYPE = "application/pdf"
_MOST_OBJECTS = 20_000  # of a page that are looked at for rules
_BIGGEST_IMAGE = 6_000  # pixels of its longer side
_NO_TITLE = re.compile(r"^(?:Microsoft|untitled|无标题|未命名)|\.(?:docx?|pptx?|indd|pdf|tex|html?)$", re.I)
_FOLDED = re.compile("[\ufb00-\ufb06\u2e80-\u2fdf\uf900-\ufaff]")  # ligatures, and radicals in place of characters
_CJK_CHARACTER = re.compile(rf"[{CJK}]")
_CAPTION = re.compile(r"(?:表|图|图表|table|figure|fig\.|chart|exhibit|资料来源|source)\s*[\d:：]", re.I)
_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.I)


def parse(payload: bytes, *, name: str, max_pages: int) -> Parsed:
    with _opened(payload) as document:
        count = len(document)
        if count > max_pages:
            raise fault("doc_too_many_pages", pages=count, limit=max_pages)
        pages: list[Page] = []
        candidates: list[list[Candidate]] = []
        sizes: Counter[tuple[float, bool]] = Counter()
        total, pictures, broken = 0, False, 0
        for number in range(count):
            try:
                text, width, height, has_picture = _read(document, number)
            except pypdfium2.PdfiumError:
                text, width, height, has_picture = PageText(), 0.0, 0.0, False
                broken += 1
            pages.append(Page(text.text, [], width, height))
            candidates.append(text.candidates)
            sizes.update(text.sizes)
            pictures |= has_picture
            total += len(text.boxes)
            if total > MOST_CHARACTERS:
                raise fault("doc_too_large", limit=MOST_CHARACTERS // 1_000_000)
        if broken == count:
            raise fault("doc_damaged" if count else "doc_empty")
        letters = sum(character.isalnum() for page in pages for character in page.text[:200])
        if letters == 0 or (pictures and letters < 4 * count):
            raise fault("doc_no_text" if pictures else "doc_empty")
        _mark_headings(pages, candidates, sizes)
        return Parsed(MEDIA_TYPE, _title(document, pages) or name, pages, paged=True)


def render(payload: bytes, *, page: int, width: int) -> bytes:
    """A page as PNG. Counts from 1."""
    with _opened(payload) as document, _page(document, page) as opened:
        points, height = opened.get_size()
        scale = max(1, width) / max(points, 1.0)
        scale = min(scale, _BIGGEST_IMAGE / max(points, height, 1.0))
        bitmap = opened.render(scale=scale, may_draw_forms=False)
        out = io.BytesIO()
        bitmap.to_pil().save(out, "PNG", compress_level=3)
        return out.getvalue()


def boxes(payload: bytes, *, page: int, start: int, end: int) -> list[list[float]]:
    """Where the characters [start, end) of a page's text stand, in 0 to 1 of the page, a box a line."""
    with _opened(payload) as document:
        if not 1 <= page <= len(document):
            raise fault("doc_no_page", page=page)
        text, width, height, _ = _read(document, page - 1)
        found = merged(text.boxes[max(0, start) : max(0, end)])
        across, down = width or 1.0, height or 1.0
        scaled = ([x0 / across, y0 / down, x1 / across, y1 / down] for x0, y0, x1, y1 in found)
        return [[round(min(max(value, 0.0), 1.0), 5) for value in box] for box in scaled]


@contextmanager
def _opened(payload: bytes) -> Iterator[Any]:
    try:
        document = pypdfium2.PdfDocument(payload)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        secret = code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY) or "password" in str(error).lower()
        raise fault("doc_encrypted" if secret else "doc_damaged") from None
    try:
        yield document
    finally:
        document.close()


@contextmanager
def _page(document: Any, number: int) -> Iterator[Any]:
    if not 1 <= number <= len(document):
        raise fault("doc_no_page", page=number)
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        raise fault("doc_damaged") from None
    try:
        yield page
    finally:
        page.close()


def _read(document: Any, index: int) -> tuple[PageText, float, float, bool]:
    """(text, width, height, is there a picture?) of a page."""
    page = document[index]
    try:
        width, height = page.get_size()
        place = _Place(page)
        spans, turned = _spans(page, place)
        rules, pictures = _rules(page, place)
        text = compose(with_tables(spans, rules))
        for line in turned:
            text.literal("\n\n" if text.parts else "")
            text.glyphs(line)
        return text, width, height, pictures
    finally:
        page.close()


class _Place:
    """From the page's own coordinates to points from the upper left corner as it is shown."""

    def __init__(self, page: Any) -> None:
        left, bottom, right, top = page.get_bbox()
        self.turn: int = page.get_rotation() // 90 % 4
        # x = a·x + c·y + e, y = b·x + d·y + f
        self.matrix: tuple[float, float, float, float, float, float] = (
            (1, 0, 0, -1, -left, top),
            (0, 1, 1, 0, -bottom, -left),
            (-1, 0, 0, 1, right, -bottom),
            (0, -1, -1, 0, top, right),
        )[self.turn]

    def point(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = self.matrix
        return a * x + c * y + e, b * x + d * y + f

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        if self.turn == 0:  # there is one for each character
            _, _, _, _, e, f = self.matrix
            return x0 + e, f - y1, x1 + e, f - y0
        ax, ay = self.point(x0, y0)
        bx, by = self.point(x1, y1)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _spans(page: Any, place: _Place) -> tuple[list[Span], list[list[Glyph]]]:
    """(runs of glyphs on one line in the order of the file, lines of text that is not upright)."""
    text = page.get_textpage()
    try:
        return _Reader(text.raw, place).read()
    finally:
        text.close()


class _Reader:
    def __init__(self, handle: Any, place: _Place) -> None:
        self.handle, self.place = handle, place
        self.spans: list[Span] = []
        self.turned: list[list[Glyph]] = []
        self.first = self.last = 0  # places of the current span in PDFium's text
        self.current: list[Glyph] = []
        self.tilted = False

    def read(self) -> tuple[list[Span], list[list[Glyph]]]:
        rectangle = raw.FS_RECTF()
        handle, box_of, place, characters = self.handle, raw.FPDFText_GetLooseCharBox, self.place.box, _CHARACTERS
        unicode_of, put = raw.FPDFText_GetUnicode, self._put
        blank = generated = False
        high = 0
        for at in range(max(0, raw.FPDFText_CountChars(self.handle))):
            code = unicode_of(handle, at)
            if code in _BLANKS:
                blank = True
                generated = code != 0x3000 and bool(raw.FPDFText_IsGenerated(handle, at))
                continue
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            if high and 0xDC00 <= code < 0xE000:
                code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00
            high = 0
            character = characters.get(code)
            if character is None:
                character = characters[code] = _character(code)
            if character and box_of(handle, at, rectangle):
                box = place(rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
                put(at, Glyph(character, *box), blank, generated)
                blank = False
        self._close()
        return self.spans, self.turned

    def _put(self, at: int, glyph: Glyph, blank: bool, generated: bool) -> None:
        current = self.current
        if current and not self.tilted and _same_line(current[-1], glyph):
            before = current[-1]
            if glyph.text == before.text and glyph.x0 - before.x0 < 0.3 * (glyph.x1 - glyph.x0):
                return  # drawn twice to look bold
            if blank and not (generated and _CJK_CHARACTER.match(before.text) and _CJK_CHARACTER.match(glyph.text)):
                current.append(space(before))
            current.append(glyph)
        else:
            tilted = self._tilted(at)
            if current and tilted and self.tilted and _near(current[-1], glyph):
                if blank:
                    current.append(space(current[-1]))
                current.append(glyph)
            else:
                self._close()
                self.current, self.tilted, self.first = [glyph], tilted, at
        self.last = at

    def _close(self) -> None:
        if self.current and self.tilted:
            self.turned.append(self.current)
        elif self.current:
            first, last = self.current[0], self.current[-1]
            size, bold = self._font(self.first)
            bold = bold and self._font(self.last)[1]
            top, foot = min(g.y0 for g in self.current), max(g.y1 for g in self.current)
            self.spans.append(Span(self.current, first.x0, top, last.x1, foot, size, bold))
        self.current = []

    def _tilted(self, at: int) -> bool:
        angle = raw.FPDFText_GetCharAngle(self.handle, at)
        # a page that is shown turned has its text turned the other way
        turned = (angle + self.place.turn * math.pi / 2) % (2 * math.pi) if angle >= 0 else 0.0
        other = (angle - self.place.turn * math.pi / 2) % (2 * math.pi) if angle >= 0 else 0.0
        return all(0.1 < one < 2 * math.pi - 0.1 for one in (turned, other))

    def _font(self, at: int) -> tuple[float, bool]:
        """(size in points, is it bold?)."""
        size = raw.FPDFText_GetFontSize(self.handle, at)
        matrix = raw.FS_MATRIX()
        if raw.FPDFText_GetMatrix(self.handle, at, matrix):
            size *= math.hypot(matrix.c, matrix.d) or 1.0
        name = ctypes.create_string_buffer(128)
        flags = ctypes.c_int()
        raw.FPDFText_GetFontInfo(self.handle, at, name, 128, flags)
        bold = bool(_BOLD.search(name.value.decode("latin-1"))) or raw.FPDFText_GetFontWeight(self.handle, at) >= 600
        return (size if 0 < size < 2000 else 10.0), bold


_BLANKS = frozenset((32, 9, 10, 13, 0xA0, 0x3000))
_CHARACTERS: dict[int, str] = {}


def _character(code: int) -> str:
    if code == 2:  # PDFium's mark for a hyphen at a line's end
        return "-"
    if code < 32 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF, 0xFFFD, 0x200B, 0xFEFF):
        return ""
    character = chr(code)
    return unicodedata.normalize("NFKC", character) if _FOLDED.match(character) else character


def _same_line(before: Glyph, glyph: Glyph) -> bool:
    _, _, y0, x1, y1 = before
    height = y1 - y0
    other = glyph.y1 - glyph.y0
    if other > height:
        height = other
    apart = y0 + y1 - glyph.y0 - glyph.y1
    return -0.7 * height <= apart <= 0.7 * height and -0.5 * height <= glyph.x0 - x1 <= height


def _near(before: Glyph, glyph: Glyph) -> bool:
    reach = 2 * max(before.y1 - before.y0, before.x1 - before.x0, 1.0)
    return abs(glyph.x0 - before.x0) + abs(glyph.y0 - before.y0) <= 2 * reach


def _rules(page: Any, place: _Place) -> tuple[Rules, bool]:
    """(the straight lines on the page, is there a picture?)."""
    rules, pictures = Rules(), False
    kinds = [raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE]
    for number, item in enumerate(page.get_objects(filter=kinds, max_depth=4)):
        if number > _MOST_OBJECTS:
            break
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            pictures = True
        else:
            _lines_of_path(item, rules, place)
    return rules, pictures


def _lines_of_path(item: Any, rules: Rules, place: _Place) -> None:
    handle = item.raw
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    count = raw.FPDFPath_CountSegments(handle)
    if not 2 <= count <= 200 or not raw.FPDFPath_GetDrawMode(handle, fill, stroke):
        return
    matrix = _matrix_of(item)
    points: list[tuple[float, float]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    lines: list[tuple[float, float, float, float]] = []
    for at in range(count):
        segment = raw.FPDFPath_GetPathSegment(handle, at)
        if not segment or not raw.FPDFPathSegment_GetPoint(segment, x, y):
            return
        a, b, c, d, e, f = matrix
        point = place.point(a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            points = [point]
        elif points:
            if kind == raw.FPDF_SEGMENT_LINETO:
                lines.append((*points[-1], *point))
            points.append(point)
        if points and raw.FPDFPathSegment_GetClose(segment):
            lines.append((*points[-1], *points[0]))
    if not stroke.value:
        xs, ys = [x for line in lines for x in line[::2]], [y for line in lines for y in line[1::2]]
        if not lines or min(max(xs) - min(xs), max(ys) - min(ys)) > 3:
            return  # a filled area; a thin one is a rule
        middle_x, middle_y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        flat = max(xs) - min(xs) > max(ys) - min(ys)
        lines = [(min(xs), middle_y, max(xs), middle_y) if flat else (middle_x, min(ys), middle_x, max(ys))]
    for line in lines:
        rules.add(*line)


def _matrix_of(item: Any) -> tuple[float, float, float, float, float, float]:
    """The object's matrix, with those of the forms it is in."""
    matrix = item.get_matrix()
    container = getattr(item, "container", None)
    while container is not None:
        matrix = matrix.multiply(container.get_matrix())
        container = getattr(container, "container", None)
    return matrix.get()  # type: ignore[no-any-return]


def _mark_headings(pages: list[Page], candidates: list[list[Candidate]], sizes: Counter[tuple[float, bool]]) -> None:
    """A heading is larger than the text, or bold where the text is not. The larger, the higher its level."""
    total = sum(sizes.values())
    by_size: Counter[float] = Counter()
    for (size, _), count in sizes.items():
        by_size[size] += count
    body = by_size.most_common(1)[0][0] if by_size else 10.0
    bold_text = sum(count for (_, bold), count in sizes.items() if bold) > 0.4 * total
    found: list[tuple[Page, Candidate, float]] = []
    for page, listed in zip(pages, candidates, strict=True):
        for one in listed:
            larger = one.size >= 1.12 * body
            heavier = one.bold and not bold_text and one.size >= 0.98 * body
            if (larger or heavier) and not _CAPTION.match(one.title):
                found.append((page, one, round(one.size * 2) / 2))
    order = sorted({size for _, _, size in found}, reverse=True)
    for page, one, size in found:
        page.headings.append((one.offset, min(order.index(size) + 1, 6), one.title))


def _title(document: Any, pages: list[Page]) -> str:
    try:
        title = clean(document.get_metadata_value("Title")).strip()
    except pypdfium2.PdfiumError:
        title = ""
    if title and not _NO_TITLE.search(title):
        return title
    return next((title for page in pages[:3] for _, level, title in page.headings if level <= 2), "")
