"""HTML: headings, paragraphs, items and tables of what a reader sees. Never recursive: pages nest without end."""

import re
from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from atoll.knowledge.parse.detect import decode
from atoll.knowledge.parse.pages import Parsed, Writer, clean

_DROPPED = frozenset(
    "script style nav noscript template svg head iframe object canvas button select datalist dialog".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header hr "
    "html li main ol p pre section summary table tbody td tfoot th thead tr ul caption h1 h2 h3 h4 h5 h6".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)[^<>]*>")
_UNNESTED = frozenset(  # often left open, or never closed
    "p li td th tr dt dd option thead tbody tfoot br hr img input meta link area base col embed source track wbr".split()
)
_DEEPEST = 3000
_SPACES = re.compile(r"[ \t\r\n\f]+")


@dataclass(slots=True)
class _Reader:
    writer: Writer = field(default_factory=Writer)
    words: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    tables: int = 0  # how deep: a table inside of a cell is that cell's text
    heading: int = 0
    verbatim: int = 0
    item: bool = False
    in_list: bool = False

    def enter(self, tag: str) -> None:
        if tag == "br":
            self.words.append("\n" if not self.tables else " ")
        elif tag in ("tr", "td", "th") and self.tables == 1:
            self.words.clear()
            if tag == "tr":
                self.rows.append([])
        elif tag in _BLOCKS and not self.tables:
            self.flush()
        elif tag in _BLOCKS:
            self.words.append(" ")
        self.tables += tag == "table"
        self.verbatim += tag == "pre"
        if tag in _HEADINGS and not self.tables:
            self.heading = _HEADINGS[tag]
        elif tag == "li":
            self.item = True
        elif tag in ("ul", "ol"):
            self.in_list = False

    def leave(self, tag: str) -> None:
        if tag in ("td", "th") and self.tables == 1:
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append(self._take())
        elif tag == "table" and self.tables == 1:
            self.words.clear()
            self.writer.table(self.rows)
            self.rows = []
        elif tag in _BLOCKS and not self.tables:
            self.flush()
        self.tables -= tag == "table"
        self.verbatim -= tag == "pre"
        if tag in _HEADINGS:
            self.heading = 0
        elif tag == "li":
            self.item = False

    def text(self, text: str) -> None:
        self.words.append(text if self.verbatim and not self.tables else _SPACES.sub(" ", text))

    def flush(self) -> None:
        text = self._take()
        if not text:
            return
        if self.heading:
            self.writer.heading(self.heading, text)
            self.in_list = False
        else:
            self.writer.paragraph(f"• {text}" if self.item else text, "\n" if self.item and self.in_list else "\n\n")
            self.in_list = self.item
        self.item = False

    def _take(self) -> str:
        text = "".join(self.words)
        self.words.clear()
        return text.strip() if self.verbatim else re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", text)).strip()


def parse(payload: bytes, *, name: str) -> Parsed:
    text = clean(decode(payload, html=True))
    if _too_deep(text):
        text = _TAG.sub(" ", text)
    tree = LexborHTMLParser(text)
    reader = _Reader()
    if tree.root is not None:
        _walk(tree.root, reader)
    reader.flush()
    title = tree.css_first("head > title")
    words = _SPACES.sub(" ", title.text() if title is not None else "").strip()
    page = reader.writer.page()
    words = words or next((heading for _, level, heading in page.headings if level == 1), name)
    return Parsed("text/html", words, [page])


def _too_deep(text: str) -> bool:
    """The parser's work grows with the square of the depth: such a page is no document, only its words are kept."""
    depth = deepest = 0
    for mark in _TAG.finditer(text):
        if mark[2].lower() not in _UNNESTED:
            depth = max(0, depth + (-1 if mark[1] else 1))
            deepest = max(deepest, depth)
    return deepest > _DEEPEST


def _walk(root: Any, reader: _Reader) -> None:
    node, tags = root, list[str]()
    while True:
        tag = node.tag or ""
        child = None
        if tag == "-text":
            reader.text(node.text_content or "")
        elif tag not in _DROPPED and tag[:1] not in ("-", "!") and "hidden" not in node.attributes:
            child = node.child
            reader.enter(tag)
            if child is None:
                reader.leave(tag)
            else:
                tags.append(tag)
        following = child if child is not None else node.next
        while following is None:
            if not tags:
                return
            reader.leave(tags.pop())
            node = node.parent
            following = node.next if tags else None
        node = following
