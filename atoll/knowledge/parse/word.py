"""DOCX: body in its order, headings by style or outline level, tables as rows."""

import io
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError

from atoll.knowledge.parse.archive import BROKEN, refuse_doctypes
from atoll.knowledge.parse.faults import fault
from atoll.knowledge.parse.pages import Parsed, Writer

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS = {_W + "tab": "\t", _W + "br": "\n", _W + "cr": "\n", _W + "noBreakHyphen": "-"}
_HOLDERS = {_W + name for name in ("sdt", "sdtContent", "ins", "smartTag", "customXml", "moveTo")}
_GONE = {_W + "del", _W + "moveFrom", _FALLBACK}
_STYLE_NAMES = ("heading ", "标题 ", "标题")


def parse(payload: bytes, *, name: str) -> Parsed:
    refuse_doctypes(payload)
    try:
        document = docx.Document(io.BytesIO(payload))
        body = document.element.body
        levels, lists = _styles(document.part._styles_part.element)
        title = str(document.core_properties.title or "").strip()
    except (PackageNotFoundError, AttributeError, TypeError, *BROKEN):
        raise fault("doc_damaged") from None
    writer = Writer()
    reader = _Reader(writer, levels, lists)
    reader.blocks(body)
    page = writer.page()
    first = next((title for _, level, title in page.headings if level == 1), "")
    return Parsed(MEDIA_TYPE, title if title and title != "Word Document" else first or name, [page])


def _styles(element: Any) -> tuple[dict[str, int], set[str]]:
    """(style → level of heading, styles of list items)."""
    levels: dict[str, int] = {}
    lists: set[str] = set()
    parents: dict[str, str] = {}
    for style in element.iterchildren(_W + "style"):
        key = style.get(_W + "styleId") or ""
        label = style.find(_W + "name")
        words = (label.get(_W + "val") or "").lower() if label is not None else ""
        based = style.find(_W + "basedOn")
        parents[key] = based.get(_W + "val") or "" if based is not None else ""
        number = next((words.removeprefix(start) for start in _STYLE_NAMES if words.startswith(start)), "")
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        if words in ("title", "标题"):
            levels[key] = 0
        elif number.isdecimal():
            levels[key] = int(number)
        elif outline is not None:
            levels[key] = _number(outline) + 1
        if words.startswith(("list ", "列表")) or style.find(f"{_W}pPr/{_W}numPr") is not None:
            lists.add(key)
    for key in parents:
        seen, above = {key}, parents[key]
        while above and above not in seen and key not in levels:
            seen.add(above)
            if above in levels and levels[above] > 0:
                levels[key] = levels[above]
            above = parents.get(above, "")
    return {key: level for key, level in levels.items() if level <= 9}, lists


def _number(element: Any) -> int:
    value = element.get(_W + "val") or ""
    return int(value) if value.isdecimal() and len(value) < 3 else 9


class _Reader:
    def __init__(self, writer: Writer, levels: dict[str, int], lists: set[str]) -> None:
        self.writer, self.levels, self.lists = writer, levels, lists
        self.titled = 0  # 1 once there was a title, above all headings
        self.in_list = False

    def blocks(self, holder: Any) -> None:
        for element in holder.iterchildren():
            if element.tag == _W + "p":
                self._paragraph(element)
            elif element.tag == _W + "tbl":
                self.in_list = False
                self.writer.table(_rows(element))
            elif element.tag in _HOLDERS:
                self.blocks(element)

    def _paragraph(self, element: Any) -> None:
        text = _text(element).strip()
        level = self._level(element)
        if text and level is not None:
            self.titled |= level == 0
            self.writer.heading(level + self.titled, text)
            self.in_list = False
        elif text:
            item = self._is_item(element)
            self.writer.paragraph(f"• {text}" if item else text, "\n" if item and self.in_list else "\n\n")
            self.in_list = item
        for box in _boxes(element):
            self.blocks(box)

    def _level(self, element: Any) -> int | None:
        outline = element.find(f"{_W}pPr/{_W}outlineLvl")
        if outline is not None and _number(outline) < 9:
            return _number(outline) + 1
        return self.levels.get(_style(element))

    def _is_item(self, element: Any) -> bool:
        return element.find(f"{_W}pPr/{_W}numPr") is not None or _style(element) in self.lists


def _style(element: Any) -> str:
    style = element.find(f"{_W}pPr/{_W}pStyle")
    return (style.get(_W + "val") or "") if style is not None else ""


def _text(element: Any) -> str:
    """The text of a paragraph, without that of boxes anchored in it and of what was deleted."""
    parts: list[str] = []
    for child in element.iterchildren():
        if child.tag == _W + "t":
            parts.append(child.text or "")
        elif child.tag in _BREAKS:
            parts.append(_BREAKS[child.tag])
        elif child.tag not in _GONE and child.tag not in (_W + "txbxContent", _W + "pPr"):
            parts.append(_text(child))
    return "".join(parts)


def _boxes(element: Any) -> Iterator[Any]:
    for child in element.iterchildren():
        if child.tag == _W + "txbxContent":
            yield child
        elif child.tag not in _GONE:
            yield from _boxes(child)


def _rows(table: Any) -> Iterator[list[str]]:
    for row in _inside(table, "tr"):
        yield [_cell(cell) for cell in _inside(row, "tc")]


def _inside(holder: Any, name: str) -> Iterator[Any]:
    for child in holder.iterchildren():
        if child.tag == _W + name:
            yield child
        elif child.tag in _HOLDERS:
            yield from _inside(child, name)


def _cell(cell: Any) -> str:
    merged = cell.find(f"{_W}tcPr/{_W}vMerge")
    if merged is not None and merged.get(_W + "val") != "restart":
        return ""
    return " ".join(_text(paragraph) for paragraph in cell.iter(_W + "p"))
