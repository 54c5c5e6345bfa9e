"""`output`: a named result of the run."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Input, Node, Output, Ports, Resource, register_node, ui
from atoll.sdk.node import CALLER


class OutputConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(
        default="output",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$",
        json_schema_extra=ui(
            "text", label=text("Name", "名称"), help=text("Its name in the run's result", "在运行结果中的名称")
        ),
    )
    template: str = Field(
        default="",
        max_length=100_000,
        json_schema_extra=ui("template", label=text("Text", "文本"), rows=4, advanced=True,
                             help=text("Leave empty to give the connected value as it is", "留空则原样输出所连接的值")),
    )  # fmt: skip


class OutputNode(Node):
    name = "output"
    display_name = text("Output", "输出")
    description = text("What the run gives back, under a name.", "运行返回的结果，带名称。")
    category = "io"
    icon = "log-out"
    inputs = (Input("value", "any", display_name=text("value", "值")),)
    outputs = (Output("output", "any"),)
    instant = True
    open_inputs = True
    result = True
    Config = OutputConfig

    @classmethod
    def ports(cls, config: OutputConfig) -> Ports:
        value = Input("value", "any", required=not config.template, display_name=text("value", "值"))
        return Ports([value], [Output(config.name, "any")])

    @classmethod
    def resources(cls, config: OutputConfig) -> Sequence[Resource]:
        return (CALLER,)

    @classmethod
    def summary(cls, config: OutputConfig) -> str:
        return config.name

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        if self.config.template:
            return {self.config.name: self.context.render(self.config.template).text}
        return {self.config.name: inputs.get("value")}


register_node(OutputNode)
