"""Which nodes may be tools of another node, and under which inputs. Pure."""

from collections.abc import Sequence
from typing import Any

from atoll.kit.i18n import Text, text
from atoll.sdk import Node, Ports
from atoll.sdk.container import Container

_NOT = ("io", "logic", "human")  # they give a run its form, or wait for people


def tool_fault(node: type[Node], config: Any, ports: Ports, given: Sequence[str]) -> Text | None:
    """Why a node can't be a tool whose calls give it these inputs; None where it can."""
    if node.category in _NOT or issubclass(node, Container) or node.decorative or node.tools(config):
        return text(
            f"“{node.name}” can't be a tool: choose one that searches, calls or computes",
            f"“{node.name}”不能用作工具，请选择检索、调用或计算类节点",
        )
    known = {port.name for port in ports.inputs}
    listed = ", ".join(port.name for port in ports.inputs) or "none"
    if not node.open_inputs and (unknown := [name for name in given if name not in known]):
        return text(
            f"“{node.name}” takes no “{unknown[0]}” (it takes: {listed})",
            f"“{node.name}”没有输入“{unknown[0]}”（可用：{listed}）",
        )
    needed = [port.name for port in ports.inputs if port.required and port.default is None and port.name not in given]
    if not needed:
        return None
    return text(
        f"“{node.name}” needs “{needed[0]}”: let it be given, or set it",
        f"“{node.name}”需要“{needed[0]}”：请设为由模型给出，或填写固定值",
    )
