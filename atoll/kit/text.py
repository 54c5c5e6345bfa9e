"""Words, sentences and lengths of text in Chinese, English and others. Pure, and linear in the length of the text.

There is one tokenizer for everything: the same words are indexed, asked for, and compared. `VERSION` goes with every
index; raise it when `tokens` gives other words for the same text, and indexes are made anew.
"""

import re
import unicodedata
from collections.abc import Iterator

VERSION = 1
_LONGEST = 64  # characters of a word: what is longer is data, not language

CJK = "\u2e80-\u2fdf\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
"""The scripts written without spaces, as the inside of a regular expression's [...]."""

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_TOKEN = re.compile(rf"[{CJK}]+|([^\W{CJK}]+(?:[-.][^\W{CJK}]+)*)(?:'s\b)?")


def tokens(text: str, *, indexing: bool = False) -> list[str]:
    """The words of `text`, folded: NFKC, lower case, `XJ-2000B` and `3.5` in one piece, 1,200 as 1200.

    Scripts without spaces give pairs of neighbours, so that every word of two characters can be asked for; when
    `indexing` also the single characters, so that a word of one can.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    folded = folded.replace("\u2010", "-").replace("\u2019", "'").replace("\u00ad", "")
    found: list[str] = []
    for match in _TOKEN.finditer(_THOUSANDS.sub("", folded)):
        word = match[1]
        if word:
            found.append(word[:_LONGEST])
            continue
        run = match[0]
        if indexing or len(run) == 1:
            found += run
        found += [run[at : at + 2] for at in range(len(run) - 1)]
    return found


_CLOSING = "\"'”’」』）)\\]】》"
_END = re.compile(
    rf"[。！？；｡]+[{_CLOSING}。！？；]*"  # always an end
    rf"|[!?]+[{_CLOSING}]*(?=\s|$|[{CJK}“‘「『（])"  # not in an address: ?a=1
    rf"|(?P<dot>\.)+[{_CLOSING}]*(?=\s|$)"
    r"|(?P<line>\n)[ \t\r\f\v]*(?P<more>\n\s*)?"
)
_BEFORE = re.compile(r"[^\s(\[（“\"]*$")
_NOT_LAST = frozenset(
    "mr mrs ms dr prof gen rep sen st vs cf al fig figs eq eqs ref refs sec ch vol pp p art approx est dept "
    "e.g i.e a.m p.m u.s u.k jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
_BEFORE_A_NUMBER = frozenset("no nos nr".split())
_CJK_CHARACTER = re.compile(rf"[{CJK}]")
_CJK_PAUSES = ("，", "、", "（")
_WRAP_WIDTH = 30  # characters of the shortest line that may go on in the next


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, without the white space around it. What lies between them is white space.

    A line's end is a sentence's end too, unless the sentence evidently goes on: then the text was wrapped.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for end, after in _ends(text):
        _add(found, text, start, end)
        start = after
    _add(found, text, start, len(text))
    return found


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.lstrip()
    if stripped:
        start = end - len(stripped)
        found.append((start, start + len(stripped.rstrip())))


def _ends(text: str) -> Iterator[tuple[int, int]]:
    """(end of a sentence, where to go on)."""
    start = 0
    for match in _END.finditer(text):
        if match["line"]:
            ends = bool(match["more"]) or not _goes_on(text, start, match)
        elif match["dot"]:
            ends = _full_stop(text, start, match)
        else:
            ends = True
        if ends:
            start = match.end()
            yield match.start() if match["line"] else start, start


def _goes_on(text: str, start: int, line: re.Match[str]) -> bool:
    """Does the line after this end carry on the sentence?"""
    following = text[line.end() : line.end() + 1]
    head = text.rfind("\n", start, line.start()) + 1 or start
    if line.start() - head < _WRAP_WIDTH:
        return False
    last = text[line.start() - 8 : line.start()].rstrip()[-1:]
    if _CJK_CHARACTER.match(last) or last in _CJK_PAUSES:
        return bool(_CJK_CHARACTER.match(following))
    return following.islower()


def _full_stop(text: str, start: int, dot: re.Match[str]) -> bool:
    """Does this stop end a sentence rather than an abbreviation or the number of a list's item?"""
    following = text[dot.end() : dot.end() + 40].lstrip(" \t\"'“‘([")[:1]
    if following.islower():
        return False
    before = _BEFORE.search(text, max(start, dot.start() - 40), dot.start())
    word = before[0].lower() if before else ""
    if word in _NOT_LAST or (word in _BEFORE_A_NUMBER and following.isdigit()):
        return False
    if len(word) <= 3 and word.isdigit():  # "1. First"
        return bool(text[start : dot.start() - len(word)].strip(" \t\n\r•·-*"))
    initial = word.rpartition(".")[2]
    return not (len(initial) == 1 and initial.isalpha() and following.isupper())  # J. Smith, U.S. Bank


def estimate_tokens(text: str) -> int:
    """About how many tokens a model will count: one for a Chinese character, one for four of other text."""
    if text.isascii():
        return (len(text) + 3) // 4
    # a Chinese character has three bytes in UTF-8; Cyrillic and the like have two, and cost about half a token each
    more = len(text.encode("utf-8", "surrogatepass")) - len(text)
    wide = min(len(text), more // 2)
    return wide + (len(text) - wide + 3) // 4
