"""A passage cut into what can be quoted whole: sentences, items of lists, rows of tables. Pure.

Text out of a PDF has hard line ends, running heads, and tables as lines of numbers; Markdown has bars. Headings and
captions are not quoted: they are kept as the context of what stands under them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from atoll.kit.text import sentences

END = "。\uff01\uff1f\uff1b!?;…"
_END = re.compile(r"[。\uff01\uff1f\uff1b!?;….]['\"”’」』\uff09)]*$")
_BULLET = re.compile(r"^\s*(?:[•·●◦▪‣*–-]\s+|[(\uff08]?\d{1,2}[)\uff09]\s*|\d{1,2}[.、]\s+(?=\S.{25}))")
_HEADING = re.compile(r"^(?:#{1,6}\s|第?[一二三四五六七八九十]{1,3}[、章节]|\d{1,2}(?:\.\d{1,2})*[.、]?\s+\S)")
_CAPTION = re.compile(r"^(?:表|图|图表|Table|Figure|Fig\.|Chart|Exhibit)\s*\d", re.I)
_NUMBER = re.compile(r"^[-+–−(]?[¥$€£]?\d[\d,.]*[)]?(?:[%‰xXEeF倍]|pct|bps)?$|^[-–—]$")
_DATA = re.compile(r"[-+–−(¥$€£]*(?!(?:19|20)\d\d(?!\d))\d|[-–—]$")  # no year, so no head of a column
_FURNITURE = re.compile(r"第\s*\d+\s*页|\bPage \d+ of \d+\b|^\d+$|^[^|]+\|[^|]+$")
_RULE = re.compile(r"^\s*+(?:\|\s*+)?:?-{2,}:?\s*+(?:\|\s*+:?-{2,}:?\s*+)*+\|?\s*$")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")
_FOOTNOTE = re.compile(r"\[\d{1,3}\]")


@dataclass(slots=True)
class Unit:
    """`text` is quoted as it is. `context` are the headings above it; `cells` (column, cell) pairs where it is a row.
    `columns` is the head of the table where it can't be told which word belongs to which column.

    `passage` is the number of the passage, `block` that of the paragraph inside it, `at` its place in the passage.
    """

    text: str
    passage: int
    block: int
    at: int
    context: str = ""
    caption: str = ""
    whole: bool = True
    cells: tuple[tuple[str, str], ...] = ()
    columns: str = ""


@dataclass(slots=True)
class _Line:
    text: str
    kind: str  # "text", "item", "heading", "caption", "row", "gap"


def units(text: str, passage: int) -> list[Unit]:
    """Everything of `text` that can be quoted, in its order."""
    found: list[Unit] = []
    heading = caption = ""
    for block, lines in enumerate(_blocks(text)):
        kind = lines[0].kind
        if kind == "heading":
            heading, caption = lines[0].text.lstrip("# "), ""
        elif kind == "caption":
            caption = lines[0].text
        elif kind == "row":
            found += _rows([line.text for line in lines], passage, block, len(found), heading, caption)
            caption = ""
        else:
            found += _prose(lines, passage, block, len(found), heading, leading=block == 0)
    return found


def wide(text: str) -> bool:
    """Is it written in Chinese (or another wide script), mostly?"""
    letters = sum(character.isalpha() for character in text)
    return len(_WIDE.findall(text)) * 4 >= letters > 0


def joined(lines: list[str]) -> str:
    """Lines of one paragraph as one: no space where Chinese meets, words cut by a hyphen made whole."""
    out = ""
    for line in (line.strip() for line in lines):
        if not out or not line or _WIDE.match(out[-1]) or _WIDE.match(line[0]):
            out += line
        elif out.endswith("-") and out[-2:-1].isalpha() and line[0].islower():
            out = out[:-1] + line
        else:
            out += " " + line
    return out


def _blocks(text: str) -> Iterator[list[_Line]]:
    """Lines that belong together: a paragraph, one item, a table, one heading."""
    raw = [line.strip() for line in text.replace("\r\n", "\n").replace("\f", "\n\n").split("\n")]
    widest = max((_width(line) for line in raw), default=0)
    block: list[_Line] = []
    for at, line in enumerate(raw):
        below = raw[at + 1] if at + 1 < len(raw) else ""
        kind = _kind(line, below, widest, bool(block) and block[-1].kind in ("text", "item") and not _ended(block))
        ends = not block or kind in ("gap", "heading", "caption", "item") or (kind == "row") != (block[0].kind == "row")
        if ends and block:
            yield block
            block = []
        if kind != "gap":
            block.append(_Line(_BULLET.sub("", line) if kind == "item" else line, kind))
        if kind in ("heading", "caption") and block:
            yield block
            block = []
    if block:
        yield block


def _ended(block: list[_Line]) -> bool:
    return bool(_END.search(block[-1].text))


def _kind(line: str, below: str, widest: int, goes_on: bool) -> str:
    if not line or (_FURNITURE.search(line) and not _END.search(line) and not _cells(line)):
        return "gap"
    if _HEADING.match(line) and not _END.search(line) and _width(line) < 60 and not _cells(line):
        return "heading"
    if _cells(line) or _RULE.match(line):
        return "row"
    if _BULLET.match(line):
        return "item"
    if _CAPTION.match(line) and not _END.search(line):
        return "caption"
    if below and not _END.search(line) and _cells(below) and "|" not in below and _width(line) < 120 and not goes_on:
        return "row"  # the header of a table whose columns are apart by spaces only
    short = _width(line) < 60 and _width(line) * 10 < max(widest, 50) * 7 and not below[:1].islower()
    if short and not _END.search(line) and not re.search(r"[,:\uff0c\uff1a、]$", line) and not goes_on:
        return "heading"
    return "text"


def _width(line: str) -> int:
    return len(line) + len(_WIDE.findall(line))


def _cells(line: str) -> list[str]:
    """The cells of a table's row; [] where the line is none."""
    for mark in ("|", "\t"):
        cells = [cell.strip() for cell in line.strip().strip("|").split(mark)]
        if len(cells) > 2 or (len(cells) == 2 and (line.startswith("|") or _NUMBER.match(cells[1]))):
            return cells
    words = line.split()
    numbers = 0
    while numbers < len(words) and _NUMBER.match(words[-1 - numbers]):
        numbers += 1
    if len(words) < 2 or numbers < 1 or _END.search(line):
        return []
    label = words[: len(words) - numbers] or words[:1]
    values = words[len(label) :]
    single = len(values) == 1 and (len(label) > 2 or not re.search(r"[\d.]{3}|%", values[0]))
    return [] if not values or len(label) > 6 or single else [" ".join(label), *values]


def _rows(lines: list[str], passage: int, block: int, at: int, heading: str, caption: str) -> list[Unit]:
    rows = [(line, _cells(line)) for line in lines if not _RULE.match(line)]
    header: list[str] = []
    columns = ""
    if len(rows) > 1 and not any(_DATA.match(cell) for cell in rows[0][1][1:]):
        first, cells = rows.pop(0)
        width = len(rows[0][1])
        header = next((names for names in (cells, first.split()) if len(names) == width), [])
        columns = "" if header else first
    found: list[Unit] = []
    for line, cells in rows:
        names = header if len(header) == len(cells) else [""] * len(cells)
        if any(cells):
            row = Unit(_FOOTNOTE.sub("", line), passage, block, at + len(found), heading, caption)
            row.cells, row.columns = tuple(zip(names, cells, strict=True)), columns
            found.append(row)
    return found


def _prose(lines: list[_Line], passage: int, block: int, at: int, heading: str, leading: bool) -> list[Unit]:
    text = joined([line.text for line in lines])
    found: list[Unit] = []
    for start, end in sentences(text):
        sentence = _FOOTNOTE.sub("", text[start:end]).strip()
        if not re.search(r"\w", sentence):
            continue
        whole = bool(_END.search(sentence)) or lines[0].kind == "item"
        if leading and not found and (sentence[0].islower() or sentence[0] in ",、):\uff0c\uff1a\uff09"):
            whole = False
        found.append(Unit(sentence, passage, block, at + len(found), heading, whole=whole))
    return found
