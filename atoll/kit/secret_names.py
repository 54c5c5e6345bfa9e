"""References to named secrets, `{{ secrets.NAME }}`: how they are written, and the stand-ins that go in their place.

A stand-in is a word that nobody can guess, made anew for each attempt of a node. It stands where the reference stood in
the node's own settings, until the request is sent: what comes as data and looks like a reference stays what it is.
"""

import re
import secrets
from collections.abc import Callable, Collection

from atoll.kit.errors import UserError

NAME = r"[A-Z][A-Z0-9_]{0,63}"
_REFERENCE = re.compile(r"\{\{-?\s*secrets\.(" + NAME + r")\s*-?\}\}")
_DOTTED = re.compile(r"secrets\." + NAME)


def needed(name: str) -> UserError:
    """Of a secret that the workspace lacks."""
    return UserError(
        "needs_secret",
        f"This workspace has no secret {name}. Add it under Secrets.",
        f"此工作空间没有凭据 {name}，请在“凭据”中添加。",
        secret=name,
    )


def reference(name: str) -> str:
    return f"{{{{ secrets.{name} }}}}"


def referred(text: str) -> list[str]:
    """The names that a text refers to, each once."""
    return list(dict.fromkeys(_REFERENCE.findall(text)))


def is_reference(dotted: str) -> bool:
    """Whether a dotted name of a template is a secret's."""
    return bool(_DOTTED.fullmatch(dotted))


def replaced(text: str, stand_in: Callable[[str], str], among: Collection[str] | None = None) -> str:
    """`text` with each reference (to one of `among`) replaced by what `stand_in` gives for its name."""
    return _REFERENCE.sub(lambda one: stand_in(one[1]) if among is None or one[1] in among else one[0], text)


class StandIns:
    """Those of one attempt of a node."""

    def __init__(self) -> None:
        self._word = ""
        self._any: re.Pattern[str] | None = None

    @property
    def used(self) -> bool:
        return bool(self._word)

    def of(self, name: str) -> str:
        if not re.fullmatch(NAME, name):
            raise ValueError(f"{name!r} is no name of a secret")
        if not self._word:
            self._word = f"atoll{secrets.token_hex(16)}x"
            self._any = re.compile(self._word + "(" + NAME + ")x" + self._word[::-1])
        return f"{self._word}{name}x{self._word[::-1]}"

    def names(self, text: str) -> list[str]:
        return list(dict.fromkeys(self._any.findall(text))) if self._any else []

    def put(self, text: str, value_of: Callable[[str], str]) -> str:
        """`text` with what stands in replaced."""
        return self._any.sub(lambda one: value_of(one[1]), text) if self._any else text

    def shown(self, text: str) -> str:
        """`text` as it may be kept: with references again."""
        return self.put(text, reference)
