"""The label that a builder says of a node: the two fields of its form, level and tags."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from atoll.kit.i18n import Text, text
from atoll.sdk import ui

_NAME = r"[^\W_][\w.\-]{0,63}"
LevelName = Annotated[str, StringConstraints(pattern=rf"^({_NAME})?$")]
"""A level of the policy, or nothing."""
TagName = Annotated[str, StringConstraints(pattern=rf"^{_NAME}$")]

_GIVES = text("What it gives is at least", "所给数据的密级不低于")
_AS_TAKEN = text("No more than what it takes", "不高于所接收的内容")
_GIVES_TAGS = text("Tags of what it gives", "所给数据的标签")


def level_field(label: Text = _GIVES, none: Text = _AS_TAKEN, *, advanced: bool = True, **hints: Any) -> Any:
    """A choice of the workspace's levels: the level of what the node gives, where that is more than what it takes, unless
    `label` says something else. `none`: what it means that none is chosen."""
    return Field(default="", json_schema_extra=ui("level", label=label, none=none, advanced=advanced, **hints))


def tags_field(label: Text = _GIVES_TAGS, **hints: Any) -> Any:
    return Field(
        default_factory=list, max_length=64, json_schema_extra=ui("tags", label=label, advanced=True, **hints)
    )  # fmt: skip
