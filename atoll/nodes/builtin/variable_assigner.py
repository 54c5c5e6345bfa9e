"""`variable_assigner`: sets variables that live longer than a node: those of a conversation, and of the loop around."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Input, Node, NodeError, Output, register_node, ui

Operation = Literal["set", "append", "add", "clear"]


class Assignment(BaseModel):
    """`value`: a dotted name where `from` is "variable", else a JSON value as it is."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    variable: str = Field(
        min_length=1, max_length=200, pattern=r"^(conversation\.)?[A-Za-z_][A-Za-z0-9_]{0,63}$",
        json_schema_extra=ui("text", label=text("Variable", "变量"), placeholder="conversation.topic"),
    )  # fmt: skip
    operation: Operation = Field(
        default="set",
        json_schema_extra=ui(
            "select",
            label=text("What to do", "操作"),
            options=[
                {"value": "set", "label": text("Set to", "设为")},
                {"value": "append", "label": text("Append to the list", "追加到列表")},
                {"value": "add", "label": text("Add the number", "加上数值")},
                {"value": "clear", "label": text("Clear", "清空")},
            ],
        ),
    )
    source: Literal["variable", "value"] = Field(
        default="variable", alias="from",
        json_schema_extra=ui("select", label=text("Value from", "值来自"), options=[
            {"value": "variable", "label": text("A variable", "变量")},
            {"value": "value", "label": text("A fixed value", "固定值")}]),
    )  # fmt: skip
    value: Any = Field(default=None, json_schema_extra=ui("json", label=text("Value", "值")))


class VariableAssignerConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    assignments: list[Assignment] = Field(
        min_length=1, max_length=50, json_schema_extra=ui("objects", label=text("Assignments", "赋值"))
    )


class VariableAssignerNode(Node):
    name = "variable_assigner"
    display_name = text("Set variables", "变量赋值")
    description = text("Sets variables of the conversation or of the loop around.", "为会话变量或外层循环的变量赋值。")
    category = "logic"
    icon = "pencil-line"
    inputs = (Input("input", "any", display_name=text("input", "输入")),)
    outputs = (Output("assigned", "object", display_name=text("assigned", "已赋值")),)
    instant = True
    open_inputs = True
    Config = VariableAssignerConfig

    @classmethod
    def names_used(cls, config: VariableAssignerConfig) -> Sequence[tuple[str, str]]:
        set_here = [(one.variable, "assignments") for one in config.assignments]
        return set_here + [
            (one.value, "assignments")
            for one in config.assignments
            if one.source == "variable" and one.operation != "clear" and isinstance(one.value, str) and one.value
        ]

    @classmethod
    def summary(cls, config: VariableAssignerConfig) -> str:
        return ", ".join(one.variable for one in config.assignments)[:60]

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        assigned: dict[str, Any] = {}
        for one in self.config.assignments:
            before = assigned.get(one.variable, self._now(one.variable))
            assigned[one.variable] = _applied(one, before, self._given(one, inputs))
        for name, value in assigned.items():
            self.context.assign(name, value)
        return {"assigned": assigned}

    def _now(self, name: str) -> Any:
        try:
            return self.context.value(name)
        except NodeError:
            if name.startswith("conversation."):
                return None  # nobody has set it yet
            raise

    def _given(self, one: Assignment, inputs: dict[str, Any]) -> Any:
        if one.operation == "clear":
            return None
        if one.source == "value":
            return one.value
        return self.context.value(str(one.value)) if one.value else inputs.get("input")


def _applied(one: Assignment, before: Any, given: Any) -> Any:
    match one.operation:
        case "append":
            if before is not None and not isinstance(before, list):
                raise NodeError("variable_not_a_list", f"“{one.variable}” is no list.", f"“{one.variable}”不是列表。")
            return [*(before or []), given]
        case "add":
            numbers = [0 if value is None else value for value in (before, given)]
            if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
                raise NodeError(
                    "not_a_number", f"“{one.variable}” and what is added must be numbers.",
                    f"“{one.variable}”与所加的值必须是数字。",
                )  # fmt: skip
            return numbers[0] + numbers[1]
        case "clear":
            empty: dict[type, Any] = {str: "", list: [], dict: {}, int: 0, float: 0, bool: False}
            return empty.get(type(before))
    return given


register_node(VariableAssignerNode)
