"""The label that a builder says of what a node gives: the two fields of its form, and what becomes of them."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from atoll.kit.i18n import text
from atoll.sdk import ui

_NAME = r"[^\W_][\w.\-]{0,63}"
LevelName = Annotated[str, StringConstraints(pattern=rf"^({_NAME})?$")]
"""A level of the policy, or nothing."""
TagName = Annotated[str, StringConstraints(pattern=rf"^{_NAME}$")]

_HELP = text("A level of the policy. Empty: no more than what it takes", "策略中的级别；留空则不高于所接收的内容")


def level_field(**hints: Any) -> Any:
    """The level of what the node gives, where that is more than what it takes."""
    label = text("What it gives is at least", "所给数据的密级不低于")
    return Field(
        default="",
        json_schema_extra=ui("text", label=label, placeholder="confidential", advanced=True, help=_HELP, **hints),
    )  # fmt: skip


def tags_field(**hints: Any) -> Any:
    """The tags of what the node gives."""
    label = text("Tags of what it gives", "所给数据的标签")
    return Field(
        default_factory=list, max_length=64, json_schema_extra=ui("tags", label=label, advanced=True, **hints)
    )  # fmt: skip
