"""The errors of this package that are raised in more than one place."""

from collections.abc import Sequence
from typing import Any

from atoll.kit.depth import MOST
from atoll.kit.errors import Conflict, NotFound, TooLarge, UserError


def no_app() -> NotFound:
    return NotFound("app_not_found", "There is no such app. It may have been deleted.", "应用不存在，可能已被删除。")


def no_version() -> NotFound:
    return NotFound("version_not_found", "The app has no such version.", "该应用没有这个版本。")


def no_node(node: str) -> NotFound:
    return NotFound("node_not_found", f"The app has no node “{node}”.", f"应用中没有节点“{node}”。")


def no_case(pointer: str | None = None) -> NotFound:
    return NotFound("case_not_found", "The app has no such test case.", "该应用没有这个测试用例。", pointer=pointer)


def draft_changed(revision: int, saved_by: str) -> Conflict:
    return Conflict(
        "draft_changed",
        f"The draft was saved meanwhile{f' by {saved_by}' if saved_by else ''}. Reload it and change it again.",
        f"草稿已被{saved_by or '其他人'}修改，请重新加载后再编辑。",
        revision=revision,
    )


def has_problems(problems: Sequence[dict[str, Any]]) -> UserError:
    count = sum(problem["severity"] == "error" for problem in problems)
    return UserError(
        "graph_has_problems",
        f"The graph has {count} problem{'' if count == 1 else 's'} to solve first.",
        f"流程中有 {count} 个问题，请先解决。",
        problems=list(problems),
    )


def too_large(limit: int) -> TooLarge:
    return TooLarge(
        "graph_too_large",
        f"The graph is larger than {limit // 1_000_000} MB. Keep data in a dataset or a file.",
        f"流程超过 {limit // 1_000_000} MB。请把数据放进知识库或文件。",
    )


def too_deep() -> UserError:
    return UserError(
        "graph_too_deep",
        f"Something in the graph is nested deeper than {MOST} levels. Make its values flatter.",
        f"流程中有内容的嵌套超过 {MOST} 层，请减少嵌套。",
    )
