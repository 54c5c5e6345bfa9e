"""Values found in a text by their form alone: `name: value`, numbers, dates, in Chinese and English. Pure.

What the extractor does where no language model is there. It takes what is written: 9.8 亿 is 9.8, no unit is applied.
"""

import re
from typing import Any

_DATE = re.compile(
    r"\d{4}\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}\s+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s+\d{4}"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s+\d{1,2},?\s+\d{4}",
    re.I,
)
_NUMBER = re.compile(r"(?<![\w.])[-+\u2212]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\d.])[-+\u2212]?\d+(?:\.\d+)?")
_DATED = re.compile(r"日期|时间|截止|date|deadline|\bday\b|\bon\b", re.I)
_YES = re.compile(r"(?:是|有|对|yes|true|y)\b|是|有", re.I)
_NO = re.compile(r"(?:否|不|无|没有|未|no|false|n\b)", re.I)
_SEPARATOR = re.compile(r"[、,\uff0c;\uff1b|/]|\s(?:and|和|及)\s")
_TRAILING = " \t\"'“”*`。.,\uff0c;\uff1b"
_DIGITS = 40  # of a number, with its point and sign
_NEAR = 30  # characters between a name and its number


def find(text: str, name: str, description: str, kind: str, *, alone: bool) -> Any:
    """The value of a field, or None. `alone`: no other field has this type, so the only number or date is its."""
    known = labels(name, description)
    dated = kind == "string" and bool(_DATED.search(f"{name.replace('_', ' ')} {description}"))
    for label in known:
        written = _after(text, label)
        if written is not None and (value := _read(written, kind, dated)) is not None:
            return value
    if kind == "number":
        for label in known:
            if near := re.search(rf"{_word(label)}[^\d\n。;\uff1b]{{0,{_NEAR}}}(?=\d)", text, re.I):
                number = _NUMBER.search(text, near.end() - 1) or _NUMBER.search(text, near.end())
                return _value(number[0]) if number else None
        found = _NUMBER.findall(_DATE.sub(" ", text))
        return _value(found[0]) if alone and len(found) == 1 else None
    if dated:
        dates = _DATE.findall(text)
        return dates[0] if alone and len(dates) == 1 else None
    return None


def labels(name: str, description: str) -> list[str]:
    """The words that a text may call a field by."""
    pieces = [piece.strip() for piece in re.split(r"[,;\uff0c。\uff1b、/()\uff08\uff09:\uff1a]", description)]
    return list(dict.fromkeys([name, name.replace("_", " "), *(one for one in pieces if 1 < len(one) <= 20)]))


def _word(label: str) -> str:
    escaped = re.escape(label)
    return rf"(?<![A-Za-z0-9_]){escaped}(?![A-Za-z0-9_])" if label.isascii() else escaped


def _after(text: str, label: str) -> str | None:
    """What stands behind `label:`, to the end of the line or of the sentence."""
    found = re.search(rf"{_word(label)}[\"”*`]*[ \t]*(?:[:\uff1a=]|是|为)[ \t]*([^\n。;\uff1b]+)", text, re.I)
    return found[1].strip() if found else None


def _read(written: str, kind: str, dated: bool) -> Any:
    if kind == "number":
        number = _NUMBER.search(written)
        return _value(number[0]) if number else None
    if kind == "boolean":
        return False if _NO.match(written) else True if _YES.match(written) else None
    if kind == "array[string]":
        items = [one.strip().strip(_TRAILING) for one in _SEPARATOR.split(written)]
        return [one for one in items if one] or None
    if kind == "object":
        return None
    if dated and (date := _DATE.search(written)):
        return date[0]
    return re.split(r"[,\uff0c](?=\s*[\w ]{1,20}[:\uff1a])", written)[0].strip(_TRAILING) or None


def _value(written: str) -> float | int | None:
    """None for what is longer than a number is."""
    plain = written.replace(",", "").replace("\u2212", "-")
    if len(plain) > _DIGITS:
        return None
    return float(plain) if "." in plain else int(plain)
