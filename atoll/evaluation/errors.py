"""The errors of this package that are raised in more than one place, or said to people beside a cell."""

from atoll.kit.errors import Conflict, NotFound, TooLarge, UserError


def no_evaluation() -> NotFound:
    return NotFound(
        "evaluation_not_found",
        "There is no such evaluation. It may have been too old to keep.",
        "没有这次评测，可能因过旧而被清理。",
    )


def no_cases() -> UserError:
    return UserError(
        "evaluation_no_cases",
        "There is no test case to run. Add one, or choose at least one.",
        "没有可运行的测试用例，请添加或至少选择一个。",
    )


def no_node_to_vary() -> UserError:
    return UserError(
        "evaluation_variants",
        "Variants change one node: name the node, and give at least one variant of it.",
        "变体针对单个节点：请指定节点，并至少提供一个变体。",
        pointer="/variants",
    )


def too_many_running(most: int) -> Conflict:
    return Conflict(
        "evaluations_running",
        f"{most} evaluations of this app are not over yet. Wait for one, or stop one.",
        f"该应用已有 {most} 次评测尚未结束，请等待或停止其中一次。",
    )


def too_many_cells(most: int) -> TooLarge:
    return TooLarge(
        "evaluation_too_large",
        f"An evaluation has at most {most} cells (cases × variants). Choose fewer cases or variants.",
        f"一次评测最多 {most} 个单元格（用例 × 变体），请减少用例或变体。",
    )
