"""How a node says that it failed."""

from typing import Any

from atoll.kit.errors import UserError


class NodeError(UserError):
    """A node could not do its work. The run's record shows `code`, both sentences and `detail`.

    `retryable` says whether trying again may help; the node's retry policy asks for it.
    `detail` is for the builder of the app (a traceback of user code, a reply's body), never for its users.
    A plugin that knows one language may leave `zh` out.
    """

    def __init__(
        self, code: str, en: str, zh: str | None = None, *, retryable: bool = False, detail: str = "", **params: Any
    ) -> None:
        super().__init__(code, en, zh or en, **params)
        self.retryable = retryable
        self.detail = detail
