"""A label: what a piece of data is. A level of an ordered list, and tags.

The order of the levels is the policy's, so joining two labels is a method of `Policy`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atoll.kit.errors import UserError

NAME = re.compile(r"[^\W_][\w.-]{0,63}")  # levels and tags: a word, in any script
MAX_TAGS = 64


@dataclass(frozen=True, slots=True)
class Label:
    level: str = "internal"
    tags: frozenset[str] = frozenset()

    def as_dict(self) -> dict[str, Any]:
        """The form in the event log and in the API: {level, tags}."""
        return {"level": self.level, "tags": sorted(self.tags)}

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> "Label":
        """The inverse of `as_dict`. Raises UserError `label_invalid`. The level is not checked against a policy."""
        if not isinstance(value, Mapping) or not set(value) <= {"level", "tags"} or "level" not in value:
            raise _invalid(
                "it must be an object with level and tags",
                "应为包含 level 与 tags 的对象",
                pointer,
            )
        level, tags = value["level"], value.get("tags", [])
        if not isinstance(level, str) or not NAME.fullmatch(level):
            raise _invalid("level must be a name", "level 应为名称", f"{pointer}/level")
        if not isinstance(tags, list) or len(tags) > MAX_TAGS:
            raise _invalid(
                f"tags must be a list of at most {MAX_TAGS} names",
                f"tags 应为不超过 {MAX_TAGS} 个名称的列表",
                f"{pointer}/tags",
            )
        for at, tag in enumerate(tags):
            if not isinstance(tag, str) or not NAME.fullmatch(tag):
                raise _invalid("a tag must be a name", "标签应为名称", f"{pointer}/tags/{at}")
        return cls(level, frozenset(tags))

    def words(self) -> str:
        """`confidential` or `confidential, pii`: the same in both languages, as these are names."""
        return ", ".join([self.level, *sorted(self.tags)])


def _invalid(en: str, zh: str, pointer: str) -> UserError:
    return UserError(
        "label_invalid",
        f"This label can't be read: {en}.",
        f"无法读取该标签：{zh}。",
        pointer=pointer,
    )
