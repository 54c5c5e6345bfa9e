"""`answer`: the text that a person reads, streamed while the model before it writes."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Input, Node, Output, Ports, Resource, register_node, ui
from atoll.sdk.node import CALLER


class AnswerConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    template: str = Field(
        default="",
        max_length=100_000,
        json_schema_extra=ui("template", label=text("Answer", "回答"), rows=5, placeholder="{{ text }}",
                             help=text("Leave empty to answer with the connected text", "留空则直接回答所连接的文本")),
    )  # fmt: skip


class AnswerNode(Node):
    name = "answer"
    display_name = text("Answer", "回答")
    description = text("Answers the person who asked, in Markdown.", "以 Markdown 回答提问者。")
    category = "io"
    icon = "message-square"
    inputs = (Input("text", "any", display_name=text("text", "文本")),)
    outputs = (Output("answer", "string", display_name=text("answer", "回答")),)
    instant = True
    open_inputs = True
    result = True
    Config = AnswerConfig

    @classmethod
    def ports(cls, config: AnswerConfig) -> Ports:
        return Ports(
            [Input("text", "any", required=not config.template, display_name=text("text", "文本"))], cls.outputs
        )

    @classmethod
    def resources(cls, config: AnswerConfig) -> Sequence[Resource]:
        return (CALLER,)

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return {"answer": self.context.render(self.config.template or "{{ text }}").text}


register_node(AnswerNode)
