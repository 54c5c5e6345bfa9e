"""Which nodes change the label of what they take: `redact` and a person's release lower it, `restore` raises it.

Asked by the check and by the run. No other node can say this of itself, a plugin's neither: the classes are compared.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from atoll.nodes.builtin.approval import ApprovalConfig, ApprovalNode
from atoll.nodes.builtin.redact import RedactConfig, RedactNode
from atoll.nodes.builtin.restore import RestoreNode
from atoll.sdk import Node


def lowers_to(node: type[Node], config: BaseModel) -> dict[str, Any] | None:
    """{level, tags} that a node may lower the label of its result to; None where it lowers nothing."""
    if node is RedactNode and isinstance(config, RedactConfig):
        return _label(config.level, config.tags)
    if node is ApprovalNode and isinstance(config, ApprovalConfig):
        return _label(config.release_level, config.release_tags)
    return None


def released(node: type[Node], config: BaseModel, outputs: Mapping[str, Any]) -> bool:
    """Whether the node did it: a redaction always, an approval where a person took the choice that releases."""
    if node is ApprovalNode and isinstance(config, ApprovalConfig):
        return bool(config.releasing) and outputs.get("choice") == config.releasing
    return True


def is_release(node: type[Node]) -> bool:
    return node is ApprovalNode


def raises(node: type[Node]) -> bool:
    """Whether its result has the policy's highest label, whatever it took."""
    return node is RestoreNode


def _label(level: str, tags: list[str]) -> dict[str, Any] | None:
    return {"level": level, "tags": sorted(tags)} if level else None
