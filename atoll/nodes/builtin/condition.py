"""`condition`: takes the first case whose conditions hold, else the way `false`."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Branch, Input, Node, NodeError, Output, Ports, register_node, ui

Operator = Literal[
    "is", "is_not", "contains", "not_contains", "starts_with", "ends_with", "empty", "not_empty",
    "=", "≠", ">", "≥", "<", "≤", "in", "not_in",
]  # fmt: skip


class Clause(BaseModel):
    """`variable` is a dotted name; `value` is compared as the type that the variable has."""

    model_config = ConfigDict(extra="forbid")
    variable: str = Field(min_length=1, max_length=200)
    operator: Operator = "is"
    value: Any = None


class Case(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str = Field(default="true", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    logic: Literal["and", "or"] = "and"
    clauses: list[Clause] = Field(default_factory=list, min_length=1, max_length=50)


class ConditionConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    cases: list[Case] = Field(
        min_length=1, max_length=50, json_schema_extra=ui("conditions", label=text("Cases", "条件"))
    )


class ConditionNode(Node):
    name = "condition"
    display_name = text("Condition", "条件分支")
    description = text("Goes one way or another.", "根据条件选择分支。")
    category = "logic"
    icon = "split"
    inputs = (Input("input", "any", display_name=text("input", "输入")),)
    outputs = (Output("case", "string", display_name=text("case", "分支")),)
    instant = True
    open_inputs = True
    Config = ConditionConfig

    @classmethod
    def ports(cls, config: ConditionConfig) -> Ports:
        branches = [Branch(case.id) for case in config.cases]
        if all(branch.id != "false" for branch in branches):
            branches.append(Branch("false", text("otherwise", "否则")))
        return Ports(cls.inputs, cls.outputs, branches)

    @classmethod
    def names_used(cls, config: ConditionConfig) -> Sequence[tuple[str, str]]:
        return [(clause.variable, "cases") for case in config.cases for clause in case.clauses]

    @classmethod
    def summary(cls, config: ConditionConfig) -> str:
        first = config.cases[0].clauses[0]
        return f"{first.variable} {first.operator} {'' if first.value is None else first.value}".strip()[:60]

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        for case in self.config.cases:
            held = (holds(self.context.value(c.variable), c.operator, c.value) for c in case.clauses)
            if all(held) if case.logic == "and" else any(held):
                return {"case": case.id}
        return {"case": "false"}


def holds(left: Any, operator: str, right: Any) -> bool:
    """One comparison. Raises NodeError where the two can't be compared."""
    if operator in ("empty", "not_empty"):
        return (left in (None, "", [], {})) == (operator == "empty")
    if operator in ("=", "≠", ">", "≥", "<", "≤"):
        a, b = _number(left), _number(right)
        return {"=": a == b, "≠": a != b, ">": a > b, "≥": a >= b, "<": a < b, "≤": a <= b}[operator]
    if operator in ("in", "not_in"):
        options = right if isinstance(right, list) else [part.strip() for part in str(right).split(",")]
        return (left in options or _text(left) in options) == (operator == "in")
    if operator in ("contains", "not_contains"):
        inside = right in left if isinstance(left, list) else _text(right) in _text(left)
        return inside == (operator == "contains")
    if operator == "starts_with":
        return _text(left).startswith(_text(right))
    if operator == "ends_with":
        return _text(left).endswith(_text(right))
    same = left == right or _text(left) == _text(right)
    return same == (operator == "is")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        shown = str(value)[:60]
        raise NodeError("not_a_number", f"“{shown}” is not a number.", f"“{shown}”不是数字。") from None


register_node(ConditionNode)
