"""`loop`: does the same again until a condition holds, with variables that it carries from pass to pass."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Clause, Container, Input, NodeError, Output, Pass, Ports, register_node, ui
from atoll.sdk.conditions import all_hold

TYPES = Literal["string", "number", "boolean", "object", "list", "any"]


class LoopVariable(BaseModel):
    """Carried from pass to pass; nodes inside set it by a variable assigner. `value` is what it begins with, unless
    an edge gives that."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")
    type: TYPES = "string"
    value: Any = None


class LoopConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    graph: dict[str, Any] = Field(
        default_factory=lambda: {"nodes": [], "edges": []},
        json_schema_extra=ui("graph", label=text("What to do in each pass", "每轮执行")),
    )
    variables: list[LoopVariable] = Field(
        default_factory=list, max_length=50, json_schema_extra=ui("objects", label=text("Loop variables", "循环变量"))
    )
    until: list[Clause] = Field(
        default_factory=list, max_length=50,
        json_schema_extra=ui("clauses", label=text("Until", "直到"),
                             help=text("Looked at after each pass: loop variables, index, last (what the pass gave)",
                                       "每轮结束后判断：循环变量、index、last(本轮结果)")),
    )  # fmt: skip
    logic: Literal["and", "or"] = Field(
        default="and",
        json_schema_extra=ui(
            "select",
            label=text("Conditions", "条件关系"),
            advanced=True,
            options=[
                {"value": "and", "label": text("All must hold", "全部满足")},
                {"value": "or", "label": text("One must hold", "任一满足")},
            ],
        ),
    )
    most: int = Field(
        default=10, ge=1, le=10_000, json_schema_extra=ui("number", label=text("At most, passes", "最多轮数"))
    )
    output: str = Field(
        default="", max_length=200,
        json_schema_extra=ui("inner-variable", label=text("What a pass gives", "每轮的结果"), advanced=True),
    )  # fmt: skip


class LoopNode(Container):
    name = "loop"
    display_name = text("Loop", "循环")
    description = text("Does the same again until a condition holds.", "重复执行，直到条件成立。")
    icon = "refresh-cw"
    outputs = (
        Output("last", "any", display_name=text("last pass", "最后一轮")),
        Output("passes", "number", display_name=text("passes", "轮数")),
    )
    Config = LoopConfig

    @classmethod
    def ports(cls, config: LoopConfig) -> Ports:
        inputs = [Input(v.name, v.type) for v in config.variables]
        return Ports(inputs, [*cls.outputs, *(Output(v.name, v.type) for v in config.variables)])

    @classmethod
    def variables(cls, config: LoopConfig) -> Sequence[Output]:
        return [*(Output(v.name, v.type) for v in config.variables), Output("index", "number")]

    @classmethod
    def writable(cls, config: LoopConfig) -> Sequence[str]:
        return [variable.name for variable in config.variables]

    @classmethod
    def result_name(cls, config: LoopConfig) -> str:
        return config.output

    @classmethod
    def summary(cls, config: LoopConfig) -> str:
        if not config.until:
            return f"× {config.most}"
        first = config.until[0]
        return f"{first.variable} {first.operator} {'' if first.value is None else first.value}".strip()[:60]

    @classmethod
    def enter(
        cls, config: LoopConfig, inputs: Mapping[str, Any], index: int, last: Pass | None
    ) -> dict[str, Any] | None:
        if index >= config.most:
            return None
        if last is None:
            return {v.name: inputs.get(v.name, v.value) for v in config.variables} | {"index": 0}
        if config.until and all_hold(config.until, config.logic, lambda name: _find(name, last)):
            return None
        return {**last.variables, "index": index}

    @classmethod
    def gather(
        cls, config: LoopConfig, inputs: Mapping[str, Any], values: list[Any], last: Pass | None
    ) -> dict[str, Any]:
        kept = last.variables if last else {}
        given = {v.name: kept.get(v.name) for v in config.variables}
        return {"last": last.value if last else None, "passes": len(values), **given}


def _find(name: str, last: Pass) -> Any:
    head, *rest = name.split(".")
    known = {**last.variables, "last": last.value}
    if head not in known:
        raise NodeError("name_unknown", f"Nothing gives “{name}”.", f"没有任何来源提供“{name}”。")
    found = known[head]
    for part in rest:
        found = found.get(part) if isinstance(found, dict) else None
    return found


register_node(LoopNode)
