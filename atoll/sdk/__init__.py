"""All that a node needs, and the only thing of Atoll's that a plugin imports.

    from atoll.sdk import Node, Input, Output, register_node

A node is one class; see `Node`. Built-in nodes come in by this same door.
"""

from atoll.sdk.conditions import Clause
from atoll.sdk.container import Container, Pass
from atoll.sdk.context import (
    ChatMessage,
    ChatReply,
    Code,
    Context,
    DocumentText,
    Http,
    HttpReply,
    HttpStream,
    Knowledge,
    Models,
    Passage,
    Redaction,
    Rendered,
    ToolCall,
    ToolSpec,
)
from atoll.sdk.errors import Ask, NodeError
from atoll.sdk.node import (
    CATEGORIES,
    Branch,
    Input,
    Invocation,
    NoConfig,
    Node,
    Output,
    Ports,
    Resource,
    declared,
    ui,
)
from atoll.sdk.registry import collecting, register_node
from atoll.sdk.tools import ToolInfo, ToolReply, Tools, ToolUse

__all__ = [
    "CATEGORIES",
    "Ask",
    "Branch",
    "ChatMessage",
    "ChatReply",
    "Clause",
    "Code",
    "Container",
    "Context",
    "DocumentText",
    "Http",
    "HttpReply",
    "HttpStream",
    "Input",
    "Invocation",
    "Knowledge",
    "Models",
    "NoConfig",
    "Node",
    "NodeError",
    "Output",
    "Pass",
    "Passage",
    "Ports",
    "Redaction",
    "Rendered",
    "Resource",
    "ToolCall",
    "ToolInfo",
    "ToolReply",
    "ToolSpec",
    "ToolUse",
    "Tools",
    "collecting",
    "declared",
    "register_node",
    "ui",
]
