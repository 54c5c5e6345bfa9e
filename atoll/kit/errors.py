"""Errors that say whose fault they are.

Each carries a stable `code` (documented in docs/reference/errors.md), a sentence in both languages
that says what to do, and, where a document was at fault, a JSON pointer to the place.
"""

from typing import Any, ClassVar

from atoll.kit.i18n import Text, text


class AtollError(Exception):
    """Base of all expected errors. Raise one of the subclasses."""

    status: ClassVar[int] = 500

    def __init__(self, code: str, en: str, zh: str, *, pointer: str | None = None, **params: Any) -> None:
        super().__init__(en)
        self.code = code
        self.message: Text = text(en, zh)
        self.pointer = pointer
        self.params = params

    def as_dict(self) -> dict[str, Any]:
        """The wire form: {code, message: {en, zh}, pointer, params}."""
        return {"code": self.code, "message": self.message, "pointer": self.pointer, "params": self.params}


class UserError(AtollError):
    """The caller asked for something that can't be done as asked. Says what to change."""

    status = 422


class Unauthenticated(UserError):
    status = 401


class Forbidden(UserError):
    status = 403


class NotFound(UserError):
    status = 404


class Conflict(UserError):
    """Somebody else was faster, or the thing exists already. Reload and try again."""

    status = 409


class TooLarge(UserError):
    status = 413


class TooMany(UserError):
    """A rate or concurrency limit. `params["retry_after"]` is in seconds where known."""

    status = 429


class OperationalError(AtollError):
    """Something the installation depends on does not answer. Trying again may help."""

    status = 503
