"""`register_node`: how a class tells the host that it exists.

Registration is collected by whoever imports the plugin (`collecting`), so that a plugin that fails half way
registers nothing, and importing one twice in two tests doesn't mix them up.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from pydantic import BaseModel

from atoll.sdk.node import CATEGORIES, Node

NodeClass = TypeVar("NodeClass", bound=type[Node])

_collector: ContextVar[list[type[Node]] | None] = ContextVar("collector", default=None)


def register_node(node: NodeClass) -> NodeClass:
    """Announce a node class; also usable as a decorator. Raises TypeError or ValueError for a class that isn't one."""
    if not (isinstance(node, type) and issubclass(node, Node)):
        raise TypeError(f"register_node takes a subclass of Node, not {node!r}")
    name = getattr(node, "name", None)
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
        raise ValueError(f"{node.__name__}.name must be lower-case letters, digits and '_', not {name!r}")
    if node.category not in CATEGORIES:
        raise ValueError(f"{node.__name__}.category must be one of {', '.join(CATEGORIES)}")
    if not (isinstance(node.Config, type) and issubclass(node.Config, BaseModel)):
        raise TypeError(f"{node.__name__}.Config must be a Pydantic model")
    for kind, ports in (("inputs", node.inputs), ("outputs", node.outputs)):
        if len({port.name for port in ports}) != len(ports):
            raise ValueError(f"{node.__name__}.{kind} names a port twice")
    collector = _collector.get()
    if collector is not None:
        collector.append(node)
    return node


@contextmanager
def collecting() -> Iterator[list[type[Node]]]:
    """Everything registered inside the block, in order. The host's side of `register_node`."""
    found: list[type[Node]] = []
    token = _collector.set(found)
    try:
        yield found
    finally:
        _collector.reset(token)
