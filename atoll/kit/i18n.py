"""Words for people, in both of the product's languages.

Every sentence that reaches a person is a `Text`. The API sends both languages and the client
chooses, so that changing the language needs no round trip and a log line stays greppable.
"""

import os
from typing import NotRequired

from typing_extensions import TypedDict  # Pydantic takes typing's own from 3.12 on only


class Text(TypedDict):
    """One sentence or name. `zh` may be missing only where the words came from a user or a plugin."""

    en: str
    zh: NotRequired[str]


def text(en: str, zh: str) -> Text:
    return {"en": en, "zh": zh}


def as_text(words: "str | Text") -> Text:
    """A plugin may write a plain string where a `Text` is expected; it then serves both languages."""
    return {"en": words, "zh": words} if isinstance(words, str) else words


def pick(words: Text, language: str) -> str:
    """The sentence in `language` ("zh" or "en"), else in the other one."""
    return words.get("zh", words["en"]) if language == "zh" else words["en"]


def terminal_language() -> str:
    """The language of a terminal session, by the usual environment variables."""
    for name in ("ATOLL_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
