"""What every parser makes: pages of text with the places of their headings. Owns the limit on text."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from atoll.knowledge.parse.faults import fault

MOST_CHARACTERS = 20_000_000
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0x7F, 0xFEFF, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])


def clean(text: str) -> str:
    """Without what no text holds: controls, halves of characters. Line ends become \\n."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isprintable() else text.translate(_CONTROLS)


def row(cells: Iterable[str]) -> str:
    """A table's row in one line. A bar inside a cell would look like a border."""
    return " | ".join(" ".join(cell.replace("|", "/").split()) for cell in cells).rstrip()


@dataclass(slots=True)
class Page:
    text: str
    headings: list[tuple[int, int, str]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


@dataclass(slots=True)
class Parsed:
    media_type: str
    title: str
    pages: list[Page]
    paged: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The wire form. Raises ParseFault where there is nothing in it, or too much."""
        total = sum(len(page.text) for page in self.pages)
        if total > MOST_CHARACTERS:
            raise fault("doc_too_large", limit=MOST_CHARACTERS // 1_000_000)
        if not any(page.text and not page.text.isspace() for page in self.pages):
            raise fault("doc_empty")
        pages = [
            {
                "text": page.text,
                "width": page.width,
                "height": page.height,
                "headings": [list(heading) for heading in page.headings],
            }
            for page in self.pages
        ]
        return {"media_type": self.media_type, "title": self.title[:500], "paged": self.paged, "pages": pages}


def apart(found: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What `as_dict` gives, the texts of the pages beside it: each page has its number of `bytes` instead."""
    texts = [page.pop("text").encode() for page in found["pages"]]
    for page, text in zip(found["pages"], texts, strict=True):
        page["bytes"] = len(text)
    return found, b"".join(texts)


class Writer:
    """Collects the text of one page, block by block."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[tuple[int, int, str]] = []

    def heading(self, level: int, title: str) -> None:
        title = " ".join(clean(title).split())
        if title:
            self._gap("\n\n")
            self._headings.append((self._length, max(1, min(level, 9)), title))
            self._put(title)

    def paragraph(self, text: str, gap: str = "\n\n") -> None:
        text = clean(text).strip()
        if text:
            self._gap(gap)
            self._put(text)

    def table(self, rows: Iterable[Iterable[str]]) -> None:
        gap = "\n\n"
        for cells in rows:
            line = row(clean(cell) for cell in cells)
            if line.strip(" |"):
                self._gap(gap)
                self._put(line)
                gap = "\n"

    def page(self) -> Page:
        return Page("".join(self._parts), self._headings)

    def _gap(self, gap: str) -> None:
        if self._parts:
            self._put(gap)

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > MOST_CHARACTERS:
            raise fault("doc_too_large", limit=MOST_CHARACTERS // 1_000_000)
