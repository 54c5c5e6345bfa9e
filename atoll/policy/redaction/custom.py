"""Patterns and word lists of a user's own. A pattern can't be slow: it has places, no repetition without an end.

`EMP-####`: `#` is a digit, `@` a letter, `*` a letter or a digit; `\\` before one of them means the sign itself; all else
means itself. `#{4,8}` repeats a place.
"""

import re
from collections.abc import Iterable

from atoll.kit.errors import UserError
from atoll.kit.i18n import text
from atoll.policy.redaction.detectors import Kind, plain_form

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
WIDTH = 64  # characters that a pattern or a word may match
WAYS = 32  # that one place of a text may be tried in, all repetitions together
WORDS = 2_000
_PLACES = {"#": "[0-9]", "@": "[A-Za-z]", "*": "[0-9A-Za-z]"}
_PIECE = re.compile(r"(\\.|.)(?:\{(\d{1,2})(?:,(\d{1,2}))?\})?", re.S)
# A Latin word ends where another character stands; Chinese has no spaces.
_EDGE_BEFORE, _EDGE_AFTER = r"(?:(?<![0-9A-Za-z])|(?![0-9A-Za-z]))", r"(?:(?![0-9A-Za-z])|(?<![0-9A-Za-z]))"


def pattern_kind(name: str, pattern: str) -> Kind:
    """Raises UserError `redaction_pattern`."""
    return _kind(name, *check_pattern(pattern))


def words_kind(name: str, words: Iterable[str]) -> Kind:
    """A list of words, found as they are, in any case. Raises UserError `redaction_pattern`."""
    listed = check_words(name, words)
    return _kind(name, _trie(listed), len(listed[0]), re.I)


def check_pattern(pattern: str) -> tuple[str, int]:
    """The pattern as a regular expression, and how many characters it may match: microseconds, as nothing is compiled.

    Raises UserError `redaction_pattern`.
    """
    parts, width, free, ways = [], 0, 0, 1
    for sign, least, most in _PIECE.findall(plain_form(pattern)):
        place = _PLACES.get(sign)
        free += place is not None
        one = place or re.escape(sign[-1])
        low, high = int(least or 1), int(most or least or 1)
        if high < max(low, 1):
            raise _refused(
                "a repetition counts up from at least 1, as in {2,4}", "重复次数须从小到大且至少为 1，如 {2,4}", pattern
            )
        parts.append(one if (low, high) == (1, 1) else f"{one}{{{low},{high}}}")
        width += high
        ways *= high - low + 1
    if not free or not width:
        raise _refused(
            "write a place into it: # for a digit, @ for a letter, * for either",
            "请写入占位符：# 表示数字，@ 表示字母，* 表示任一",
            pattern,
        )
    if width > WIDTH or ways > WAYS:
        raise _refused(
            f"it may be {WIDTH} characters wide, and its repetitions leave open at most {WAYS} ways to repeat",
            f"最多 {WIDTH} 个字符，可变重复的组合不超过 {WAYS} 种",
            pattern,
        )
    return "".join(parts), width


def check_words(name: str, words: Iterable[str]) -> list[str]:
    """The words as they are looked for, the longest first. Raises UserError `redaction_pattern`."""
    listed = sorted({plain_form(word.strip()).lower() for word in words if word.strip()}, key=len, reverse=True)
    if not listed or len(listed) > WORDS or len(listed[0]) > WIDTH:
        raise UserError(
            "redaction_pattern",
            f"“{name}” does not say what to find. Give it a pattern, or 1 to {WORDS:,} words of at most {WIDTH} characters.",
            f"“{name}”没有可用的查找内容。请填写模式，或 1 至 {WORDS} 个词，每个不超过 {WIDTH} 个字符。",
        )
    return listed


def _kind(name: str, pattern: str, width: int, flags: int = 0) -> Kind:
    compiled = re.compile(f"{_EDGE_BEFORE}(?:{pattern}){_EDGE_AFTER}", flags)
    return Kind(name, text(name, name), compiled, width, lambda _, __, end: end)


def _trie(words: list[str]) -> str:
    """One pattern for all of them that looks at each character once."""
    by_first: dict[str, list[str]] = {}
    for word in words:
        by_first.setdefault(word[:1], []).append(word[1:])
    ends = "" in by_first
    ways = [re.escape(first) + _trie(rest) for first, rest in by_first.items() if first]
    if not ways:
        return ""
    joined = "|".join(ways)
    return f"(?:{joined})?" if ends else (joined if len(ways) == 1 else f"(?:{joined})")


def _refused(en: str, zh: str, what: str) -> UserError:
    return UserError("redaction_pattern", f"“{what[:80]}” is no pattern: {en}.", f"“{what[:80]}”不是合法的模式：{zh}。")
