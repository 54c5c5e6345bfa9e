"""Text, Markdown and CSV."""

import csv
import io
import re

from atoll.knowledge.parse.detect import decode
from atoll.knowledge.parse.pages import Page, Parsed, Writer, clean

_DELIMITERS = ",\t;|"
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_FRONT = re.compile(r"---[ \t]*\n(.{0,8000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.S)
_FRONT_TITLE = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.M | re.I)
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`]+|(?<!\w)_+|_+(?!\w)")


def parse_text(payload: bytes, *, name: str) -> Parsed:
    text = clean(decode(payload))
    return Parsed("text/plain", name, [Page(text)])


def parse_markdown(payload: bytes, *, name: str) -> Parsed:
    """The text as it was written, without its front matter."""
    text = clean(decode(payload))
    title = ""
    if front := _FRONT.match(text):
        text = text[front.end() :]
        found = _FRONT_TITLE.search(front[1])
        title = found[1] if found else ""
    headings = _headings(text)
    title = title or (headings[0][2] if headings and headings[0][1] == 1 else name)
    return Parsed("text/markdown", title, [Page(text, headings)])


def _headings(text: str) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    at, above, above_at, fence = 0, "", 0, ""
    for line in text.split("\n"):
        if mark := _FENCE.match(line):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        elif not fence:
            if heading := _HEADING.match(line):
                _add(found, at, len(heading[1]), heading[2])
                line = ""
            elif above.strip() and (underline := _UNDERLINE.match(line)):
                if not re.match(r"\s*(?:[-*+>|]|\d+[.)])\s|.*\|", above):
                    _add(found, above_at, 1 if underline[1][0] == "=" else 2, above)
                line = ""
        above, above_at = ("" if fence else line), at
        at += len(line) if line else 0
        at = text.find("\n", at) + 1
    return found


def _add(found: list[tuple[int, int, str]], at: int, level: int, title: str) -> None:
    title = _MARKUP.sub(r"\1", title).strip()
    if title:
        found.append((at, level, title))


def parse_csv(payload: bytes, *, name: str) -> Parsed:
    text = clean(decode(payload))
    csv.field_size_limit(1_000_000)
    writer = Writer()
    try:
        writer.table(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))
    except csv.Error:  # no table after all
        return Parsed("text/plain", name, [Page(text)])
    return Parsed("text/csv", name, [writer.page()])


def _delimiter(text: str) -> str:
    """The one that parts the first lines into the same number of cells."""
    lines = [line for line in text[:20_000].split("\n")[:20] if line.strip()]

    def score(delimiter: str) -> tuple[bool, int]:
        counts = [line.count(delimiter) for line in lines]
        return bool(counts) and min(counts) == max(counts) > 0, sum(counts)

    return max(_DELIMITERS, key=score)
