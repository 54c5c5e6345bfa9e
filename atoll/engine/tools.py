"""Which nodes may be tools of another node, and under which inputs. Pure."""

from collections.abc import Sequence
from typing import Any

from atoll.sdk import Node, Ports
from atoll.sdk.container import Container

_NOT = ("io", "logic", "human")  # they give a run its form, or wait for people


def tool_fault(node: type[Node], config: Any, ports: Ports, given: Sequence[str]) -> str:
    """Why a node can't be a tool whose calls give it these inputs; "" where it can."""
    if node.category in _NOT or issubclass(node, Container) or node.decorative or node.tools(config):
        return f"“{node.name}” can't be a tool: choose one that searches, calls or computes"
    known = {port.name for port in ports.inputs}
    listed = ", ".join(port.name for port in ports.inputs) or "none"
    if not node.open_inputs and (unknown := [name for name in given if name not in known]):
        return f"“{node.name}” takes no “{unknown[0]}” (it takes: {listed})"
    needed = [port.name for port in ports.inputs if port.required and port.default is None and port.name not in given]
    return f"“{node.name}” needs “{needed[0]}”: let it be given, or set it" if needed else ""
