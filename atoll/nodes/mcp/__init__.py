"""Tools of MCP servers over Streamable HTTP. `tools` is what nodes use; below it `client`, `schema` and `wire`.

Stdio servers are left out on purpose: docs/decisions/0012-mcp-without-the-sdk.md.
"""

from atoll.nodes.mcp.tools import Lookup, McpServer, McpTool, call, look_up

__all__ = ["Lookup", "McpServer", "McpTool", "call", "look_up"]
