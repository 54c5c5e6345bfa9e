"""`iteration`: does the same with every item of a list, several at once if asked to."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Container, Input, NodeError, Output, Pass, register_node, ui


class IterationConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    graph: dict[str, Any] = Field(
        default_factory=lambda: {"nodes": [], "edges": []},
        json_schema_extra=ui("graph", label=text("What to do with each item", "对每一项执行")),
    )
    output: str = Field(
        default="", max_length=200,
        json_schema_extra=ui("inner-variable", label=text("Result of each item", "每项的结果"), placeholder="llm_1.text",
                             help=text("Leave empty to take what the last node gives", "留空则取最后一个节点的输出")),
    )  # fmt: skip
    parallel: int = Field(
        default=1, ge=1, le=64, json_schema_extra=ui("slider", label=text("At the same time", "同时处理"), maximum=16)
    )
    error_mode: Literal["stop", "null", "drop"] = Field(
        default="stop",
        json_schema_extra=ui(
            "select",
            label=text("When an item fails", "某项失败时"),
            options=[
                {"value": "stop", "label": text("Stop", "停止")},
                {"value": "null", "label": text("Go on, with null in its place", "继续，该项为 null")},
                {"value": "drop", "label": text("Go on without it", "继续，略去该项")},
            ],
        ),
    )


class IterationNode(Container):
    name = "iteration"
    display_name = text("Iteration", "迭代")
    description = text(
        "Does the same with every item of a list: {{ item }} and {{ index }} inside.",
        "对列表中的每一项执行同样的流程，内部可用 {{ item }} 与 {{ index }}。",
    )
    icon = "repeat"
    inputs = (Input("items", "list", required=True, display_name=text("items", "列表")),)
    outputs = (
        Output("results", "list", display_name=text("results", "结果")),
        Output("count", "number", display_name=text("count", "数量")),
    )
    Config = IterationConfig

    @classmethod
    def variables(cls, config: IterationConfig) -> Sequence[Output]:
        return (Output("item", "any"), Output("index", "number"))

    @classmethod
    def parallel(cls, config: IterationConfig) -> int:
        return config.parallel

    @classmethod
    def result_name(cls, config: IterationConfig) -> str:
        return config.output

    @classmethod
    def on_fault(cls, config: IterationConfig) -> Literal["stop", "null", "drop"]:
        return config.error_mode

    @classmethod
    def summary(cls, config: IterationConfig) -> str:
        return f"× {config.parallel}" if config.parallel > 1 else ""

    @classmethod
    def enter(
        cls, config: IterationConfig, inputs: Mapping[str, Any], index: int, last: Pass | None
    ) -> dict[str, Any] | None:
        items = inputs.get("items")
        if not isinstance(items, list):
            kind = type(items).__name__ if items is not None else "nothing"
            raise NodeError(
                "iteration_not_a_list", f"An iteration needs a list; it was given {kind}.",
                f"迭代需要列表，但收到的是 {kind}。",
            )  # fmt: skip
        return {"item": items[index], "index": index} if index < len(items) else None

    @classmethod
    def gather(
        cls, config: IterationConfig, inputs: Mapping[str, Any], values: list[Any], last: Pass | None
    ) -> dict[str, Any]:
        return {"results": values, "count": len(values)}


register_node(IterationNode)
