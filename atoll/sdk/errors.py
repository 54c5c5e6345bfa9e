"""How a node says that it failed."""

from collections.abc import Mapping, Sequence
from typing import Any

from atoll.kit.errors import UserError


class NodeError(UserError):
    """A node could not do its work. The run's record shows `code`, both sentences and `detail`.

    `code`: small letters, digits and `_`, 64 at most; another one is recorded as `node_failed`. It stands in traces.
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


class Ask(Exception):
    """Raised by a node that needs a person. The run waits without a process; when somebody has answered, the node is
    invoked again and finds the answer in `self.context.answer`.

    `form` is a JSON object that the page knows how to show: {title, text, fields, choices}. `roles` says who may
    answer; empty means all who may run the app. After `seconds` the answer is {"timeout": true}.
    """

    def __init__(self, form: Mapping[str, Any], *, roles: Sequence[str] = (), seconds: float | None = None) -> None:
        super().__init__("a person is asked")
        self.form, self.roles, self.seconds = dict(form), tuple(roles), seconds
