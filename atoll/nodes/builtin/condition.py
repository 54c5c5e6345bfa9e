"""`condition`: takes the first case whose conditions hold, else the way `false`."""

import time
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Branch, Input, Node, NodeError, Output, Ports, register_node, ui
from atoll.sdk.conditions import Clause, all_hold

SECONDS = 2.0  # of all comparisons of one node


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
        end = time.monotonic() + SECONDS

        def look_up(name: str) -> Any:
            if time.monotonic() > end:
                raise NodeError(
                    "condition_too_much_work",
                    f"The comparisons took more than {SECONDS:g} s. Compare smaller values, or make fewer cases.",
                    f"条件比较超过 {SECONDS:g} 秒。请比较更小的值或减少条件。",
                )
            return self.context.value(name)

        for case in self.config.cases:
            if all_hold(case.clauses, case.logic, look_up):
                return {"case": case.id}
        return {"case": "false"}


register_node(ConditionNode)
