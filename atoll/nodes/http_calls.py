"""What nodes share that call by HTTP: the methods that change nothing, and the error of a status that refuses."""

from atoll.sdk import NodeError

SAFE = ("GET", "HEAD", "OPTIONS")
_PASSING = (408, 425, 429)
_FOR_EVER = (501, 505)


def refused(status: int, said: str) -> NodeError:
    """`status`: 400 and above. `said`: the other side's words, as many as an error should hold."""
    return NodeError(
        "http_status", f"The other side answered {status}.", f"对方返回了 {status}。",
        retryable=status in _PASSING or (status >= 500 and status not in _FOR_EVER), detail=said,
    )  # fmt: skip
