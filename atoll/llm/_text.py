"""Stand-in for atoll.kit.text."""

import re
import unicodedata

_WORD = re.compile(r"[a-z0-9]+(?:[-.'][a-z0-9]+)*|[\u3400-\u9fff\uf900-\ufaff]+")
_SENT = re.compile(r".+?(?:[。\uff01\uff1f!?…]+['\"”’」』\uff09)]*|\.['\"”’)]*(?=\s+[A-Z0-9“\"(])|$)", re.S)


def tokens(text: str) -> list[str]:
    out: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).lower()):
        if word[0] < "\u3400" or len(word) == 1:
            out.append(word)
        else:
            out += [word[i : i + 2] for i in range(len(word) - 1)]
    return out


def sentences(text: str) -> list[str]:
    return [s.strip() for s in _SENT.findall(text) if s.strip()]
