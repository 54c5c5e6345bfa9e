"""`variable_aggregator`: brings branches together again: the first value that is there, for each group of them."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Input, Node, NodeError, Output, Ports, register_node, ui

DEFAULT = "value"


class Candidate(BaseModel):
    """A value that may be there. Candidates of one group stand in for each other, in their order."""

    model_config = ConfigDict(extra="forbid")
    variable: str = Field(
        min_length=1, max_length=200,
        json_schema_extra=ui("variable", label=text("Variable", "变量"), placeholder="llm_1.text"),
    )  # fmt: skip
    group: str = Field(
        default=DEFAULT, pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$",
        json_schema_extra=ui("text", label=text("Group", "分组"),
                             help=text("The output that takes it", "作为哪个输出")),
    )  # fmt: skip


class VariableAggregatorConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    candidates: list[Candidate] = Field(
        default_factory=list, max_length=100,
        json_schema_extra=ui("rows", label=text("Values, the first that is there counts", "候选变量，取第一个有值的"),
                             help=text("Leave empty to take what the connected branches give", "留空则取所连接分支的值")),
    )  # fmt: skip


class VariableAggregatorNode(Node):
    name = "variable_aggregator"
    display_name = text("First value", "变量聚合")
    description = text(
        "Joins branches: gives the first value that is there, of each group.", "汇合多个分支：每组取第一个有值的变量。"
    )
    category = "logic"
    icon = "merge"
    inputs = (Input("value", "any", display_name=text("value", "值")),)
    outputs = (Output(DEFAULT, "any", display_name=text("value", "值")),)
    instant = True
    Config = VariableAggregatorConfig

    @classmethod
    def ports(cls, config: VariableAggregatorConfig) -> Ports:
        groups = dict.fromkeys(candidate.group for candidate in config.candidates)
        value = Input("value", "any", required=not groups, display_name=text("value", "值"))
        return Ports([value], [Output(group, "any") for group in groups] or cls.outputs)

    @classmethod
    def names_used(cls, config: VariableAggregatorConfig) -> Sequence[tuple[str, str]]:
        return [(candidate.variable, "candidates") for candidate in config.candidates]

    @classmethod
    def summary(cls, config: VariableAggregatorConfig) -> str:
        return ", ".join(candidate.variable for candidate in config.candidates)[:60]

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        if not self.config.candidates:
            return {DEFAULT: inputs.get("value")}
        found: dict[str, Any] = {}
        for candidate in self.config.candidates:
            if found.get(candidate.group) is None:
                found[candidate.group] = self._there(candidate.variable)
        return found

    def _there(self, name: str) -> Any:
        try:
            value = self.context.value(name)
        except NodeError:
            return None  # a node that failed and went its other way gives no such output
        return None if value in ("", [], {}) else value


register_node(VariableAggregatorNode)
