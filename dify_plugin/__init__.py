"""So that a node written `from dify_plugin import Node, Input, Output` runs unchanged.

Only the node contract is here; the names are `atoll.sdk`'s own.
"""

from atoll.sdk import Input, Node, NodeError, Output, register_node

__all__ = ["Input", "Node", "NodeError", "Output", "register_node"]
