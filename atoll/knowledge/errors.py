"""The errors of this package that are raised in more than one place."""

from typing import Any

from atoll.kit.errors import NotFound


def no_dataset(ref: str) -> NotFound:
    return NotFound(
        "dataset_not_found",
        f"There is no dataset “{ref}”. Make it, or choose another.",
        f"没有名为“{ref}”的知识库，请新建或选择其他知识库。",
    )


def no_document(**params: Any) -> NotFound:
    return NotFound("document_not_found", "There is no such document.", "文档不存在，可能已被删除。", **params)
