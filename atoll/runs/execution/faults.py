"""What a port raises, as a node's error."""

from atoll.kit.errors import AtollError, OperationalError
from atoll.kit.jail import JailError
from atoll.sdk import NodeError


def node_error(error: AtollError) -> NodeError:
    """The same error as a node's: what may pass by itself may be tried again."""
    if isinstance(error, NodeError):
        return error
    detail = error.detail if isinstance(error, JailError) else ""
    words = error.message
    return NodeError(
        error.code,
        words["en"],
        words.get("zh"),
        retryable=isinstance(error, OperationalError),
        detail=detail,
        **{name: value for name, value in error.params.items() if name not in ("retryable", "detail")},
    )
